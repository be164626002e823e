package mqttx_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestWhatComesLastIsRetained: of several who publish to one topic at once, the one
// whose message subscribers get last is the one whose message is retained.
func TestWhatComesLastIsRetained(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	live := net.Connect(mqttxtest.Options{ClientID: "live"})
	subscribe(t, live, "t", mqtt.QoS0)
	late := net.Connect(mqttxtest.Options{ClientID: "late"})
	ctx := wait(t)
	say := []func(text string) error{}
	for i := range 2 {
		c := net.Connect(mqttxtest.Options{ClientID: fmt.Sprint("client-", i)})
		say = append(say, func(text string) error {
			return c.PublishMessage(t.Context(), &mqtt.Message{Topic: "t", Raw: []byte(text), QoS: mqtt.QoS1, Retain: true})
		})
	}
	for range 2 {
		say = append(say, func(text string) error { return srv.Publish(t.Context(), "t", []byte(text), mqttx.Retain()) })
	}
	const each = 3
	for range 6000 {
		var all sync.WaitGroup
		for i, f := range say {
			all.Go(func() {
				for n := range each {
					if err := f(fmt.Sprint(i, " ", n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var last mqtt.Message
		for range each * len(say) {
			last, _ = live.Receive(ctx)
		}
		all.Wait()
		if _, err := late.Subscribe(ctx, "t", mqtt.QoS0); err != nil {
			t.Fatal(err)
		}
		if m, err := late.Receive(ctx); err != nil || string(m.Raw) != string(last.Raw) {
			t.Fatalf("%q came last, and %q is retained; %v", last.Raw, m.Raw, err)
		}
		if err := late.Unsubscribe(ctx, "t"); err != nil {
			t.Fatal(err)
		}
	}
}
