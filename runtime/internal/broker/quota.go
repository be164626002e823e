package broker

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// Quotas bound what a server keeps for clients that are away; 0: no bound.
type Quotas struct {
	// Retained is how many messages are retained, RetainedBytes how many bytes of
	// topic names, payloads and properties they take.
	Retained, RetainedBytes int
	// Sessions is how many outlive their connections.
	Sessions int
}

// mayKeep reports whether there is room for one more session that is kept.
func (b *Broker) mayKeep() bool {
	most := b.Quotas.Sessions
	return most <= 0 || b.kept.Load() < int64(most)
}

// keepOne counts one more session that is kept, where there is room.
func (b *Broker) keepOne() bool {
	for {
		n := b.kept.Load()
		if most := b.Quotas.Sessions; most > 0 && n >= int64(most) {
			return false
		}
		if b.kept.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Claim is room for a retained message that is about to be stored: so whoever
// publishes it can be told that there is none before anybody has got it. The
// zero value is none. Owned by one publisher.
type Claim struct {
	of   *Broker // nil: none
	name string
}

// claims is what is under way to one topic name.
type claims struct {
	publishers int // that have a Claim
	counted    int // bytes that the name is counted with: no less than any of them may store
	stored     int // bytes of what is stored now; 0: nothing is
}

// Claim claims room for a retained message of a size under a name; it is not ok
// where there is none. What is stored under the name already counts in its
// favour: a message that is no larger always has room. Store or Drop follows.
func (b *Broker) Claim(name string, size int) (c Claim, ok bool) {
	return b.claim(name, size, &b.Quotas)
}

// claim is Claim within quotas.
func (b *Broker) claim(name string, size int, q *Quotas) (c Claim, ok bool) {
	r := &b.retained
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.claims[name]
	if u.publishers == 0 {
		if old, had := r.Get(name); had {
			u.stored = old.Size()
		}
		u.counted = u.stored
	}
	if u.counted == 0 {
		if q.Retained > 0 && r.messages >= q.Retained {
			return c, false
		}
	}
	grows := max(0, size-u.counted)
	if grows > 0 && q.RetainedBytes > 0 && r.bytes+grows > q.RetainedBytes {
		return c, false
	}
	if u.counted == 0 {
		r.messages++
	}
	r.bytes += grows
	u.counted += grows
	u.publishers++
	if r.claims == nil {
		r.claims = map[string]claims{}
	}
	r.claims[name] = u
	return Claim{of: b, name: name}, true
}

// Store stores what is offered, for which the claim was made, in the place of
// what is there [MQTT-3.3.1-5]. It does nothing without a claim.
func (c *Claim) Store(o *session.Offer) {
	b := c.of
	if b == nil {
		return
	}
	own := o.Own()
	r := &b.retained
	r.mu.Lock()
	first := r.count(own, 1) // before others find it
	if old, had := r.Set(own.Name, own); had {
		r.count(old, -1)
	}
	r.changed(own.Name, 0, own.Size())
	r.end(c.name)
	r.mu.Unlock()
	c.of = nil
	if first {
		b.Timers.Set(&r.sweep, sweepEvery, b.sweepRetained)
	}
}

// Drop gives the room back, where it was not used. It does nothing without a
// claim.
func (c *Claim) Drop() {
	if c.of == nil {
		return
	}
	r := &c.of.retained
	r.mu.Lock()
	r.end(c.name)
	r.mu.Unlock()
	c.of = nil
}

// Clear removes the retained message of a topic name [MQTT-3.3.1-6].
func (b *Broker) Clear(name string) {
	b.retained.removeIf(name, func(*session.Publication) bool { return true })
}

// removeIf removes what is stored under name, where condition says so.
func (r *retained) removeIf(name string, condition func(*session.Publication) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, had := r.DeleteIf(name, condition); had {
		r.count(old, -1)
		r.changed(name, old.Size(), 0)
	}
}

// changed notes how many bytes are stored under a name. While a publisher has a
// claim to it nothing is given back: its message takes the place. mu is held.
func (r *retained) changed(name string, before, now int) {
	if u, claimed := r.claims[name]; claimed {
		u.stored = now
		r.claims[name] = u
		return
	}
	r.messages-- // only what is removed comes without a claim
	r.bytes -= before
}

// end takes a claim back: with the last one a name counts for what is stored
// under it. mu is held.
func (r *retained) end(name string) {
	u := r.claims[name]
	if u.publishers--; u.publishers > 0 {
		r.claims[name] = u
		return
	}
	delete(r.claims, name)
	r.bytes -= u.counted - u.stored
	if u.stored == 0 {
		r.messages--
	}
}

// placeCost is what a place in the store costs about, in bytes: some levels of a
// tree.
const placeCost = 256

// count notes that p came or went, and reports whether it is the first that
// will expire. mu is held.
func (r *retained) count(p *session.Publication, n int64) (first bool) {
	if n > 0 {
		p.Keep(&r.held, placeCost)
	} else {
		p.Drop(&r.held, placeCost)
	}
	return !p.Expires.IsZero() && r.expiring.Add(n) == 1 && n > 0
}

func expired(p *session.Publication, now time.Time) bool {
	return !p.Expires.IsZero() && !now.Before(p.Expires)
}

// size is how many bytes are stored, and claimed beyond it.
func (r *retained) size() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(r.bytes)
}

// crowded reports whether an eighth of the room is left, or less.
func (r *retained) crowded(q *Quotas) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return q.Retained > 0 && r.messages >= q.Retained-q.Retained/8 || q.RetainedBytes > 0 && r.bytes >= q.RetainedBytes-q.RetainedBytes/8
}
