package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestQueuePolicies: what a client that was away finds in a queue of three.
func TestQueuePolicies(t *testing.T) {
	for name, test := range map[string]struct {
		options mqttx.Options
		want    string
		dropped int64
	}{
		"newest dropped": {mqttx.Options{}, "1 2 4", 3},
		"oldest dropped": {mqttx.Options{Queues: mqttx.Queues{DropOldest: true}}, "5 7 8", 3},
		"close slow":     {mqttx.Options{Queues: mqttx.Queues{CloseSlow: true}}, "1 2 4", 3}, // who is away is not slow
		"with QoS 0":     {mqttx.Options{Capabilities: mqttx.Capabilities{QueueQoS0: true}}, "0 1 2", 6},
		"both":           {mqttx.Options{Queues: mqttx.Queues{DropOldest: true}, Capabilities: mqttx.Capabilities{QueueQoS0: true}}, "6 7 8", 6},
	} {
		for _, v := range versions {
			t.Run(name+" "+v.String(), func(t *testing.T) {
				test.options.Queues.Messages = 3
				srv := newServer(t, &hooks{}, test.options)
				net := mqttxtest.Start(t, srv)
				o := mqttxtest.Options{Version: v, ClientID: "sub", Resume: true, SessionExpiry: time.Hour}
				sub := net.Connect(o)
				subscribe(t, sub, "a", mqtt.QoS2)
				sub.Close()
				eventually(t, func() bool { return srv.Stats().Connections == 0 })
				pub := net.Connect(mqttxtest.Options{ClientID: "pub", Version: v})
				for i := range 9 {
					publish(t, pub, "a", fmt.Sprint(i), mqtt.QoS(i%3))
				}
				nothing(t, pub)
				dropped := srv.Stats().Dropped
				sub = net.Connect(o)
				for _, payload := range strings.Fields(test.want) {
					receive(t, sub, "a", payload)
				}
				nothing(t, sub)
				if dropped != test.dropped {
					t.Errorf("%d dropped, want %d", dropped, test.dropped)
				}
			})
		}
	}
}

// TestSlowClientIsClosed: its queue is full because it acknowledges nothing. It
// finds its messages when it comes back.
func TestSlowClientIsClosed(t *testing.T) {
	for _, v := range versions {
		srv := newServer(t, &hooks{}, mqttx.Options{Queues: mqttx.Queues{CloseSlow: true, Messages: 3}})
		net := mqttxtest.Start(t, srv)
		o := mqttxtest.Options{Version: v, ClientID: "slow", Resume: true, SessionExpiry: time.Hour, HoldAcks: true, ReceiveMaximum: 64}
		slow := net.Connect(o)
		subscribe(t, slow, "a", mqtt.QoS1)
		pub := net.Connect(mqttxtest.Options{ClientID: "pub", Version: v})
		for i := range 64 + 3 {
			publish(t, pub, "a", fmt.Sprint(i), mqtt.QoS1)
		}
		if err := slow.Ping(wait(t)); err != nil {
			t.Errorf("%v: closed too early: %v", v, err)
		}
		publish(t, pub, "a", "one too many", mqtt.QoS1)
		<-slow.Done()
		var r *mqtt.Refusal
		if errors.As(slow.Err(), &r) != (v == mqtt.V5) || r != nil && r.Code != mqtt.QuotaExceeded {
			t.Errorf("%v: ended with %v", v, slow.Err())
		}
		if n := srv.Stats().ClosedSlow; n != 1 {
			t.Errorf("%v: %d are counted", v, n)
		}
		o.HoldAcks = false
		slow = net.Connect(o)
		for i := range 64 + 3 {
			receive(t, slow, "a", fmt.Sprint(i))
		}
		nothing(t, slow)
	}
}

// TestNoRetain: neither clients nor the program leave retained messages.
func TestNoRetain(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{Capabilities: mqttx.Capabilities{NoRetain: true}})
	net := mqttxtest.Start(t, srv)
	if err := srv.Publish(context.Background(), "a", []byte("x"), mqttx.Retain()); err == nil || !strings.Contains(err.Error(), "Options.Capabilities.NoRetain") {
		t.Errorf("the program's: %v", err)
	}
	for _, v := range versions {
		c := net.Connect(mqttxtest.Options{Version: v, ClientID: "c"})
		if err := c.PublishMessage(wait(t), &mqtt.Message{Topic: "a", QoS: mqtt.QoS1, Retain: true, Raw: []byte("x")}); err == nil {
			t.Errorf("%v: taken", v)
		}
		<-c.Done()
		var r *mqtt.Refusal
		if errors.As(c.Err(), &r) != (v == mqtt.V5) || r != nil && r.Code != mqtt.RetainNotSupported {
			t.Errorf("%v: ended with %v", v, c.Err())
		}
	}
	if n := srv.Stats().Retained; n != 0 {
		t.Errorf("%d messages are retained", n)
	}
}
