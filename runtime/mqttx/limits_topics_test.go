package mqttx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestSubscriptionLimit: a client gets so many subscriptions and no more; one
// that it has may be replaced, and one that it gives up makes room.
func TestSubscriptionLimit(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			c := newCrowd(t, &hooks{}, mqttx.Limits{Subscriptions: 3})
			client := c.in("10.0.0.1", mqttxtest.Options{ClientID: "c", Version: v})
			for _, filter := range []string{"a", "b/#", "$share/g/c"} {
				subscribe(t, client, filter, mqtt.QoS1)
			}
			for _, filter := range []string{"d", "$share/g/a", "$share/h/c"} {
				overLimit(t, client, v, filter, mqtt.QuotaExceeded)
			}
			subscribe(t, client, "a", mqtt.QoS0)
			subscribe(t, client, "$share/g/c", mqtt.QoS0)
			if err := client.Unsubscribe(wait(t), "b/#"); err != nil {
				t.Fatal(err)
			}
			subscribe(t, client, "e", mqtt.QoS1)
			other := c.in("10.0.0.2", mqttxtest.Options{ClientID: "other", Version: v})
			subscribe(t, other, "d", mqtt.QoS1)
			if n := c.srv.Stats().TooManySubscriptions; n != 3 {
				t.Errorf("%d filters are counted, want 3", n)
			}
			c.logged("as many subscriptions as one may have", 1)
			publish(t, other, "d", "not for c", mqtt.QoS1)
			publish(t, other, "e", "for c", mqtt.QoS1)
			receive(t, client, "e", "for c")
		})
	}
}

// overLimit wants a subscription refused; 3.1 has no way to say so.
func overLimit(t *testing.T, c *mqttxtest.Client, v mqtt.Version, filter string, code mqtt.ReasonCode) {
	t.Helper()
	_, err := c.Subscribe(wait(t), filter, mqtt.QoS1)
	want := map[mqtt.Version]mqtt.ReasonCode{mqtt.V31: 0, mqtt.V311: mqtt.UnspecifiedError, mqtt.V5: code}[v]
	if refused(err) != want || (err == nil) != (want == 0) {
		t.Errorf("subscribe to %.20s: %v, want %v", filter, err, want)
	}
}

// TestTopicLimits: names and filters that are too long, or too deep, are refused
// wherever a client writes them.
func TestTopicLimits(t *testing.T) {
	const bytes, levels = 40, 4
	fits := []string{"a/b/c/d", strings.Repeat("x", bytes), "///"}
	exceeds := []string{"a/b/c/d/e", strings.Repeat("x", bytes+1), "////"}
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			c := newCrowd(t, &hooks{}, mqttx.Limits{TopicBytes: bytes, TopicLevels: levels})
			client := c.in("10.0.0.1", mqttxtest.Options{ClientID: "c", Version: v})
			all := c.in("10.0.0.2", mqttxtest.Options{ClientID: "all", Version: v})
			subscribe(t, all, "#", mqtt.QoS0)
			for _, name := range fits {
				subscribe(t, client, name, mqtt.QoS0)
				publish(t, client, name, "x", mqtt.QoS1)
				receive(t, all, name, "x")
				receive(t, client, name, "x")
			}
			var counted int64
			for i, name := range exceeds {
				overLimit(t, client, v, name, mqtt.TopicFilterInvalid)
				overLimit(t, client, v, "$share/g/"+name, mqtt.TopicFilterInvalid)
				for _, qos := range []mqtt.QoS{mqtt.QoS0, mqtt.QoS1, mqtt.QoS2} {
					err := client.PublishMessage(wait(t), &mqtt.Message{Topic: name, QoS: qos, Retain: true, Raw: []byte("x")})
					if want := map[bool]mqtt.ReasonCode{true: mqtt.TopicNameInvalid}[v == mqtt.V5 && qos > 0]; refused(err) != want {
						t.Errorf("publish to %.20s at QoS %d: %v, want %v", name, qos, err, want)
					}
				}
				_, err := c.connect("10.0.0.3", mqttxtest.Options{ClientID: fmt.Sprint("w", i), Version: v, Will: &mqtt.Message{Topic: name}})
				if err == nil || v == mqtt.V5 && refused(err) != mqtt.TopicNameInvalid {
					t.Errorf("a will to %.20s: %v", name, err)
				}
				counted += 6
			}
			st := c.srv.Stats()
			if st.TopicsTooLong != counted || st.Retained > 0 {
				t.Errorf("%d are counted, want %d; %d retained", st.TopicsTooLong, counted, st.Retained)
			}
			c.logged("longer, or has more levels, than the server takes", 1+len(exceeds)) // one of them in 10 seconds, and each connection
			publish(t, client, "end", "x", mqtt.QoS1)
			receive(t, all, "end", "x")
		})
	}
	if testing.Short() {
		return
	}
	c := newCrowd(t, &hooks{}, mqttx.Limits{TopicLevels: -1, TopicBytes: -1, Subscriptions: -1})
	client := c.in("10.0.0.1", mqttxtest.Options{ClientID: "c"})
	for i := range 1500 {
		subscribe(t, client, fmt.Sprint(i, strings.Repeat("/x", 100), strings.Repeat("y", 5000)), mqtt.QoS0)
	}
}
