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
		`msg="connection refused" client=c addr=pipe method=operator user=ann version=5.0 reason="Bad User Name or Password: wrong password"`,
		`msg="connection refused" client=d addr=pipe method=GS2-KRB5 user="" version=5.0 reason="Bad authentication method: there is no Authentication Method \"GS2-KRB5\" here"`,
	}
	eventually(t, func() bool {
		return !slices.ContainsFunc(want, func(line string) bool { return !strings.Contains(log.String(), line) })
	})
}
