package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var headerBad = []bad{
	{"fifth length byte", mqtt.V311, wire(0xC0, 0x80, 0x80, 0x80, 0x80, 0x00), errLengthTooLong},
	{"type 0", mqtt.V311, frame(0x00), errType},
	{"type 0", mqtt.V5, frame(0x00), errType},
	{"AUTH before 5.0", mqtt.V31, frame(0xF0), errType},
	{"AUTH before 5.0", mqtt.V311, frame(0xF0), errType},
	{"length not in its shortest form", mqtt.V5, wire(0xC0, 0x80, 0x00), errVarintLong},
	{"length not in its shortest form", mqtt.V5, wire(0x40, 0x82, 0x80, 0x00, 0, 1), errVarintLong},
	{"PUBLISH with QoS 3", mqtt.V31, frame(0x36, str("a"), 0, 1), errQoS},
	{"PUBLISH with QoS 3", mqtt.V311, frame(0x36, str("a"), 0, 1), errQoS},
	{"PUBLISH with QoS 3", mqtt.V5, frame(0x37, str("a"), 0, 1, 0), errQoS},
	{"PUBLISH with DUP and QoS 0", mqtt.V311, frame(0x38, str("a")), errDup},
	{"PUBLISH with DUP and QoS 0", mqtt.V5, frame(0x38, str("a"), 0), errDup},
}

func TestHeaderBad(t *testing.T) { checkBad(t, headerBad) }

func TestParseHeader(t *testing.T) {
	for _, c := range []struct {
		b      []byte
		length int
		size   int // 0: more bytes are needed
	}{
		{nil, 0, 0},
		{wire(0x30), 0, 0},
		{wire(0x30, 0x00), 0, 2},
		{wire(0x30, 0x7F), 127, 2},
		{wire(0x30, 0x80), 0, 0},
		{wire(0x30, 0x80, 0x01), 128, 3},
		{wire(0x30, 0xFF, 0x7F), 16_383, 3},
		{wire(0x30, 0x80, 0x80, 0x01), 16_384, 4},
		{wire(0x30, 0xFF, 0xFF, 0xFF), 0, 0},
		{wire(0x30, 0x80, 0x80, 0x80, 0x01), 2_097_152, 5},
		{wire(0x30, 0xFF, 0xFF, 0xFF, 0x7F), MaxRemainingLength, 5},
		{wire(0x3D, 0x01, 0xFF), 1, 2},
		{wire(0x30, 0x80, 0x00), 0, 3}, // not the shortest form, legal in 3.x
	} {
		h, ok, err := ParseHeader(c.b)
		if err != nil || ok != (c.size > 0) || h.Length != c.length || h.Size != c.size {
			t.Errorf("ParseHeader(% x) = %+v, %v, %v; want length %d, size %d", c.b, h, ok, err, c.length, c.size)
		}
		if ok && (byte(h.Type)<<4|h.Flags) != c.b[0] {
			t.Errorf("ParseHeader(% x): type %v, flags %x", c.b, h.Type, h.Flags)
		}
	}
}

// TestParseHeaderFifthByte: the error needs no byte after the fourth of the length.
func TestParseHeaderFifthByte(t *testing.T) {
	if _, _, err := ParseHeader(wire(0x30, 0x80, 0x80, 0x80, 0x80)); err != errLengthTooLong {
		t.Errorf("got %v, want %v", err, errLengthTooLong)
	}
}

// TestFlags tries all flags of all types but PUBLISH, in all versions [MQTT-2.1.3-1].
func TestFlags(t *testing.T) {
	legal := map[Type]byte{TypePubrel: 2, TypeSubscribe: 2, TypeUnsubscribe: 2}
	for typ := TypeConnect; typ <= TypeAuth; typ++ {
		if typ == TypePublish {
			continue
		}
		for flags := range byte(16) {
			h := Header{Type: typ, Flags: flags, Size: 2}
			for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
				want := flags == legal[typ] || v == mqtt.V31
				if typ == TypeAuth && v < mqtt.V5 {
					want = false
				}
				if err := h.Check(v); (err == nil) != want {
					t.Errorf("%v with flags %04b in %v: %v", typ, flags, v, err)
				}
			}
		}
	}
}

// TestLengthForm: MQTT 3.x takes a remaining length that is longer than it need be.
func TestLengthForm(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} {
		if _, err := decode(v, wire(0xC0, 0x80, 0x80, 0x00)); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestTypeString(t *testing.T) {
	for typ, want := range map[Type]string{0: "reserved", TypePublish: "PUBLISH", TypeAuth: "AUTH"} {
		if got := typ.String(); got != want {
			t.Errorf("Type(%d) = %q, want %q", typ, got, want)
		}
	}
}
