package broker

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Route is who receives what is published to one topic name: the merged result
// of all matching subscriptions. Immutable; valid while the broker's
// generation is unchanged.
type Route struct {
	generation uint64
	receivers  []receiver
}

// receiver is one session with what its subscriptions wish together.
type receiver struct {
	session           *session.Session
	wish              session.Wish
	noLocal           bool // all matching subscriptions say No Local
	retainAsPublished bool
}

// Route returns the route of a valid topic name: the old one where it still
// holds. old may be nil.
func (b *Broker) Route(name string, old *Route) *Route {
	// Read before the subscriptions are: a change in between makes the new
	// route stale, never the other way round.
	generation := b.generation.Load()
	if old != nil && old.generation == generation {
		return old
	}
	var found [8]*audience
	audiences := b.filters.Match(name, found[:0])
	r := &Route{generation: generation}
	switch len(audiences) {
	case 0:
	case 1:
		r.addAll(audiences[0].lend())
	default:
		r.merge(audiences)
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
		wish:              session.Wish{QoS: s.QoS},
		noLocal:           s.NoLocal,
		retainAsPublished: s.RetainAsPublished,
	}
}

// merge gives a session with several matching subscriptions one copy, with the
// highest quality of service [MQTT-3.3.4-2].
func (r *Route) merge(audiences []*audience) {
	places := map[*session.Session]int{}
	for _, a := range audiences {
		for _, s := range a.lend() {
			i, ok := places[s.session]
			if !ok {
				places[s.session] = len(r.receivers)
				r.receivers = append(r.receivers, newReceiver(s))
				continue
			}
			known := &r.receivers[i]
			known.wish.QoS = max(known.wish.QoS, s.QoS)
			known.noLocal = known.noLocal && s.NoLocal
			known.retainAsPublished = known.retainAsPublished || s.RetainAsPublished
		}
	}
}

// Publish offers a publication to everyone on its route. from is the session
// that published it, nil for the server's own. The outboxes that got something
// are listed in batch, for the caller to flush.
func (b *Broker) Publish(o *session.Offer, r *Route, from *session.Session, batch *session.Batch, now time.Time) {
	retain := o.Publication().Retain
	for i := range r.receivers {
		to := &r.receivers[i]
		if to.noLocal && to.session == from {
			continue // [MQTT-3.8.3-3]
		}
		w := to.wish
		w.Retain = retain && to.retainAsPublished // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
		to.session.Deliver(o, w, batch, now)
	}
}

// Audience returns how many clients on the route are connected now, and how
// many of them speak MQTT 5.0, but for except, which may be nil; excepted says
// that it was one of them.
func (r *Route) Audience(except *session.Session) (connected, v5 int, excepted bool) {
	for i := range r.receivers {
		s := r.receivers[i].session
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
	return connected, v5, excepted
}
