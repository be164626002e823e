package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// group is one shared subscription: the members of one share name with one
// filter (MQTT 5.0 section 4.8.2). One of them gets each message.
type group struct {
	sticky bool // the messages of one publisher go to one member
	turn   atomic.Uint32
	// waits says that messages wait with members that are offline, because all
	// were: for the first that comes online.
	waits atomic.Bool

	mu sync.Mutex
	// mu guards the following.
	list    roster
	members []member // made of list, immutable; nil: list has changed
}

// member is one of those who may get a message.
type member struct {
	receiver
	hash uint64 // of the client identifier
}

// wished is what the member wants of a message [MQTT-3.3.1-12].
func (m *member) wished(o *session.Offer) session.Wish {
	w := m.wish
	w.Retain = m.retainAsPublished && o.Publication().Retain
	return w
}

func (g *group) add(s, old *Subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list.add(s, old)
	g.members = nil
}

// remove takes s out and reports whether anybody is left.
func (g *group) remove(s *Subscription) (left bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list.remove(s)
	g.members = nil
	return len(g.list) > 0
}

// lend returns the members, for reading, for ever.
func (g *group) lend() []member {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = make([]member, len(g.list))
		for i, s := range g.list {
			g.members[i] = member{receiver: newReceiver(s), hash: hash(s.session.ClientID)}
		}
	}
	return g.members
}

// deliver sends a message to one of members, which are those of g now or a
// moment ago: to one that is online, has room and whose Maximum Packet Size allows
// it, else to one that is online, else to the queue of one that is not.
func (g *group) deliver(o *session.Offer, members []member, b *session.Batch, now time.Time) {
	if g.sticky {
		if g.deliverSticky(o, members, b, now) {
			return
		}
	} else if g.deliverInTurn(o, members, b, now) {
		return
	}
	g.keep(o, members, b, now)
}

func (g *group) deliverInTurn(o *session.Offer, members []member, b *session.Batch, now time.Time) bool {
	n := uint32(len(members))
	if n == 0 {
		return false
	}
	first := g.turn.Add(1) % n
	const idle, room, any = 0, 1, 2 // who will do
	for who := idle; who <= any; who++ {
		for i := range n {
			to := &members[(first+i)%n]
			if (who > idle || !to.session.Backlog()) && to.session.DeliverOnline(o, to.wished(o), g, who == any, b, now) {
				return true
			}
		}
	}
	return false
}

// deliverSticky sends to the member that the publisher's client identifier
// goes best with, of those that are online: when one comes or goes, only what
// is sent to it goes elsewhere. So does what is too large for it.
func (g *group) deliverSticky(o *session.Offer, members []member, b *session.Batch, now time.Time) bool {
	for _, takes := range [...]bool{true, false} {
		for range members { // again where the best goes away meanwhile
			best := fittest(o, members, takes, now)
			if best == nil {
				break
			}
			if best.session.DeliverOnline(o, best.wished(o), g, true, b, now) {
				return true
			}
		}
	}
	return false
}

// fittest returns the member that goes best with the publisher, of those that are
// online; takes says that the message must not be too large for it.
func fittest(o *session.Offer, members []member, takes bool, now time.Time) (best *member) {
	by := hash(o.Publication().Publisher)
	var score uint64
	for i := range members {
		to := &members[i]
		fit := mix(by ^ to.hash)
		if best != nil && fit <= score || !to.session.Online() || takes && !to.session.Takes(o, to.wished(o), now) {
			continue
		}
		best, score = to, fit
	}
	return best
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mix spreads the bits of x (the finalizer of MurmurHash3).
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// keep leaves a message in the queue of a member while all are offline, until
// the first comes online.
func (g *group) keep(o *session.Offer, members []member, b *session.Batch, now time.Time) {
	n := uint32(len(members))
	first := g.turn.Load()
	for _, force := range [...]bool{false, true} { // forced, a message is dropped and counted, once
		for i := range n {
			to := &members[(first+i)%n]
			if !to.session.Keep(o, to.wished(o), g, force, b, now) {
				continue
			}
			g.waits.Store(true)
			if g.online(nil) { // came since, and has perhaps not seen that something waits
				g.gather(b, now)
			}
			return
		}
	}
}

// online reports whether a member other than except is connected.
func (g *group) online(except *session.Session) bool {
	for _, m := range g.lend() {
		if m.session != except && m.session.Online() {
			return true
		}
	}
	return false
}

// gather takes what waits with members that are offline, for those who are
// not.
func (g *group) gather(b *session.Batch, now time.Time) {
	if !g.waits.Swap(false) {
		return
	}
	mine := func(of session.Group) bool { return of == session.Group(g) }
	for _, m := range g.lend() {
		if !m.session.Online() {
			handOver(m.session.Reclaim(mine), b, now)
		}
	}
}

// left hands over what was never sent to a session that has left the group.
// What is being delivered to it is its own [MQTT-3.10.4-3].
func (g *group) left(s *session.Session, b *session.Batch) {
	if len(g.lend()) == 0 {
		return // nobody else is there: it may have what is queued
	}
	handOver(s.Reclaim(func(of session.Group) bool { return of == session.Group(g) }), b, time.Now())
}

// Return gives a message that a member could not be sent to another one.
func (g *group) Return(p *session.Publication, b *session.Batch, now time.Time) {
	if !p.Expires.IsZero() && !now.Before(p.Expires) {
		return
	}
	var o session.Offer
	o.ResetOwned(p)
	g.deliver(&o, g.lend(), b, now)
}

// handOver gives messages back to the groups that they came by, in order.
func handOver(all []session.Returned, b *session.Batch, now time.Time) {
	for _, r := range all {
		r.Group.Return(r.Publication, b, now)
	}
}

// handOverAll is handOver for whoever has no batch. Call it without a lock.
func handOverAll(all []session.Returned) {
	if len(all) > 0 {
		var batch session.Batch
		handOver(all, &batch, time.Now())
		batch.Flush()
	}
}

// share notes a shared subscription of m.
func (m *Member) share(s, old *Subscription) {
	if i := slices.Index(m.shares, old); old != nil && i >= 0 {
		m.shares[i] = s
		return
	}
	m.shares = append(m.shares, s)
}

func (m *Member) unshare(s *Subscription) {
	if i := slices.Index(m.shares, s); i >= 0 {
		m.shares = slices.Delete(m.shares, i, i+1)
	}
}

// Attach connects the session with the outbox of its connection, see
// [session.Session.Attach], and sends it what waits in its groups for somebody
// to come online. Only the link that the session was given to calls it.
func (m *Member) Attach(box *session.Outbox, a session.Attachment) {
	m.Session.Attach(box, a)
	m.Gather(a.Now)
}

// Detach makes the session offline before the broker takes it back: the end of
// the connection may take a while, and what comes meanwhile must not be written to
// it. Only the attached link calls it.
func (m *Member) Detach() {
	m.Session.Detach()
	m.passOn()
}

// Gather sends what waits in the groups of m. Call it when m has become a
// member that is online.
func (m *Member) Gather(now time.Time) {
	if len(m.shares) == 0 {
		return
	}
	var batch session.Batch
	for _, s := range m.shares {
		s.group.gather(&batch, now)
	}
	batch.Flush()
}

// passOn hands over what a session that has just gone offline can leave to
// others that are online; where nobody is, it waits.
func (m *Member) passOn() {
	var others []session.Group
	for _, s := range m.shares {
		g := s.group
		online := g.online(m.Session)
		if !online {
			g.waits.Store(true)
			online = g.online(m.Session) // somebody who came since has perhaps not seen it
		}
		if online {
			others = append(others, g)
		}
	}
	if len(others) > 0 {
		handOverAll(m.Reclaim(func(of session.Group) bool { return slices.Contains(others, of) }))
	}
}
