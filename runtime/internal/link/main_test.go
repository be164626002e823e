package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHost returns a host whose user code lets everything pass and relays it.
func newHost(t testing.TB) *Host {
	limits := session.Limits{OutboxBytes: 1 << 20, WriteTimeout: 10 * time.Second, QueueMessages: 1000, QueueBytes: 1 << 20, Memory: limit.NewMemory(1 << 30)}
	h := &Host{
		Broker: broker.New(limits, nil),
		Log:    slog.New(slog.DiscardHandler),
		Settings: Settings{
			MaxPacket: 1 << 20, ConnectPacket: 1 << 16, ReceiveMaximum: 10, TopicAliasMaximum: 5, MaxKeepAlive: time.Hour,
			MaxSessionExpiry: 24 * time.Hour, ConnectTimeout: 10 * time.Second, TakeoverTimeout: 5 * time.Second,
			Versions: []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5},
			MaxQoS:   mqtt.QoS2, AliasesOut: 10,
		},
		Calls: Calls{
			Open:         func(*Link) {},
			Authenticate: func(context.Context, *Link, *auth.Connect) error { return nil },
			Exchange: func(context.Context, *Link, *auth.Connect, []byte) (auth.Step, error) {
				return auth.Step{}, &mqtt.Refusal{Code: mqtt.BadAuthenticationMethod}
			},
			Connected: func(context.Context, *Link) error { return nil },
			Publish: func(context.Context, *Link, *mqtt.Message) (Verdict, error) {
				return Verdict{Relay: true, MaxQoS: mqtt.QoS2}, nil
			},
			Subscribe:    func(_ context.Context, _ *Link, s *auth.Subscription) (mqtt.QoS, error) { return s.QoS, nil },
			Unsubscribed: func(context.Context, *Link, string) {},
			Acknowledged: func(context.Context, *Link, mqtt.Delivery) {},
			Disconnected: func(context.Context, *Link, error) {},
		},
	}
	t.Cleanup(h.Broker.Close)
	return h
}

// sockets returns the two ends of a TCP connection.
func sockets(t testing.TB) (client, server net.Conn) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	if client, err = net.Dial("tcp", nl.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = nl.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// talker is a client that says and hears packets, right or wrong.
type talker struct {
	t       testing.TB
	nc      net.Conn
	link    *Link
	version mqtt.Version
	buf     []byte
	ended   chan struct{} // closed when Serve has returned
	closing sync.Once
}

// dial connects a talker over TCP.
func dial(t testing.TB, h *Host) *talker {
	t.Helper()
	client, server := sockets(t)
	return serve(t, h, client, server)
}

// serve runs a link at the server's end, until the test ends.
func serve(t testing.TB, h *Host, client, server net.Conn) *talker {
	c := &talker{t: t, nc: client, link: New(h, server), version: mqtt.V5, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.link.Serve()
	}()
	t.Cleanup(c.close)
	return c
}

func (c *talker) close() {
	c.closing.Do(func() { _ = c.nc.Close() })
	<-c.ended
}

// say sends packets in one write.
func (c *talker) say(packets ...[]byte) {
	c.t.Helper()
	if _, err := c.nc.Write(bytes.Join(packets, nil)); err != nil {
		c.t.Fatal(err)
	}
}

// want checks what the server says next: see text. "end" is the end of the
// stream.
func (c *talker) want(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.hear(); got != want {
			c.t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

// hear returns the next packet as text.
func (c *talker) hear() string {
	c.t.Helper()
	h, body, err := c.packet()
	switch {
	case errors.Is(err, io.EOF):
		return "end"
	case err != nil:
		return err.Error()
	}
	return c.text(h, body)
}

func (c *talker) packet() (h packet.Header, body []byte, err error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		h, ok, err := packet.ParseHeader(c.buf)
		if err != nil {
			return h, nil, err
		}
		if total := h.Size + h.Length; ok && len(c.buf) >= total {
			body, c.buf = c.buf[h.Size:total], c.buf[total:]
			return h, body, nil
		}
		var more [4096]byte
		n, err := c.nc.Read(more[:])
		c.buf = append(c.buf, more[:n]...)
		if n == 0 && err != nil {
			return h, nil, err
		}
	}
}

// text returns what tests look at: "CONNACK 0", "SUBACK 7 [0 135]", "PUBLISH
// 1 name payload" with the QoS first, "PUBACK 7" with the packet identifier,
// "DISCONNECT 130 reason".
func (c *talker) text(h packet.Header, body []byte) string {
	c.t.Helper()
	var err error
	var text string
	switch h.Type {
	case packet.TypeConnack:
		var p packet.Connack
		err = p.Decode(h, c.version, body)
		text = joined("CONNACK", byte(p.Code), p.Reason, flag(p.SessionPresent, "present"), pairs(p.User), p.ServerReference)
	case packet.TypePublish:
		var p packet.Publish
		err = p.Decode(h, c.version, body)
		text = joined("PUBLISH", byte(p.QoS), string(p.Name), string(p.Payload), flag(p.Retain, "retain"), flag(p.Dup, "dup"))
	case packet.TypePuback, packet.TypePubrec, packet.TypePubrel, packet.TypePubcomp:
		var p packet.Ack
		err = p.Decode(h, c.version, body)
		text = joined(h.Type, p.PacketID, flag(p.Code > 0, fmt.Sprint(byte(p.Code))), p.Reason, pairs(p.User))
	case packet.TypeSuback:
		var p packet.Suback
		err = p.Decode(h, c.version, body)
		text = joined("SUBACK", p.PacketID, fmt.Sprintf("%d", codes(p.Codes)), pairs(p.User))
	case packet.TypeUnsuback:
		var p packet.Unsuback
		err = p.Decode(h, c.version, body)
		text = joined("UNSUBACK", p.PacketID, fmt.Sprintf("%d", codes(p.Codes)))
	case packet.TypeDisconnect:
		var p packet.Disconnect
		err = p.Decode(h, c.version, body)
		text = joined("DISCONNECT", byte(p.Code), p.Reason, pairs(p.User), p.ServerReference)
	case packet.TypeAuth:
		var p packet.Auth
		err = p.Decode(h, c.version, body)
		text = joined("AUTH", byte(p.Code), string(p.AuthenticationMethod), string(p.AuthenticationData))
	default:
		text = h.Type.String()
	}
	if err != nil {
		c.t.Fatalf("%v %x: %v", h.Type, body, err)
	}
	return text
}

func codes(c []mqtt.ReasonCode) (n []int) {
	for _, code := range c {
		n = append(n, int(code))
	}
	return n
}

func pairs(user []mqtt.UserProperty) string {
	var text []string
	for _, u := range user {
		text = append(text, u.Key+"="+u.Value)
	}
	return strings.Join(text, " ")
}

func flag(set bool, name string) string {
	if set {
		return name
	}
	return ""
}

func joined(parts ...any) string {
	var text []string
	for _, p := range parts {
		if s := fmt.Sprint(p); s != "" {
			text = append(text, s)
		}
	}
	return strings.Join(text, " ")
}

// The packets that talkers say. Each may be changed first.

func (c *talker) connect(id string, change ...func(p *packet.Connect)) []byte {
	p := packet.Connect{Version: c.version, CleanStart: true, ClientID: []byte(id)}
	p.Props.ReceiveMaximum, p.Props.RequestProblem = 65535, true
	for _, f := range change {
		f(&p)
	}
	return p.Append(nil, p.Version)
}

func (c *talker) publish(qos mqtt.QoS, id uint16, name, payload string, change ...func(p *packet.Outgoing)) []byte {
	p := packet.Outgoing{QoS: qos, PacketID: id, Name: name, Payload: []byte(payload)}
	for _, f := range change {
		f(&p)
	}
	return packet.AppendPublish(nil, c.version, &p)
}

func (c *talker) subscribe(id uint16, filters ...packet.Filter) []byte {
	p := packet.Subscribe{PacketID: id, Filters: filters}
	return p.Append(nil, c.version)
}

func (c *talker) ack(t packet.Type, id uint16) []byte {
	p := packet.Ack{Type: t, PacketID: id}
	return p.Append(nil, c.version)
}

func filter(f string, qos mqtt.QoS) packet.Filter { return packet.Filter{Filter: []byte(f), QoS: qos} }

var pingreq = []byte{0xC0, 0}

// admit connects a talker and sees it let in.
func admit(t testing.TB, h *Host, id string, change ...func(p *packet.Connect)) *talker {
	t.Helper()
	c := dial(t, h)
	c.say(c.connect(id, change...))
	c.want("CONNACK 0")
	return c
}

// admitVersion is admit for another protocol version.
func admitVersion(t testing.TB, h *Host, id string, v mqtt.Version) *talker {
	t.Helper()
	c := dial(t, h)
	c.version = v
	c.say(c.connect(id))
	c.want("CONNACK 0")
	return c
}

// listen subscribes to one filter.
func (c *talker) listen(f string, qos mqtt.QoS) *talker {
	c.t.Helper()
	c.say(c.subscribe(1, filter(f, qos)))
	c.want(fmt.Sprintf("SUBACK 1 [%d]", qos))
	return c
}
