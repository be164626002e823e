package session

import (
	"bytes"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Publication is one application message on its way to subscribers.
type Publication struct {
	kept int64 // places; see inPlace. The first field: it is aligned on 32 bits, too

	Name      string
	QoS       mqtt.QoS
	Retain    bool
	Forward   []byte // the 5.0 properties that travel on unchanged [MQTT-3.3.2-17]
	Payload   []byte
	Publisher string // client identifier; empty: the server's own
	// From is what waits because of its publisher, while it is in a queue; nil:
	// nobody asks.
	From *Weight
	// Expires is when the message ceases to be sent; the zero time is never.
	Expires time.Time
}

// Clone returns a copy that owns its bytes.
func (p *Publication) Clone() *Publication {
	c := *p
	c.kept = 0
	c.Forward = bytes.Clone(p.Forward)
	c.Payload = bytes.Clone(p.Payload)
	return &c
}

// Size is what the message costs where it is kept, in bytes.
func (p *Publication) Size() int { return p.size() }

// size is what a waiting message costs, in bytes.
func (p *Publication) size() int { return len(p.Name) + len(p.Payload) + len(p.Forward) }

// expiry returns what is left of a message's lifetime in whole seconds
// [MQTT-3.3.2-6]; ok is false when nothing is.
func (p *Publication) expiry(now time.Time) (seconds uint32, has, ok bool) {
	if p.Expires.IsZero() {
		return 0, false, true
	}
	left := p.Expires.Sub(now)
	if left <= 0 {
		return 0, true, false
	}
	return uint32((left + time.Second - 1) / time.Second), true, true
}

// Offer is one publication while it is offered to many sessions: it encodes
// the head of the packet once for each class of receiver, and copies the
// message at most once. Owned by one publisher, who uses it again and again.
type Offer struct {
	pub   Publication
	owned *Publication
	heads [2 * 3 * 2][]byte // by version (3.x, 5.0), QoS, retain
	valid uint16            // bits: which heads belong to pub
	own   []byte            // the head for one receiver alone
	few   bool              // so few receivers that each may have a copy of a large payload
	waits bool              // it is in a queue; see Waits
}

// Reset starts the offer of another publication. p may hold views, which must
// stay valid until the last Deliver.
func (o *Offer) Reset(p Publication) {
	o.pub, o.owned, o.valid, o.few = p, nil, 0, false
}

// ResetOwned is Reset for a publication whose bytes nobody will write to.
func (o *Offer) ResetOwned(p *Publication) {
	o.pub = Publication{ // all but kept, which others change
		Name: p.Name, QoS: p.QoS, Retain: p.Retain, Forward: p.Forward, Payload: p.Payload, Publisher: p.Publisher, From: p.From, Expires: p.Expires,
	}
	o.owned, o.valid, o.few = p, 0, false
}

// Publication returns what is offered; its bytes may be views.
func (o *Offer) Publication() *Publication { return &o.pub }

// Own returns the publication with bytes of its own: copied once at most.
func (o *Offer) Own() *Publication {
	if o.owned == nil {
		o.owned = o.pub.Clone()
	}
	return o.owned
}

const (
	// fewReceivers is up to how many receivers a large payload is copied to the
	// chunks of each, which are pooled: one more copy costs less than one more
	// object for the garbage collector.
	fewReceivers = 2
	// copyUpTo is the size in bytes of the largest payload of which that is true:
	// with one of 64 KiB, the collector would run for every 30 messages.
	copyUpTo = 1 << 20
)

// Expect says to about how many sessions the publication will be delivered.
func (o *Offer) Expect(receivers int) { o.few = receivers <= fewReceivers }

// Waits reports whether any publication had to be queued since it was called
// last.
func (o *Offer) Waits() (any bool) {
	any, o.waits = o.waits, false
	return any
}

// payload returns the payload, and whose it is where it may be shared by
// reference; else nil.
func (o *Offer) payload() (p []byte, owner *Publication) {
	if o.owned == nil && o.few && len(o.pub.Payload) <= copyUpTo {
		return o.pub.Payload, nil
	}
	if len(o.pub.Payload) >= shareFrom {
		return o.Own().Payload, o.Own()
	}
	return o.pub.Payload, nil
}

// head returns the PUBLISH for a class of receivers, without its payload. The
// packet identifier in it is that of the last receiver: patch it.
func (o *Offer) head(v mqtt.Version, qos mqtt.QoS, retain bool, now time.Time) []byte {
	class := int(qos) << 1
	if v == mqtt.V5 {
		class += 6
	}
	if retain {
		class |= 1
	}
	if o.valid&(1<<class) == 0 {
		out := o.pub.outgoing(v, now)
		out.QoS, out.Retain, out.PacketID = qos, retain, 1
		o.heads[class] = packet.AppendPublishHead(o.heads[class][:0], v, &out)
		o.valid |= 1 << class
	}
	return o.heads[class]
}

// outgoing returns the parts of the PUBLISH that do not depend on the receiver.
func (p *Publication) outgoing(v mqtt.Version, now time.Time) packet.Outgoing {
	out := packet.Outgoing{Name: p.Name, Payload: p.Payload}
	if v == mqtt.V5 {
		out.Forward = p.Forward
		out.Expiry, out.HasExpiry, _ = p.expiry(now)
	}
	return out
}
