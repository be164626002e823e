package mqttx_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hooks is a handler made of functions; what is nil lets everything pass and
// relays it.
type hooks struct {
	authenticate func(c *mqttx.Connect) error
	publish      func(ctx context.Context, m *mqttx.Message) (mqttx.Route, error)
	subscribe    func(s *mqttx.Subscription) (mqttx.QoS, error)
	connected    func() error
	disconnected func(reason error)
	info         func(v any) error
}

func (h *hooks) Authenticate(_ context.Context, c *mqttx.Connect) error {
	if h.authenticate == nil {
		return nil
	}
	return h.authenticate(c)
}

func (h *hooks) Publish(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
	if h.publish == nil {
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}
	return h.publish(ctx, m)
}

func (h *hooks) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	if h.subscribe == nil {
		return s.QoS, nil
	}
	return h.subscribe(s)
}

func (h *hooks) Connected(context.Context) error {
	if h.connected == nil {
		return nil
	}
	return h.connected()
}

func (h *hooks) Disconnected(_ context.Context, reason error) {
	if h.disconnected != nil {
		h.disconnected(reason)
	}
}

func (h *hooks) HandleInfo(_ context.Context, v any) error {
	if h.info == nil {
		return nil
	}
	return h.info(v)
}

// newServer returns a server whose connections all have the handler h.
func newServer(t testing.TB, h *hooks, o mqttx.Options) *mqttx.Server {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h }, o)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// start serves an open server, or that of h, in memory.
func start(t testing.TB, h *hooks) *mqttxtest.Net {
	t.Helper()
	if h == nil {
		h = &hooks{}
	}
	return mqttxtest.Start(t, newServer(t, h, mqttx.Options{}))
}

// wait bounds what a test waits for. No test depends on its length.
func wait(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func subscribe(t testing.TB, c *mqttxtest.Client, filter string, qos mqtt.QoS) {
	t.Helper()
	if got, err := c.Subscribe(wait(t), filter, qos); err != nil || got != qos {
		t.Fatalf("subscribe to %s: granted %v, %v", filter, got, err)
	}
}

func publish(t testing.TB, c *mqttxtest.Client, name, payload string, qos mqtt.QoS) {
	t.Helper()
	if err := c.Publish(wait(t), name, payload, qos); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, c *mqttxtest.Client, name, payload string) mqtt.Message {
	t.Helper()
	m, err := c.Receive(wait(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Topic != name || string(m.Raw) != payload {
		t.Fatalf("received %s %.40q, want %s %.40q", m.Topic, m.Raw, name, payload)
	}
	return m
}

// nothing checks that nothing has arrived: the PINGRESP comes after all that
// the server had queued for the client before.
func nothing(t testing.TB, c *mqttxtest.Client) {
	t.Helper()
	if err := c.Ping(wait(t)); err != nil {
		t.Fatal(err)
	}
	if m, ok := pending(c); ok {
		t.Fatalf("received %s %.40q, want nothing", m.Topic, m.Raw)
	}
}

// pending returns a message that has arrived already, if there is one.
func pending(c *mqttxtest.Client) (mqtt.Message, bool) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	m, err := c.Receive(done)
	return m, err == nil
}

// eventually waits until condition holds.
func eventually(t testing.TB, condition func() bool) {
	t.Helper()
	for ctx := wait(t); !condition(); time.Sleep(time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("it never came true")
		}
	}
}

// versions are those that every behaviour is tested in.
var versions = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}

// lines collects log records as text. Safe for use by many goroutines.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
