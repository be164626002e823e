package broker

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// retained is the store of retained messages.
type retained struct {
	topic.Names[*session.Publication]              // read without mu, changed under it
	expiring                          atomic.Int64 // how many will expire
	held                              limit.Account
	sweep                             Timer  // takes out what has expired
	swept                             string // where the sweep goes on; owned by the wheel

	// order is taken by who stores a message and sends it, by topic name.
	order [256]sync.Mutex

	mu sync.Mutex
	// mu guards the following: what is stored, and what is claimed beyond it.
	messages, bytes int
	claims          map[string]claims // by topic name
}

// InOrder keeps other messages to be retained under the same name from coming in
// between while one is stored and sent: what subscribers get last is what stays.
// Unlock it then; no code of users may run meanwhile.
func (b *Broker) InOrder(name string) *sync.Mutex {
	order := &b.retained.order
	mu := &order[maphash.String(b.registry.seed, name)%uint64(len(order))]
	mu.Lock()
	return mu
}

// Retain stores a retained publication in the place of the one of the same
// name; an empty payload removes it. It reports false, and changes nothing,
// where there is no room by the Quotas. Call it before Publish: a new subscriber
// then never gets an older message after a newer one.
func (b *Broker) Retain(o *session.Offer) (room bool) { return b.retain(o, &b.Quotas) }

// RetainAnyway is Retain of what the server itself says of itself: it counts,
// and needs no room.
func (b *Broker) RetainAnyway(o *session.Offer) { b.retain(o, &Quotas{}) }

func (b *Broker) retain(o *session.Offer, q *Quotas) (room bool) {
	p := o.Publication()
	if len(p.Payload) == 0 {
		b.Clear(p.Name)
		return true
	}
	c, room := b.claim(p.Name, p.Size(), q)
	c.Store(o)
	return room
}

// Retained returns the retained message of a topic name, nil without one.
func (b *Broker) Retained(name string) *session.Publication {
	p, _ := b.retained.Get(name)
	return p
}

const (
	// turnSteps is how many levels of topic names a turn over the retained
	// messages looks at. Nobody can store one meanwhile.
	turnSteps = 256
	// sweepSteps is the same for each second's look for expired ones.
	sweepSteps = 2048
	// sweepHurried is how many looks there are in a second where the store is
	// nearly full.
	sweepHurried = 16
	sweepEvery   = time.Second
)

// sweepRetained takes out some of what has expired: all names have their turn
// in time, sooner where there is little room for others. It runs on the wheel.
func (b *Broker) sweepRetained() {
	r, now := &b.retained, time.Now()
	turns := 1
	if r.crowded(&b.Quotas) {
		turns = sweepHurried
	}
	for range turns {
		b.sweepSome(now)
	}
	if r.expiring.Load() > 0 {
		b.Timers.Set(&r.sweep, sweepEvery, b.sweepRetained)
	}
}

// sweepSome looks at some of the names.
func (b *Broker) sweepSome(now time.Time) {
	r := &b.retained
	var gone []string
	next, done := r.WalkAll(r.swept, sweepSteps, func(p *session.Publication) bool {
		if expired(p, now) {
			gone = append(gone, p.Name)
		}
		return true
	})
	if r.swept = next; done {
		r.swept = ""
	}
	b.dropExpired(gone, now)
}

func (b *Broker) dropExpired(names []string, now time.Time) {
	for _, name := range names {
		b.retained.removeIf(name, func(p *session.Publication) bool { return expired(p, now) })
	}
}

// walk is a subscription whose retained messages are being sent.
type walk struct {
	key  string // of the subscription
	next string // where the walk over the names goes on
}

// SendRetained begins to send a session the retained messages that a filter
// matches, after the subscription is in force. They are sent in turns, by
// ContinueRetained, and those that wait outlive the connection. Only the
// attached link calls it.
func (b *Broker) SendRetained(m *Member, s Subscription) {
	key := s.key()
	for i := range m.walks {
		if m.walks[i].key == key { // from the beginning
			m.walks[i].next = ""
			return
		}
	}
	m.walks = append(m.walks, walk{key: key})
}

// Progress is what becomes of retained messages after a turn.
type Progress int

const (
	Finished   Progress = iota // nothing is left
	TurnOver                   // more wait for the next turn
	OutboxFull                 // more wait for room in the outbox
	WindowFull                 // more wait for the client's acknowledgements
)

// ContinueRetained sends retained messages of one turn. They are queued under
// the read lock of the store: no publish comes between the look at a message
// and its place in the outbox, so the newest one is never overtaken by an older.
// Only the attached link calls it.
func (b *Broker) ContinueRetained(m *Member, batch *session.Batch, now time.Time) Progress {
	for len(m.walks) > 0 {
		if p := b.turn(m, &m.walks[0], batch, now); p != Finished {
			return p
		}
		if m.walks = m.walks[1:]; len(m.walks) == 0 {
			m.walks = nil
		}
	}
	return Finished
}

func (b *Broker) turn(m *Member, at *walk, batch *session.Batch, now time.Time) Progress {
	s := m.subscriptions[at.key]
	if s == nil {
		return Finished // unsubscribed meanwhile
	}
	var offer session.Offer
	var gone []string
	end := TurnOver
	next, done := b.retained.Walk(s.Filter, at.next, turnSteps, func(p *session.Publication) bool {
		if expired(p, now) {
			gone = append(gone, p.Name)
			return true
		}
		window, outbox := m.Room(min(p.QoS, s.QoS))
		switch {
		case !outbox:
			end = OutboxFull
			return false
		case !window:
			end = WindowFull
			return false
		}
		offer.ResetOwned(p)
		m.Deliver(&offer, session.Wish{QoS: s.QoS, Retain: true, IDs: s.identifiers()}, batch, now)
		return true
	})
	b.dropExpired(gone, now)
	if done {
		return Finished
	}
	at.next = next
	return end
}

// Sending reports whether retained messages wait to be sent.
func (m *Member) Sending() bool { return len(m.walks) > 0 }
