package mqttx_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestShutdownSendsWillsFirst: whoever has subscribed gets the wills of all
// others, and its own, before its connection is ended; delayed ones too.
func TestShutdownSendsWillsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
			if m.Will {
				time.Sleep(100 * time.Millisecond) // the others would be gone by then
			}
			return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
		}}, mqttx.Options{})
		net := mqttxtest.Start(t, srv)
		var all []*mqttxtest.Client
		for id, o := range map[string]mqttxtest.Options{
			"plain":   {},
			"now":     {Will: &mqtt.Message{Topic: "will", Raw: []byte("x"), QoS: mqtt.QoS1}},
			"delayed": {Will: &mqtt.Message{Topic: "will", Raw: []byte("x"), QoS: mqtt.QoS1}, WillDelay: time.Hour, SessionExpiry: 2 * time.Hour},
		} {
			o.ClientID = id
			c := net.Connect(o)
			subscribe(t, c, "will", mqtt.QoS1)
			all = append(all, c)
		}
		if err := srv.Shutdown(wait(t)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, c := range all {
			for range 2 {
				receive(t, c, "will", "x")
			}
			if _, more := pending(c); more {
				t.Error("a will came twice")
			}
		}
	})
}

// TestShutdownWithAStuckWill: the handler of one will that never returns holds
// up the others a second, and Shutdown no longer than its context.
func TestShutdownWithAStuckWill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck, gone := make(chan struct{}), make(chan time.Time, 2)
		srv := newServer(t, &hooks{
			publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
				<-stuck
				return mqttx.Route{}, nil
			},
			disconnected: func(error) { gone <- time.Now() },
		}, mqttx.Options{})
		net := mqttxtest.Start(t, srv)
		net.Connect(mqttxtest.Options{ClientID: "plain"})
		net.Connect(mqttxtest.Options{ClientID: "stuck", Will: &mqtt.Message{Topic: "will"}})
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err == nil {
			t.Error("no error")
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if took := (<-gone).Sub(begin); took != time.Second {
			t.Errorf("the other was ended after %v", took)
		}
		close(stuck)
	})
}
