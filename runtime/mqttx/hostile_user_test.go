package mqttx_test

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestUnsendable: what user code would have sent, and no packet may hold, is an error there; no
// subscriber sees a malformed packet.
func TestUnsendable(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	sub := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "a", mqtt.QoS0)
	with := func(p mqttx.Properties) mqttx.PublishOption { return mqttx.WithProperties(p) }
	for _, c := range []struct {
		want    string
		payload int
		option  mqttx.PublishOption
	}{
		{"response topic \"b/#\" is no topic name", 1, with(mqttx.Properties{ResponseTopic: "b/#"})}, // [MQTT-3.3.2-14]
		{"is no topic name", 1, with(mqttx.Properties{ResponseTopic: strings.Repeat("x", 65_536)})},
		{"is no topic name", 1, with(mqttx.Properties{ResponseTopic: "\xFF"})}, // [MQTT-3.3.2-13]
		{"correlation data has 65536 bytes", 1, with(mqttx.Properties{CorrelationData: make([]byte, 65_536)})},
		{"QoS 3 does not exist", 1, mqttx.WithQoS(3)},
		{"more than a packet holds", 268_435_455, mqttx.WithQoS(0)},
	} {
		err := srv.Publish(wait(t), "a", make([]byte, c.payload), c.option)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "publish to \"a\": ") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	longest := mqttx.Properties{CorrelationData: make([]byte, 65_535), ResponseTopic: strings.Repeat("x", 65_535)}
	if err := srv.Publish(wait(t), "a", []byte("x"), with(longest)); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, sub, "a", "x"); len(m.Properties.CorrelationData) != 65_535 || len(m.Properties.ResponseTopic) != 65_535 {
		t.Errorf("received %d bytes of correlation data, %d of response topic", len(m.Properties.CorrelationData), len(m.Properties.ResponseTopic))
	}
}
