package link

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var errReceiveMaximum = &packet.Error{
	Code:   mqtt.ReceiveMaximumExceeded,
	Reason: "more unacknowledged QoS 1 and 2 messages than the Receive Maximum [MQTT-3.3.4-7]",
}

var (
	errRetain = &packet.Error{Code: mqtt.RetainNotSupported, Reason: "retained messages are not available [MQTT-3.2.2-14]"}
	errQoS    = &packet.Error{Code: mqtt.QoSNotSupported, Reason: "quality of service above the Maximum QoS [MQTT-3.2.2-11]"}
)

// offers refuses what the server does not offer.
func (s *Settings) offers(qos mqtt.QoS, retain bool) error {
	switch {
	case qos > s.MaxQoS:
		return errQoS
	case retain && s.NoRetain:
		return errRetain
	}
	return nil
}

// publish is the road of a PUBLISH: decode, session, user code, broker, answer.
func (l *Link) publish(h packet.Header, body []byte) error {
	p := &l.work.publish
	if err := p.Decode(h, l.version, body); err != nil {
		return err
	}
	if err := p.CheckClient(); err != nil {
		return err
	}
	if err := l.host.Settings.offers(p.QoS, p.Retain); err != nil {
		return err
	}
	topic, err := l.topics.resolve(p, l.host.Settings.TopicAliasMaximum)
	if err != nil {
		return err
	}
	switch {
	case p.QoS == mqtt.QoS2 && l.member.In.Knows(p.PacketID): // answered again, not delivered again [MQTT-4.3.3-10]
		return l.answer(packet.TypePubrec, p.PacketID, mqtt.Success, nil)
	case l.overQuota(p.QoS):
		return errReceiveMaximum
	}
	l.fill(p, topic.name)
	if err := l.checkName(topic); err != nil {
		return l.refuse(p, err)
	}
	if err := l.mayPublish(p, topic); err != nil {
		return l.refuse(p, err)
	}
	if err := l.claim(p, topic.name); err != nil {
		return l.refuse(p, err)
	}
	l.work.watch.arm()
	verdict, err := l.host.Calls.Publish(l.Context(), l, &l.work.message)
	l.work.topic.count(verdict.Topic)
	if err != nil {
		l.work.claim.Drop()
		return l.refuse(p, err)
	}
	l.accept(p, topic, verdict)
	return l.confirm(p, mqtt.Success, nil)
}

// overQuota reports whether the client sends more than the Receive Maximum that
// it was told: QoS 2 messages that it has not released, and with them those
// whose last acknowledgement is held back. 3.x knows no Receive Maximum: there
// only what costs memory of the session is bounded.
func (l *Link) overQuota(qos mqtt.QoS) bool {
	open := l.member.In.Open()
	if l.version == mqtt.V5 {
		open += l.held.publishes
	} else if qos < mqtt.QoS2 {
		return false
	}
	return qos > mqtt.QoS0 && open >= l.host.Settings.ReceiveMaximum
}

// fill makes the message that user code sees.
func (l *Link) fill(p *packet.Publish, name string) {
	m := &l.work.message
	*m = mqtt.Message{Topic: name, QoS: p.QoS, Retain: p.Retain, Dup: p.Dup, PacketID: p.PacketID, Raw: p.Payload}
	if len(p.Props.Raw) > 0 {
		m.Properties = packet.DecodeProperties(p.Props.Raw)
	}
}

// accept stores and relays a message that user code has taken.
func (l *Link) accept(p *packet.Publish, topic *known, v Verdict) {
	if !p.Retain && !v.Relay {
		return
	}
	w := l.work
	w.offer.Reset(session.Publication{
		Name:      topic.name,
		Publisher: l.clientID,
		QoS:       min(p.QoS, v.MaxQoS),
		Retain:    p.Retain,
		Forward:   w.forward(&p.Props),
		Payload:   p.Payload,
		Expires:   expires(&p.Props, w.now),
		From:      l.weight(),
	})
	if p.Retain {
		l.retain(topic, v.Relay)
	} else {
		l.relay(topic)
	}
	if v.Relay {
		l.weigh(&w.offer)
		if l.host.Calls.Relayed != nil {
			l.host.Calls.Relayed(l, &w.message)
		}
	}
}

// retain stores what is offered, and relays it.
func (l *Link) retain(topic *known, relay bool) {
	w, b := l.work, l.host.Broker
	defer b.InOrder(topic.name).Unlock()
	if len(w.offer.Publication().Payload) == 0 {
		b.Clear(topic.name)
	} else {
		w.claim.Store(&w.offer)
	}
	if relay {
		l.relay(topic)
	}
}

func (l *Link) relay(topic *known) {
	w, b := l.work, l.host.Broker
	topic.route = b.Route(topic.name, topic.route)
	b.Publish(&w.offer, topic.route, l.member.Session, &w.batch, w.now)
}

// forward returns the properties that travel on: a view, valid until the next
// call. Those of a PUBLISH with a topic alias or an expiry are picked out.
func (w *work) forward(p *packet.PublishProps) []byte {
	if len(p.Raw) == 0 || p.Forward != nil {
		return p.Forward
	}
	w.props = p.AppendForward(w.props[:0])
	return w.props
}

func expires(p *packet.PublishProps, now time.Time) time.Time {
	if !p.HasExpiry {
		return time.Time{}
	}
	return now.Add(time.Duration(p.Expiry) * time.Second)
}

// confirm acknowledges a PUBLISH by its quality of service.
func (l *Link) confirm(p *packet.Publish, code mqtt.ReasonCode, r *mqtt.Refusal) error {
	switch p.QoS {
	case mqtt.QoS1:
		return l.answer(packet.TypePuback, p.PacketID, code, r)
	case mqtt.QoS2:
		if !code.IsError() {
			l.member.In.Receive(p.PacketID)
		}
		return l.answer(packet.TypePubrec, p.PacketID, code, r)
	}
	return nil
}

// refuse turns the error of user code into the answer to a PUBLISH: its reason
// code in 5.0; 3.x has none, so the message is acknowledged and dropped, or
// the connection closed.
func (l *Link) refuse(p *packet.Publish, err error) error {
	r := asRefusal(err)
	l.host.Counters.Refused.Add(1)
	l.host.Counters.PublishCodes.add(r.Code)
	l.warn("publish refused", err, "topic", shown(l.work.message.Topic))
	if r.Disconnect {
		return r
	}
	if l.version == mqtt.V5 {
		code := r.Code
		if p.QoS > mqtt.QoS0 {
			code = l.code(packet.TypePuback, code)
		}
		return l.confirm(p, code, r)
	}
	if l.host.Settings.CloseOnRefusal {
		return r
	}
	return l.confirm(p, mqtt.Success, nil)
}

// told is what goes along with a reason code, where the client wants any of it
// [MQTT-3.1.2-29].
func (l *Link) told(r *mqtt.Refusal) (reason string, user []mqtt.UserProperty) {
	if !l.problems || r == nil {
		return "", nil
	}
	return r.Reason, r.Properties
}
