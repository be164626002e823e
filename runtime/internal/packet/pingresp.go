package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Pingresp is a PINGRESP packet, which is only a fixed header (section 3.13).
type Pingresp struct{}

// Decode checks that there is no body.
func (p *Pingresp) Decode(_ Header, _ mqtt.Version, body []byte) error { return noBody(body) }

// Append writes p.
func (p *Pingresp) Append(dst []byte, _ mqtt.Version) []byte {
	return append(dst, byte(TypePingresp)<<4, 0)
}
