package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var outgoingCases = []struct {
	name string
	v    mqtt.Version
	o    Outgoing
	want []byte
}{
	{"QoS 0", mqtt.V311, Outgoing{Name: "a/b", Payload: []byte("hi")}, frame(0x30, str("a/b"), "hi")},
	{"flags", mqtt.V31, Outgoing{Name: "a", QoS: 2, Dup: true, Retain: true, PacketID: 0x0102}, frame(0x3D, str("a"), 1, 2)},
	{"5.0 only is left out", mqtt.V311, Outgoing{
		Name: "a", Forward: allForward, Expiry: 1, HasExpiry: true, Alias: 3, SubscriptionIDs: []uint32{1},
	}, frame(0x30, str("a"))},
	{"no properties", mqtt.V5, Outgoing{Name: "a", QoS: 1, PacketID: 7, Payload: []byte("x")}, frame(0x32, str("a"), 0, 7, props(), "x")},
	{"all properties", mqtt.V5, Outgoing{
		Name: "a", Forward: allForward, Expiry: 0, HasExpiry: true, Alias: 0x0304,
		SubscriptionIDs: []uint32{1, 128, MaxRemainingLength}, Payload: []byte("x"),
	}, frame(0x30, str("a"), props(
		0x02, 0, 0, 0, 0, 0x23, 3, 4, allForward, 0x0B, 1, 0x0B, 0x80, 1, 0x0B, 0xFF, 0xFF, 0xFF, 0x7F,
	), "x")},
	{"alias alone", mqtt.V5, Outgoing{Alias: 1, Payload: []byte("x")}, frame(0x30, str(""), props(0x23, 0, 1), "x")},
	{"long properties", mqtt.V5, Outgoing{Name: "a", Forward: wire(0x09, str(string(make([]byte, 200))))},
		frame(0x30, str("a"), props(0x09, str(string(make([]byte, 200)))))},
	{"large", mqtt.V5, Outgoing{Name: "a", Payload: make([]byte, 20_000)}, frame(0x30, str("a"), props(), make([]byte, 20_000))},
}

func TestAppendPublish(t *testing.T) {
	for _, c := range outgoingCases {
		t.Run(c.v.String()+"/"+c.name, func(t *testing.T) {
			got := AppendPublish([]byte("kept"), c.v, &c.o)
			if !bytes.Equal(got, append([]byte("kept"), c.want...)) {
				t.Errorf("got  % x\nwant % x", got[4:], c.want)
			}
			if n := PublishSize(c.v, &c.o); n != len(c.want) {
				t.Errorf("PublishSize = %d, want %d", n, len(c.want))
			}
			head := c.want[:len(c.want)-len(c.o.Payload)]
			if got := AppendPublishHead([]byte("kept"), c.v, &c.o); !bytes.Equal(got, append([]byte("kept"), head...)) {
				t.Errorf("head:\ngot  % x\nwant % x", got[4:], head)
			}
			if _, err := decode(c.v, c.want); err != nil {
				t.Errorf("decode: %v", err)
			}
			dst := make([]byte, 0, len(c.want))
			if n := testing.AllocsPerRun(100, func() { dst = AppendPublish(dst[:0], c.v, &c.o) }); n != 0 {
				t.Errorf("allocates %v times", n)
			}
		})
	}
}

// TestPatchPacketID: patching gives the frame that would have been written so.
func TestPatchPacketID(t *testing.T) {
	for _, c := range outgoingCases {
		for _, qos := range []mqtt.QoS{mqtt.QoS1, mqtt.QoS2} {
			for _, dup := range []bool{true, false} {
				o := c.o
				o.QoS = qos
				o.PacketID, o.Dup = 0xFFFF, !dup
				frame := AppendPublish(nil, c.v, &o)
				o.PacketID, o.Dup = 0x1234, dup
				PatchPacketID(frame, 0x1234, dup)
				if want := AppendPublish(nil, c.v, &o); !bytes.Equal(frame, want) {
					t.Errorf("%v/%s with %v:\ngot  % x\nwant % x", c.v, c.name, qos, frame, want)
				}
			}
		}
	}
}

// TestPatchPacketIDBatch: what follows the packet in the same buffer stays as it is.
func TestPatchPacketIDBatch(t *testing.T) {
	o := Outgoing{Name: "a", QoS: mqtt.QoS1, PacketID: 1}
	b := AppendPublish(nil, mqtt.V311, &o)
	n := len(b)
	b = AppendPublish(b, mqtt.V311, &o)
	PatchPacketID(b, 2, false)
	if want := AppendPublish(nil, mqtt.V311, &o); !bytes.Equal(b[n:], want) {
		t.Errorf("the second packet became % x", b[n:])
	}
}
