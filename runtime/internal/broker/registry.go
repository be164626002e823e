package broker

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"math"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Peer is the connection of an attached session, as far as the registry needs
// it.
type Peer interface {
	// End makes the connection end soon, with a reason code for its client. It
	// does not wait.
	End(code mqtt.ReasonCode, user ...mqtt.UserProperty)
	// CutOff ends the connection at once, even while its handler is stuck.
	CutOff()
}

// Member is a session in the registry. Owned by the attached link, but for
// what the shard's lock guards.
type Member struct {
	*session.Session
	// Owned by the attached link, by the broker where there is none.
	subscriptions map[string]*Subscription // by filter, with $share/name/
	shares        []*Subscription          // those that are shared
	walks         []walk                   // retained messages that are still to be sent

	// The shard's lock guards the following.
	peer     Peer
	free     chan struct{} // closed when peer lets go; nil while nobody waits for that
	timer    Timer         // session expiry
	will     *Will         // that waits; nil: none does
	revoked  bool          // the session ends with its connection
	kept     bool          // the session outlives its connection: it counts against Quotas.Sessions
	attached uint64        // which attachment this is: timers and detaching carry it
}

// Errors of Attach: why a CONNECT cannot have its session.
var (
	// ErrNotOwner: the client identifier belongs to another identity.
	ErrNotOwner = errors.New("attach session: the client identifier belongs to another user")
	// ErrStuck: the connection that holds the session did not let go in time.
	ErrStuck = errors.New("attach session: its present connection does not let go")
	// ErrSessions: it would be one more than Quotas.Sessions.
	ErrSessions = errors.New("attach session: as many sessions are kept as may be")
)

const shards = 64

type registry struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu      sync.Mutex
	members map[string]*Member // mu; by client identifier
	rights  uint64             // mu; how often rights were revoked
}

func (r *registry) init() { r.seed = maphash.MakeSeed() }

func (r *registry) shard(clientID string) *shard {
	return &r.shards[maphash.String(r.seed, clientID)%shards]
}

func (r *registry) size() (n int) {
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += len(s.members)
		s.mu.Unlock()
	}
	return n
}

// Attach gives the session of a client to a new connection. A connection that
// holds it is told to end with SessionTakenOver, and waited for until ctx ends
// [MQTT-3.1.4-3]; of many that come at once, the last one keeps it. clean
// discards what was stored [MQTT-3.1.2-4]. keep says that the session is to
// outlive the connection. present reports whether a stored session goes on.
func (b *Broker) Attach(ctx context.Context, clientID string, owner session.Owner, clean, keep bool, p Peer) (m *Member, present bool, err error) {
	sh := b.registry.shard(clientID)
	for {
		m, present, wait, left, err := b.tryAttach(sh, clientID, owner, clean, keep, p)
		handOverAll(left.messages)
		left.will.sendFirst(ctx)
		if m != nil || err != nil {
			return m, present, err
		}
		select {
		case <-wait.free:
		case <-ctx.Done():
			wait.peer.CutOff()
			return nil, false, ErrStuck
		}
	}
}

// holder is the connection that has to let go first.
type holder struct {
	peer Peer
	free chan struct{}
}

// remains are what is left of a session that was discarded.
type remains struct {
	messages []session.Returned
	will     *Will // nil: none
}

func (b *Broker) tryAttach(sh *shard, clientID string, owner session.Owner, clean, keep bool, p Peer) (m *Member, present bool, wait holder, left remains, err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	m = sh.members[clientID]
	claim, judged := p.(Claimant)
	switch {
	case judged && claim.Rights() != sh.rights:
		return nil, false, wait, left, ErrRevoked
	case m != nil && m.Owner != owner:
		return nil, false, wait, left, ErrNotOwner
	case keep && (m == nil || !m.kept) && !b.mayKeep():
		return nil, false, wait, left, ErrSessions // before it disturbs the one that is there
	case m != nil && m.peer != nil:
		m.peer.End(mqtt.SessionTakenOver)
		if m.free == nil {
			m.free = make(chan struct{})
		}
		return nil, false, holder{m.peer, m.free}, left, nil
	}
	kept := m != nil && m.kept
	if keep && !kept && !b.keepOne() { // another was faster
		return nil, false, wait, left, ErrSessions
	}
	if kept && !keep {
		b.kept.Add(-1)
	}
	if m != nil && clean {
		m.kept = false // its place is the new one's
		left.will = b.takeWill(m)
		left.messages = b.remove(sh, m)
		m = nil
	}
	present = m != nil
	if m == nil {
		m = &Member{Session: session.New(clientID, owner, &b.limits, &b.Counters)}
		if sh.members == nil {
			sh.members = map[string]*Member{}
		}
		sh.members[clientID] = m
	}
	b.Timers.Stop(&m.timer)
	b.dropWill(m) // the session goes on: its will is not sent [MQTT-3.1.3-9]
	m.attached++
	m.peer, m.kept = p, keep
	return m, present, wait, left, nil
}

// Forever is the Session Expiry Interval of a session that does not expire.
const Forever = time.Duration(math.MaxInt64)

// Detach takes a session back from a connection that has ended. It is kept
// for expiry, and discarded at once where that is 0. It reports false where a
// session that was not to be kept when its CONNECT came has found no room now.
func (b *Broker) Detach(m *Member, expiry time.Duration) (room bool) {
	if m.Online() {
		m.Detach()
	}
	left, room := b.letGo(m, expiry)
	handOverAll(left)
	return room
}

// letGo frees a session for its next connection, or ends it.
func (b *Broker) letGo(m *Member, expiry time.Duration) (left []session.Returned, room bool) {
	sh := b.registry.shard(m.ClientID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	m.peer = nil
	if m.free != nil {
		close(m.free)
		m.free = nil
	}
	switch {
	case m.revoked:
		b.dropWill(m) // as Revoke does
		return b.remove(sh, m), true
	case expiry <= 0:
		return b.remove(sh, m), true
	case !m.kept && !b.keepOne():
		return b.remove(sh, m), false
	}
	if m.kept = true; expiry != Forever {
		attached := m.attached
		b.Timers.Set(&m.timer, expiry, func() { b.expire(sh, m, attached) })
	}
	return nil, true
}

// expire ends a session that nobody came back to.
func (b *Broker) expire(sh *shard, m *Member, attached uint64) {
	sh.mu.Lock()
	gone := m.peer == nil && m.attached == attached && sh.members[m.ClientID] == m
	var left []session.Returned
	if gone {
		left = b.remove(sh, m)
	}
	sh.mu.Unlock()
	handOverAll(left)
	if gone && b.sessionExpired != nil {
		b.sessionExpired(m.ClientID)
	}
}

// remove discards a session with its subscriptions, and returns what goes to
// other members of its groups. The shard's lock is held.
func (b *Broker) remove(sh *shard, m *Member) (left []session.Returned) {
	b.Timers.Stop(&m.timer)
	b.sendWill(m) // the session ends, and the delay with it
	delete(sh.members, m.ClientID)
	if m.kept {
		m.kept = false
		b.kept.Add(-1)
	}
	for _, s := range m.subscriptions {
		b.drop(m, s)
	}
	clear(m.subscriptions)
	return m.Discard()
}

// Peer returns the connection of a client, or nil while it is away.
func (b *Broker) Peer(clientID string) Peer {
	sh := b.registry.shard(clientID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if m := sh.members[clientID]; m != nil {
		return m.peer
	}
	return nil
}

// Session returns the session of a client, which may be away; nil: there is
// none.
func (b *Broker) Session(clientID string) *session.Session {
	sh := b.registry.shard(clientID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if m := sh.members[clientID]; m != nil {
		return m.Session
	}
	return nil
}

// Connected returns the client identifiers of all connections, shard by shard:
// a client that comes or goes meanwhile may be missed or listed.
func (b *Broker) Connected() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range b.registry.shards {
			for _, id := range b.registry.shards[i].connected() {
				if !yield(id) {
					return
				}
			}
		}
	}
}

func (sh *shard) connected() (ids []string) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for id, m := range sh.members {
		if m.peer != nil {
			ids = append(ids, id)
		}
	}
	return ids
}
