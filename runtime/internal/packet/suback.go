package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Suback is a SUBACK packet (section 3.9).
type Suback struct {
	PacketID uint16
	Reason   string              // 5.0 only
	User     []mqtt.UserProperty // 5.0 only; owned copies

	// Codes holds one code for each topic filter of the SUBSCRIBE, in its order
	// [MQTT-3.8.4-6] [MQTT-3.9.3-1]: the QoS granted or an error.
	Codes []mqtt.ReasonCode
}

// subackCodes are the reason codes of a SUBACK (section 3.9.3) [MQTT-3.9.3-2].
var subackCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.GrantedQoS1, mqtt.GrantedQoS2, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
	mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.SharedSubscriptionsNotSupported,
	mqtt.SubscriptionIdentifiersNotSupported, mqtt.WildcardSubscriptionsNotSupported,
}

// failure311 is the one failure code of MQTT 3.1.1 (section 3.9.3 there).
const failure311 = 0x80

// Decode reads the body of a SUBACK.
func (p *Suback) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Suback{Codes: p.Codes[:0], User: p.User[:0]}
	r := reader{b: body}
	p.PacketID = r.packetID()
	if v >= mqtt.V5 {
		p.Reason, p.User = r.reason(p.User)
	}
	for len(r.b) > 0 {
		c := r.reasonCode(TypeSuback)
		if v < mqtt.V5 && c > mqtt.GrantedQoS2 && c != failure311 {
			r.fail(errReasonCode)
		}
		p.Codes = append(p.Codes, c)
	}
	if r.err == nil && len(p.Codes) == 0 {
		return errNoCodes
	}
	return r.end()
}

// Append writes p. MQTT 3.1.1 has one code for all failures. MQTT 3.1 has none at all: what
// to answer there is for the caller to put into Codes.
func (p *Suback) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypeSuback)
	dst = appendUint16(dst, p.PacketID)
	if v >= mqtt.V5 {
		dst = appendReasonProps(dst, p.Reason, p.User)
	}
	for _, c := range p.Codes {
		if v < mqtt.V5 && c.IsError() {
			c = failure311
		}
		dst = append(dst, byte(c))
	}
	return closeLength(dst, at)
}
