package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func retain(t testing.TB, c *mqttxtest.Client, name, payload string, qos mqtt.QoS) error {
	t.Helper()
	return c.PublishMessage(wait(t), &mqtt.Message{Topic: name, QoS: qos, Retain: true, Raw: []byte(payload)})
}

// retained checks what a new subscriber to everything gets.
func (c *crowd) retained(want ...string) {
	c.t.Helper()
	sub := c.in("10.9.9.9", mqttxtest.Options{})
	subscribe(c.t, sub, "#", mqtt.QoS0)
	got := map[string]bool{}
	for range want {
		m, err := sub.Receive(wait(c.t))
		if err != nil {
			c.t.Fatal(err)
		}
		got[m.Topic+" "+string(m.Raw)] = true
	}
	for _, w := range want {
		if !got[w] {
			c.t.Errorf("%q is not retained; got %v", w, got)
		}
	}
	nothing(c.t, sub)
	_ = sub.Disconnect()
}

// TestRetainedLimit: a message that has no room is refused before anybody gets
// it, or sent on and not retained where its client cannot be told.
func TestRetainedLimit(t *testing.T) {
	for _, v := range versions {
		for _, qos := range []mqtt.QoS{mqtt.QoS0, mqtt.QoS1, mqtt.QoS2} {
			t.Run(fmt.Sprint(v, "/", qos), func(t *testing.T) {
				var handled atomic.Int64
				h := &hooks{publish: func(context.Context, *mqttx.Message) (mqttx.Route, error) {
					handled.Add(1)
					return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
				}}
				c := newCrowd(t, h, mqttx.Limits{Retained: 2, RetainedBytes: 12})
				client := c.in("10.0.0.1", mqttxtest.Options{ClientID: "c", Version: v})
				live := c.in("10.0.0.2", mqttxtest.Options{ClientID: "live"})
				subscribe(t, live, "+", mqtt.QoS2)
				told := v == mqtt.V5 && qos > mqtt.QoS0
				var want int64
				for _, step := range []struct {
					name, payload string
					room          bool
				}{
					{"a", "1", true}, {"b", "2", true}, {"c", "3", false}, {"a", "4", true}, {"b", strings.Repeat("5", 11), false}, {"b", strings.Repeat("6", 9), true},
				} {
					before := handled.Load()
					err := retain(t, client, step.name, step.payload, qos)
					if code := map[bool]mqtt.ReasonCode{true: mqtt.QuotaExceeded}[told && !step.room]; refused(err) != code || (err == nil) != (code == 0) {
						t.Errorf("%s: %v, want %v", step.payload, err, code)
					}
					if !step.room {
						want++
					}
					if told && !step.room {
						if nothing(t, live); handled.Load() != before {
							t.Error("the handler got it")
						}
						continue
					}
					receive(t, live, step.name, step.payload)
				}
				if n := c.srv.Stats().RetainedFull; n != want {
					t.Errorf("%d are counted, want %d", n, want)
				}
				c.logged("the server retains as many messages", 1)
				c.retained("a 4", "b 666666666")
				if err := retain(t, client, "a", "", qos); err != nil {
					t.Error(err)
				}
				if err := retain(t, client, "c", "7", qos); err != nil {
					t.Error(err)
				}
				receive(t, live, "a", "")
				receive(t, live, "c", "7")
				c.retained("c 7", "b 666666666")
			})
		}
	}
}

// TestRetainedLimitOfOthers: wills, the program's own messages, and handlers
// that refuse or panic keep to the limit, too; $SYS topics need no room.
func TestRetainedLimitOfOthers(t *testing.T) {
	h := &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		switch string(m.Raw) {
		case "refuse":
			return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "no")
		case "panic":
			panic("a bug")
		}
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}}
	virtual(t, h, mqttx.Limits{Retained: 1}, func(c *crowd) {
		t := c.t
		for range 3 {
			client := c.in("10.0.0.1", mqttxtest.Options{ClientID: "c"})
			if err := retain(t, client, "a", "refuse", mqtt.QoS1); refused(err) != mqtt.NotAuthorized {
				t.Error(err)
			}
			_ = retain(t, client, "b", "panic", mqtt.QoS0)
			<-client.Done()
		}
		raw := c.dial("10.0.0.1")
		_, _ = raw.Write(helloOf(mqtt.V311, "raw"))
		readPackets(t, raw, 1)
		_, _ = raw.Write([]byte("\x31\x09\x00\x01arefuse\x31\x09\x00\x01brefuse\xc0\x00")) // in one read
		readPackets(t, raw, 1)
		_ = raw.Close()
		if err := c.srv.Publish(t.Context(), "a", []byte("x"), mqttx.Retain()); err != nil {
			t.Error("those that were not stored take room:", err)
		}
		live := c.in("10.0.0.2", mqttxtest.Options{})
		subscribe(t, live, "+", mqtt.QoS1)
		receive(t, live, "a", "x")
		var r *mqttx.Refusal
		if err := c.srv.Publish(t.Context(), "b", []byte("y"), mqttx.Retain()); !errors.As(err, &r) || r.Code != mqttx.QuotaExceeded {
			t.Error(err)
		}
		nothing(t, live)
		mortal := c.in("10.0.0.3", mqttxtest.Options{Will: &mqtt.Message{Topic: "will", Raw: []byte("gone"), Retain: true}})
		mortal.Close()
		receive(t, live, "will", "gone")
		if n := c.srv.Stats().RetainedFull; n != 2 {
			t.Errorf("%d are counted", n)
		}
		c.logged("message not retained", 1)
		c.retained("a x")
	})
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, &hooks{}, mqttx.Options{Limits: mqttx.Limits{Retained: 1},
			Sys: mqttx.Sys{Interval: time.Second, Allow: func(*mqttx.Conn, string) bool { return true }}})
		net := mqttxtest.Start(t, srv)
		client := net.Connect(mqttxtest.Options{})
		if err := retain(t, client, "a", "x", mqtt.QoS1); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		subscribe(t, client, "$SYS/broker/uptime", mqtt.QoS0)
		if m, err := client.Receive(wait(t)); err != nil || !m.Retain {
			t.Error(m, err)
		}
	})
}

// TestRetainedLimitRace: clients publish at the same time, and there is room for
// some of them. Expired messages give theirs back.
func TestRetainedLimitRace(t *testing.T) {
	virtual(t, &hooks{}, mqttx.Limits{Retained: 10}, func(c *crowd) {
		t := c.t
		for round := range 2 {
			var all sync.WaitGroup
			var stored atomic.Int64
			for i := range 8 {
				client := c.in("10.0.0.1", mqttxtest.Options{})
				all.Go(func() {
					for j := range 5 {
						m := mqtt.Message{Topic: fmt.Sprint(round, "/", i, "/", j), QoS: mqtt.QoS1, Retain: true, Raw: []byte("x")}
						m.Properties.MessageExpiry, m.Properties.HasMessageExpiry = time.Minute, true
						switch err := client.PublishMessage(wait(t), &m); {
						case err == nil:
							stored.Add(1)
						case refused(err) != mqtt.QuotaExceeded:
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			if s := c.srv.Stats(); stored.Load() != 10 || s.Retained != 10 || s.RetainedFull != int64(30*(round+1)) {
				t.Errorf("round %d: %d accepted, %+v", round, stored.Load(), s)
			}
			time.Sleep(65 * time.Second)
			if s := c.srv.Stats(); s.Retained != 0 || s.RetainedBytes != 0 {
				t.Errorf("round %d: %d are left, of %d bytes", round, s.Retained, s.RetainedBytes)
			}
		}
	})
}
