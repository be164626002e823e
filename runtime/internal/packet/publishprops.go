package packet

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// PublishProps are the properties of a PUBLISH or of a will (sections 3.3.2.3 and 3.1.3.2).
// A server needs few of them itself; the others pass through as bytes. Raw and Forward are
// views into the packet.
type PublishProps struct {
	// Raw is all property bytes as received, without the length before them.
	Raw []byte

	// Forward is Raw where all of it goes on to the subscribers, which is usual. Else it is nil
	// and AppendForward picks out what does.
	Forward []byte

	Alias             uint16 // topic alias, not 0 where HasAlias is set
	HasAlias          bool
	Expiry            uint32 // message expiry interval in seconds
	HasExpiry         bool
	HasSubscriptionID bool // at least one; DecodeProperties returns them
	PayloadFormatUTF8 bool // payload format indicator is 1
}

// decode reads all properties. It leaves errors in props.
func (p *PublishProps) decode(props *properties) {
	for props.next() {
		p.set(props)
	}
	p.setViews(props)
}

// set takes over the current property, if the server needs to know it.
func (p *PublishProps) set(props *properties) {
	switch props.id {
	case propTopicAlias:
		p.Alias, p.HasAlias = uint16(props.num), true
	case propMessageExpiry:
		p.Expiry, p.HasExpiry = props.num, true
	case propSubscriptionIdentifier:
		p.HasSubscriptionID = true
	case propPayloadFormat:
		p.PayloadFormatUTF8 = props.num == 1
	}
}

// setViews sets Raw and Forward at the end of a walk.
func (p *PublishProps) setViews(props *properties) {
	p.Raw = props.raw
	if props.seen&^forwardProperties == 0 {
		p.Forward = p.Raw
	}
}

// AppendForward writes those properties that travel on to subscribers unchanged, in their
// order: no topic alias, message expiry, will delay or subscription identifier.
func (p *PublishProps) AppendForward(dst []byte) []byte {
	if p.Forward != nil {
		return append(dst, p.Forward...)
	}
	return appendOnly(dst, p.Raw, forwardProperties)
}

// append writes the expiry from its field, and what Raw holds beside the properties that have
// fields: what is forwarded, and the subscription identifiers.
func (p *PublishProps) append(dst []byte) []byte {
	if p.HasExpiry {
		dst = appendProp32(dst, propMessageExpiry, p.Expiry)
	}
	return appendOnly(dst, p.Raw, forwardProperties|1<<propSubscriptionIdentifier)
}

// DecodeProperties returns the properties in raw, which is PublishProps.Raw of a decoded
// packet, for user code. Strings are owned copies, CorrelationData is a view. It stops at what
// is not legal, which no decoded packet holds.
func DecodeProperties(raw []byte) (m mqtt.Properties) {
	p := walk(raw)
	for p.next() {
		switch p.id {
		case propPayloadFormat:
			m.PayloadFormatUTF8 = p.num == 1
		case propContentType:
			m.ContentType = string(p.data)
		case propResponseTopic:
			m.ResponseTopic = string(p.data)
		case propCorrelationData:
			m.CorrelationData = p.data
		case propMessageExpiry:
			m.MessageExpiry, m.HasMessageExpiry = time.Duration(p.num)*time.Second, true
		case propSubscriptionIdentifier:
			m.SubscriptionIdentifiers = append(m.SubscriptionIdentifiers, p.num)
		case propUserProperty:
			m.User = append(m.User, p.user())
		}
	}
	return m
}

// AppendProperties writes m as property bytes, fit for Raw, Forward and [Outgoing].Forward:
// without the length before them, and without expiry and subscription identifiers, which have
// fields there. Texts that are not legal are made so; wildcards in ResponseTopic are the
// caller's to refuse.
func AppendProperties(dst []byte, m *mqtt.Properties) []byte {
	if m.PayloadFormatUTF8 {
		dst = appendBool(dst, propPayloadFormat, true)
	}
	if m.ContentType != "" {
		dst = appendText(append(dst, propContentType), m.ContentType)
	}
	if m.ResponseTopic != "" {
		dst = appendText(append(dst, propResponseTopic), m.ResponseTopic)
	}
	if m.CorrelationData != nil {
		dst = appendPropField(dst, propCorrelationData, m.CorrelationData)
	}
	return appendUser(dst, m.User)
}
