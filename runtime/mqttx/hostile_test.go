package mqttx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// The tests of hostile clients have a well-behaved pair, a publisher and its subscriber, which goes
// on all the while: every message arrives, once and in order, and soon.

// place is where hostile clients meet a server: real sockets, or memory.
type place struct {
	name   string
	server *mqttx.Server
	dial   func() net.Conn
	pair   *pair
}

// places runs f over TCP and in memory, each with a server and a pair of its own.
func places(t *testing.T, o mqttx.Options, f func(t *testing.T, p *place)) {
	t.Helper()
	t.Run("tcp", func(t *testing.T) {
		p := &place{name: "tcp", server: newServer(t, &hooks{}, o)}
		addr := listen(t, p.server)
		p.dial = func() net.Conn { return dial(t, addr) }
		p.run(t, f)
	})
	t.Run("memory", func(t *testing.T) {
		p := &place{name: "memory", server: newServer(t, &hooks{}, o)}
		p.dial = mqttxtest.Start(t, p.server).Dial
		p.run(t, f)
	})
}

func (p *place) run(t *testing.T, f func(t *testing.T, p *place)) {
	p.pair = keepPair(t, p.dial)
	f(t, p)
	p.pair.finish(t)
	if s := p.server.Stats(); s.Panics != 0 {
		t.Errorf("%d panics", s.Panics)
	}
}

// pair publishes numbers with QoS 1, one after the other, and receives them.
type pair struct {
	gate      sync.Mutex // held while a message goes out; a test that holds it stops the pair
	sent, got atomic.Int64
	failed    atomic.Value  // error
	stop      chan struct{} // ends the publisher
	wanted    context.Context
	enough    func() // ends the receiver

	publishing, receiving sync.WaitGroup
}

func keepPair(t *testing.T, dial func() net.Conn) *pair {
	t.Helper()
	p := &pair{stop: make(chan struct{})}
	p.wanted, p.enough = context.WithCancel(context.Background())
	client := func(id string) *mqttxtest.Client {
		c, err := mqttxtest.NewClient(dial(), mqttxtest.Options{ClientID: id})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	sub, pub := client("pair-sub"), client("pair-pub")
	subscribe(t, sub, "pair", mqtt.QoS1)
	p.publishing.Go(func() { p.publish(pub) })
	p.receiving.Go(func() { p.receive(sub) })
	return p
}

func (p *pair) publish(c *mqttxtest.Client) {
	for {
		select {
		case <-p.stop:
			return
		default:
		}
		p.gate.Lock()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		err := c.Publish(ctx, "pair", strconv.FormatInt(p.sent.Add(1), 10), mqtt.QoS1)
		cancel()
		p.gate.Unlock()
		if err != nil {
			p.failed.Store(fmt.Errorf("publish: %w", err))
			return
		}
	}
}

func (p *pair) receive(c *mqttxtest.Client) {
	for ; ; p.got.Add(1) {
		ctx, cancel := context.WithTimeout(p.wanted, 20*time.Second)
		m, err := c.Receive(ctx)
		cancel()
		switch want := strconv.FormatInt(p.got.Load()+1, 10); {
		case p.wanted.Err() != nil:
			return
		case err != nil:
			p.failed.Store(err)
			return
		case string(m.Raw) != want:
			p.failed.Store(fmt.Errorf("received message %s, want %s", m.Raw, want))
			return
		}
	}
}

// goesOn waits until three more messages have gone all the way.
func (p *pair) goesOn(t *testing.T) {
	t.Helper()
	want := p.got.Load() + 3
	for ctx := wait(t); p.got.Load() < want; time.Sleep(100 * time.Microsecond) {
		if err := p.failed.Load(); err != nil || ctx.Err() != nil {
			t.Fatalf("the pair of others stands still at message %d: %v", p.got.Load(), err)
		}
	}
}

// finish ends the pair and checks that nothing is missing.
func (p *pair) finish(t *testing.T) {
	t.Helper()
	p.goesOn(t)
	close(p.stop)
	p.publishing.Wait()
	for ctx := wait(t); p.got.Load() < p.sent.Load() && ctx.Err() == nil; time.Sleep(100 * time.Microsecond) {
	}
	p.enough()
	p.receiving.Wait()
	if err := p.failed.Load(); err != nil {
		t.Error(err)
	}
	if p.got.Load() != p.sent.Load() {
		t.Errorf("%d messages sent, %d received", p.sent.Load(), p.got.Load())
	}
}

// attacker is a client that says what it likes, and keeps what it hears.
type attacker struct {
	nc    net.Conn
	heard chan heard // one value, at the end of the connection
}

// heard is all that the server has sent, and how it ended.
type heard struct {
	bytes []byte
	err   error
}

func attack(t testing.TB, nc net.Conn) *attacker {
	a := &attacker{nc: nc, heard: make(chan heard, 1)}
	t.Cleanup(func() { _ = nc.Close() })
	go func() {
		b, err := io.ReadAll(nc)
		a.heard <- heard{b, err}
	}()
	return a
}

// say writes. What the server does not want to read any more is no error.
func (a *attacker) say(packets ...[]byte) {
	_ = a.nc.SetWriteDeadline(time.Now().Add(20 * time.Second))
	_, _ = a.nc.Write(bytes.Join(packets, nil))
}

// end waits until the server has ended the connection, and returns all that it has sent. Over TCP it
// fails where that was lost on its way.
func (a *attacker) end(t *testing.T) []byte {
	t.Helper()
	select {
	case h := <-a.heard:
		if h.err != nil && !errors.Is(h.err, io.ErrClosedPipe) {
			t.Errorf("the connection ended with: %v", h.err)
		}
		return h.bytes
	case <-wait(t).Done():
		t.Error("the server does not end the connection")
		_ = a.nc.Close()
		return (<-a.heard).bytes
	}
}

// bye ends the connection from here, and returns all that came before.
func (a *attacker) bye() []byte {
	_ = a.nc.Close()
	return (<-a.heard).bytes
}

// helloOf is a CONNECT.
func helloOf(v mqtt.Version, id string) []byte {
	p := packet.Connect{Version: v, CleanStart: true, ClientID: []byte(id)}
	p.Props.ReceiveMaximum, p.Props.RequestProblem = 65_535, true
	return p.Append(nil, v)
}

// said are the packets of b as "CONNACK 0", "DISCONNECT 130", "PUBACK 7 0", "PINGRESP" and the like.
func said(v mqtt.Version, b []byte) (list []string) {
	for len(b) > 0 {
		h, ok, err := packet.ParseHeader(b)
		if err != nil || !ok || len(b) < h.Size+h.Length {
			return append(list, fmt.Sprintf("%d bytes of no packet: % x", len(b), b[:min(len(b), 20)]))
		}
		list = append(list, saidOf(v, h, b[h.Size:h.Size+h.Length]))
		b = b[h.Size+h.Length:]
	}
	return list
}

func saidOf(v mqtt.Version, h packet.Header, body []byte) string {
	var err error
	text := h.Type.String()
	switch h.Type {
	case packet.TypeConnack:
		var p packet.Connack
		err = p.Decode(h, v, body)
		text = fmt.Sprintf("CONNACK %d", byte(p.Code))
	case packet.TypeDisconnect:
		var p packet.Disconnect
		if err = p.Decode(h, v, body); err == nil {
			err = p.CheckServer()
		}
		text = fmt.Sprintf("DISCONNECT %d", byte(p.Code))
	case packet.TypePuback, packet.TypePubrec, packet.TypePubrel, packet.TypePubcomp:
		var p packet.Ack
		err = p.Decode(h, v, body)
		text = fmt.Sprintf("%v %d %d", h.Type, p.PacketID, byte(p.Code))
	case packet.TypeSuback:
		var p packet.Suback
		err = p.Decode(h, v, body)
		text = fmt.Sprintf("SUBACK %d, %d codes", p.PacketID, len(p.Codes))
	}
	if err != nil {
		return fmt.Sprintf("%v: %v", h.Type, err)
	}
	return text
}
