package link

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Deliver sends a publication to this client alone, whatever it subscribed to.
// Any goroutine may call it, also from a handler: it only queues and flushes.
// ErrNotConnected before the CONNECT is accepted and after the end.
func (l *Link) Deliver(o *session.Offer, b *session.Batch, qos mqtt.QoS, now time.Time) error {
	if !l.Online() {
		return ErrNotConnected
	}
	l.member.Deliver(o, session.Wish{QoS: qos}, b, now)
	return nil
}
