package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

var quiet = slog.New(slog.DiscardHandler)

// TestWillDelay is section 3.1.3.2.2: the will is sent after its delay or at
// the session's end, and never where the session is resumed before.
func TestWillDelay(t *testing.T) {
	const never = -1
	s := time.Second
	for name, test := range map[string]struct {
		delay, expiry time.Duration
		then          func(net *mqttxtest.Net, c *mqttxtest.Client, again mqttxtest.Options)
		after         time.Duration // counted from then; never
	}{
		"the delay is over":             {10 * s, 60 * s, lose, 10 * s},
		"the session ends before":       {60 * s, 10 * s, lose, 10 * s},
		"no delay":                      {0, 60 * s, lose, 0},
		"no session":                    {60 * s, 0, lose, 0},
		"no session, 3600 s of delay":   {3600 * s, 0, lose, 0},
		"DISCONNECT":                    {10 * s, 60 * s, leave, never},
		"resumed":                       {10 * s, 60 * s, resume, never},
		"clean start ends the session":  {10 * s, 60 * s, cleanStart, 5 * s},
		"taken over and resumed":        {10 * s, 60 * s, takeOver, never},
		"taken over, without delay":     {0, 60 * s, takeOver, 0},
		"taken over by a clean start":   {10 * s, 60 * s, takeOverClean, 0},
		"taken over, nothing to resume": {10 * s, 0, takeOver, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(t, &hooks{}, mqttx.Options{})
				net := mqttxtest.Start(t, srv)
				sub := net.Connect(mqttxtest.Options{ClientID: "sub"})
				subscribe(t, sub, "will", mqtt.QoS1)
				o := mqttxtest.Options{
					ClientID: "c", SessionExpiry: test.expiry, WillDelay: test.delay,
					Will: &mqtt.Message{Topic: "will", Raw: []byte("gone"), QoS: mqtt.QoS1},
				}
				c := net.Connect(o)
				if got := srv.Stats().Memory; got != int64(len("will")+len("gone")+willCost) {
					t.Errorf("%d bytes count of a will", got)
				}
				begin := time.Now()
				o.Will = nil
				test.then(net, c, o)
				ctx, cancel := context.WithTimeout(context.Background(), 200*time.Second) // virtual time
				defer cancel()
				_, err := sub.Receive(ctx)
				took := time.Since(begin)
				switch {
				case test.after == never && err == nil:
					t.Errorf("the will came after %v, want none", took)
				case test.after != never && (err != nil || took < test.after || took > test.after+4*s):
					t.Errorf("the will came after %v: %v, want %v", took, err, test.after)
				}
				nothing(t, sub) // and once only
				_ = sub.Disconnect()
				synctest.Wait()
				if left := srv.Stats().Memory; left != 0 {
					t.Errorf("%d bytes count of a will that is no more", left)
				}
			})
		})
	}
}

// willCost is what counts of a will beside its bytes.
const willCost = 160 + 128

func lose(_ *mqttxtest.Net, c *mqttxtest.Client, _ mqttxtest.Options) { c.Close() }

func leave(_ *mqttxtest.Net, c *mqttxtest.Client, _ mqttxtest.Options) { _ = c.Disconnect() }

func resume(net *mqttxtest.Net, c *mqttxtest.Client, again mqttxtest.Options) {
	c.Close()
	time.Sleep(5 * time.Second)
	again.Resume = true
	net.Connect(again)
}

func cleanStart(net *mqttxtest.Net, c *mqttxtest.Client, again mqttxtest.Options) {
	c.Close()
	time.Sleep(5 * time.Second)
	net.Connect(again)
}

func takeOver(net *mqttxtest.Net, _ *mqttxtest.Client, again mqttxtest.Options) {
	again.Resume = true
	net.Connect(again)
}

func takeOverClean(net *mqttxtest.Net, _ *mqttxtest.Client, again mqttxtest.Options) {
	net.Connect(again)
}

// TestWillsOfKeepAlive: silence is a loss, in all versions [MQTT-3.1.2-22].
func TestWillsOfKeepAlive(t *testing.T) {
	for _, v := range versions {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(t, &hooks{}, mqttx.Options{MaxKeepAlive: 5 * time.Second})
			net := mqttxtest.Start(t, srv)
			sub := net.Connect(mqttxtest.Options{Version: v, ClientID: "sub", KeepAlive: time.Hour})
			subscribe(t, sub, "will", mqtt.QoS0)
			c := net.Connect(mqttxtest.Options{Version: v, ClientID: "c", KeepAlive: 10 * time.Second, Will: &mqtt.Message{Topic: "will"}})
			begin := time.Now()
			if v == mqtt.V5 { // the server's keep-alive counts, of which only 5.0 is told
				for range 2 {
					time.Sleep(6 * time.Second)
					_ = sub.Ping(wait(t))
				}
			}
			receive(t, sub, "will", "")
			want := map[bool]time.Duration{true: 7500 * time.Millisecond, false: 15 * time.Second}[v == mqtt.V5]
			<-c.Done()
			if d := time.Since(begin); d < want || d > want+5*time.Second {
				t.Errorf("%v: gone after %v, want %v", v, d, want)
			}
		})
	}
}

// TestShutdownSendsWills: those that wait, too, for the sessions end.
func TestShutdownSendsWills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := map[string]int{}
		srv := newServer(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
			mu.Lock()
			defer mu.Unlock()
			seen[string(m.Raw)]++
			return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
		}}, mqttx.Options{})
		net := mqttxtest.Start(t, srv)
		sub := net.Connect(mqttxtest.Options{ClientID: "sub"})
		subscribe(t, sub, "will", mqtt.QoS0)
		will := func(id string, delay time.Duration) *mqttxtest.Client {
			return net.Connect(mqttxtest.Options{
				ClientID: id, SessionExpiry: time.Hour, WillDelay: delay, Will: &mqtt.Message{Topic: "will", Raw: []byte(id)},
			})
		}
		will("held", time.Minute).Close()
		will("late", time.Minute)
		will("now", 0)
		time.Sleep(2 * time.Second) // "held" has gone
		if err := srv.Shutdown(wait(t)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if left := srv.Stats().Memory; left != 0 {
			t.Errorf("%d bytes count of wills that are sent", left)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(seen) != 3 || seen["held"] != 1 || seen["late"] != 1 || seen["now"] != 1 {
			t.Errorf("wills sent: %v", seen)
		}
		for range seen { // before the connections were ended, in any order
			if m, ok := pending(sub); !ok || m.Topic != "will" {
				t.Errorf("received %q", m.Topic)
			}
		}
	})
}

// TestDelayedWillIsOffline: user code gets the will on the value of its
// connection, whose Conn is offline, and after Disconnected.
func TestDelayedWillIsOffline(t *testing.T) {
	for delay, want := range map[time.Duration][]string{
		0:           {"will expires in 30s", "disconnected"},
		time.Second: {"disconnected", "will expires in 30s", "offline"},
	} {
		synctest.Test(t, func(t *testing.T) {
			events := make(chan string, 10)
			srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
				return &hooks{
					publish: func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
						if m.Will {
							events <- fmt.Sprintf("will expires in %v", m.Properties.MessageExpiry)
							if err := c.Publish(ctx, "x", nil); errors.Is(err, mqttx.ErrNotConnected) {
								events <- "offline"
							}
						}
						return mqttx.Route{Relay: true}, nil
					},
					disconnected: func(error) { events <- "disconnected" },
				}
			}, mqttx.Options{Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			net := mqttxtest.Start(t, srv)
			sub := net.Connect(mqttxtest.Options{ClientID: "sub"})
			subscribe(t, sub, "will", mqtt.QoS1)
			net.Connect(mqttxtest.Options{
				ClientID: "c", SessionExpiry: time.Hour, WillDelay: delay,
				Will: &mqtt.Message{Topic: "will", Properties: mqtt.Properties{HasMessageExpiry: true, MessageExpiry: 30 * time.Second}},
			}).Close()
			m := receive(t, sub, "will", "")
			if m.Properties.MessageExpiry != 30*time.Second {
				t.Errorf("delay %v: the will expires in %v", delay, m.Properties.MessageExpiry)
			}
			for _, w := range want {
				if got := <-events; got != w && !(delay == 0 && got == "offline") {
					t.Errorf("delay %v: %q, want %q", delay, got, w)
				}
			}
		})
	}
}

// checker is a handler that judges wills.
type checker struct {
	hooks
	check func(m *mqttx.Message) error
}

func (h *checker) CheckWill(_ context.Context, m *mqttx.Message) error { return h.check(m) }

// TestWillIsCheckedAtConnect is section 3.1.3.3 and the codes of 3.2.2.2.
func TestWillIsCheckedAtConnect(t *testing.T) {
	h := &checker{check: func(m *mqttx.Message) error {
		switch m.Topic {
		case "secret":
			return mqttx.Refuse(mqttx.NotAuthorized, "not for you")
		case "payload":
			return mqttx.Refuse(mqttx.PayloadFormatInvalid, "no JSON")
		case "plain":
			return errors.New("some failure")
		}
		if !m.Will {
			return errors.New("not marked as a will")
		}
		return nil
	}}
	h.publish = func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h }, mqttx.Options{Logger: quiet, Capabilities: mqttx.Capabilities{MaxQoS: 1, NoRetain: true}})
	if err != nil {
		t.Fatal(err)
	}
	net := mqttxtest.Start(t, srv)
	healthy := net.Connect(mqttxtest.Options{ClientID: "healthy"})
	subscribe(t, healthy, "ok", mqtt.QoS1)
	for _, test := range []struct {
		will mqtt.Message
		code mqtt.ReasonCode // 0: let in
	}{
		{mqtt.Message{Topic: "secret"}, mqtt.NotAuthorized},
		{mqtt.Message{Topic: "payload"}, mqtt.PayloadFormatInvalid},
		{mqtt.Message{Topic: "plain"}, mqtt.ImplementationSpecificError},
		{mqtt.Message{Topic: "a/+/b"}, mqtt.TopicNameInvalid},
		{mqtt.Message{Topic: "a/#"}, mqtt.TopicNameInvalid},
		{mqtt.Message{Topic: ""}, mqtt.TopicNameInvalid},
		{mqtt.Message{Topic: "ok", Retain: true}, mqtt.RetainNotSupported},
		{mqtt.Message{Topic: "ok", QoS: mqtt.QoS2}, mqtt.QoSNotSupported},
		{mqtt.Message{Topic: "ok", Raw: nil}, 0}, // an empty payload is one [MQTT-3.1.3-10]
	} {
		for _, v := range versions {
			c, err := net.TryConnect(mqttxtest.Options{Version: v, ClientID: "c", Will: &test.will})
			var r *mqtt.Refusal
			switch {
			case test.code == 0 && err != nil:
				t.Errorf("%v, %q: %v", v, test.will.Topic, err)
			case test.code == 0:
				c.Close()
				receive(t, healthy, "ok", "")
			case err == nil:
				t.Errorf("%v, %q was let in", v, test.will.Topic)
			case v == mqtt.V5 && (!errors.As(err, &r) || r.Code != test.code):
				t.Errorf("%q: %v, want %v", test.will.Topic, err, test.code)
			}
		}
	}
	nothing(t, healthy)
}
