package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Type is the type of a control packet (section 2.1.2). 0 is reserved.
type Type byte

// The control packet types.
const (
	TypeConnect     Type = 1
	TypeConnack     Type = 2
	TypePublish     Type = 3
	TypePuback      Type = 4
	TypePubrec      Type = 5
	TypePubrel      Type = 6
	TypePubcomp     Type = 7
	TypeSubscribe   Type = 8
	TypeSuback      Type = 9
	TypeUnsubscribe Type = 10
	TypeUnsuback    Type = 11
	TypePingreq     Type = 12
	TypePingresp    Type = 13
	TypeDisconnect  Type = 14
	TypeAuth        Type = 15 // MQTT 5.0 only
)

var typeNames = [16]string{
	"reserved", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
}

// String returns the standard's name of the packet type, such as "PUBLISH".
func (t Type) String() string { return typeNames[t&15] }

// MaxRemainingLength is the largest remaining length that can be written (section 1.5.5).
const MaxRemainingLength = 268_435_455

// maxHeader is the number of bytes of the longest fixed header.
const maxHeader = 5

// The flags in the lower half of a fixed header's first byte (section 2.1.3).
const (
	flagRetain   = 0x01
	flagDup      = 0x08
	flagReserved = 0x02 // what PUBREL, SUBSCRIBE and UNSUBSCRIBE carry
	qosShift     = 1
)

// Header is a fixed header (section 2.1.1).
type Header struct {
	Type   Type
	Flags  byte // the lower four bits of the first byte
	Length int  // remaining length: bytes of the packet after the fixed header
	Size   int  // bytes of the fixed header itself, 2 to 5
}

// ParseHeader reads the fixed header at the front of b and never past it. It is false, without
// an error, when more bytes are needed. The only error is a remaining length of more than
// four bytes. Whether flags and type are legal is [Header.Check]'s to say.
func ParseHeader(b []byte) (h Header, ok bool, err error) {
	if len(b) < 2 {
		return Header{}, false, nil
	}
	h.Type, h.Flags = Type(b[0]>>4), b[0]&15
	for i := 1; i < maxHeader; i++ {
		if i == len(b) {
			return Header{}, false, nil
		}
		h.Length |= int(b[i]&0x7F) << (7 * (i - 1))
		if b[i] < 0x80 {
			h.Size = i + 1
			return h, true, nil
		}
	}
	return Header{}, false, errLengthTooLong
}

// Check reports whether the fixed header is legal in version v: a packet type that exists,
// its flags as section 2.1.3 wants them [MQTT-2.1.3-1], and in 5.0 a remaining length in its
// shortest form [MQTT-1.5.5-1]. MQTT 3.1 ignores unused flags, and knows DUP in PUBREL,
// SUBSCRIBE and UNSUBSCRIBE.
//
// The version of a CONNECT is not known before its body is, so [Connect.Decode] makes
// this check itself.
func (h Header) Check(v mqtt.Version) error {
	switch {
	case h.Type == 0 || h.Type > TypeAuth || h.Type == TypeAuth && v < mqtt.V5:
		return errType
	case v >= mqtt.V5 && h.Size != 1+sizeVarint(uint32(h.Length)):
		return errVarintLong
	case h.Type == TypePublish:
		return checkPublishFlags(h.Flags, v)
	case v != mqtt.V31 && h.Flags != h.Type.flags():
		return errFlags
	}
	return nil
}

// flags returns the fixed flags of every type but PUBLISH (table 2-2).
func (t Type) flags() byte {
	switch t {
	case TypePubrel, TypeSubscribe, TypeUnsubscribe:
		return flagReserved
	}
	return 0
}
