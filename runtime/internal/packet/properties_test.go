package packet

import (
	"slices"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// TestUserProperties: what is encoded comes back in its order, and only that is written.
func TestUserProperties(t *testing.T) {
	pairs := []mqtt.UserProperty{{Key: "b", Value: "1"}, {Key: "", Value: ""}, {Key: "b", Value: "1"}}
	sent := Subscribe{
		PacketID: 1, SubscriptionID: 9, Filters: []Filter{{Filter: []byte("a")}},
		User: append(EncodeUserProperties(pairs), 0x0B, 7), // as a view holds other properties too
	}
	p, err := decode(mqtt.V5, sent.Append(nil, mqtt.V5))
	if err != nil {
		t.Fatal(err)
	}
	got := p.(*Subscribe)
	if user := got.User.AppendTo(nil); !slices.Equal(user, pairs) || got.SubscriptionID != 9 {
		t.Errorf("got %+v", got)
	}
}

// TestErrorText: an error reads as its reason.
func TestErrorText(t *testing.T) {
	if got, want := errDup.Error(), "DUP with QoS 0 [MQTT-3.3.1-2]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
