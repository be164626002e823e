package mqttx_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// wire is a connection that tests write packets to, and read them from.
type wire struct {
	net.Conn
	t   testing.TB
	buf []byte
}

func rawDial(t testing.TB, n *mqttxtest.Net) *wire {
	nc := n.Dial()
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	return &wire{Conn: nc, t: t}
}

func (w *wire) say(packets ...[]byte) {
	w.t.Helper()
	if _, err := w.Write(bytes.Join(packets, nil)); err != nil {
		w.t.Fatal(err)
	}
}

// hear returns the next packet, which is of type t, as Decode wants it.
func (w *wire) hear(t packet.Type) (packet.Header, mqtt.Version, []byte) {
	w.t.Helper()
	for {
		h, ok, err := packet.ParseHeader(w.buf)
		if total := h.Size + h.Length; err == nil && ok && len(w.buf) >= total {
			body := w.buf[h.Size:total]
			w.buf = w.buf[total:]
			if h.Type != t {
				w.t.Fatalf("heard %v %x, want %v", h.Type, body, t)
			}
			return h, mqtt.V5, body
		}
		var more [4096]byte
		n, err := w.Read(more[:])
		w.buf = append(w.buf, more[:n]...)
		if err != nil && n == 0 {
			w.t.Fatal(err)
		}
	}
}

func (w *wire) connack() (p packet.Connack) {
	w.t.Helper()
	if err := p.Decode(w.hear(packet.TypeConnack)); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func fullConnect() *packet.Connect {
	p := &packet.Connect{Version: mqtt.V5, CleanStart: true, KeepAlive: 60, ClientID: []byte("c"),
		HasUserName: true, UserName: []byte("u"), HasPassword: true, Password: []byte("p"),
		HasWill: true, Will: packet.Will{Topic: []byte("w"), Payload: []byte("gone"), QoS: mqtt.QoS1, Retain: true, Delay: 30}}
	p.Will.Props.Raw = packet.AppendProperties(nil, &mqtt.Properties{
		PayloadFormatUTF8: true, ContentType: "text", ResponseTopic: "r", CorrelationData: []byte("id"), User: []mqtt.UserProperty{{Key: "w", Value: "1"}},
	})
	p.Will.Props.Expiry, p.Will.Props.HasExpiry = 90, true
	p.Props = packet.ConnectProps{SessionExpiry: 120, HasSessionExpiry: true, ReceiveMaximum: 7, MaximumPacketSize: 5000, TopicAliasMaximum: 3,
		RequestResponse: true, RequestProblem: false, User: packet.EncodeUserProperties([]mqtt.UserProperty{{Key: "a", Value: "1"}, {Key: "a", Value: "2"}})}
	return p
}

// TestAuthenticateSeesTheConnect: every property of CONNECT, those of the will,
// and the connection.
func TestAuthenticateSeesTheConnect(t *testing.T) {
	got := make(chan *mqttx.Connect, 1)
	n := start(t, &hooks{authenticate: func(c *mqttx.Connect) error { got <- c; return nil }})
	w := rawDial(t, n)
	w.say(fullConnect().Append(nil, mqtt.V5))
	w.connack()
	c := <-got
	if c.ReceiveMaximum != 7 || c.MaximumPacketSize != 5000 || c.TopicAliasMaximum != 3 || !c.RequestResponse || c.RequestProblem ||
		c.SessionExpiry != 2*time.Minute || c.KeepAlive != time.Minute || c.UserName != "u" || string(c.Password) != "p" || !c.CleanStart ||
		c.RemoteAddr == nil || c.TLS != nil || c.Version != mqttx.V5 || c.AssignedID || c.AuthMethod != "" || c.Known != nil ||
		!slices.Equal(c.User, []mqttx.UserProperty{{Key: "a", Value: "1"}, {Key: "a", Value: "2"}}) {
		t.Errorf("CONNECT is seen as %+v", c)
	}
	will := fmt.Sprintf("%+v %v", *c.Will, c.WillDelay)
	want := fmt.Sprintf("%+v %v", mqttx.Message{Topic: "w", QoS: 1, Retain: true, Will: true, Raw: []byte("gone"), Properties: mqttx.Properties{
		PayloadFormatUTF8: true, ContentType: "text", ResponseTopic: "r", CorrelationData: []byte("id"), HasMessageExpiry: true,
		MessageExpiry: 90 * time.Second, User: []mqttx.UserProperty{{Key: "w", Value: "1"}},
	}}, 30*time.Second)
	if will != want {
		t.Errorf("the will is seen as\n%s, want\n%s", will, want)
	}
	for _, v := range versions[:2] {
		n.Connect(mqttxtest.Options{ClientID: "old", Version: v})
		if c := <-got; c.ReceiveMaximum != 65_535 || !c.RequestProblem || c.RequestResponse || c.MaximumPacketSize != 0 {
			t.Errorf("%v: CONNECT is seen as %+v", v, c)
		}
	}
}

// stateful is a connection that says it is TLS.
type stateful struct{ net.Conn }

func (stateful) ConnectionState() tls.ConnectionState {
	return tls.ConnectionState{ServerName: "broker.example"}
}

func TestAuthenticateSeesTLS(t *testing.T) {
	got := make(chan *mqttx.Connect, 1)
	srv := newServer(t, &hooks{authenticate: func(c *mqttx.Connect) error { got <- c; return nil }}, mqttx.Options{})
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() { srv.ServeConn(stateful{server}); close(done) }()
	c, err := mqttxtest.NewClient(client, mqttxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if in := <-got; in.TLS == nil || in.TLS.ServerName != "broker.example" {
		t.Errorf("TLS is seen as %+v", in.TLS)
	}
	c.Close()
	<-done
	if err := srv.Shutdown(wait(t)); err != nil {
		t.Error(err)
	}
}

// TestAnswersInConnack: what Authenticate sets goes into the CONNACK; response
// information only where it is asked for [MQTT-3.1.2-28].
func TestAnswersInConnack(t *testing.T) {
	n := start(t, &hooks{authenticate: func(c *mqttx.Connect) error {
		c.ResponseInformation, c.Answer = "reply/"+c.ClientID, []mqttx.UserProperty{{Key: "node", Value: "7"}}
		return nil
	}})
	for _, asks := range []bool{true, false} {
		p := fullConnect()
		p.Props.RequestResponse, p.Props.RequestProblem = asks, true
		w := rawDial(t, n)
		w.say(p.Append(nil, mqtt.V5))
		ack := w.connack()
		if (ack.ResponseInformation == "reply/c") != asks || !slices.Equal(ack.User, []mqtt.UserProperty{{Key: "node", Value: "7"}}) {
			t.Errorf("asked %v: CONNACK says %+v", asks, ack)
		}
	}
}

// TestAnotherServer: Server Reference in CONNACK and DISCONNECT (section 4.11).
func TestAnotherServer(t *testing.T) {
	moved := mqttx.Refusal{Code: mqttx.ServerMoved, Reason: "to the new house", ServerReference: "new:1883", Properties: []mqttx.UserProperty{{Key: "k", Value: "v"}}}
	srv := newServer(t, &hooks{authenticate: func(c *mqttx.Connect) error {
		if c.ClientID == "refused" {
			return &moved
		}
		return nil
	}}, mqttx.Options{})
	n := mqttxtest.Start(t, srv)
	same := func(where string, err error) {
		t.Helper()
		var r *mqttx.Refusal
		if !errors.As(err, &r) || r.Code != moved.Code || r.Reason != moved.Reason || r.ServerReference != moved.ServerReference || !slices.Equal(r.Properties, moved.Properties) {
			t.Errorf("%s: %+v", where, err)
		}
	}
	_, err := n.TryConnect(mqttxtest.Options{ClientID: "refused"})
	same("CONNACK", err)
	c := n.Connect(mqttxtest.Options{ClientID: "c"})
	if err := srv.DisconnectWith("c", moved); err != nil {
		t.Error(err)
	}
	<-c.Done()
	same("DISCONNECT", c.Err())
	if err := srv.DisconnectWith("nobody", moved); !errors.Is(err, mqttx.ErrNotConnected) {
		t.Error(err)
	}
	old := n.Connect(mqttxtest.Options{ClientID: "old", Version: mqtt.V311})
	if err := srv.DisconnectWith("old", moved); err != nil {
		t.Error(err)
	}
	<-old.Done()
	if err := old.Err(); !errors.Is(err, io.EOF) {
		t.Errorf("a 3.1.1 client ends with %v", err)
	}
}

// TestAccessIsCheckedOnTheResolvedTopic: an alias in place of a topic name
// opens nothing (section 3.3.2.3.4).
func TestAccessIsCheckedOnTheResolvedTopic(t *testing.T) {
	n := start(t, &hooks{publish: func(_ context.Context, m *mqttx.Message) (mqttx.Route, error) {
		if m.Topic != "open" {
			return mqttx.Route{}, mqttx.Refuse(mqttx.NotAuthorized, "no access to %q", m.Topic)
		}
		return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
	}})
	sub := n.Connect(mqttxtest.Options{ClientID: "sub"})
	subscribe(t, sub, "#", mqtt.QoS0)
	w := rawDial(t, n)
	connect := packet.Connect{Version: mqtt.V5, CleanStart: true, ClientID: []byte("w")}
	connect.Props.RequestProblem = true
	w.say(connect.Append(nil, mqtt.V5))
	w.connack()
	for i, step := range []struct {
		name  string
		alias uint16
		want  mqtt.ReasonCode
	}{
		{"secret", 1, mqtt.NotAuthorized}, {"", 1, mqtt.NotAuthorized}, {"open", 2, 0}, {"", 2, 0},
		{"secret", 2, mqtt.NotAuthorized}, {"", 2, mqtt.NotAuthorized}, {"open", 1, 0}, {"", 1, 0},
	} {
		p := packet.Outgoing{QoS: mqtt.QoS1, PacketID: uint16(i + 1), Name: step.name, Alias: step.alias, Payload: []byte(fmt.Sprint(i))}
		w.say(packet.AppendPublish(nil, mqtt.V5, &p))
		var a packet.Ack
		if err := a.Decode(w.hear(packet.TypePuback)); err != nil || a.Code != step.want {
			t.Errorf("step %d: PUBACK says %v %q, want %v; %v", i, a.Code, a.Reason, step.want, err)
		}
		if step.want == 0 {
			receive(t, sub, "open", fmt.Sprint(i))
		}
	}
	nothing(t, sub)
}

// TestRefusalsOfConnectAreLogged with the method that refused.
func TestRefusalsOfConnectAreLogged(t *testing.T) {
	log := &lines{}
	n := mqttxtest.Start(t, newServer(t, &hooks{authenticate: func(c *mqttx.Connect) error {
		c.Identity = mqttx.Identity{Method: "operator", User: c.UserName}
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong password")
	}}, mqttx.Options{Logger: textLogger(log)}))
	if _, err := n.TryConnect(mqttxtest.Options{ClientID: "c", UserName: "ann"}); err == nil {
		t.Fatal("let in")
	}
	if _, err := n.TryConnect(mqttxtest.Options{ClientID: "d", AuthMethod: "GS2-KRB5"}); err == nil {
		t.Fatal("let in")
	}
	want := []string{
		`msg="connection refused" client=c addr=pipe method=operator user=ann reason="Bad User Name or Password: wrong password"`,
		`msg="connection refused" client=d addr=pipe method=GS2-KRB5 user="" reason="Bad authentication method: there is no Authentication Method \"GS2-KRB5\" here"`,
	}
	eventually(t, func() bool {
		return !slices.ContainsFunc(want, func(line string) bool { return !strings.Contains(log.String(), line) })
	})
}

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
		c := n.Connect(mqttxtest.Options{ClientID: "c", Version: v})
		subscribe(t, c, "a", mqtt.QoS2)
		for qos := mqtt.QoS0; qos <= mqtt.QoS2; qos++ {
			publish(t, c, "a", "x", qos)
			receive(t, c, "a", "x")
		}
		if err := c.Ping(wait(t)); err != nil {
			t.Fatal(err)
		}
		if err := c.Unsubscribe(wait(t), "a"); err != nil {
			t.Fatal(err)
		}
		if err := c.Unsubscribe(wait(t), "never"); err != nil && v != mqtt.V5 {
			t.Fatal(err)
		}
		if err := srv.Send("c", 7); err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(wait(t)); err != nil {
			t.Fatal(err)
		}
		if err := c.Disconnect(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"connected", "acknowledged a QoS 1 Success", "acknowledged a QoS 2 Success", "unsubscribed a", "info 7", "disconnected: the client disconnected",
		} {
			if got := <-h.calls; got != want {
				t.Errorf("%v: %s, want %s", v, got, want)
			}
		}
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

// doorman asks two questions before it lets a client in.
type doorman struct {
	hooks
	asked int
}

func (h *doorman) Exchange(_ context.Context, c *mqttx.Connect, data []byte) (mqttx.AuthStep, error) {
	if c.AuthMethod != "DOOR" {
		return mqttx.AuthStep{}, mqttx.Refuse(mqttx.BadAuthenticationMethod, "only DOOR here")
	}
	switch h.asked++; {
	case h.asked == 1:
		return mqttx.Continue([]byte("one?")), nil
	case h.asked == 2 && string(data) == "re: one?":
		return mqttx.Continue([]byte("two?")), nil
	case h.asked == 3 && string(data) == "re: two?":
		h.asked, c.Identity = 0, mqttx.Identity{Method: "door", User: c.ClientID}
		return mqttx.Done([]byte("come in")), nil
	}
	return mqttx.AuthStep{}, mqttx.Refuse(mqttx.NotAuthorized, "%q is no answer", data)
}

// TestExchange authenticates by AUTH packets, at CONNECT and again, through a
// Handler and with the client of package mqttxtest.
func TestExchange(t *testing.T) {
	conns := make(chan *mqttx.Conn, 10)
	srv, err := mqttx.NewServer(func(c *mqttx.Conn) mqttx.Handler { conns <- c; return &doorman{} }, mqttx.Options{Logger: textLogger(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	n := mqttxtest.Start(t, srv)
	o := mqttxtest.Options{ClientID: "c", AuthMethod: "DOOR", Answer: func(data []byte) []byte { return append([]byte("re: "), data...) }}
	c := n.Connect(o)
	if who := (<-conns).Identity(); string(c.AuthData) != "come in" || who != (mqttx.Identity{Method: "door", User: "c"}) {
		t.Errorf("%q, %+v", c.AuthData, who)
	}
	subscribe(t, c, "a", mqtt.QoS1)
	if data, err := c.Authenticate(wait(t), nil); err != nil || string(data) != "come in" {
		t.Errorf("%q, %v", data, err)
	}
	publish(t, c, "a", "still here", mqtt.QoS1)
	receive(t, c, "a", "still here")
	var r *mqttx.Refusal
	o.Answer = func([]byte) []byte { return nil }
	if _, err := n.TryConnect(o); !errors.As(err, &r) || r.Code != mqttx.NotAuthorized || r.Reason != `"" is no answer` {
		t.Error(err)
	}
	if _, err := n.TryConnect(mqttxtest.Options{AuthMethod: "WINDOW"}); !errors.As(err, &r) || r.Code != mqttx.BadAuthenticationMethod {
		t.Error(err)
	}
	if _, err := n.TryConnect(mqttxtest.Options{AuthMethod: "DOOR"}); err == nil || !strings.Contains(err.Error(), "Options.Answer is not set") {
		t.Error(err)
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
