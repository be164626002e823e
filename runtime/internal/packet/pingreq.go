package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Pingreq is a PINGREQ packet, which is only a fixed header (section 3.12).
type Pingreq struct{}

// Decode checks that there is no body.
func (p *Pingreq) Decode(_ Header, _ mqtt.Version, body []byte) error { return noBody(body) }

// Append writes p.
func (p *Pingreq) Append(dst []byte, _ mqtt.Version) []byte {
	return append(dst, byte(TypePingreq)<<4, 0)
}

// noBody is the check of packets that are only a fixed header.
func noBody(body []byte) error {
	r := reader{b: body}
	return r.end()
}
