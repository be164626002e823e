package broker

import (
	"slices"
	"sync"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Subscription is one filter of one session. Immutable once it is in the
// broker, but for its place among the others of its filter.
type Subscription struct {
	Filter            string // without $share/name/
	Share             string // share name; empty: not shared
	ID                uint32 // subscription identifier; 0: none
	QoS               mqtt.QoS
	NoLocal           bool
	RetainAsPublished bool

	ids     [1]uint32 // ID, to be lent as a list
	session *session.Session
	group   *group // nil: not shared
	place   int    // index in the list of its filter or group, under the lock of that
}

// key is the filter as its client writes it: that of a shared subscription
// with $share/name/. Without it no valid filter begins so.
func (s *Subscription) key() string {
	if s.Share == "" {
		return s.Filter
	}
	return "$share/" + s.Share + "/" + s.Filter
}

// identifiers returns the subscription identifier as a list, which is never
// written to.
func (s *Subscription) identifiers() []uint32 {
	if s.ID == 0 {
		return nil
	}
	return s.ids[:]
}

// roster is a list of subscriptions that know their places in it.
type roster []*Subscription

// add appends s, or puts it in the place of old.
func (r *roster) add(s, old *Subscription) {
	if old != nil {
		s.place = old.place
		(*r)[s.place] = s
		return
	}
	s.place = len(*r)
	*r = append(*r, s)
}

// remove puts the last one in the place of s.
func (r *roster) remove(s *Subscription) {
	list := *r
	last := len(list) - 1
	list[s.place] = list[last]
	list[s.place].place = s.place
	list[last] = nil
	*r = list[:last]
}

// audience is all subscriptions of one filter.
type audience struct {
	mu sync.Mutex
	// mu guards the following.
	list   roster
	lent   bool              // a Route reads list: copy it before the next change
	groups map[string]*group // by share name; nil: none
}

// Subscribe adds a subscription to a session, or replaces the one of the same
// filter [MQTT-3.8.4-3], and reports whether it is new. It is in force before
// Subscribe returns. Only the attached link calls it.
func (b *Broker) Subscribe(m *Member, s Subscription) (isNew bool) {
	s.session, s.ids[0] = m.Session, s.ID
	key := s.key()
	old := m.subscriptions[key]
	if m.subscriptions == nil {
		m.subscriptions = map[string]*Subscription{}
	}
	m.subscriptions[key] = &s
	b.filters.Update(s.Filter, func(a *audience, ok bool) (*audience, bool) {
		if !ok {
			a = &audience{}
		}
		a.add(&s, old, b.StickyShares)
		return a, true
	})
	if s.group != nil {
		m.share(&s, old)
	}
	b.changed(s.Filter)
	if old == nil {
		b.count(&s, 1)
	}
	return old == nil
}

// MaySubscribe reports whether a session may have the subscription of a key (a
// filter, with $share/name/ before it where it is shared): it has that already,
// or fewer than most. Only the attached link calls it.
func (m *Member) MaySubscribe(key string, most int) bool {
	if len(m.subscriptions) < most {
		return true
	}
	_, has := m.subscriptions[key]
	return has
}

func (a *audience) add(s, old *Subscription, sticky bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.Share == "" {
		a.own()
		a.list.add(s, old)
		return
	}
	g := a.groups[s.Share]
	if g == nil {
		if a.groups == nil {
			a.groups = map[string]*group{}
		}
		g = &group{sticky: sticky}
		a.groups[s.Share] = g
	}
	s.group = g
	g.add(s, old)
}

// own makes the list ours alone, so that it may change. mu is held.
func (a *audience) own() {
	if a.lent {
		a.list, a.lent = slices.Clone(a.list), false
	}
}

// Unsubscribe takes a filter from a session and reports whether it had it. The
// filter of a shared subscription comes with $share/name/. Only the attached
// link calls it; what waited for this member goes to others by batch.
func (b *Broker) Unsubscribe(m *Member, filter string, batch *session.Batch) (had bool) {
	s := m.subscriptions[filter]
	if s == nil {
		return false
	}
	b.drop(m, s)
	delete(m.subscriptions, filter)
	m.walks = slices.DeleteFunc(m.walks, func(w walk) bool { return w.key == filter })
	if s.group != nil {
		s.group.left(m.Session, batch)
	}
	return true
}

// drop ends a subscription; the caller takes it out of the session's.
func (b *Broker) drop(m *Member, s *Subscription) {
	b.filters.Update(s.Filter, func(a *audience, _ bool) (*audience, bool) {
		return a, a.remove(s)
	})
	if s.group != nil {
		m.unshare(s)
	}
	b.changed(s.Filter)
	b.count(s, -1)
}

// remove takes s out and reports whether anybody is left.
func (a *audience) remove(s *Subscription) (left bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.group == nil {
		a.own()
		a.list.remove(s)
	} else if !s.group.remove(s) {
		delete(a.groups, s.Share)
	}
	return len(a.list) > 0 || len(a.groups) > 0
}

// lend returns what a Route needs, for reading, for ever.
func (a *audience) lend() []*Subscription {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lent = true
	return a.list
}

// shares appends the groups to dst.
func (a *audience) shares(dst []*group) []*group {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range a.groups {
		dst = append(dst, g)
	}
	return dst
}
