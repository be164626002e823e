package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

var (
	errFilter         = &packet.Error{Code: mqtt.TopicFilterInvalid, Reason: "topic filter is not well formed [MQTT-4.7.1-1] [MQTT-4.7.1-2]"}
	errShared         = &packet.Error{Code: mqtt.SharedSubscriptionsNotSupported, Reason: "shared subscriptions are not available, as CONNACK said"}
	errSubscriptionID = &packet.Error{Code: mqtt.SubscriptionIdentifiersNotSupported, Reason: "subscription identifiers are not available, as CONNACK said"}
)

// subscribe answers each filter of a SUBSCRIBE with its own code, in their
// order [MQTT-3.8.4-5]; retained messages follow.
func (l *Link) subscribe(h packet.Header, body []byte) error {
	s := &l.work.subscribe
	if err := s.Decode(h, l.version, body); err != nil {
		return err
	}
	if s.SubscriptionID != 0 {
		return errSubscriptionID
	}
	for i := range s.Filters {
		if err := checkFilter(s.Filters[i].Filter); err != nil {
			return err
		}
	}
	if err := l.answerFits(len(s.Filters)); err != nil {
		return err
	}
	ack := packet.Suback{PacketID: s.PacketID}
	granted := make([]grant, 0, len(s.Filters))
	for i := range s.Filters {
		g := l.grant(&s.Filters[i])
		if l.end != nil {
			return nil // user code wants the end, and no answer
		}
		ack.Codes = append(ack.Codes, g.code)
		granted = append(granted, g)
		if ack.Reason == "" {
			ack.Reason = g.reason
		}
	}
	l.work.buf = ack.Append(l.work.buf[:0], l.version)
	if l.tooLarge(l.work.buf) { // [MQTT-3.9.2-1]
		ack.Reason = ""
		l.work.buf = ack.Append(l.work.buf[:0], l.version)
	}
	l.out.Append(l.work.buf)
	for i := range granted {
		if granted[i].retained {
			l.host.Broker.SendRetained(l.member, granted[i].subscription, &l.work.batch, l.work.now)
		}
	}
	return nil
}

// checkFilter judges the form of a topic filter, shared or not.
func checkFilter(filter []byte) error {
	if _, rest, ok := topic.SplitShare(string(filter)); !ok || !topic.ValidFilter(rest) {
		return errFilter
	}
	return nil
}

// grant is the answer to one filter.
type grant struct {
	subscription broker.Subscription
	code         mqtt.ReasonCode
	reason       string // of a refusal, as the client is told it
	retained     bool   // retained messages are to be sent
}

// grant asks user code about one filter and puts the subscription in force.
func (l *Link) grant(f *packet.Filter) grant {
	share, filter, _ := topic.SplitShare(string(f.Filter))
	if share != "" {
		return l.denied(f, errShared)
	}
	ask := auth.Subscription{Filter: filter, QoS: f.QoS, NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished}
	l.work.watch.arm()
	qos, err := l.host.Calls.Subscribe(l.Context(), l, &ask)
	if err != nil {
		return l.denied(f, err)
	}
	s := broker.Subscription{Filter: filter, QoS: min(qos, f.QoS), NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished}
	isNew := l.host.Broker.Subscribe(l.member, s)
	const onlyIfNew, never = 1, 2
	retained := f.RetainHandling != never && (f.RetainHandling != onlyIfNew || isNew)
	return grant{subscription: s, code: mqtt.ReasonCode(s.QoS), retained: retained}
}

func (l *Link) denied(f *packet.Filter, err error) grant {
	r := asRefusal(err)
	l.host.Log.Warn("subscribe refused", "client", l.clientID, "filter", string(f.Filter),
		"code", r.Code.String(), "reason", reason(err))
	if r.Disconnect {
		l.stop(r)
	}
	return grant{code: l.subackCode(r.Code, f), reason: l.told(r)}
}

// subackCode is the code of a refused filter: 3.1.1 knows only 0x80, and 3.1
// none, so there the client gets what it asked for, and nothing ever comes.
func (l *Link) subackCode(code mqtt.ReasonCode, f *packet.Filter) mqtt.ReasonCode {
	switch {
	case l.version == mqtt.V31:
		return mqtt.ReasonCode(f.QoS)
	case l.version == mqtt.V311 || !packet.TypeSuback.Allows(code) || !code.IsError():
		return mqtt.UnspecifiedError
	}
	return code
}

// unsubscribe answers each filter of an UNSUBSCRIBE [MQTT-3.11.3-1].
func (l *Link) unsubscribe(h packet.Header, body []byte) error {
	u := &l.work.unsubscribe
	if err := u.Decode(h, l.version, body); err != nil {
		return err
	}
	if err := l.answerFits(len(u.Filters)); err != nil {
		return err
	}
	ack := packet.Unsuback{PacketID: u.PacketID}
	for _, f := range u.Filters {
		if err := checkFilter(f); err != nil {
			return err
		}
		code := mqtt.NoSubscriptionExisted
		if filter := string(f); l.host.Broker.Unsubscribe(l.member, filter) {
			code = mqtt.Success
			l.work.watch.arm()
			l.host.Calls.Unsubscribed(l.Context(), l, filter)
		}
		ack.Codes = append(ack.Codes, code)
	}
	l.work.buf = ack.Append(l.work.buf[:0], l.version)
	l.out.Append(l.work.buf)
	return nil
}
