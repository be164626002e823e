package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// ackGood returns the legal forms of one of the four packets, whose first byte is first; code is
// one of its reason codes beside Success.
func ackGood(t Type, first int, code mqtt.ReasonCode) []good {
	short, middle := map[int]error{2: nil}, map[int]error{2: nil, 3: nil}
	return []good{
		{name: "least", v: mqtt.V31, wire: frame(first, 0, 1), want: &Ack{Type: t, PacketID: 1}},
		{name: "least", v: mqtt.V311, wire: frame(first, 0xFF, 0xFF), want: &Ack{Type: t, PacketID: 0xFFFF}},
		{name: "2 bytes", v: mqtt.V5, wire: frame(first, 1, 0), want: &Ack{Type: t, PacketID: 256}},
		{
			name: "3 bytes", v: mqtt.V5, wire: frame(first, 0, 1, int(code)),
			want: &Ack{Type: t, PacketID: 1, Code: code}, cuts: short,
		},
		{
			name: "reason string", v: mqtt.V5, copies: 1, wire: frame(first, 0, 1, 0, props(0x1F, str("why"))),
			want: &Ack{Type: t, PacketID: 1, Reason: "why"}, cuts: middle,
		},
		{
			name: "all properties", v: mqtt.V5, copies: 7,
			wire: frame(first, 0, 1, int(code), props(0x1F, str("no"), user("b", "1"), user("a", "2"), user("b", "1"))),
			want: &Ack{
				Type: t, PacketID: 1, Code: code, Reason: "no",
				User: []mqtt.UserProperty{{Key: "b", Value: "1"}, {Key: "a", Value: "2"}, {Key: "b", Value: "1"}},
			},
			cuts: middle,
		},
	}
}

// ackBad returns illegal forms; code is a reason code of another packet, 0x.1 to 0x.F of first are flags.
func ackBad(first, flags int, code mqtt.ReasonCode) []bad {
	list := []bad{
		{"no packet identifier", mqtt.V5, frame(first, 0), errShort},
		{"bytes after the packet identifier", mqtt.V31, frame(first, 0, 1, 0), errTrailing},
		{"bytes after the packet identifier", mqtt.V311, frame(first, 0, 1, 0), errTrailing},
		{"bytes after the properties", mqtt.V5, frame(first, 0, 1, 0, props(), 0), errTrailing},
		{"reason code unknown", mqtt.V5, frame(first, 0, 1, 0x01), errReasonCode},
		{"reason code of another packet", mqtt.V5, frame(first, 0, 1, int(code)), errReasonCode},
		{"reason code of DISCONNECT", mqtt.V5, frame(first, 0, 1, 0x93), errReasonCode},
		{"reason string twice", mqtt.V5, frame(first, 0, 1, 0, props(0x1F, str("a"), 0x1F, str("a"))), errPropertyRepeated},
		{"property of another packet", mqtt.V5, frame(first, 0, 1, 0, props(0x23, 0, 1)), errPropertyUnknown},
		{"property without its value", mqtt.V5, frame(first, 0, 1, 0, props(0x1F)), errShort},
	}
	for _, v := range versions {
		list = append(list, bad{"packet identifier 0", v, frame(first, 0, 0), errPacketID})
		if v != mqtt.V31 {
			list = append(list, bad{"flags", v, frame(first^flags, 0, 1), errFlags})
		}
	}
	return list
}

// TestAckLongForms: what could have been left out may be there.
func TestAckLongForms(t *testing.T) {
	for _, long := range [][]byte{frame(0x40, 0, 1, 0), frame(0x40, 0, 1, 0, props())} {
		p, err := decode(mqtt.V5, long)
		if err != nil {
			t.Errorf("% x: %v", long, err)
			continue
		}
		if got := p.Append(nil, mqtt.V5); !bytes.Equal(got, frame(0x40, 0, 1)) {
			t.Errorf("% x is written as % x", long, got)
		}
	}
}

// TestAck3 writes nothing but the packet identifier in MQTT 3.x.
func TestAck3(t *testing.T) {
	p := Ack{Type: TypePuback, PacketID: 1, Code: mqtt.NotAuthorized, Reason: "no"}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} {
		if got := p.Append(nil, v); !bytes.Equal(got, frame(0x40, 0, 1)) {
			t.Errorf("%v: % x", v, got)
		}
	}
}

// TestReasonLegal: a reason that is no legal text does not make the packet malformed.
func TestReasonLegal(t *testing.T) {
	p := Ack{Type: TypePuback, PacketID: 1, Code: mqtt.NotAuthorized, Reason: "a\x00\xFFb"}
	got, err := decode(mqtt.V5, p.Append(nil, mqtt.V5))
	if err != nil || got.(*Ack).Reason != "a\uFFFDb" {
		t.Errorf("got %+v, %v", got, err)
	}
}
