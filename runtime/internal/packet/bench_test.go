package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// benchName has the length of a usual topic name.
const benchName = "fleet/truck-0042/telemetry"

var benchProps = AppendProperties(nil, &mqtt.Properties{
	PayloadFormatUTF8: true,
	ContentType:       "application/json",
	User:              []mqtt.UserProperty{{Key: "trace", Value: "4bf92f3577b34da6"}},
})

var benchCases = []struct {
	name string
	v    mqtt.Version
	o    Outgoing
}{
	{"3.1.1/QoS0", mqtt.V311, Outgoing{Name: benchName, Payload: make([]byte, 64)}},
	{"5.0/QoS0", mqtt.V5, Outgoing{Name: benchName, Payload: make([]byte, 64)}},
	{"5.0/QoS1", mqtt.V5, Outgoing{Name: benchName, QoS: mqtt.QoS1, PacketID: 7, Payload: make([]byte, 64)}},
	{"5.0/QoS1/properties", mqtt.V5, Outgoing{
		Name: benchName, QoS: mqtt.QoS1, PacketID: 7, Forward: benchProps, Payload: make([]byte, 64),
	}},
}

func BenchmarkPublishDecode(b *testing.B) {
	for _, bc := range benchCases {
		b.Run(bc.name, func(b *testing.B) {
			frame := AppendPublish(nil, bc.v, &bc.o)
			var p Publish
			b.ReportAllocs()
			for b.Loop() {
				h, _, _ := ParseHeader(frame)
				if h.Check(bc.v) != nil || p.Decode(h, bc.v, frame[h.Size:]) != nil {
					b.Fatal("decode failed")
				}
			}
		})
	}
}

func BenchmarkPublishEncode(b *testing.B) {
	for _, bc := range benchCases {
		b.Run(bc.name, func(b *testing.B) {
			dst := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendPublish(dst[:0], bc.v, &bc.o)
			}
		})
	}
}

func BenchmarkPubackDecode(b *testing.B) {
	ack := Ack{Type: TypePuback, PacketID: 7}
	frame := ack.Append(nil, mqtt.V5)
	b.ReportAllocs()
	for b.Loop() {
		h, _, _ := ParseHeader(frame)
		if h.Check(mqtt.V5) != nil || ack.Decode(h, mqtt.V5, frame[h.Size:]) != nil {
			b.Fatal("decode failed")
		}
	}
}

func BenchmarkPatchPacketID(b *testing.B) {
	frame := AppendPublish(nil, mqtt.V5, &benchCases[2].o)
	for b.Loop() {
		PatchPacketID(frame, 9, true)
	}
}
