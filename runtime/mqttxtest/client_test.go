package mqttxtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func wait(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// script is a server that answers each packet with bytes, nil ends it.
type script func(h packet.Header, body []byte) []byte

var (
	connack = []byte{0x20, 3, 0, 0, 0}
	bye     = []byte{0xE0, 1, 0x8B}
)

func (s script) ServeConn(nc net.Conn) {
	defer nc.Close()
	for r := (&reader{nc: nc}); ; {
		h, body, err := r.next()
		if err != nil {
			return
		}
		b := connack
		if h.Type != packet.TypeConnect {
			b = s(h, body)
		}
		if b == nil {
			return
		}
		if _, err := nc.Write(b); err != nil {
			return
		}
	}
}

func (s script) Shutdown(context.Context) error { return nil }

// echo answers requests as a server does, and sends back what is published.
func echo(h packet.Header, body []byte) []byte {
	ack := func(t packet.Type) []byte {
		return (&packet.Ack{Type: t, PacketID: uint16(body[0])<<8 | uint16(body[1])}).Append(nil, mqtt.V5)
	}
	switch h.Type {
	case packet.TypePublish:
		var p packet.Publish
		_ = p.Decode(h, mqtt.V5, body)
		back := p.Append(nil, mqtt.V5)
		switch a := (&packet.Ack{PacketID: p.PacketID}); p.QoS {
		case mqtt.QoS1:
			a.Type = packet.TypePuback
			back = a.Append(back, mqtt.V5)
		case mqtt.QoS2:
			a.Type = packet.TypePubrec
			back = a.Append(back, mqtt.V5)
		}
		return back
	case packet.TypePubrec:
		return ack(packet.TypePubrel)
	case packet.TypePubrel:
		return ack(packet.TypePubcomp)
	case packet.TypeSubscribe:
		return (&packet.Suback{PacketID: uint16(body[0])<<8 | uint16(body[1]), Codes: []mqtt.ReasonCode{mqtt.GrantedQoS1}}).Append(nil, mqtt.V5)
	case packet.TypeUnsubscribe:
		return (&packet.Unsuback{PacketID: uint16(body[0])<<8 | uint16(body[1]), Codes: []mqtt.ReasonCode{0}}).Append(nil, mqtt.V5)
	case packet.TypePingreq:
		return []byte{0xD0, 0}
	case packet.TypeDisconnect:
		return nil
	}
	return []byte{}
}

func TestClient(t *testing.T) {
	c := Start(t, script(echo)).Connect(Options{ClientID: "c"})
	ctx := wait(t)
	if qos, err := c.Subscribe(ctx, "a", mqtt.QoS2); qos != mqtt.QoS1 || err != nil {
		t.Errorf("granted %v, %v", qos, err)
	}
	for qos := mqtt.QoS0; qos <= mqtt.QoS2; qos++ {
		if err := c.Publish(ctx, "a", "x", qos); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Receive(ctx); err != nil || m.Topic != "a" || string(m.Raw) != "x" || m.QoS != qos {
			t.Errorf("received %+v, %v", m, err)
		}
	}
	if err := c.Unsubscribe(ctx, "a"); err != nil {
		t.Error(err)
	}
	if err := c.Disconnect(); err != nil {
		t.Error(err)
	}
	if _, err := c.Receive(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("receive after the end: %v", err)
	}
	if err := c.Ping(ctx); err == nil {
		t.Error("a PINGRESP after the end")
	}
}

// TestPingsAtOnce: PINGRESP has no packet identifier, and each Ping wants one.
func TestPingsAtOnce(t *testing.T) {
	held, enough := 0, 10
	c := Start(t, script(func(packet.Header, []byte) []byte {
		if held++; held < enough {
			return []byte{} // all are answered together
		}
		return []byte(strings.Repeat("\xD0\x00", enough))
	})).Connect(Options{})
	var all sync.WaitGroup
	for range enough {
		all.Go(func() {
			if err := c.Ping(wait(t)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// writing is a connection that calls a function for each write.
type writing struct {
	net.Conn
	write func()
}

func (w writing) Write(b []byte) (int, error) {
	w.write()
	return len(b), nil
}

// TestAnswerBeforeTheEnd: an answer that came counts, though the connection
// has ended since.
func TestAnswerBeforeTheEnd(t *testing.T) {
	for range 100 {
		c := &Client{done: make(chan struct{}), answers: map[answerKey][]chan answer{}, end: ErrClosed}
		c.nc = writing{write: func() { c.answered(answerKey{packet.TypePingresp, 0}, answer{}) }}
		close(c.done)
		if err := c.Ping(wait(t)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDisconnectOfTheServer(t *testing.T) {
	c := Start(t, script(func(packet.Header, []byte) []byte { return bye })).Connect(Options{})
	err := c.Ping(wait(t))
	var r *mqtt.Refusal
	if !errors.As(err, &r) || r.Code != mqtt.ServerShuttingDown || !errors.Is(err, ErrClosed) {
		t.Errorf("ended with %v", err)
	}
}

func TestHeldAcknowledgements(t *testing.T) {
	acks := make(chan packet.Type, 10)
	c := Start(t, script(func(h packet.Header, body []byte) []byte {
		if h.Type == packet.TypePuback || h.Type == packet.TypePubrec {
			acks <- h.Type
		}
		return echo(h, body)
	})).Connect(Options{HoldAcks: true})
	ctx := wait(t)
	for qos, want := range map[mqtt.QoS]packet.Type{mqtt.QoS1: packet.TypePuback, mqtt.QoS2: packet.TypePubrec} {
		if err := c.Publish(ctx, "a", "", qos); err != nil {
			t.Fatal(err)
		}
		m, err := c.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(ctx); err != nil || len(acks) > 0 {
			t.Errorf("acknowledged without being asked, %v", err)
		}
		if err := c.Acknowledge(m); err != nil {
			t.Fatal(err)
		}
		if got := <-acks; got != want {
			t.Errorf("QoS %d acknowledged by %v", qos, got)
		}
	}
}

func TestRefusedConnect(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_, _, _ = (&reader{nc: server}).next()
		_, _ = server.Write((&packet.Connack{Code: mqtt.Banned, Reason: "away"}).Append(nil, mqtt.V5))
	}()
	_, err := NewClient(client, Options{ClientID: "c"})
	var r *mqtt.Refusal
	if !errors.As(err, &r) || r.Code != mqtt.Banned || r.Reason != "away" {
		t.Errorf("refused with %v", err)
	}
}

// TestConnectSaysTheOptions decodes the CONNECT that options make.
func TestConnectSaysTheOptions(t *testing.T) {
	client, server := net.Pipe()
	var got packet.Connect
	done := make(chan error, 1)
	go func() {
		h, body, err := (&reader{nc: server}).next()
		if err == nil {
			err = got.Decode(h, 0, append([]byte{}, body...))
		}
		_, _ = server.Write(connack)
		done <- err
	}()
	will := &mqtt.Message{Topic: "w", Raw: []byte("x"), QoS: mqtt.QoS1, Properties: mqtt.Properties{HasMessageExpiry: true, MessageExpiry: time.Minute, ContentType: "t"}}
	c, err := NewClient(client, Options{
		ClientID: "c", UserName: "u", Password: "p", Resume: true, SessionExpiry: time.Hour, KeepAlive: time.Minute,
		ReceiveMaximum: 7, MaximumPacketSize: 99, Will: will,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	c.Close()
	text := fmt.Sprintf("%s %s %s %v %d %d %d %d %s %d %d", got.ClientID, got.UserName, got.Password, got.CleanStart, got.KeepAlive,
		got.Props.SessionExpiry, got.Props.ReceiveMaximum, got.Props.MaximumPacketSize, got.Will.Topic, got.Will.QoS, got.Will.Props.Expiry)
	if want := "c u p false 60 3600 7 99 w 1 60"; text != want {
		t.Errorf("CONNECT says %s, want %s", text, want)
	}
}

type reading struct{ value string }

func (r *reading) DecodePayload(b []byte) error {
	if len(b) == 0 {
		return errors.New("empty")
	}
	r.value = string(b)
	return nil
}

func TestReceiveTyped(t *testing.T) {
	c := Start(t, script(echo)).Connect(Options{})
	ctx := wait(t)
	for payload, want := range map[string]string{"21": "", "": "receive from a: empty"} {
		if err := c.Publish(ctx, "a", payload, mqtt.QoS0); err != nil {
			t.Fatal(err)
		}
		v, err := Receive[reading](ctx, c)
		if v.value != payload || (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("received %+v, %v", v, err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Receive[reading](gone, c); !errors.Is(err, context.Canceled) {
		t.Errorf("receive without a message: %v", err)
	}
}

func TestReceiveGivesUpWithoutADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Start(t, script(echo)).Connect(Options{})
		begin := time.Now()
		_, err := c.Receive(context.Background())
		if err == nil || !strings.Contains(err.Error(), "no message has arrived") || time.Since(begin) != timeout {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

// TestRespond: a message with a Response Topic is answered with its Correlation Data, and no other is.
func TestRespond(t *testing.T) {
	c := Start(t, script(echo)).Connect(Options{ClientID: "c"})
	request := mqtt.Message{Topic: "ask", QoS: mqtt.QoS1}
	if err := c.Respond(wait(t), request, "x"); err == nil {
		t.Error("a message without Response Topic is answered")
	}
	request.Properties = mqtt.Properties{ResponseTopic: "answer", CorrelationData: []byte("id")}
	if err := c.Respond(wait(t), request, "x"); err != nil {
		t.Fatal(err)
	}
	m, err := c.Receive(wait(t))
	if err != nil || m.Topic != "answer" || string(m.Raw) != "x" || string(m.Properties.CorrelationData) != "id" || m.QoS != mqtt.QoS1 {
		t.Errorf("%+v, %v", m, err)
	}
}
