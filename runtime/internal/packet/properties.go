package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// properties walks over the properties of one packet. After next has returned true, id is
// that of the current property and num, data and value are what it holds, by its kind.
type properties struct {
	reader             // over the bytes of the properties alone
	raw    []byte      // all of them, without the length before them
	allow  propertySet // what the packet may carry
	seen   propertySet // what has come so far

	id          byte
	num         uint32 // numbers
	data, value []byte // data: texts and binary; data and value: a pair
}

// properties takes the length and the bytes of a packet's properties (section 2.2.2). The
// caller walks over them and hands the walk's error back with join.
func (r *reader) properties(allow propertySet) properties {
	raw := r.take(int(r.varint()))
	return properties{reader: reader{b: raw}, raw: raw, allow: allow}
}

// join makes the error of a walk over properties, if any, the reader's own.
func (r *reader) join(p *properties) {
	if p.err != nil {
		r.fail(p.err)
	}
}

// next reads one property, and is false at the end and at the first error. The work is the
// same for each property, however many there are.
func (p *properties) next() bool {
	if len(p.b) == 0 {
		return false
	}
	p.id = p.byte()
	switch {
	case !p.allow.has(p.id):
		p.fail(errPropertyUnknown)
	case p.seen.has(p.id) && !repeatableProperties.has(p.id):
		p.fail(errPropertyRepeated)
	default:
		p.seen |= 1 << p.id
		p.read()
	}
	return p.err == nil
}

// read takes the value of the current property by its kind and checks its limits.
func (p *properties) read() {
	switch propertyKinds[p.id] {
	case kindBool:
		if p.num = uint32(p.byte()); p.num > 1 {
			p.fail(errPropertyValue)
		}
	case kindUint16:
		p.num = uint32(p.uint16())
	case kindUint32:
		p.num = p.uint32()
	case kindVarint:
		p.num = p.varint()
	case kindText:
		p.data = p.text()
	case kindName:
		p.data = p.name()
	case kindBinary:
		p.data = p.binary()
	case kindPair:
		p.data = p.text()
		p.value = p.text()
	}
	if p.num == 0 && nonZeroProperties.has(p.id) {
		p.failZero()
	}
}

// failZero refuses the value 0; a topic alias has a reason code of its own [MQTT-3.3.2-8].
func (p *properties) failZero() {
	if p.id == propTopicAlias {
		p.fail(errTopicAlias)
		return
	}
	p.fail(errPropertyZero)
}

// user returns the current property, which is a User Property, as an owned copy.
func (p *properties) user() mqtt.UserProperty {
	return mqtt.UserProperty{Key: string(p.data), Value: string(p.value)}
}

// UserProperties are the bytes of a packet's properties, of which only the User Properties
// are of interest: a view in decoded packets. [EncodeUserProperties] makes one for encoding.
type UserProperties []byte

// EncodeUserProperties returns pairs as a packet carries them. Keys and values that are not
// legal text are made so.
func EncodeUserProperties(pairs []mqtt.UserProperty) UserProperties {
	return appendUser(nil, pairs)
}

// AppendTo adds the pairs to dst, in the order in which they were sent, as owned copies.
func (u UserProperties) AppendTo(dst []mqtt.UserProperty) []mqtt.UserProperty {
	p := walk(u)
	for p.next() {
		if p.id == propUserProperty {
			dst = append(dst, p.user())
		}
	}
	return dst
}

// append writes the User Properties, and nothing else that the bytes hold.
func (u UserProperties) append(dst []byte) []byte {
	return appendOnly(dst, u, 1<<propUserProperty)
}

// walk goes over property bytes which a Decode has found to be legal.
func walk(raw []byte) properties {
	return properties{reader: reader{b: raw}, raw: raw, allow: allProperties}
}

// appendOnly copies those properties of raw that are in the set, in their order.
func appendOnly(dst, raw []byte, set propertySet) []byte {
	p := walk(raw)
	for start := 0; p.next(); start = len(raw) - len(p.b) {
		if set.has(p.id) {
			dst = append(dst, raw[start:len(raw)-len(p.b)]...)
		}
	}
	return dst
}

// Writers of one property each.

func appendBool(dst []byte, id byte, v bool) []byte {
	if v {
		return append(dst, id, 1)
	}
	return append(dst, id, 0)
}

func appendProp16(dst []byte, id byte, v uint16) []byte {
	return appendUint16(append(dst, id), v)
}

func appendProp32(dst []byte, id byte, v uint32) []byte {
	return appendUint32(append(dst, id), v)
}

func appendPropField[S ~string | ~[]byte](dst []byte, id byte, v S) []byte {
	return appendField(append(dst, id), v)
}

// appendReason writes the Reason String, if there is one, and the User Properties.
func appendReason(dst []byte, reason string, user []mqtt.UserProperty) []byte {
	if reason != "" {
		dst = appendText(append(dst, propReasonString), reason)
	}
	return appendUser(dst, user)
}

func appendUser(dst []byte, user []mqtt.UserProperty) []byte {
	for i := range user {
		dst = append(dst, propUserProperty)
		dst = appendText(dst, user[i].Key)
		dst = appendText(dst, user[i].Value)
	}
	return dst
}
