package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Unsubscribe is an UNSUBSCRIBE packet (section 3.10). The topic filters are views.
type Unsubscribe struct {
	PacketID uint16
	User     UserProperties // a view
	Filters  [][]byte       // at least one [MQTT-3.10.3-2]
}

// Decode reads the body of an UNSUBSCRIBE.
func (p *Unsubscribe) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Unsubscribe{Filters: p.Filters[:0]}
	r := reader{b: body}
	p.PacketID = r.packetID()
	if v >= mqtt.V5 {
		props := r.properties(unsubscribeProperties)
		p.User = UserProperties(props.raw)
		for props.next() {
			continue // the walk is the check
		}
		r.join(&props)
	}
	for len(r.b) > 0 {
		p.Filters = append(p.Filters, r.filter())
	}
	if r.err == nil && len(p.Filters) == 0 {
		return errNoFilter
	}
	return r.end()
}

// Append writes p.
func (p *Unsubscribe) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypeUnsubscribe)
	dst = appendUint16(dst, p.PacketID)
	if v >= mqtt.V5 {
		var props int
		dst, props = openLength(dst)
		dst = closeLength(p.User.append(dst), props)
	}
	for _, filter := range p.Filters {
		dst = appendField(dst, filter)
	}
	return closeLength(dst, at)
}
