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
	errWildcards      = &packet.Error{Code: mqtt.WildcardSubscriptionsNotSupported, Reason: "wildcard subscriptions are not available, as CONNACK said"}
	errSubscriptionID = &packet.Error{Code: mqtt.SubscriptionIdentifiersNotSupported, Reason: "subscription identifiers are not available, as CONNACK said"}
)

// subscribe answers each filter of a SUBSCRIBE with its own code, in their
// order [MQTT-3.8.4-5]; retained messages follow.
func (l *Link) subscribe(h packet.Header, body []byte) error {
	s := &l.work.subscribe
	if err := s.Decode(h, l.version, body); err != nil {
		return err
	}
	if s.SubscriptionID != 0 && l.host.Settings.NoSubscriptionIDs {
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
		g := l.grant(&s.Filters[i], s.SubscriptionID)
		if l.end != nil {
			return nil // user code wants the end, and no answer
		}
		ack.Codes = append(ack.Codes, g.code)
		granted = append(granted, g)
		if ack.Reason == "" && len(ack.User) == 0 {
			ack.Reason, ack.User = g.reason, g.user
		}
	}
	l.work.buf = ack.Append(l.work.buf[:0], l.version)
	if l.tooLarge(l.work.buf) { // [MQTT-3.9.2-1], [MQTT-3.9.2-2]
		ack.Reason, ack.User = "", nil
		l.work.buf = ack.Append(l.work.buf[:0], l.version)
	}
	l.acknowledge(l.work.buf)
	for i := range granted {
		if granted[i].shared {
			l.member.Gather(l.work.now)
		}
		if granted[i].retained {
			l.host.Broker.SendRetained(l.member, granted[i].subscription)
		}
	}
	l.sendRetained()
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
	user         []mqtt.UserProperty
	retained     bool // retained messages are to be sent
	shared       bool // messages may wait for a member of the group
}

// grant asks user code about one filter and puts the subscription in force.
func (l *Link) grant(f *packet.Filter, id uint32) grant {
	share, filter, _ := topic.SplitShare(string(f.Filter))
	switch {
	case share != "" && l.host.Settings.NoShared:
		return l.denied(f, errShared)
	case l.host.Settings.NoWildcards && topic.HasWildcard(filter):
		return l.denied(f, errWildcards)
	}
	if err := l.checkSubscription(filter, string(f.Filter)); err != nil {
		return l.denied(f, err)
	}
	ask := auth.Subscription{Filter: filter, Share: share, QoS: f.QoS, NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished}
	l.work.watch.arm()
	qos, err := l.host.Calls.Subscribe(l.Context(), l, &ask)
	if err != nil {
		return l.denied(f, err)
	}
	s := broker.Subscription{
		Filter: filter, Share: share, ID: id,
		QoS: min(qos, f.QoS, l.host.Settings.MaxQoS), NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished,
	}
	isNew := l.host.Broker.Subscribe(l.member, s)
	if share != "" { // no retained messages (section 4.8.2)
		return grant{subscription: s, code: mqtt.ReasonCode(s.QoS), shared: true}
	}
	const onlyIfNew, never = 1, 2
	retained := f.RetainHandling != never && (f.RetainHandling != onlyIfNew || isNew)
	return grant{subscription: s, code: mqtt.ReasonCode(s.QoS), retained: retained}
}

func (l *Link) denied(f *packet.Filter, err error) grant {
	r := asRefusal(err)
	l.host.Counters.SubscribeCodes.add(r.Code)
	l.warn("subscribe refused", err, "filter", shown(f.Filter))
	if r.Disconnect {
		l.stop(r)
	}
	g := grant{code: l.subackCode(r.Code, f)}
	g.reason, g.user = l.told(r)
	return g
}

// subackCode is the code of a refused filter: 3.1.1 knows only 0x80, and 3.1
// none, so there the client gets what it asked for, and nothing ever comes.
func (l *Link) subackCode(code mqtt.ReasonCode, f *packet.Filter) mqtt.ReasonCode {
	switch {
	case l.version == mqtt.V31:
		return mqtt.ReasonCode(f.QoS)
	case l.version == mqtt.V311:
		return mqtt.UnspecifiedError
	}
	return l.code(packet.TypeSuback, code)
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
		if filter := string(f); l.host.Broker.Unsubscribe(l.member, filter, &l.work.batch) {
			code = mqtt.Success
			l.work.watch.arm()
			l.host.Calls.Unsubscribed(l.Context(), l, filter)
		}
		ack.Codes = append(ack.Codes, code)
	}
	l.work.buf = ack.Append(l.work.buf[:0], l.version)
	l.acknowledge(l.work.buf)
	return nil
}
