package broker

import (
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Route is who receives what is published to one topic name: the merged result
// of all matching subscriptions. Immutable; valid while the generation of what
// may match its name is unchanged.
type Route struct {
	places     places
	generation uint64
	receivers  []receiver
	shares     []share
	// local is what receivers get of their own messages, by index, where only
	// some of their subscriptions say No Local; nil: there are none of them.
	local map[int]receiver
}

// receiver is one session with what its subscriptions wish together.
type receiver struct {
	session           *session.Session
	wish              session.Wish
	noLocal           bool // all matching subscriptions say No Local
	retainAsPublished bool
}

// share is one shared subscription, of whose members one receives.
type share struct {
	group   *group
	members []member
}

// Route returns the route of a valid topic name: the old one where it still
// holds. old may be nil.
func (b *Broker) Route(name string, old *Route) *Route {
	var at places
	if old != nil {
		at = old.places
	} else {
		at = placesOf(name)
	}
	// Read before the subscriptions are: a change in between makes the new
	// route stale, never the other way round.
	generation := b.generations.of(at)
	if old != nil && old.generation == generation {
		return old
	}
	var found [8]*audience
	audiences := b.filters.Match(name, found[:0])
	r := &Route{places: at, generation: generation}
	switch len(audiences) {
	case 0:
	case 1:
		r.addAll(audiences[0].lend())
	default:
		r.merge(audiences)
	}
	var groups [8]*group
	shares := groups[:0]
	for _, a := range audiences {
		shares = a.shares(shares)
	}
	for _, g := range shares {
		r.shares = append(r.shares, share{g, g.lend()})
	}
	return r
}

func (r *Route) addAll(subscriptions []*Subscription) {
	r.receivers = make([]receiver, len(subscriptions))
	for i, s := range subscriptions {
		r.receivers[i] = newReceiver(s)
	}
}

func newReceiver(s *Subscription) receiver {
	return receiver{
		session:           s.session,
		wish:              session.Wish{QoS: s.QoS, IDs: s.identifiers()},
		noLocal:           s.NoLocal,
		retainAsPublished: s.RetainAsPublished,
	}
}

// merge gives a session with several matching subscriptions one copy, with the
// highest quality of service [MQTT-3.3.4-2] and all subscription identifiers
// [MQTT-3.3.4-3].
func (r *Route) merge(audiences []*audience) {
	index := map[*session.Session]int{}
	for _, a := range audiences {
		for _, s := range a.lend() {
			i, ok := index[s.session]
			if !ok {
				index[s.session] = len(r.receivers)
				r.receivers = append(r.receivers, newReceiver(s))
				continue
			}
			r.addTo(i, s)
		}
	}
}

// addTo adds one more subscription of a receiver. One with No Local has no part
// in the client's own messages: neither in their quality of service nor by its
// identifier.
func (r *Route) addTo(i int, s *Subscription) {
	known := &r.receivers[i]
	local, mixed := r.local[i]
	switch {
	case mixed && !s.NoLocal:
		local.add(s)
	case mixed || known.noLocal == s.NoLocal:
	case known.noLocal:
		local, mixed = newReceiver(s), true
	default:
		local, mixed = *known, true
	}
	if mixed {
		if r.local == nil {
			r.local = map[int]receiver{}
		}
		r.local[i] = local
	}
	known.add(s)
}

func (r *receiver) add(s *Subscription) {
	r.wish.QoS = max(r.wish.QoS, s.QoS)
	if s.ID != 0 {
		r.wish.IDs = append(slices.Clip(r.wish.IDs), s.ID)
	}
	r.noLocal = r.noLocal && s.NoLocal
	r.retainAsPublished = r.retainAsPublished || s.RetainAsPublished
}

// Publish offers a publication to everyone on its route. from is the session
// that published it, nil for the server's own. The outboxes that got something
// are listed in batch, for the caller to flush.
func (b *Broker) Publish(o *session.Offer, r *Route, from *session.Session, batch *session.Batch, now time.Time) {
	b.offer(o, r, from, batch, now)
	for i := range r.shares {
		r.shares[i].group.deliver(o, r.shares[i].members, batch, now)
	}
}

// PublishRequest is Publish of the server's own message that somebody is to
// answer: of a shared subscription a member gets it who can, where there is
// one. asker, which may be nil, waits for the answer itself.
func (b *Broker) PublishRequest(o *session.Offer, r *Route, asker *session.Session, batch *session.Batch, now time.Time) {
	b.offer(o, r, nil, batch, now)
	for i := range r.shares {
		members := r.shares[i].members
		able := slices.DeleteFunc(slices.Clone(members), func(m member) bool {
			v, online := m.session.Version()
			return !online || v != mqtt.V5 || m.session == asker
		})
		if len(able) > 0 {
			members = able
		}
		r.shares[i].group.deliver(o, members, batch, now)
	}
}

// offer offers a publication to the receivers that are in no group.
func (b *Broker) offer(o *session.Offer, r *Route, from *session.Session, batch *session.Batch, now time.Time) {
	retain := o.Publication().Retain
	o.Expect(len(r.receivers) + len(r.shares))
	for i := range r.receivers {
		to := &r.receivers[i]
		if to.noLocal && to.session == from {
			continue // [MQTT-3.8.3-3]
		}
		if r.local != nil && to.session == from {
			if local, mixed := r.local[i]; mixed {
				to = &local
			}
		}
		w := to.wish
		w.Retain = retain && to.retainAsPublished // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
		to.session.Deliver(o, w, batch, now)
	}
}

// Audience returns how many clients on the route are connected now, and how
// many of them speak MQTT 5.0, but for except, which may be nil; excepted says
// that it was one of them. All members of a shared subscription count.
func (r *Route) Audience(except *session.Session) (connected, v5 int, excepted bool) {
	count := func(s *session.Session) {
		v, online := s.Version()
		switch {
		case !online:
		case s == except:
			excepted = true
		default:
			connected++
			if v == mqtt.V5 {
				v5++
			}
		}
	}
	for i := range r.receivers {
		count(r.receivers[i].session)
	}
	for i := range r.shares {
		for j := range r.shares[i].members {
			count(r.shares[i].members[j].session)
		}
	}
	return connected, v5, excepted
}
