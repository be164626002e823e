package broker

import (
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// retained is the store of retained messages.
type retained struct {
	topic.Names[*session.Publication]
	bytes    atomic.Int64 // of all of them
	expiring atomic.Int64 // how many will expire
	held     limit.Account
	sweep    Timer  // takes out what has expired
	swept    string // where the sweep goes on; owned by the wheel
}

// placeCost is what a place in the store costs about, in bytes: some levels of a
// tree.
const placeCost = 256

// count notes that p came or went, and reports whether it is the first that
// will expire.
func (r *retained) count(p *session.Publication, n int64) (first bool) {
	r.bytes.Add(n * int64(p.Size()))
	if n > 0 {
		p.Keep(&r.held, placeCost)
	} else {
		p.Drop(&r.held, placeCost)
	}
	return !p.Expires.IsZero() && r.expiring.Add(n) == 1 && n > 0
}

// Retain stores a retained publication in the place of the one of the same
// name [MQTT-3.3.1-5]; an empty payload removes it [MQTT-3.3.1-6]. Call it
// before Publish: a new subscriber then never gets an older message after a
// newer one.
func (b *Broker) Retain(o *session.Offer) {
	r, p := &b.retained, o.Publication()
	if len(p.Payload) == 0 {
		if old, had := r.Delete(p.Name); had {
			r.count(old, -1)
		}
		return
	}
	own := o.Own()
	first := r.count(own, 1) // before others find it, who may replace it
	if old, had := r.Set(p.Name, own); had {
		r.count(old, -1)
	}
	if first {
		b.Timers.Set(&r.sweep, sweepEvery, b.sweepRetained)
	}
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
	sweepEvery = time.Second
)

func expired(p *session.Publication, now time.Time) bool {
	return !p.Expires.IsZero() && !now.Before(p.Expires)
}

// sweepRetained takes out some of what has expired: all names have their turn
// in time. It runs on the wheel.
func (b *Broker) sweepRetained() {
	r, now := &b.retained, time.Now()
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
	if r.expiring.Load() > 0 {
		b.Timers.Set(&r.sweep, sweepEvery, b.sweepRetained)
	}
}

func (b *Broker) dropExpired(names []string, now time.Time) {
	for _, name := range names {
		old, had := b.retained.DeleteIf(name, func(p *session.Publication) bool { return expired(p, now) })
		if had {
			b.retained.count(old, -1)
		}
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
