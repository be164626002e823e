package mqttx_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestSys: a subscriber gets what mosquitto's gets, the retained values at
// once, and later only what has changed; publishing is the server's alone.
func TestSys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled []string
		h := &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
			handled = append(handled, m.Topic)
			return mqttx.Route{Relay: true}, nil
		}}
		n := mqttxtest.Start(t, newServer(t, h, mqttx.Options{Sys: mqttx.Sys{Interval: 10 * time.Second}}))
		c := n.Connect(mqttxtest.Options{ClientID: "c"})
		time.Sleep(3 * time.Second) // the first values are out: the wheel takes up to two
		got := map[string]string{}
		subscribe(t, c, "$SYS/#", mqtt.QoS0)
		collect := func(want int) {
			t.Helper()
			for range want {
				m, err := c.Receive(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got[strings.TrimPrefix(m.Topic, "$SYS/broker/")] = string(m.Raw)
			}
		}
		const plain, loads = 24, 24
		collect(plain + loads)
		for name, want := range map[string]string{
			"clients/connected": "1", "clients/total": "1", "messages/received": "1", "messages/sent": "1",
			"publish/messages/received": "0", "retained messages/count": "0", "subscriptions/count": "0", "messages/stored": "0",
		} {
			if got[name] != want {
				t.Errorf("%s is %q, want %q", name, got[name], want)
			}
		}
		for _, name := range []string{"bytes/received", "bytes/sent", "heap/current", "load/messages/received/1min", "load/connections/15min"} {
			if v, err := strconv.ParseFloat(got[name], 64); err != nil || v <= 0 {
				t.Errorf("%s is %q", name, got[name])
			}
		}
		if got["version"] == "" {
			t.Error("no version")
		}
		before := got["load/bytes/sent/1min"]
		time.Sleep(10 * time.Second)
		for got["subscriptions/count"] != "1" || got["load/bytes/sent/1min"] == before {
			collect(1)
		}
		if err := c.Publish(t.Context(), "$SYS/broker/version", "mine", mqtt.QoS1); err == nil || len(handled) > 0 {
			t.Errorf("a client published to $SYS: %v, %v", err, handled)
		}
	})
}

// TestSysAllow: the option grants what the handler would refuse, and nothing
// else; without Sys.Interval it is not asked.
func TestSysAllow(t *testing.T) {
	var asked []string
	for _, interval := range []time.Duration{0, time.Hour} {
		h := &hooks{subscribe: func(s *mqttx.Subscription) (mqttx.QoS, error) {
			return 0, mqttx.Refuse(mqttx.NotAuthorized, "no")
		}}
		n := mqttxtest.Start(t, newServer(t, h, mqttx.Options{Sys: mqttx.Sys{Interval: interval, Allow: func(c *mqttx.Conn, filter string) bool {
			asked = append(asked, filter)
			return c.ClientID() == "admin"
		}}}))
		for _, tt := range []struct {
			client, filter string
			ok             bool
		}{
			{"admin", "$SYS/#", interval > 0}, {"admin", "$SYS/broker/+", interval > 0}, {"admin", "#", false}, {"admin", "$SYS", false}, {"other", "$SYS/#", false},
		} {
			c := n.Connect(mqttxtest.Options{ClientID: tt.client})
			if _, err := c.Subscribe(t.Context(), tt.filter, mqtt.QoS1); (err == nil) != tt.ok {
				t.Errorf("every %v: %s subscribes to %s: %v", interval, tt.client, tt.filter, err)
			}
			c.Close()
		}
	}
	if !slices.Equal(asked, []string{"$SYS/#", "$SYS/broker/+", "$SYS/#"}) {
		t.Errorf("asked for %q", asked)
	}
}

// TestSysInterval must not be so short that it costs anything.
func TestSysInterval(t *testing.T) {
	_, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, mqttx.Options{Sys: mqttx.Sys{Interval: time.Millisecond}})
	if err == nil || !strings.Contains(err.Error(), "Sys.Interval") {
		t.Error(err)
	}
}
