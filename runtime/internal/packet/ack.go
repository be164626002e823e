package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Ack is one of the four packets that acknowledge a PUBLISH, which have the same form: PUBACK,
// PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7).
type Ack struct {
	Type     Type // TypePuback, TypePubrec, TypePubrel or TypePubcomp
	PacketID uint16

	// The rest exists in MQTT 5.0 only; in 3.x Code is Success.

	Code   mqtt.ReasonCode
	Reason string              // reason string
	User   []mqtt.UserProperty // owned copies
}

// Decode reads the body of any of the four packets. In 5.0 the reason code and the properties
// may be missing (section 3.4.2.1), so that bodies of 2 and of 3 bytes are legal.
func (p *Ack) Decode(h Header, v mqtt.Version, body []byte) error {
	*p = Ack{Type: h.Type, User: p.User[:0]}
	r := reader{b: body}
	p.PacketID = r.packetID()
	if v >= mqtt.V5 && len(r.b) > 0 {
		p.Code = r.reasonCode(h.Type)
		if len(r.b) > 0 {
			p.Reason, p.User = r.reason(p.User)
		}
	}
	return r.end()
}

// Append writes p in the shortest form that holds it.
func (p *Ack) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, p.Type)
	dst = appendUint16(dst, p.PacketID)
	plain := p.Reason == "" && len(p.User) == 0
	if v >= mqtt.V5 && !(plain && p.Code == mqtt.Success) {
		dst = append(dst, byte(p.Code))
		if !plain {
			dst = appendReasonProps(dst, p.Reason, p.User)
		}
	}
	return closeLength(dst, at)
}

// reason reads the properties of a packet that may carry Reason String and User Properties
// only, adding the latter to user.
func (r *reader) reason(user []mqtt.UserProperty) (string, []mqtt.UserProperty) {
	var text string
	props := r.properties(reasonProperties)
	for props.next() {
		switch props.id {
		case propReasonString:
			text = string(props.data)
		case propUserProperty:
			user = append(user, props.user())
		}
	}
	r.join(&props)
	return text, user
}

// appendReasonProps writes what reader.reason reads.
func appendReasonProps(dst []byte, reason string, user []mqtt.UserProperty) []byte {
	dst, at := openLength(dst)
	return closeLength(appendReason(dst, reason, user), at)
}
