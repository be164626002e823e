package mqttx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// curious is a handler with all optional methods.
type curious struct {
	hooks
	calls chan string
}

func (h *curious) Connected(context.Context) error          { h.calls <- "connected"; return nil }
func (h *curious) Unsubscribed(_ context.Context, f string) { h.calls <- "unsubscribed " + f }
func (h *curious) Disconnected(_ context.Context, err error) {
	h.calls <- "disconnected: " + err.Error()
}
func (h *curious) HandleInfo(_ context.Context, v any) error {
	h.calls <- fmt.Sprint("info ", v)
	return nil
}
func (h *curious) Acknowledged(_ context.Context, d mqttx.Delivery) {
	h.calls <- fmt.Sprint("acknowledged ", d.Topic, " ", d.QoS, " ", d.Code)
}

// TestOptionalMethods, in the order of what happens, in every version.
func TestOptionalMethods(t *testing.T) {
	for _, v := range versions {
		h := &curious{calls: make(chan string, 20)}
		srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h }, mqttx.Options{Logger: textLogger(io.Discard)})
		if err != nil {
			t.Fatal(err)
		}
		n := mqttxtest.Start(t, srv)
		want := func(want string) {
			t.Helper()
			select {
			case got := <-h.calls:
				if got != want {
					t.Errorf("%v: %s, want %s", v, got, want)
				}
			case <-wait(t).Done():
				t.Fatalf("%v: no call, want %s", v, want)
			}
		}
		c := n.Connect(mqttxtest.Options{ClientID: "c", Version: v})
		want("connected")
		subscribe(t, c, "a", mqtt.QoS2)
		for qos := mqtt.QoS0; qos <= mqtt.QoS2; qos++ {
			publish(t, c, "a", "x", qos)
			receive(t, c, "a", "x")
			if qos > mqtt.QoS0 {
				want(fmt.Sprintf("acknowledged a %v Success", qos))
			}
		}
		_ = c.Unsubscribe(wait(t), "never") // 0x11 in 5.0, and no call
		if err := c.Unsubscribe(wait(t), "a"); err != nil {
			t.Error(err)
		}
		want("unsubscribed a")
		if err := srv.Send("c", 7); err != nil {
			t.Error(err)
		}
		want("info 7")
		if err := c.Disconnect(); err != nil {
			t.Error(err)
		}
		want("disconnected: the client disconnected")
	}
}

// TestHandlerThatBlocks: its context ends on takeover, Disconnect and Shutdown;
// its own requests do not wait for themselves, its mailbox is bounded, and others
// go on.
func TestHandlerThatBlocks(t *testing.T) {
	for name, end := range map[string]func(srv *mqttx.Server, n *mqttxtest.Net){
		"disconnect": func(srv *mqttx.Server, _ *mqttxtest.Net) { _ = srv.Disconnect("c", mqttx.AdministrativeAction) },
		"takeover":   func(_ *mqttx.Server, n *mqttxtest.Net) { n.Connect(mqttxtest.Options{ClientID: "c"}) },
		"shutdown":   func(srv *mqttx.Server, _ *mqttxtest.Net) { _ = srv.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			entered, left := make(chan struct{}), make(chan error, 1)
			h := &hooks{publish: func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
				if m.Topic == "block" {
					close(entered)
					<-ctx.Done()
					left <- ctx.Err()
				}
				return mqttx.Route{Relay: true}, nil
			}}
			srv := newServer(t, h, mqttx.Options{})
			n := mqttxtest.Start(t, srv)
			c, other := n.Connect(mqttxtest.Options{ClientID: "c"}), n.Connect(mqttxtest.Options{ClientID: "other"})
			publish(t, c, "block", "", mqtt.QoS0)
			<-entered
			publish(t, other, "go on", "", mqtt.QoS1)
			sent := 0
			for ; sent < 1000; sent++ {
				if err := srv.Send("c", sent); errors.Is(err, mqttx.ErrBusy) {
					break
				}
			}
			if sent != 256 {
				t.Errorf("%d values wait for a handler that blocks, want 256", sent)
			}
			end(srv, n)
			if err := <-left; !errors.Is(err, context.Canceled) {
				t.Errorf("the context ended with %v", err)
			}
		})
	}
}

func TestRequestToOneself(t *testing.T) {
	results := make(chan error, 3)
	var conn *mqttx.Conn
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
		conn = c
		return &hooks{publish: func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
			_, err := conn.Request(ctx, "ask", nil, "answer")
			results <- err
			_, err = conn.Server().Request(ctx, "ask", nil, "answer", mqttx.To("c"))
			results <- err
			_, err = conn.Server().Request(ctx, "ask", nil, "answer")
			results <- err
			return mqttx.Route{}, nil
		}}
	}, mqttx.Options{Logger: textLogger(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	c := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{ClientID: "c"})
	subscribe(t, c, "ask", mqtt.QoS1)
	publish(t, c, "x", "", mqtt.QoS0)
	for range 3 {
		if err := <-results; !errors.Is(err, mqttx.ErrWouldDeadlock) {
			t.Errorf("request to oneself: %v", err)
		}
	}
}

// TestUse: what wraps a PUBLISH sees all of them, the outermost first, and may
// refuse, change the route, or end the connection.
func TestUse(t *testing.T) {
	calls := make(chan string, 20)
	wrap := func(name string) func(mqttx.PublishFunc) mqttx.PublishFunc {
		return func(next mqttx.PublishFunc) mqttx.PublishFunc {
			return func(ctx context.Context, c *mqttx.Conn, m *mqttx.Message) (mqttx.Route, error) {
				calls <- name + " " + c.ClientID() + " " + m.Topic
				if m.Topic == "stop at "+name {
					return mqttx.Route{}, mqttx.Refuse(mqttx.QuotaExceeded, "stopped at %s", name)
				}
				r, err := next(ctx, c, m)
				calls <- "after " + name
				return r, err
			}
		}
	}
	n := mqttxtest.Start(t, newServer(t, &hooks{}, mqttx.Options{Use: []func(mqttx.PublishFunc) mqttx.PublishFunc{wrap("one"), wrap("two")}}))
	c := n.Connect(mqttxtest.Options{ClientID: "c"})
	var r *mqttx.Refusal
	if err := c.Publish(wait(t), "stop at two", "", mqtt.QoS1); !errors.As(err, &r) || r.Code != mqttx.QuotaExceeded || r.Reason != "stopped at two" {
		t.Errorf("refused with %v", err)
	}
	if err := c.Publish(wait(t), "stop at one", "", mqtt.QoS1); !errors.As(err, &r) || r.Reason != "stopped at one" {
		t.Errorf("refused with %v", err)
	}
	publish(t, c, "x", "", mqtt.QoS1)
	for _, want := range []string{"one c stop at two", "two c stop at two", "after one", "one c stop at one", "one c x", "two c x", "after two", "after one"} {
		if got := <-calls; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestRetainToOneClient is an error that says so.
func TestRetainToOneClient(t *testing.T) {
	conns := make(chan *mqttx.Conn, 1)
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { conns <- c; return &hooks{} }, mqttx.Options{Logger: textLogger(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	mqttxtest.Start(t, srv).Connect(mqttxtest.Options{ClientID: "c"})
	for _, err := range []error{
		srv.Publish(wait(t), "a", nil, mqttx.To("c"), mqttx.Retain()), (<-conns).Publish(wait(t), "a", nil, mqttx.Retain()),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), `publish to client "c": a message to one client cannot be retained`) {
			t.Error(err)
		}
	}
}

func TestShutdownIsLogged(t *testing.T) {
	log := &lines{}
	srv := newServer(t, &hooks{}, mqttx.Options{Logger: textLogger(log)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.ListenAndServe(ctx, mqttx.TCP("127.0.0.1:0")) }()
	eventually(t, func() bool { return len(srv.Addrs()) > 0 })
	connectTCP(t, srv.Addrs()[0].String(), mqttxtest.Options{ClientID: "c"})
	connectTCP(t, srv.Addrs()[0].String(), mqttxtest.Options{ClientID: "d"})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	text := log.String()
	begin, end := strings.Index(text, `msg="shutting down" connections=2`), strings.Index(text, "msg=stopped took=")
	if begin < 0 || end < begin {
		t.Errorf("the log says\n%s", text)
	}
}
