package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// handler notes what it is called with.
type handler struct {
	conn     *Conn
	calls    []string
	reading  ReadingMessage
	temps    float64
	err      error
	finished chan error
}

func (h *handler) AuthenticateDevice(_ context.Context, c *mqttx.Connect, user string, password []byte) error {
	if string(password) != "secret" {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong password")
	}
	h.calls = append(h.calls, "device "+user+" "+c.Identity.Method)
	return h.err
}

func (h *handler) AuthenticateLab(_ context.Context, c *mqttx.Connect) error {
	h.calls = append(h.calls, "lab "+c.Identity.Method)
	return h.err
}

func (h *handler) HandleReading(_ context.Context, m *ReadingMessage) error {
	h.temps += m.Payload.Temperature
	h.reading = *m
	return h.err
}

func (h *handler) HandleLogs(_ context.Context, m *LogsMessage) error {
	h.calls = append(h.calls, "logs "+m.Topic.Path+" "+string(m.Raw))
	return h.err
}

func (h *handler) HandleStatus(ctx context.Context, m *StatusMessage) error {
	h.calls = append(h.calls, "status")
	if h.conn == nil {
		return h.err
	}
	return h.conn.PublishCommand(ctx, CommandTopic{"acme", "t-17"}, Command{Name: "go"})
}

func (h *handler) Connected(context.Context) error {
	h.calls = append(h.calls, "connected")
	return nil
}

func (h *handler) Disconnected(_ context.Context, reason error) { h.finished <- reason }

func (h *handler) HandleInfo(_ context.Context, v any) error {
	h.calls = append(h.calls, v.(string))
	return nil
}

func code(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

// device is the connection of device t-17 of acme.
func device(t *testing.T, h *handler) *connection {
	t.Helper()
	c := &connection{handler: h}
	in := &mqttx.Connect{ClientID: "t-17", HasUserName: true, UserName: "acme", Password: []byte("secret")}
	if err := c.Authenticate(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if in.Identity != (mqttx.Identity{Method: "device", User: "acme"}) {
		t.Errorf("identity %v", in.Identity)
	}
	return c
}

func lab(t *testing.T, h *handler) *connection {
	t.Helper()
	c := &connection{handler: h}
	if err := c.Authenticate(t.Context(), &mqttx.Connect{ClientID: "+"}); err != nil { // nothing of lab is bound
		t.Fatal(err)
	}
	return c
}

func TestAuthenticate(t *testing.T) {
	for _, tt := range []struct {
		in   mqttx.Connect
		want mqtt.ReasonCode
	}{
		{mqttx.Connect{ClientID: "t-17", HasUserName: true, UserName: "acme", Password: []byte("wrong")}, mqtt.BadUserNameOrPassword},
		{mqttx.Connect{ClientID: "+", HasUserName: true, UserName: "acme", Password: []byte("secret")}, mqtt.ClientIdentifierNotValid},
		{mqttx.Connect{ClientID: "a/b", HasUserName: true, UserName: "acme", Password: []byte("secret")}, mqtt.ClientIdentifierNotValid},
		{mqttx.Connect{ClientID: "a", HasUserName: true, UserName: "", Password: []byte("secret")}, mqtt.BadUserNameOrPassword},
		{mqttx.Connect{ClientID: "a", HasUserName: true, UserName: "#", Password: []byte("secret")}, mqtt.BadUserNameOrPassword},
	} {
		c := &connection{handler: &handler{}}
		if got := code(c.Authenticate(t.Context(), &tt.in)); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestPublish(t *testing.T) {
	for _, tt := range []struct {
		who     func(*testing.T, *handler) *connection
		name    string
		payload string
		retain  bool
		want    mqtt.ReasonCode
		route   mqttx.Route
	}{
		{device, "fleet/acme/t-17/reading", readingDocument, false, 0, mqttx.Route{Relay: true, MaxQoS: 1, Topic: 1}},
		{lab, "fleet/any/other/reading", readingDocument, false, 0, mqttx.Route{Relay: true, MaxQoS: 1, Topic: 1}},
		{device, "fleet/acme/t-18/reading", readingDocument, false, mqtt.NotAuthorized, mqttx.Route{}},
		{device, "fleet/other/t-17/reading", readingDocument, false, mqtt.NotAuthorized, mqttx.Route{}},
		{device, "fleet/acme/t-17/reading", readingDocument, true, mqtt.NotAuthorized, mqttx.Route{}},
		{device, "fleet/acme/t-17/reading", `{"temperature":999}`, false, mqtt.PayloadFormatInvalid, mqttx.Route{}},
		{lab, "fleet/ACME/t-17/reading", readingDocument, false, mqtt.TopicNameInvalid, mqttx.Route{}},
		{device, "fleet/acme/t-17/command", "{}", false, mqtt.NotAuthorized, mqttx.Route{}},
		{device, "fleet/acme/t-17/other", "{}", false, mqtt.TopicNameInvalid, mqttx.Route{}},
		{device, "fleet/acme/t-17/log/a/b", "\xff", false, 0, mqttx.Route{Topic: 3}},
		{device, "fleet/acme/t-17/log/a//b", "", false, mqtt.TopicNameInvalid, mqttx.Route{}},
		{device, "fleet/acme/t-17/log", "", false, mqtt.TopicNameInvalid, mqttx.Route{}},
		{lab, "fleet/acme/t-17/log/a", "", false, mqtt.NotAuthorized, mqttx.Route{}},
		{lab, "status", `{"lat":1,"lon":1}`, true, 0, mqttx.Route{Topic: 4}},
		{lab, "status", "", true, 0, mqttx.Route{Topic: 4}},
		{lab, "status", "", false, mqtt.PayloadFormatInvalid, mqttx.Route{}},
		{lab, "", "", false, mqtt.TopicNameInvalid, mqttx.Route{}},
	} {
		h := &handler{}
		c := tt.who(t, h)
		route, err := c.Publish(t.Context(), &mqttx.Message{Topic: tt.name, Raw: []byte(tt.payload), Retain: tt.retain})
		if code(err) != tt.want || (err == nil) != (tt.want == 0) || err == nil && route != tt.route {
			t.Errorf("%s %s retain %v: %v, %v", tt.name, tt.payload, tt.retain, route, err)
		}
	}
}

// TestMessage looks at what a handler gets, and that it can keep the values of it.
func TestMessage(t *testing.T) {
	h := &handler{}
	c := device(t, h)
	raw := []byte(readingDocument)
	in := &mqttx.Message{Topic: "fleet/acme/t-17/reading", QoS: 1, PacketID: 7, Raw: raw}
	if _, err := c.Publish(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	got := h.reading
	if got.Topic != (ReadingTopic{"acme", "t-17"}) || got.Payload.Temperature != 25.5 || got.QoS != 1 || got.PacketID != 7 || &got.Raw[0] != &raw[0] {
		t.Errorf("message %+v", got)
	}
	if m := c.messages[0].typed.(*ReadingMessage); m.Raw != nil || m.Topic.Device != "" || m.Payload != (Reading{}) {
		t.Errorf("the connection keeps %+v", m)
	}
	h.err = errors.New("mine")
	if _, err := c.Publish(t.Context(), in); !errors.Is(err, h.err) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Publish(t.Context(), &mqttx.Message{Topic: "fleet/acme/t-17/log/x"}); !errors.Is(err, h.err) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Publish(t.Context(), in); !errors.Is(err, h.err) || len(c.messages) != 2 {
		t.Errorf("error %v, %d messages", err, len(c.messages))
	}
}

func TestSubscribe(t *testing.T) {
	for _, tt := range []struct {
		who    func(*testing.T, *handler) *connection
		filter string
		qos    mqttx.QoS
		ok     bool
	}{
		{device, "fleet/+/t-17/command", 1, true},
		{device, "fleet/acme/t-17/command", 1, true},
		{device, "fleet/+/t-18/command", 0, false},
		{device, "fleet/+/+/command", 0, false},
		{device, "fleet/#", 0, false},
		{device, "fleet/acme/t-17/#", 0, false},
		{device, "status", 2, true},
		{device, "nothing", 0, false},
		{lab, "fleet/+/+/reading", 1, true},
		{lab, "fleet/+/+/command", 0, false},
		{lab, "#", 0, false},
	} {
		qos, err := tt.who(t, &handler{}).Subscribe(t.Context(), &mqttx.Subscription{Filter: tt.filter, QoS: 2})
		if qos != tt.qos || (err == nil) != tt.ok || err != nil && code(err) != mqtt.NotAuthorized {
			t.Errorf("%s: QoS %d, %v", tt.filter, qos, err)
		}
	}
}

func TestTopics(t *testing.T) {
	name := "fleet/acme/t-17/reading"
	got, err := ParseReadingTopic(name)
	if err != nil || got != (ReadingTopic{"acme", "t-17"}) || got.String() != name {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ParseReadingTopic("fleet/acme/t-17/command"); err == nil || err.Error() != `"fleet/acme/t-17/command" is not a name of fleet/{tenant}/{device}/reading` {
		t.Error(err)
	}
	if _, err := ParseReadingTopic("fleet/a b/t-17/reading"); err == nil || err.Error() != `tenant: "a b" does not match ^[a-z0-9-]+$` {
		t.Error(err)
	}
	if _, err := ParseCommandTopic("fleet/+/t-17/command"); err == nil {
		t.Error("a filter is taken for a name")
	}
	if got, err := ParseStatusTopic("status"); err != nil || got.String() != "status" {
		t.Error(err)
	}
	if CommandTopic(got) != (CommandTopic{"acme", "t-17"}) {
		t.Error("topics of the same parameters do not convert")
	}
}

// TestPublishAllocations: a message of QoS 0 comes in without an allocation.
func TestPublishAllocations(t *testing.T) {
	h := &handler{}
	c := device(t, h)
	in := &mqttx.Message{Topic: "fleet/acme/t-17/reading", Raw: []byte(readingDocument)}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Publish(ctx, in); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestServer has a client talk to a server.
func TestServer(t *testing.T) {
	h := &handler{finished: make(chan error, 1)}
	srv, err := NewServer(func(c *Conn) Handler {
		h.conn = c
		return h
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := mqttxtest.Start(t, srv).Connect(mqttxtest.Options{Version: mqtt.V5, ClientID: "t-17", UserName: "acme", Password: "secret"})
	if qos, err := client.Subscribe(ctx, "fleet/acme/t-17/command", 2); err != nil || qos != 1 {
		t.Fatal(qos, err)
	}
	if err := client.Publish(ctx, "status", `{"lat":1,"lon":2}`, 1); err != nil { // answered with a command
		t.Fatal(err)
	}
	if err := srv.PublishCommand(ctx, CommandTopic{"acme", "t-17"}, Command{Name: "now"}, mqttx.WithQoS(0)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		name string
		qos  mqtt.QoS
	}{{"go", 1}, {"now", 0}} {
		m, err := client.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var v Command
		if err := v.DecodePayload(m.Raw); err != nil || m.Topic != "fleet/acme/t-17/command" || v.Name != want.name || m.QoS != want.qos {
			t.Errorf("received %s %s QoS %d, %v, want %v", m.Topic, m.Raw, m.QoS, err, want)
		}
	}
	if err := client.Publish(ctx, "fleet/acme/t-17/reading", `{"temperature":126}`, 1); err == nil {
		t.Error("a payload that does not fit is accepted")
	}
	if err := h.conn.Send("hello"); err != nil {
		t.Error(err)
	}
	if err := client.Ping(ctx); err != nil {
		t.Error(err)
	}
	client.Close()
	<-h.finished
	if h.conn.Server() != srv || len(h.calls) != 4 || h.calls[0] != "device acme device" || h.calls[1] != "connected" || h.calls[3] != "hello" {
		t.Errorf("calls %q", h.calls)
	}
}

func TestServerRefuses(t *testing.T) {
	srv, err := NewServer(func(*Conn) Handler { return &handler{} }, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for want, err := range map[string]error{
		`publish: "fleet/a/b/c/command" is not a name of fleet/{tenant}/{device}/command`: srv.PublishCommand(ctx, CommandTopic{"a/b", "c"}, Command{Name: "x"}),
		`publish: "fleet//c/command" is not a name of fleet/{tenant}/{device}/command`:    srv.PublishCommand(ctx, CommandTopic{"", "c"}, Command{Name: "x"}),
		`publish: "fleet/+/c/command" is not a name of fleet/{tenant}/{device}/command`:   srv.PublishCommand(ctx, CommandTopic{"+", "c"}, Command{Name: "x"}),
		`publish to "fleet/a/c/command": name: "" is shorter than 1 character`:            srv.PublishCommand(ctx, CommandTopic{"a", "c"}, Command{}),
		`publish: tenant: "A" does not match ^[a-z0-9-]+$`:                                srv.PublishReading(ctx, ReadingTopic{"A", "c"}, Reading{}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := NewServer(nil, Options{}); err == nil {
		t.Error("newHandler may not be nil")
	}
	if err := srv.PublishStatus(ctx, StatusTopic{}, []byte("raw")); err != nil {
		t.Error(err)
	}
}

func BenchmarkRoute(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var p params
		if route("fleet/acme/t-17/reading", &p) != topicReading {
			b.Fatal("wrong topic")
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	c := &connection{handler: &handler{}}
	if err := c.Authenticate(b.Context(), &mqttx.Connect{}); err != nil {
		b.Fatal(err)
	}
	in := &mqttx.Message{Topic: "fleet/acme/t-17/reading", Raw: []byte(readingDocument)}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Publish(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCheckWill: what Publish would refuse is refused when the client connects, and no method is called for it.
func TestCheckWill(t *testing.T) {
	h := &handler{err: errors.New("not to be asked")}
	c := device(t, &handler{})
	c.handler = h
	for _, tt := range []struct {
		topic, payload string
		retain         bool
		want           mqtt.ReasonCode
	}{
		{"fleet/acme/t-17/reading", `{"temperature":21,"humidity":60,"battery":80}`, false, 0},
		{"fleet/acme/t-17/reading", `{"temperature":"hot"}`, false, mqtt.PayloadFormatInvalid},
		{"fleet/acme/t-18/reading", `{"temperature":21,"humidity":60,"battery":80}`, false, mqtt.NotAuthorized},
		{"fleet/acme/t-17/reading", `{"temperature":21,"humidity":60,"battery":80}`, true, mqtt.NotAuthorized},
		{"fleet/acme/t-17/log/a/b", "free text", false, 0},
		{"status", "", true, 0},
		{"nothing/of/this/spec", "", false, mqtt.TopicNameInvalid},
	} {
		err := c.CheckWill(t.Context(), &mqttx.Message{Topic: tt.topic, Raw: []byte(tt.payload), Retain: tt.retain, Will: true})
		if code(err) != tt.want || tt.want == 0 && err != nil {
			t.Errorf("will to %s %q: %v, want %v", tt.topic, tt.payload, err, tt.want)
		}
	}
	if len(h.calls) > 0 || h.temps != 0 {
		t.Errorf("called %v", h.calls)
	}
	if _, err := c.Publish(t.Context(), &mqttx.Message{Topic: "fleet/acme/t-17/log/a", Will: true}); !errors.Is(err, h.err) || len(h.calls) != 1 {
		t.Errorf("the will itself: %v, called %v", err, h.calls)
	}
}
