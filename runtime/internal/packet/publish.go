package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Publish is a PUBLISH packet (section 3.3). Name, Payload and the slices in Props are views
// into the body that was decoded.
type Publish struct {
	Dup      bool
	Retain   bool
	QoS      mqtt.QoS
	Name     []byte // topic name; empty only where Props holds a topic alias
	PacketID uint16 // 0 with QoS 0
	Props    PublishProps
	Payload  []byte
}

// checkPublishFlags looks at DUP and QoS (section 3.3.1). MQTT 3.1 ignores DUP with QoS 0.
func checkPublishFlags(flags byte, v mqtt.Version) error {
	switch qos := mqtt.QoS(flags >> qosShift & 3); {
	case !qos.Valid():
		return errQoS
	case qos == mqtt.QoS0 && flags&flagDup != 0 && v != mqtt.V31:
		return errDup
	}
	return nil
}

// Decode reads the body of a PUBLISH. It is on the path of every message and so does by hand
// what other packets leave to reader.
func (p *Publish) Decode(h Header, v mqtt.Version, body []byte) error {
	if err := checkPublishFlags(h.Flags, v); err != nil {
		return err
	}
	p.QoS = mqtt.QoS(h.Flags >> qosShift & 3)
	p.Dup = h.Flags&flagDup != 0 && p.QoS > 0
	p.Retain = h.Flags&flagRetain != 0

	if len(body) < 2 {
		return errShort
	}
	n := 2 + (int(body[0])<<8 | int(body[1]))
	if len(body) < n {
		return errShort
	}
	p.Name = body[2:n:n]
	rest := body[n:]

	p.PacketID = 0
	if p.QoS > 0 {
		if len(rest) < 2 {
			return errShort
		}
		p.PacketID = uint16(rest[0])<<8 | uint16(rest[1])
		if p.PacketID == 0 {
			return errPacketID
		}
		rest = rest[2:]
	}
	rest, err := p.decodeProps(v, rest)
	if err != nil {
		return err
	}
	p.Payload = rest[:len(rest):len(rest)]
	return p.checkName()
}

// decodeProps reads the properties, if the version has any, and returns what follows.
func (p *Publish) decodeProps(v mqtt.Version, b []byte) (rest []byte, err error) {
	p.Props = PublishProps{}
	if v < mqtt.V5 {
		return b, nil
	}
	if len(b) > 0 && b[0] == 0 { // no properties: most messages
		return b[1:], nil
	}
	r := reader{b: b}
	props := r.properties(publishProperties)
	p.Props.decode(&props)
	r.join(&props)
	return r.b, r.err
}

// checkName allows an empty topic name only together with a topic alias (section 3.3.2.1).
func (p *Publish) checkName() error {
	if len(p.Name) > 0 {
		return checkName(p.Name)
	}
	if !p.Props.HasAlias {
		return errNameMissing
	}
	return nil
}

// CheckClient reports whether a client may send p: it sends no Subscription Identifier
// [MQTT-3.3.4-6].
func (p *Publish) CheckClient() error {
	if p.Props.HasSubscriptionID {
		return errSubscriptionID
	}
	return nil
}

// Append writes p as it was decoded, or as a test wants it. Alias and expiry come from their
// fields, all other properties from Props.Raw. Messages to subscribers go by [AppendPublish].
func (p *Publish) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypePublish)
	dst[at-1] |= publishFlags(p.Dup, p.Retain, p.QoS)
	dst = appendField(dst, p.Name)
	if p.QoS > 0 {
		dst = appendUint16(dst, p.PacketID)
	}
	if v >= mqtt.V5 {
		var props int
		dst, props = openLength(dst)
		if p.Props.HasAlias {
			dst = appendProp16(dst, propTopicAlias, p.Props.Alias)
		}
		dst = p.Props.append(dst)
		dst = closeLength(dst, props)
	}
	dst = append(dst, p.Payload...)
	return closeLength(dst, at)
}

// publishFlags returns the lower half of a PUBLISH's first byte.
func publishFlags(dup, retain bool, qos mqtt.QoS) byte {
	flags := byte(qos) << qosShift
	if dup {
		flags |= flagDup
	}
	if retain {
		flags |= flagRetain
	}
	return flags
}
