package broker

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// Retain stores a retained publication in the place of the one of the same
// name [MQTT-3.3.1-5]; an empty payload removes it [MQTT-3.3.1-6]. Call it
// before Publish: a new subscriber then never gets an older message after a
// newer one.
func (b *Broker) Retain(o *session.Offer) {
	p := o.Publication()
	if len(p.Payload) == 0 {
		b.retained.Delete(p.Name)
		return
	}
	b.retained.Set(p.Name, o.Own())
}

// SendRetained sends a session the retained messages that a filter matches,
// after the subscription is in force. The messages are queued under the read
// lock of the store: no publish comes between the look at a message and its
// place in the outbox, so the newest one is never overtaken by an older.
func (b *Broker) SendRetained(m *Member, s Subscription, batch *session.Batch, now time.Time) {
	var offer session.Offer
	var expired []string
	b.retained.Visit(s.Filter, func(p *session.Publication) {
		if !p.Expires.IsZero() && !now.Before(p.Expires) {
			expired = append(expired, p.Name)
			return
		}
		offer.ResetOwned(p)
		m.Deliver(&offer, session.Wish{QoS: s.QoS, Retain: true}, batch, now)
	})
	for _, name := range expired {
		b.retained.DeleteIf(name, func(p *session.Publication) bool {
			return !p.Expires.IsZero() && !now.Before(p.Expires)
		})
	}
}

// Retained returns the retained message of a topic name, nil without one.
func (b *Broker) Retained(name string) *session.Publication {
	var found *session.Publication
	b.retained.Visit(name, func(p *session.Publication) { found = p })
	return found
}
