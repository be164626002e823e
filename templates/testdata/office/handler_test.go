package office

import (
	"context"
	"errors"
	"fmt"
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

// bare has the methods that every Handler must have, and notes what they are called with.
type bare struct {
	conn *Conn
	log  *journal
}

// journal is what handlers were called with, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) note(format string, args ...any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
	return nil
}

// take returns what was noted and forgets it.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

func (h *bare) AuthenticateStaff(_ context.Context, _ *mqttx.Connect, _ string, password []byte) error {
	if string(password) != "secret" {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong password")
	}
	return nil
}
func (h *bare) AuthenticateKiosk(context.Context, *mqttx.Connect) error { return nil }
func (h *bare) HandleOrderDone(_ context.Context, m *OrderDoneMessage) error {
	return h.log.note("order_done %s %v", m.Topic.Desk, m.Payload.OK)
}
func (h *bare) HandlePong(_ context.Context, m *PongMessage) error {
	return h.log.note("pong %s %s", m.Topic.Desk, m.Raw)
}
func (h *bare) HandleNewsNote(_ context.Context, m *NewsNoteMessage) error {
	return h.log.note("news note %s", m.Payload.Text)
}
func (h *bare) HandleNewsAlarm(_ context.Context, m *NewsAlarmMessage) error {
	return h.log.note("news alarm %d", m.Payload.Level)
}
func (h *bare) HandleLogNote(_ context.Context, m *LogNoteMessage) error {
	return h.log.note("log note %s", m.Payload.Text)
}
func (h *bare) HandleLogAlarm(_ context.Context, m *LogAlarmMessage) error {
	return h.log.note("log alarm %d", m.Payload.Level)
}
func (h *bare) HandleTold(_ context.Context, m *ToldMessage) error {
	return h.log.note("told %s", m.Payload.Text)
}
func (h *bare) HandleMailNote(_ context.Context, m *MailNoteMessage) error {
	return h.log.note("mail note %s", m.Payload.Text)
}
func (h *bare) HandleMailAlarm(_ context.Context, m *MailAlarmMessage) error {
	return h.log.note("mail alarm %d", m.Payload.Level)
}
func (h *bare) HandleItem(ctx context.Context, m *ItemMessage) error {
	switch m.Topic.Path {
	case "request": // to the own client: there is nobody else
		_, err := h.conn.RequestOrder(ctx, OrderTopic{h.conn.ClientID()}, Order{Item: "x"})
		return h.log.note("%v", errors.Is(err, mqttx.ErrWouldDeadlock))
	case "request/server":
		_, err := h.conn.Server().RequestOrder(ctx, OrderTopic{h.conn.ClientID()}, Order{Item: "x"})
		return h.log.note("%v", errors.Is(err, mqttx.ErrWouldDeadlock))
	}
	return h.log.note("item %s %s", m.Topic.ID, m.Topic.Path)
}
func (h *bare) OnDoorOpened(_ context.Context, e *DoorOpened) error {
	return h.log.note("door %s", e.Door)
}
func (h *bare) OnReorder(_ context.Context, e *Order) error { return h.log.note("reorder %s", e.Item) }

// full has the optional methods too.
type full struct{ bare }

func (h *full) Connected(context.Context) error { return h.log.note("connected") }
func (h *full) Unsubscribed(_ context.Context, filter string) {
	_ = h.log.note("unsubscribed %s", filter)
}
func (h *full) Acknowledged(_ context.Context, d mqttx.Delivery) {
	_ = h.log.note("acknowledged %s %v %v", d.Topic, d.QoS, d.Code)
}
func (h *full) ClearedNews(_ context.Context, t NewsTopic) error {
	return h.log.note("cleared %s", t.Room)
}
func (h *full) ClearedItem(_ context.Context, t ItemTopic) error {
	if t.Path == "locked" {
		return mqttx.Refuse(mqttx.QuotaExceeded, "locked")
	}
	return h.log.note("cleared item %s", t.Path)
}
func (h *full) SubscribeNews(_ context.Context, s *NewsSubscription) (mqttx.QoS, error) {
	_ = h.log.note("subscribe news %s %v %+v", s.Filter, s.QoS, s.Room)
	if s.Room.Value == "secret" {
		return 0, mqttx.Refuse(mqttx.NotAuthorized, "secret")
	}
	return s.QoS, nil
}
func (h *full) SubscribeItem(_ context.Context, s *ItemSubscription) (mqttx.QoS, error) {
	_ = h.log.note("subscribe item %s %v %+v %+v", s.Filter, s.QoS, s.ID, s.Path)
	return 0, nil
}
func (h *full) SubscribeFilter(_ context.Context, s *FilterSubscription) (mqttx.QoS, error) {
	return s.QoS, h.log.note("subscribe filter %v %+v %+v", s.QoS, s.FilterParam, s.QoSParam)
}
func (h *full) HandleInfo(_ context.Context, v any) error { return h.log.note("info %v", v) }

// office is a server with one journal for all connections.
type office struct {
	*Server
	*journal
	net *mqttxtest.Net
}

func open(t *testing.T, complete bool, o Options) *office {
	t.Helper()
	f := &office{journal: &journal{}}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	srv, err := NewServer(func(c *Conn) Handler {
		b := bare{c, f.journal}
		if complete {
			return &full{b}
		}
		return &b
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	f.Server, f.net = srv, mqttxtest.Start(t, srv)
	return f
}

// staff connects a member of the staff whose user name and client identifier are id.
func (f *office) staff(version mqtt.Version, id string) *mqttxtest.Client {
	return f.net.Connect(mqttxtest.Options{Version: version, ClientID: id, UserName: id, Password: "secret"})
}

func (f *office) kiosk(version mqtt.Version) *mqttxtest.Client {
	return f.net.Connect(mqttxtest.Options{Version: version, ClientID: "kiosk"})
}

// wait bounds what a test waits for. No test depends on its length.
func wait(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func code(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

// both runs a test in MQTT 3.1.1 and 5.0.
func both(t *testing.T, test func(t *testing.T, v mqtt.Version)) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		t.Run(v.String(), func(t *testing.T) { test(t, v) })
	}
}
