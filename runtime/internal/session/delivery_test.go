package session

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestDelivery: the acknowledgement that ends a delivery says which it was, and no other does.
func TestDelivery(t *testing.T) {
	d := newDevice(t)
	d.connect(10)
	for _, p := range []Publication{{Name: "a", QoS: 1}, {Name: "b", QoS: 2}, {Name: "c", QoS: 2}} {
		d.offer(p)
	}
	for _, tt := range []struct {
		ack  packet.Ack
		want mqtt.Delivery
	}{
		{packet.Ack{Type: packet.TypePuback, PacketID: 9}, mqtt.Delivery{}},
		{packet.Ack{Type: packet.TypePuback, PacketID: 1, Code: mqtt.NoMatchingSubscribers}, mqtt.Delivery{PacketID: 1, Topic: "a", QoS: 1, Code: mqtt.NoMatchingSubscribers}},
		{packet.Ack{Type: packet.TypePuback, PacketID: 1}, mqtt.Delivery{}},
		{packet.Ack{Type: packet.TypePubrec, PacketID: 2}, mqtt.Delivery{}},
		{packet.Ack{Type: packet.TypePubrec, PacketID: 3, Code: mqtt.QuotaExceeded}, mqtt.Delivery{PacketID: 3, Topic: "c", QoS: 2, Code: mqtt.QuotaExceeded}},
		{packet.Ack{Type: packet.TypePubcomp, PacketID: 2}, mqtt.Delivery{PacketID: 2, Topic: "b", QoS: 2}},
		{packet.Ack{Type: packet.TypePubcomp, PacketID: 2}, mqtt.Delivery{}},
	} {
		got, err := d.s.Acknowledge(&tt.ack, d.now)
		if err != nil || got != tt.want {
			t.Errorf("%v %d: %+v, %v, want %+v", tt.ack.Type, tt.ack.PacketID, got, err, tt.want)
		}
	}
}
