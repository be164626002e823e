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
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

func TestPublishSubscribe(t *testing.T) {
	for _, v := range versions {
		for in := mqtt.QoS0; in <= mqtt.QoS2; in++ {
			for out := mqtt.QoS0; out <= mqtt.QoS2; out++ {
				t.Run(fmt.Sprintf("%v/in%d/out%d", v, in, out), func(t *testing.T) {
					net := start(t, nil)
					sub := net.Connect(mqttxtest.Options{Version: v, ClientID: "sub"})
					pub := net.Connect(mqttxtest.Options{Version: v, ClientID: "pub"})
					subscribe(t, sub, "a/+/c", out)
					for i := range 20 {
						publish(t, pub, "a/b/c", fmt.Sprint(i), in)
					}
					publish(t, pub, "a/b/d", "no", in)
					for i := range 20 {
						m := receive(t, sub, "a/b/c", fmt.Sprint(i))
						if m.QoS != min(in, out) || m.Retain || m.Dup {
							t.Fatalf("received QoS %d retain %v dup %v", m.QoS, m.Retain, m.Dup)
						}
					}
					nothing(t, sub)
					if err := sub.Unsubscribe(wait(t), "a/+/c"); err != nil {
						t.Fatal(err)
					}
					publish(t, pub, "a/b/c", "late", in)
					nothing(t, sub)
				})
			}
		}
	}
}

func TestLargePayloads(t *testing.T) {
	net := start(t, nil)
	for _, v := range versions {
		sub := net.Connect(mqttxtest.Options{Version: v, ClientID: "sub"})
		pub := net.Connect(mqttxtest.Options{Version: v, ClientID: "pub"})
		subscribe(t, sub, "big", mqtt.QoS1)
		for _, size := range []int{0, 1023, 1024, 4096, 70_000, 250_000} {
			payload := strings.Repeat("0123456789abcdef", size/16+1)[:size]
			publish(t, pub, "big", payload, mqtt.QoS1)
			publish(t, pub, "big", payload, mqtt.QoS0)
			receive(t, sub, "big", payload)
			receive(t, sub, "big", payload)
		}
		sub.Close()
		pub.Close()
	}
}

func TestOverlappingSubscriptionsSendOneCopyWithTheHighestQoS(t *testing.T) {
	net := start(t, nil)
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	subscribe(t, c, "a/#", mqtt.QoS0)
	subscribe(t, c, "a/+", mqtt.QoS2)
	subscribe(t, c, "a/b", mqtt.QoS1)
	publish(t, c, "a/b", "x", mqtt.QoS2)
	if m := receive(t, c, "a/b", "x"); m.QoS != mqtt.QoS2 {
		t.Errorf("delivered with QoS %d, want 2", m.QoS)
	}
	nothing(t, c)
	subscribe(t, c, "a/+", mqtt.QoS0) // replaces the one of the same filter
	publish(t, c, "a/x", "y", mqtt.QoS2)
	if m := receive(t, c, "a/x", "y"); m.QoS != mqtt.QoS0 {
		t.Errorf("delivered with QoS %d, want 0 after the subscription was replaced", m.QoS)
	}
	nothing(t, c)
}

func TestRetained(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			net := start(t, nil)
			c := net.Connect(mqttxtest.Options{Version: v, ClientID: "c"})
			retain := func(name, payload string) {
				t.Helper()
				m := &mqtt.Message{Topic: name, Raw: []byte(payload), Retain: true, QoS: mqtt.QoS1}
				if err := c.PublishMessage(wait(t), m); err != nil {
					t.Fatal(err)
				}
			}
			retain("r/a", "old")
			retain("r/a", "new")
			retain("r/b", "gone")
			retain("r/b", "")
			retain("$r/c", "hidden")
			publish(t, c, "r/a", "", mqtt.QoS1) // not retained: deletes nothing
			subscribe(t, c, "#", mqtt.QoS1)
			if m := receive(t, c, "r/a", "new"); !m.Retain {
				t.Error("a retained message on subscribing must carry RETAIN 1")
			}
			nothing(t, c)
			retain("r/a", "live")
			if m := receive(t, c, "r/a", "live"); m.Retain {
				t.Error("a live delivery must carry RETAIN 0")
			}
		})
	}
}

func TestWill(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			net := start(t, nil)
			watcher := net.Connect(mqttxtest.Options{Version: v, ClientID: "watcher"})
			subscribe(t, watcher, "will/#", mqtt.QoS1)
			will := func(name string) *mqtt.Message {
				return &mqtt.Message{Topic: name, Raw: []byte("gone"), QoS: mqtt.QoS1}
			}
			polite := net.Connect(mqttxtest.Options{Version: v, ClientID: "polite", Will: will("will/polite")})
			if err := polite.Disconnect(); err != nil {
				t.Fatal(err)
			}
			lost := net.Connect(mqttxtest.Options{Version: v, ClientID: "lost", Will: will("will/lost")})
			lost.Close()
			receive(t, watcher, "will/lost", "gone")
			taken := net.Connect(mqttxtest.Options{Version: v, ClientID: "taken", Will: will("will/taken")})
			net.Connect(mqttxtest.Options{Version: v, ClientID: "taken"})
			receive(t, watcher, "will/taken", "gone")
			<-taken.Done()
			nothing(t, watcher)
		})
	}
}

func TestWillGoesThroughTheHandler(t *testing.T) {
	wills := make(chan string, 1)
	net := start(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		if m.Will {
			wills <- m.Topic + " " + string(m.Raw)
			return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "not this one")
		}
		return mqttx.Route{Relay: true}, nil
	}})
	watcher := net.Connect(mqttxtest.Options{ClientID: "watcher"})
	subscribe(t, watcher, "#", mqtt.QoS1)
	net.Connect(mqttxtest.Options{ClientID: "c", Will: &mqtt.Message{Topic: "w", Raw: []byte("bye")}}).Close()
	if got := <-wills; got != "w bye" {
		t.Errorf("handler got the will %q", got)
	}
	nothing(t, watcher)
}

func TestPropertiesTravelUnchanged(t *testing.T) {
	var seen mqtt.Properties
	net := start(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		seen = m.Properties
		seen.CorrelationData = append([]byte{}, seen.CorrelationData...)
		return mqttx.Route{Relay: true}, nil
	}})
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	subscribe(t, c, "p", mqtt.QoS0)
	want := mqtt.Properties{
		PayloadFormatUTF8: true, ContentType: "text/plain", ResponseTopic: "answer/here", CorrelationData: []byte{1, 0, 2},
		User:             []mqtt.UserProperty{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}, {Key: "b", Value: "3"}},
		HasMessageExpiry: true, MessageExpiry: time.Hour,
	}
	err := c.PublishMessage(wait(t), &mqtt.Message{Topic: "p", Raw: []byte("x"), Properties: want})
	if err != nil {
		t.Fatal(err)
	}
	got := receive(t, c, "p", "x").Properties
	for i, p := range []mqtt.Properties{got, seen} {
		if p.ContentType != want.ContentType || p.ResponseTopic != want.ResponseTopic || !p.PayloadFormatUTF8 ||
			string(p.CorrelationData) != string(want.CorrelationData) || fmt.Sprint(p.User) != fmt.Sprint(want.User) ||
			p.MessageExpiry < 59*time.Minute || p.MessageExpiry > time.Hour {
			t.Errorf("%d: properties arrived as %+v, want %+v", i, p, want)
		}
	}
}

func TestRefusedPublish(t *testing.T) {
	net := start(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		switch m.Topic {
		case "refuse":
			return mqttx.Route{}, mqttx.Refuse(mqttx.QuotaExceeded, "only %d", 3)
		case "illegal":
			return mqttx.Route{}, mqttx.Refuse(mqttx.ServerMoved, "not a code of PUBACK")
		case "error":
			return mqttx.Route{}, errors.New("database is away")
		case "leave":
			return mqttx.Route{}, mqttx.Disconnect(mqttx.AdministrativeAction)
		}
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}})
	sub := net.Connect(mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "#", mqtt.QoS1)
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	for name, want := range map[string]mqtt.ReasonCode{
		"refuse": mqtt.QuotaExceeded, "illegal": mqtt.UnspecifiedError, "error": mqtt.ImplementationSpecificError,
	} {
		for qos := mqtt.QoS1; qos <= mqtt.QoS2; qos++ {
			err := c.Publish(wait(t), name, "x", qos)
			var r *mqtt.Refusal
			if !errors.As(err, &r) || r.Code != want {
				t.Errorf("publish to %s with QoS %d: %v, want code %v", name, qos, err, want)
			}
		}
	}
	old := net.Connect(mqttxtest.Options{ClientID: "old", Version: mqtt.V311})
	publish(t, old, "refuse", "x", mqtt.QoS1) // acknowledged and dropped
	err := c.Publish(wait(t), "leave", "x", mqtt.QoS1)
	var r *mqtt.Refusal
	if !errors.As(err, &r) || r.Code != mqtt.AdministrativeAction || !r.Disconnect {
		t.Errorf("publish to leave: %v, want a DISCONNECT with AdministrativeAction", err)
	}
	nothing(t, sub)
}

func TestServerPublishes(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	a := net.Connect(mqttxtest.Options{ClientID: "a"})
	b := net.Connect(mqttxtest.Options{ClientID: "b", Version: mqtt.V311})
	subscribe(t, a, "s/#", mqtt.QoS2)
	subscribe(t, b, "s/#", mqtt.QoS1)
	ctx := wait(t)
	props := mqttx.Properties{ContentType: "x/y"}
	if err := srv.Publish(ctx, "s/1", []byte("all"), mqttx.WithQoS(mqttx.QoS2), mqttx.WithProperties(props), mqttx.Retain()); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, a, "s/1", "all"); m.QoS != mqtt.QoS2 || m.Properties.ContentType != "x/y" {
		t.Errorf("a got %+v", m)
	}
	if m := receive(t, b, "s/1", "all"); m.QoS != mqtt.QoS1 {
		t.Errorf("b got %+v", m)
	}
	if err := srv.Publish(ctx, "s/2", []byte("one"), mqttx.To("b"), mqttx.WithQoS(mqttx.QoS1)); err != nil {
		t.Fatal(err)
	}
	receive(t, b, "s/2", "one")
	nothing(t, a)
	subscribe(t, a, "s/1", mqtt.QoS0)
	receive(t, a, "s/1", "all") // retained
	if err := srv.Publish(ctx, "s/2", nil, mqttx.To("nobody")); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Errorf("publish to nobody: %v", err)
	}
	if err := srv.Publish(ctx, "s/+", nil); err == nil {
		t.Error("a topic name with a wildcard was taken")
	}
}

func TestNoLocalAndRetainAsPublishedReachTheHandler(t *testing.T) {
	asked := make(chan mqttx.Subscription, 1)
	net := start(t, &hooks{subscribe: func(s *mqttx.Subscription) (mqttx.QoS, error) {
		asked <- *s
		return mqttx.QoS1, nil
	}})
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	if got, err := c.Subscribe(wait(t), "a/b", mqtt.QoS2); err != nil || got != mqtt.QoS1 {
		t.Errorf("granted %v, %v; want the handler's 1", got, err)
	}
	if s := <-asked; s.Filter != "a/b" || s.QoS != mqtt.QoS2 {
		t.Errorf("handler was asked about %+v", s)
	}
}

func TestRefusedSubscribeSaysWhy(t *testing.T) {
	set := topic.MustSet("a/{x}", "b/{x}")
	log := &lines{}
	h := &hooks{subscribe: func(s *mqttx.Subscription) (mqttx.QoS, error) {
		return mqttx.Grant(set, s, func(i int, _ topic.Overlap) (mqttx.QoS, bool) { return mqttx.QoS1, i == 0 }, nil)
	}}
	o := mqttx.Options{Logger: textLogger(log), Capabilities: mqttx.Capabilities{NoSharedSubscriptions: true}}
	net := mqttxtest.Start(t, newServer(t, h, o))
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	if q, err := c.Subscribe(wait(t), "a/+", mqtt.QoS2); err != nil || q != mqtt.QoS1 {
		t.Errorf("granted %v, %v", q, err)
	}
	for filter, want := range map[string]string{
		"+/x":        "reaches b/{x}, which this client may not subscribe to",
		"c":          "matches no topic",
		"$share/g/a": "shared subscriptions are not available",
	} {
		_, err := c.Subscribe(wait(t), filter, mqtt.QoS1)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(log.String(), want) {
			t.Errorf("%s: %v, want %q in it and in the log", filter, err, want)
		}
	}
	small := net.Connect(mqttxtest.Options{ClientID: "small", MaximumPacketSize: 30})
	if _, err := small.Subscribe(wait(t), "c", mqtt.QoS1); err == nil || strings.Contains(err.Error(), "matches") {
		t.Errorf("a SUBACK above the client's Maximum Packet Size: %v", err)
	}
}
