package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Unsuback is an UNSUBACK packet (section 3.11). In MQTT 3.x it is a packet identifier and
// nothing more.
type Unsuback struct {
	PacketID uint16
	Reason   string              // 5.0 only
	User     []mqtt.UserProperty // 5.0 only; owned copies
	Codes    []mqtt.ReasonCode   // 5.0 only; one for each topic filter, in order [MQTT-3.11.3-1]
}

// unsubackCodes are the reason codes of an UNSUBACK (section 3.11.3) [MQTT-3.11.3-2].
var unsubackCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.NoSubscriptionExisted, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
	mqtt.PacketIdentifierInUse,
}

// Decode reads the body of an UNSUBACK.
func (p *Unsuback) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Unsuback{Codes: p.Codes[:0], User: p.User[:0]}
	r := reader{b: body}
	p.PacketID = r.packetID()
	if v < mqtt.V5 {
		return r.end()
	}
	p.Reason, p.User = r.reason(p.User)
	for len(r.b) > 0 {
		p.Codes = append(p.Codes, r.reasonCode(TypeUnsuback))
	}
	if r.err == nil && len(p.Codes) == 0 {
		return errNoCodes
	}
	return r.end()
}

// Append writes p.
func (p *Unsuback) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypeUnsuback)
	dst = appendUint16(dst, p.PacketID)
	if v >= mqtt.V5 {
		dst = appendReasonProps(dst, p.Reason, p.User)
		for _, c := range p.Codes {
			dst = append(dst, byte(c))
		}
	}
	return closeLength(dst, at)
}
