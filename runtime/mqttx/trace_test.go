package mqttx_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestTrace: everything is told, in its order, with the context handed on.
func TestTrace(t *testing.T) {
	var mu sync.Mutex
	var told []string
	tell := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	}
	type key struct{}
	h := &hooks{
		authenticate: func(c *mqttx.Connect) error {
			if c.UserName == "mallory" {
				return mqttx.Refuse(mqttx.NotAuthorized, "no")
			}
			return nil
		},
		publish: func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
			tell("handler %s %v", m.Topic, ctx.Value(key{}))
			switch m.Topic {
			case "no":
				return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "no")
			case "panic":
				panic("handler")
			}
			return mqttx.Route{Relay: true, MaxQoS: 2}, nil
		},
	}
	srv := newServer(t, h, mqttx.Options{Trace: mqttx.Trace{
		ConnectStart: func(c *mqttx.Conn, in *mqttx.Connect) { tell("start %s", in.ClientID) },
		ConnectDone:  func(c *mqttx.Conn, err error) { tell("done %s %v", c.ClientID(), err) },
		PublishReceived: func(ctx context.Context, _ *mqttx.Conn, m *mqttx.Message) context.Context {
			tell("received %s", m.Topic)
			return context.WithValue(ctx, key{}, "traced")
		},
		PublishHandled: func(ctx context.Context, _ *mqttx.Conn, m *mqttx.Message, err error) {
			tell("handled %s %v %v", m.Topic, ctx.Value(key{}), err)
		},
		PublishRelayed: func(_ *mqttx.Conn, m *mqttx.Message) { tell("relayed %s", m.Topic) },
		PublishSent: func(_ context.Context, name string, add func(key, value string)) {
			tell("sent %s", name)
			add("traced", "yes")
		},
		Subscribed: func(_ *mqttx.Conn, s *mqttx.Subscription, granted mqttx.QoS, err error) {
			tell("subscribed %s %d %v", s.Filter, granted, err)
		},
		Disconnected: func(c *mqttx.Conn, reason error) { tell("gone %s", c.ClientID()) },
	}})
	n := mqttxtest.Start(t, srv)
	if _, err := n.TryConnect(mqttxtest.Options{ClientID: "m", UserName: "mallory"}); err == nil {
		t.Fatal("let in")
	}
	eventually(t, func() bool { return srv.Stats().ConnectErrors == 1 && srv.Stats().Connections == 0 })
	c := n.Connect(mqttxtest.Options{ClientID: "c"})
	subscribe(t, c, "yes", mqtt.QoS1)
	for _, name := range []string{"yes", "no"} {
		if err := c.Publish(t.Context(), name, "x", mqtt.QoS1); (err == nil) != (name == "yes") {
			t.Error(err)
		}
	}
	receive(t, c, "yes", "x")
	if err := srv.Publish(t.Context(), "yes", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if m, err := c.Receive(t.Context()); err != nil || !slices.Contains(m.Properties.User, mqttx.UserProperty{Key: "traced", Value: "yes"}) {
		t.Errorf("%+v, %v", m, err)
	}
	_ = c.Publish(t.Context(), "panic", "x", mqtt.QoS1)
	<-c.Done()
	eventually(t, func() bool { return srv.Stats().Connections == 0 })
	mu.Lock()
	defer mu.Unlock()
	want := []string{
		"start m", "done m Not authorized: no", "start c", "done c <nil>", "subscribed yes 1 <nil>",
		"received yes", "handler yes traced", "handled yes traced <nil>", "relayed yes",
		"received no", "handler no traced", "handled no traced refuse: Not authorized (0x87): no",
		"sent yes", "received panic", "handler panic traced", "handled panic traced the handler panicked", "gone c",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%q\nwant\n%q", told, want)
	}
}

// TestTraceThatPanics ends its connection, and neither the program nor what the handler is told.
func TestTraceThatPanics(t *testing.T) {
	gone := make(chan error, 1)
	srv := newServer(t, &hooks{
		authenticate: func(c *mqttx.Connect) error {
			if c.UserName == "mallory" {
				return mqttx.Refuse(mqttx.NotAuthorized, "no")
			}
			return nil
		},
		disconnected: func(err error) { gone <- err },
	}, mqttx.Options{Trace: mqttx.Trace{
		ConnectDone: func(_ *mqttx.Conn, err error) {
			if err != nil {
				panic("refused")
			}
		},
		Disconnected: func(*mqttx.Conn, error) { panic("gone") },
	}})
	n := mqttxtest.Start(t, srv)
	if _, err := n.TryConnect(mqttxtest.Options{ClientID: "m", UserName: "mallory"}); refused(err) != mqtt.NotAuthorized {
		t.Fatal(err)
	}
	c := n.Connect(mqttxtest.Options{ClientID: "c"})
	c.Close()
	<-gone
	eventually(t, func() bool { return srv.Stats().Connections == 0 && srv.Stats().Panics == 2 })
}
