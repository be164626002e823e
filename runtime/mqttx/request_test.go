package mqttx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// answering is a handler that gives answers to requests.
type answering struct {
	*hooks
	conn *mqttx.Conn
	late chan string // what answered nothing
}

func (h *answering) Publish(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
	if !h.conn.Answer(m) {
		h.late <- string(m.Raw)
	}
	return mqttx.Route{}, nil
}

// answerers serves connections that answer requests; conns has them by client identifier.
func answerers(t *testing.T) (srv *mqttx.Server, net *mqttxtest.Net, conns chan *mqttx.Conn, late chan string) {
	conns, late = make(chan *mqttx.Conn, 10), make(chan string, 10)
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
		conns <- c
		return &answering{&hooks{}, c, late}
	}, mqttx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return srv, mqttxtest.Start(t, srv), conns, late
}

func TestRequest(t *testing.T) {
	srv, net, conns, late := answerers(t)
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	conn := <-conns
	subscribe(t, c, "ask", mqtt.QoS1)
	ctx := wait(t)
	request := func(ctx context.Context) (*mqttx.Message, error) {
		return srv.Request(ctx, "ask", []byte("?"), "answer")
	}
	for name, ask := range map[string]func(context.Context) (*mqttx.Message, error){
		"server": request,
		"to": func(ctx context.Context) (*mqttx.Message, error) {
			return srv.Request(ctx, "ask", nil, "answer", mqttx.To("c"))
		},
		"conn": func(ctx context.Context) (*mqttx.Message, error) { return conn.Request(ctx, "other", nil, "answer") },
	} {
		got := make(chan error, 1)
		go func() {
			m, err := ask(ctx)
			if err == nil && (string(m.Raw) != "!" || m.Topic != "answer") {
				err = errors.New(string(m.Raw))
			}
			got <- err
		}()
		m, err := c.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Respond(ctx, m, "!"); err != nil {
			t.Error(err)
		}
		if err := <-got; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Respond(ctx, m, "again"); err != nil {
			t.Error(err)
		}
		if text := <-late; text != "again" {
			t.Errorf("%s: late answer %q", name, text)
		}
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := request(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := srv.Request(ctx, "ask", nil, "a/+"); err == nil {
		t.Error("a filter is taken for a Response Topic")
	}
	if n := srv.Stats().Requests; n != 0 {
		t.Errorf("%d requests are left", n)
	}
}

// TestRequestAndShutdown: no request waits for a server that is gone.
func TestRequestAndShutdown(t *testing.T) {
	srv, net, _, _ := answerers(t)
	c := net.Connect(mqttxtest.Options{ClientID: "c"})
	subscribe(t, c, "ask", mqtt.QoS1)
	got := make(chan error, 1)
	go func() {
		_, err := srv.Request(context.Background(), "ask", nil, "answer")
		got <- err
	}()
	if _, err := c.Receive(wait(t)); err != nil {
		t.Fatal(err)
	}
	if err := srv.Shutdown(wait(t)); err != nil {
		t.Error(err)
	}
	if err := <-got; !errors.Is(err, mqttx.ErrServerClosed) {
		t.Error(err)
	}
}

func TestRequires(t *testing.T) {
	if err := mqttx.Requires(); err != nil {
		t.Error(err)
	}
	if err := mqttx.Requires("telepathy"); err == nil {
		t.Error("no error")
	}
	if err := mqttx.Requires("enhanced", "jwt", "rates", "scram-sha-256"); err != nil { // packages of older generators ask for it
		t.Error(err)
	}
}

func TestOptionsOr(t *testing.T) {
	defaults := mqttx.Options{Versions: []mqttx.Version{mqttx.V5}, MaxPacketSize: 1, ReceiveMaximum: 2, Queues: mqttx.Queues{Messages: 3}, MaxKeepAlive: 4, MaxSessionExpiry: 5, CloseOnRefusal: new(true)}
	if o := (mqttx.Options{}).Or(defaults); len(o.Versions) != 1 || o.MaxPacketSize != 1 || o.ReceiveMaximum != 2 || o.Queues.Messages != 3 || o.MaxKeepAlive != 4 || o.MaxSessionExpiry != 5 || !*o.CloseOnRefusal {
		t.Errorf("%+v", o)
	}
	own := mqttx.Options{Versions: []mqttx.Version{mqttx.V31, mqttx.V311}, MaxPacketSize: 9, ReceiveMaximum: 9, Queues: mqttx.Queues{Messages: 9}, MaxKeepAlive: -1, MaxSessionExpiry: -1, CloseOnRefusal: new(false)}
	if o := own.Or(defaults); len(o.Versions) != 2 || o.MaxPacketSize != 9 || o.ReceiveMaximum != 9 || o.Queues.Messages != 9 || o.MaxKeepAlive != -1 || o.MaxSessionExpiry != -1 || *o.CloseOnRefusal {
		t.Errorf("%+v", o)
	}
	if _, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, mqttx.Options{Use: []func(mqttx.PublishFunc) mqttx.PublishFunc{nil}}); err == nil {
		t.Error("a nil function in Use")
	}
}

func TestOptionsChecked(t *testing.T) {
	for want, o := range map[string]mqttx.Options{
		"option Capabilities.MaxQoS is 3; it must be between 1 and 2":                         {Capabilities: mqttx.Capabilities{MaxQoS: 3}},
		"option Capabilities.TopicAliases is 65536; it must be between":                       {Capabilities: mqttx.Capabilities{TopicAliases: 65536}},
		"option MaxKeepAlive is 500ms; it must be at least 1s, 0 for":                         {MaxKeepAlive: time.Second / 2},
		"options Queues.DropOldest and Queues.CloseSlow are both set; choose what becomes of": {Queues: mqttx.Queues{DropOldest: true, CloseSlow: true}},
	} {
		_, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return &hooks{} }, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	o := (mqttx.Options{}).Or(mqttx.Options{Capabilities: mqttx.Capabilities{NoRetain: true}})
	if !o.Capabilities.NoRetain {
		t.Error("capabilities are not taken over")
	}
}

func TestServerSend(t *testing.T) {
	got := make(chan any, 1)
	srv := newServer(t, &hooks{info: func(v any) error { got <- v; return nil }}, mqttx.Options{})
	net := mqttxtest.Start(t, srv)
	net.Connect(mqttxtest.Options{ClientID: "c"})
	if err := srv.Send("c", 7); err != nil || <-got != 7 {
		t.Error(err)
	}
	if err := srv.Send("d", 7); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Error(err)
	}
}

// asking is a handler that asks by itself.
type asking struct {
	*answering
	ask func(ctx context.Context)
}

func (h *asking) HandleInfo(ctx context.Context, _ any) error {
	h.ask(ctx)
	return nil
}

// TestRequestToAGroup: of a shared subscription a member gets a request who can
// answer it: who is there, speaks 5.0 and does not wait for the answer itself.
func TestRequestToAGroup(t *testing.T) {
	var srv *mqttx.Server
	results := make(chan error, 1)
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler {
		return &asking{&answering{&hooks{}, c, make(chan string, 100)}, func(ctx context.Context) {
			_, err := srv.Request(ctx, "ask", nil, "answer")
			results <- err
		}}
	}, mqttx.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	net := mqttxtest.Start(t, srv)
	asker := net.Connect(mqttxtest.Options{ClientID: "asker"})
	subscribe(t, asker, "$share/g/ask", mqtt.QoS1)
	subscribe(t, net.Connect(mqttxtest.Options{ClientID: "old", Version: mqtt.V311}), "$share/g/ask", mqtt.QoS1)
	if err := srv.Send("asker", 1); err != nil {
		t.Fatal(err)
	}
	if err := <-results; !errors.Is(err, mqttx.ErrWouldDeadlock) {
		t.Errorf("nobody else can answer: %v", err)
	}
	able := net.Connect(mqttxtest.Options{ClientID: "able"})
	subscribe(t, able, "$share/g/ask", mqtt.QoS1)
	for range 6 {
		if err := srv.Send("asker", 1); err != nil {
			t.Fatal(err)
		}
		m, err := able.Receive(wait(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := able.Respond(wait(t), m, "!"); err != nil {
			t.Fatal(err)
		}
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// TestPublishAboveMaxQoS: what the server does not offer it does not send.
func TestPublishAboveMaxQoS(t *testing.T) {
	srv := newServer(t, &hooks{}, mqttx.Options{Capabilities: mqttx.Capabilities{MaxQoS: 1}})
	const want = "QoS 2 is above the QoS 1 that this server offers, by its Options.Capabilities.MaxQoS"
	ctx := wait(t)
	_, asked := srv.Request(ctx, "a", nil, "b", mqttx.WithQoS(mqttx.QoS2))
	for _, err := range []error{asked, srv.Publish(ctx, "a", nil, mqttx.WithQoS(mqttx.QoS2)), srv.Publish(ctx, "a", nil, mqttx.To("c"), mqttx.WithQoS(mqttx.QoS2))} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := srv.Publish(ctx, "a", nil, mqttx.WithQoS(mqttx.QoS1)); err != nil {
		t.Error(err)
	}
}
