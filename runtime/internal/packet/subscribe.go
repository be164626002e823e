package packet

import (
	"bytes"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Subscribe is a SUBSCRIBE packet (section 3.8). The topic filters are views into the body.
// That they are text is checked; whether their wildcards are in legal places is not.
type Subscribe struct {
	PacketID       uint16
	SubscriptionID uint32         // subscription identifier; 0 for none
	User           UserProperties // a view
	Filters        []Filter       // at least one [MQTT-3.8.3-2]
}

// Filter is one topic filter of a SUBSCRIBE with its options (section 3.8.3.1). MQTT 3.x has
// no options but QoS.
type Filter struct {
	Filter            []byte
	QoS               mqtt.QoS // at most this
	NoLocal           bool     // own messages are not sent back
	RetainAsPublished bool     // the retain flag is kept on its way
	RetainHandling    byte     // retained messages on subscribing: 0 always, 1 if it is new, 2 never
}

// The subscription options (section 3.8.3.1).
const (
	optionNoLocal           = 0x04
	optionRetainAsPublished = 0x08
	optionRetainShift       = 4
	optionsReserved         = 0xC0 // in 5.0
	optionsReserved311      = 0xFC // all but QoS (3.1.1: [MQTT-3-8.3-4])
)

var sharePrefix = []byte("$share/")

// Decode reads the body of a SUBSCRIBE.
func (p *Subscribe) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Subscribe{Filters: p.Filters[:0]}
	r := reader{b: body}
	p.PacketID = r.packetID()
	if v >= mqtt.V5 {
		p.decodeProps(&r)
	}
	for len(r.b) > 0 {
		f := Filter{Filter: r.filter()}
		f.setOptions(&r, v, r.byte())
		p.Filters = append(p.Filters, f)
	}
	if r.err == nil && len(p.Filters) == 0 {
		return errNoFilter
	}
	return r.end()
}

func (p *Subscribe) decodeProps(r *reader) {
	props := r.properties(subscribeProperties)
	p.User = UserProperties(props.raw)
	for props.next() {
		if props.id != propSubscriptionIdentifier {
			continue
		}
		if p.SubscriptionID != 0 { // section 3.8.2.1.2
			props.fail(errPropertyRepeated)
		}
		p.SubscriptionID = props.num
	}
	r.join(&props)
}

// filter reads a topic filter of at least one character [MQTT-4.7.3-1].
func (r *reader) filter() []byte {
	f := r.text()
	if r.err == nil && len(f) == 0 {
		r.fail(errFilterEmpty)
	}
	return f
}

// setOptions takes the options byte apart. MQTT 3.1 ignores the bits beside QoS.
func (f *Filter) setOptions(r *reader, v mqtt.Version, options byte) {
	f.QoS = mqtt.QoS(options & 3)
	switch {
	case r.err != nil:
		return
	case v >= mqtt.V5 && options&optionsReserved != 0, v == mqtt.V311 && options&optionsReserved311 != 0:
		r.fail(errOptionsReserved)
		return
	case !f.QoS.Valid():
		r.fail(errOptionsQoS)
		return
	case v < mqtt.V5:
		return
	}
	f.NoLocal = options&optionNoLocal != 0
	f.RetainAsPublished = options&optionRetainAsPublished != 0
	f.RetainHandling = options >> optionRetainShift & 3
	if f.RetainHandling == 3 {
		r.fail(errRetainHandling)
	}
	if f.NoLocal && bytes.HasPrefix(f.Filter, sharePrefix) {
		r.fail(errNoLocalShared)
	}
}

// options puts the options byte together.
func (f *Filter) options(v mqtt.Version) byte {
	options := byte(f.QoS)
	if v < mqtt.V5 {
		return options
	}
	if f.NoLocal {
		options |= optionNoLocal
	}
	if f.RetainAsPublished {
		options |= optionRetainAsPublished
	}
	return options | f.RetainHandling<<optionRetainShift
}

// Append writes p.
func (p *Subscribe) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypeSubscribe)
	dst = appendUint16(dst, p.PacketID)
	if v >= mqtt.V5 {
		var props int
		dst, props = openLength(dst)
		if p.SubscriptionID != 0 {
			dst = appendVarint(append(dst, propSubscriptionIdentifier), p.SubscriptionID)
		}
		dst = closeLength(p.User.append(dst), props)
	}
	for i := range p.Filters {
		dst = appendField(dst, p.Filters[i].Filter)
		dst = append(dst, p.Filters[i].options(v))
	}
	return closeLength(dst, at)
}
