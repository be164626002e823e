package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var ackGood = []good{
	{name: "PUBACK", v: mqtt.V31, wire: frame(0x40, 0, 1), want: &Ack{Type: TypePuback, PacketID: 1}},
	{name: "PUBREC", v: mqtt.V311, wire: frame(0x50, 0xFF, 0xFF), want: &Ack{Type: TypePubrec, PacketID: 0xFFFF}},
	{name: "PUBREL", v: mqtt.V311, wire: frame(0x62, 0, 2), want: &Ack{Type: TypePubrel, PacketID: 2}},
	{name: "PUBCOMP", v: mqtt.V31, wire: frame(0x70, 1, 0), want: &Ack{Type: TypePubcomp, PacketID: 256}},
	{name: "PUBACK", v: mqtt.V5, wire: frame(0x40, 0, 1), want: &Ack{Type: TypePuback, PacketID: 1}},
	{name: "PUBREL", v: mqtt.V5, wire: frame(0x62, 0, 1), want: &Ack{Type: TypePubrel, PacketID: 1}},
	{
		name: "PUBREC with a code", v: mqtt.V5, wire: frame(0x50, 0, 1, 0x97),
		want: &Ack{Type: TypePubrec, PacketID: 1, Code: mqtt.QuotaExceeded},
		cuts: map[int]error{2: nil},
	},
	{
		name: "PUBCOMP with a code", v: mqtt.V5, wire: frame(0x70, 0, 1, 0x92),
		want: &Ack{Type: TypePubcomp, PacketID: 1, Code: mqtt.PacketIdentifierNotFound},
		cuts: map[int]error{2: nil},
	},
	{
		name: "PUBACK with properties", v: mqtt.V5, copies: true,
		wire: frame(0x40, 0, 1, 0x87, props(0x1F, str("no"), user("b", ""), user("a", "2"), user("b", ""))),
		want: &Ack{
			Type: TypePuback, PacketID: 1, Code: mqtt.NotAuthorized, Reason: "no",
			User: []mqtt.UserProperty{{Key: "b"}, {Key: "a", Value: "2"}, {Key: "b"}},
		},
		cuts: map[int]error{2: nil, 3: nil},
	},
	{
		name: "PUBREL with properties", v: mqtt.V5, copies: true,
		wire: frame(0x62, 0, 1, 0, props(0x1F, str("why"))),
		want: &Ack{Type: TypePubrel, PacketID: 1, Reason: "why"},
		cuts: map[int]error{2: nil, 3: nil},
	},
}

var ackBad = []bad{
	{"packet identifier 0", mqtt.V311, frame(0x40, 0, 0), errPacketID},
	{"packet identifier 0", mqtt.V5, frame(0x62, 0, 0), errPacketID},
	{"no packet identifier", mqtt.V5, frame(0x50), errShort},
	{"reason code in 3.1.1", mqtt.V311, frame(0x40, 0, 1, 0), errTrailing},
	{"reason code unknown", mqtt.V5, frame(0x40, 0, 1, 0x01), errReasonCode},
	{"reason code of PUBREL in PUBACK", mqtt.V5, frame(0x40, 0, 1, 0x92), errReasonCode},
	{"receive maximum exceeded in PUBREC", mqtt.V5, frame(0x50, 0, 1, 0x93), errReasonCode},
	{"reason code of PUBREC in PUBREL", mqtt.V5, frame(0x62, 0, 1, 0x80), errReasonCode},
	{"reason code of PUBREC in PUBCOMP", mqtt.V5, frame(0x70, 0, 1, 0x10), errReasonCode},
	{"bytes after the properties", mqtt.V5, frame(0x40, 0, 1, 0, props(), 0), errTrailing},
	{"reason string twice", mqtt.V5, frame(0x40, 0, 1, 0, props(0x1F, str("a"), 0x1F, str("a"))), errPropertyRepeated},
	{"property of another packet", mqtt.V5, frame(0x40, 0, 1, 0, props(0x23, 0, 1)), errPropertyUnknown},
	{"flags of PUBACK", mqtt.V311, frame(0x42, 0, 1), errFlags},
	{"flags of PUBREL", mqtt.V5, frame(0x60, 0, 1), errFlags},
}

func TestAckGood(t *testing.T) { checkGood(t, ackGood) }
func TestAckBad(t *testing.T)  { checkBad(t, ackBad) }

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
