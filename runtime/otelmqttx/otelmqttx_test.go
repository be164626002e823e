package otelmqttx_test

import (
	"context"
	"log/slog"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/otelmqttx"
)

// handler answers what comes to "ask" by a message to "answer".
type handler struct{ c *mqttx.Conn }

func (handler) Authenticate(context.Context, *mqttx.Connect) error { return nil }
func (h handler) Publish(ctx context.Context, m *mqttx.Message) (mqttx.Route, error) {
	switch m.Topic {
	case "refused":
		return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "no")
	case "panic":
		panic("handler")
	}
	return mqttx.Route{}, h.c.Server().Publish(ctx, "answer", []byte("x"))
}
func (handler) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}

func start(t *testing.T, o otelmqttx.Options) (*mqttxtest.Client, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	o.TracerProvider = sdk.NewTracerProvider(sdk.WithSyncer(spans))
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { return handler{c} },
		mqttx.Options{Logger: slog.New(slog.DiscardHandler), Trace: otelmqttx.Trace(o)})
	if err != nil {
		t.Fatal(err)
	}
	c := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{ClientID: "c"})
	if _, err := c.Subscribe(t.Context(), "answer", 0); err != nil {
		t.Fatal(err)
	}
	return c, spans
}

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
)

func message(name string, user ...mqtt.UserProperty) *mqtt.Message {
	return &mqtt.Message{Topic: name, QoS: 1, Raw: []byte("abc"), Properties: mqtt.Properties{User: user}}
}

var remote = []mqtt.UserProperty{{Key: "traceparent", Value: "00-" + traceID + "-" + spanID + "-01"}, {Key: "tracestate", Value: "a=b"}}

func property(m mqtt.Message, key string) string {
	for _, u := range m.Properties.User {
		if u.Key == key {
			return u.Value
		}
	}
	return ""
}

// TestTrace: the span of a message is a child of its publisher's, and what its
// handler publishes names it as the parent.
func TestTrace(t *testing.T) {
	c, spans := start(t, otelmqttx.Options{})
	if err := c.PublishMessage(t.Context(), message("ask", remote...)); err != nil {
		t.Fatal(err)
	}
	answer, err := c.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := spans.GetSpans()
	if len(all) != 1 {
		t.Fatalf("%d spans", len(all))
	}
	s := all[0]
	if s.Name != "process" || s.SpanContext.TraceID().String() != traceID || s.Parent.SpanID().String() != spanID || !s.Parent.IsRemote() {
		t.Errorf("%+v", s)
	}
	if got, want := property(answer, "traceparent"), "00-"+traceID+"-"+s.SpanContext.SpanID().String()+"-01"; got != want {
		t.Errorf("traceparent of the answer is %q, want %q", got, want)
	}
	if got := property(answer, "tracestate"); got != "a=b" {
		t.Errorf("tracestate of the answer is %q", got)
	}
	attributes := map[string]string{}
	for _, a := range s.Attributes {
		attributes[string(a.Key)] = a.Value.Emit()
	}
	for key, want := range map[string]string{"messaging.system": "mqtt", "messaging.destination.name": "ask", "messaging.client.id": "c", "messaging.message.body.size": "3"} {
		if attributes[key] != want {
			t.Errorf("%s is %q, want %q", key, attributes[key], want)
		}
	}
}

// TestEnds: each span ends and says what went wrong, also without a trace of the
// client, with one that is malformed, and where the handler panics.
func TestEnds(t *testing.T) {
	c, spans := start(t, otelmqttx.Options{Name: func(m *mqttx.Message) string { return m.Topic }})
	if err := c.PublishMessage(t.Context(), message("refused", mqtt.UserProperty{Key: "traceparent", Value: "nonsense"})); err == nil {
		t.Error("accepted")
	}
	_ = c.PublishMessage(t.Context(), message("panic"))
	<-c.Done()
	all := spans.GetSpans()
	if len(all) != 2 || all[0].Name != "refused" || all[1].Name != "panic" {
		t.Fatalf("%+v", all)
	}
	for _, s := range all {
		if s.Status.Code != codes.Error || s.Status.Description == "" || s.Parent.IsValid() || !s.SpanContext.IsValid() {
			t.Errorf("%+v", s)
		}
	}
}

// TestDistrust: the trace of a client is a link, and the span begins one of its
// own.
func TestDistrust(t *testing.T) {
	c, spans := start(t, otelmqttx.Options{Distrust: true})
	if err := c.PublishMessage(t.Context(), message("ask", remote...)); err != nil {
		t.Fatal(err)
	}
	s := spans.GetSpans()[0]
	if s.Parent.IsValid() || s.SpanContext.TraceID().String() == traceID || len(s.Links) != 1 || s.Links[0].SpanContext.TraceID().String() != traceID {
		t.Errorf("%+v", s)
	}
}
