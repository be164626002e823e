package broker

import (
	"slices"
	"sync"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Subscription is one filter of one session. Immutable once it is in the
// broker, but for its place in the audience.
type Subscription struct {
	Filter            string
	QoS               mqtt.QoS // granted
	NoLocal           bool
	RetainAsPublished bool

	session *session.Session
	place   int // index in the audience's list, under its lock
}

// audience is all subscriptions of one filter.
type audience struct {
	mu sync.Mutex
	// mu guards the following.
	list []*Subscription
	lent bool // a Route reads list: copy it before the next change
}

// Subscribe adds a subscription to a session, or replaces the one of the same
// filter [MQTT-3.8.4-3], and reports whether it is new. It is in force before
// Subscribe returns. Only the attached link calls it.
func (b *Broker) Subscribe(m *Member, s Subscription) (isNew bool) {
	s.session = m.Session
	old := m.subscriptions[s.Filter]
	if m.subscriptions == nil {
		m.subscriptions = map[string]*Subscription{}
	}
	m.subscriptions[s.Filter] = &s
	b.filters.Update(s.Filter, func(a *audience, ok bool) (*audience, bool) {
		if !ok {
			a = &audience{}
		}
		a.add(&s, old)
		return a, true
	})
	b.generation.Add(1)
	return old == nil
}

func (a *audience) add(s, old *Subscription) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.own()
	if old != nil {
		s.place = old.place
		a.list[s.place] = s
		return
	}
	s.place = len(a.list)
	a.list = append(a.list, s)
}

// own makes the list ours alone, so that it may change. mu is held.
func (a *audience) own() {
	if a.lent {
		a.list, a.lent = slices.Clone(a.list), false
	}
}

// Unsubscribe takes a filter from a session and reports whether it had it.
// Only the attached link calls it, or the broker when there is none.
func (b *Broker) Unsubscribe(m *Member, filter string) (had bool) {
	s := m.subscriptions[filter]
	if s == nil {
		return false
	}
	delete(m.subscriptions, filter)
	b.filters.Update(filter, func(a *audience, _ bool) (*audience, bool) {
		return a, a.remove(s)
	})
	b.generation.Add(1)
	return true
}

// remove takes s out and reports whether anybody is left.
func (a *audience) remove(s *Subscription) (left bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.own()
	last := len(a.list) - 1
	a.list[s.place] = a.list[last]
	a.list[s.place].place = s.place
	a.list[last] = nil
	a.list = a.list[:last]
	return last > 0
}

// lend returns the list for reading, for ever.
func (a *audience) lend() []*Subscription {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lent = true
	return a.list
}
