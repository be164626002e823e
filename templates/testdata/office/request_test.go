package office

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

type answer struct {
	m   *OrderDoneMessage
	err error
}

// ask sends an order to desk d1, on a goroutine.
func (f *office) ask(ctx context.Context, opts ...mqttx.PublishOption) <-chan answer {
	ch := make(chan answer, 1)
	go func() {
		m, err := f.RequestOrder(ctx, OrderTopic{"d1"}, Order{Item: "tea"}, opts...)
		ch <- answer{m, err}
	}()
	return ch
}

func (f *office) desk(t *testing.T, v mqtt.Version, id string) *mqttxtest.Client {
	t.Helper()
	c := f.staff(v, id)
	if _, err := c.Subscribe(wait(t), "desk/"+id+"/order", 1); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequest(t *testing.T) {
	f := open(t, false, Options{})
	d1 := f.desk(t, mqtt.V5, "d1")
	ctx := wait(t)
	got := f.ask(ctx)
	m := must(d1.Receive(ctx))(t)
	if m.Properties.ResponseTopic != "desk/d1/order/done" || len(m.Properties.CorrelationData) != 16 || !m.Properties.HasMessageExpiry || m.QoS != 1 {
		t.Errorf("request %+v", m)
	}
	if err := d1.Respond(ctx, m, `{"ok":7}`); code(err) != mqtt.PayloadFormatInvalid { // no answer: it breaks the schema
		t.Error(err)
	}
	if err := d1.Respond(ctx, m, `{"ok":true}`); err != nil {
		t.Fatal(err)
	}
	a := <-got
	if a.err != nil || !a.m.Payload.OK || a.m.Topic != (OrderDoneTopic{"d1"}) || a.m.QoS != 1 {
		t.Fatalf("%+v, %v", a.m, a.err)
	}
	if lines := f.take(); len(lines) != 0 {
		t.Errorf("the handler was called too: %q", lines)
	}
	if err := d1.Respond(ctx, m, `{"ok":false}`); err != nil { // the second answer is a message like any other
		t.Fatal(err)
	}
	if lines := f.take(); len(lines) != 1 || lines[0] != "order_done d1 false" {
		t.Errorf("%q", lines)
	}
	// The answer is the caller's: what comes later does not change it.
	if string(a.m.Raw) != `{"ok":true}` || string(a.m.Properties.CorrelationData) != string(m.Properties.CorrelationData) {
		t.Errorf("the answer became %s", a.m.Raw)
	}
}

// TestRequestByConn: only the client that was asked may answer.
func TestRequestWrongClient(t *testing.T) {
	f := open(t, false, Options{})
	d1, other := f.desk(t, mqtt.V5, "d1"), f.desk(t, mqtt.V5, "d2")
	ctx, cancel := context.WithCancel(wait(t))
	defer cancel()
	got := f.ask(ctx, mqttx.To("d1"))
	m := must(d1.Receive(ctx))(t)
	if err := other.Respond(ctx, m, `{"ok":true}`); code(err) != mqtt.NotAuthorized { // the topic is bound to d1
		t.Error(err)
	}
	wrong := m
	wrong.Properties.ResponseTopic = "desk/d2/order/done" // its own topic, the other's correlation data
	if err := other.Respond(ctx, wrong, `{"ok":true}`); err != nil {
		t.Error(err)
	}
	guess := m
	guess.Properties.CorrelationData = make([]byte, 16)
	if err := d1.Respond(ctx, guess, `{"ok":true}`); err != nil {
		t.Error(err)
	}
	if lines := f.take(); len(lines) != 2 {
		t.Errorf("handlers got %q", lines)
	}
	select {
	case a := <-got:
		t.Errorf("answered by %+v, %v", a.m, a.err)
	default:
	}
	d1.Close() // it will never answer
	if a := <-got; !errors.Is(a.err, mqttx.ErrNotConnected) {
		t.Error(a.err)
	}
}

func TestRequestEnds(t *testing.T) {
	f := open(t, false, Options{})
	ctx := wait(t)
	if _, err := f.RequestOrder(ctx, OrderTopic{"d1"}, Order{Item: "x"}); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Errorf("nobody is there: %v", err)
	}
	if _, err := f.RequestOrder(ctx, OrderTopic{"d1"}, Order{Item: "x"}, mqttx.To("d1")); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Errorf("d1 is not there: %v", err)
	}
	if _, err := f.RequestOrder(ctx, OrderTopic{"d/1"}, Order{Item: "x"}); err == nil {
		t.Error("a parameter holds a slash")
	}
	if _, err := f.RequestOrder(ctx, OrderTopic{"d1"}, Order{}); err == nil || err.Error() != `publish to "desk/d1/order": item: "" is shorter than 1 character` {
		t.Error(err)
	}
	d1 := f.desk(t, mqtt.V5, "d1")
	short, cancel := context.WithCancel(ctx)
	got := f.ask(short)
	m := must(d1.Receive(ctx))(t)
	cancel()
	if a := <-got; !errors.Is(a.err, context.Canceled) {
		t.Error(a.err)
	}
	if err := d1.Respond(ctx, m, `{"ok":true}`); err != nil { // too late
		t.Error(err)
	}
	if lines := f.take(); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
	old := f.desk(t, mqtt.V311, "d3")
	if _, err := f.RequestOrder(ctx, OrderTopic{"d3"}, Order{Item: "x"}); !errors.Is(err, mqttx.ErrNotSupported) {
		t.Errorf("3.1.1: %v", err)
	}
	if _, err := f.RequestOrder(ctx, OrderTopic{"d3"}, Order{Item: "x"}, mqttx.To("d3")); !errors.Is(err, mqttx.ErrNotSupported) {
		t.Errorf("3.1.1: %v", err)
	}
	old.Close()
	expired, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
	defer cancel()
	if _, err := f.RequestOrder(expired, OrderTopic{"d1"}, Order{Item: "x"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestRequestDeadlock(t *testing.T) {
	f := open(t, false, Options{})
	d1 := f.desk(t, mqtt.V5, "d1")
	for _, path := range []string{"request", "request/server"} {
		if err := d1.Publish(wait(t), "item/6ba7b810-9dad-11d1-80b4-00c04fd430c8/"+path, "", 1); err != nil {
			t.Fatal(err)
		}
		if lines := f.take(); len(lines) != 1 || lines[0] != "true" {
			t.Errorf("%s: %q", path, lines)
		}
	}
}

// TestRequestsAtOnce has many requests wait at the same time, and each gets its own answer.
func TestRequestsAtOnce(t *testing.T) {
	f := open(t, false, Options{})
	u := f.staff(mqtt.V5, "u")
	if _, err := u.Subscribe(wait(t), "ask/u", 0); err != nil {
		t.Fatal(err)
	}
	ctx := wait(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			text := string(rune('a' + i))
			m, err := f.RequestAsk(ctx, AskTopic{"u"}, []byte(text))
			if err != nil || m.Payload.Text != text || m.Topic.User != "u" {
				t.Errorf("%s: %+v, %v", text, m, err)
			}
		})
	}
	for range 20 {
		m := must(u.Receive(ctx))(t)
		if err := u.Respond(ctx, m, `{"kind":"note","text":"`+string(m.Raw)+`"}`); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
}

// TestRequestRaw: a choice may be asked, and raw bytes may answer.
func TestRequestRaw(t *testing.T) {
	f := open(t, false, Options{})
	d1 := f.staff(mqtt.V5, "d1")
	ctx := wait(t)
	if _, err := d1.Subscribe(ctx, "ping/d1", 2); err != nil {
		t.Fatal(err)
	}
	got := make(chan *PongMessage, 1)
	go func() {
		m, err := f.RequestPingAlarm(ctx, PingTopic{"d1"}, Alarm{Level: 3},
			mqttx.WithProperties(mqttx.Properties{User: []mqttx.UserProperty{{Key: "kind", Value: "n"}, {Key: "x", Value: "y"}}}))
		if err != nil {
			t.Error(err)
		}
		got <- m
	}()
	m := must(d1.Receive(ctx))(t)
	if u := m.Properties.User; len(u) != 2 || u[0] != (mqtt.UserProperty{Key: "x", Value: "y"}) || u[1] != (mqtt.UserProperty{Key: "kind", Value: "a"}) {
		t.Errorf("user properties %v", u)
	}
	if err := d1.Respond(ctx, m, "\xff"); err != nil {
		t.Fatal(err)
	}
	if m := <-got; m == nil || string(m.Raw) != "\xff" {
		t.Errorf("%+v", m)
	}
}
