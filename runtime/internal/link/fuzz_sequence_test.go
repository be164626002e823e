package link

import (
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// player plays a script against a host: two clients that send legal packets, broken ones, come back
// and take each other's place. Each byte of the script is one step.
type player struct {
	t       *testing.T
	h       *Host
	version mqtt.Version
	clients [2]*caller
	now     int // which client acts
	gone    []*caller
}

// caller is one connection of a script.
type caller struct {
	nc      net.Conn
	version mqtt.Version
	out     []byte // what is to be sent, and waits for the next flush
	hello   int    // bytes of out that are the CONNECT
	spoilt  bool   // the CONNECT is not what it was: who knows what the server may say
	ended   chan struct{}
	heard   chan []byte
}

func (p *player) call(connect []byte) {
	client, server := net.Pipe()
	c := &caller{nc: client, version: p.version, out: connect, hello: len(connect), ended: make(chan struct{}), heard: make(chan []byte, 1)}
	l := New(p.h, server)
	go func() {
		defer close(c.ended)
		l.Serve()
	}()
	go func() {
		b, _ := io.ReadAll(client)
		c.heard <- b
	}()
	_ = client.SetWriteDeadline(time.Now().Add(20 * time.Second))
	p.clients[p.now] = c
}

func (c *caller) flush() {
	if _, err := c.nc.Write(c.out); err != nil {
		_ = c.nc.Close() // the link has ended
	}
	c.out, c.hello = nil, 0
}

var (
	scriptNames   = []string{"a", "a/b", "$a", "", "a/+", "\x00"}
	scriptFilters = []string{"a", "a/+", "#", "$share/g/a", "a#", ""}
)

// step obeys one byte: the lower four bits say what, the upper four with which argument.
func (p *player) step(b byte, rest []byte) (used int) {
	t := &talker{version: p.version}
	c, arg := p.clients[p.now], int(b>>4)
	id, qos := uint16(arg%4), mqtt.QoS(arg%3)
	switch b & 15 {
	case 0, 1, 2:
		name := scriptNames[arg%len(scriptNames)]
		c.out = append(c.out, t.publish(mqtt.QoS(b&15), id, name, "payload", func(o *packet.Outgoing) {
			o.Retain, o.Dup, o.Alias = arg&8 != 0, arg&4 != 0 && qos > 0, uint16(arg)
			o.Expiry, o.HasExpiry = uint32(arg), arg&1 != 0
		})...)
	case 3, 4, 5, 6:
		c.out = append(c.out, t.ack(packet.TypePuback+packet.Type(b&15)-3, id)...)
	case 7:
		f := packet.Filter{Filter: []byte(scriptFilters[arg%len(scriptFilters)]), QoS: qos, RetainHandling: byte(arg % 3), NoLocal: arg > 12}
		c.out = append(c.out, t.subscribe(id, f, filter("a/b", 2))...)
	case 8:
		u := packet.Unsubscribe{PacketID: id, Filters: [][]byte{[]byte(scriptFilters[arg%len(scriptFilters)])}}
		c.out = u.Append(c.out, p.version)
	case 9:
		c.out = append(c.out, pingreq...)
	case 10:
		d := packet.Disconnect{Code: mqtt.ReasonCode(arg), HasSessionExpiry: arg&1 != 0, SessionExpiry: uint32(arg)}
		c.out = d.Append(c.out, p.version)
	case 11: // anything, as it is
		n := min(arg, len(rest))
		c.out = append(c.out, rest[:n]...)
		return n
	case 12: // a byte of what waits is another
		if len(c.out) > 0 && len(rest) > 0 {
			at := int(rest[0]) % len(c.out)
			c.out[at] ^= 1 << (arg % 8)
			c.spoilt = c.spoilt || at < c.hello
			return 1
		}
	case 13:
		c.flush()
	case 14: // the other client acts
		p.now = 1 - p.now
	case 15: // a new connection, perhaps under the other's name, perhaps before this one has gone
		p.leave(arg)
	}
	return 0
}

func (p *player) leave(arg int) {
	c := p.clients[p.now]
	c.flush()
	if arg&1 != 0 {
		_ = c.nc.Close()
	}
	p.gone = append(p.gone, c)
	p.call(p.hello(arg))
}

func (p *player) hello(arg int) []byte {
	t := &talker{version: p.version}
	return t.connect(string(rune('x'+arg>>1&1)), func(c *packet.Connect) {
		c.CleanStart = arg&4 != 0
		c.Props.SessionExpiry, c.Props.HasSessionExpiry = uint32(arg>>2), true
		c.Props.ReceiveMaximum, c.Props.MaximumPacketSize = uint16(arg%3+1), 64
		c.HasWill, c.Will = arg&8 != 0, packet.Will{Topic: []byte("a"), QoS: mqtt.QoS1}
		if !c.HasWill {
			c.Will = packet.Will{}
		}
	})
}

// end closes everything and checks what has been said to the clients.
func (p *player) end() {
	for _, c := range append(p.gone, p.clients[:]...) {
		c.flush()
		_ = c.nc.Close()
		select {
		case <-c.ended:
		case <-time.After(15 * time.Second):
			p.t.Fatal("a link goes on without its client")
		}
		if b := <-c.heard; !c.spoilt {
			p.checkHeard(c.version, b)
		}
	}
}

// checkHeard: the server sends legal packets only, and none of more than 64 bytes, which is what the
// clients of 5.0 said they take.
func (p *player) checkHeard(v mqtt.Version, b []byte) {
	for len(b) > 0 {
		h, ok, err := packet.ParseHeader(b)
		if err != nil {
			p.t.Fatalf("the server sends % x: %v", b, err)
		}
		if !ok || len(b) < h.Size+h.Length {
			return // the end came inside
		}
		if err := mayLeave(h, v, b[h.Size:h.Size+h.Length]); err != nil {
			p.t.Fatalf("%v: the server sends % x: %v", v, b[:h.Size+h.Length], err)
		}
		if v == mqtt.V5 && h.Size+h.Length > 64 {
			p.t.Fatalf("the server sends a %v of %d bytes", h.Type, h.Size+h.Length)
		}
		b = b[h.Size+h.Length:]
	}
}

var errClientPacket = errors.New("only clients send this")

// mayLeave reports whether a server may send the packet.
func mayLeave(h packet.Header, v mqtt.Version, body []byte) error {
	if err := h.Check(v); err != nil {
		return err
	}
	switch h.Type {
	case packet.TypeConnack:
		return new(packet.Connack).Decode(h, v, body)
	case packet.TypePublish:
		return new(packet.Publish).Decode(h, v, body)
	case packet.TypePuback, packet.TypePubrec, packet.TypePubrel, packet.TypePubcomp:
		return new(packet.Ack).Decode(h, v, body)
	case packet.TypeSuback:
		return new(packet.Suback).Decode(h, v, body)
	case packet.TypeUnsuback:
		return new(packet.Unsuback).Decode(h, v, body)
	case packet.TypePingresp:
		return new(packet.Pingresp).Decode(h, v, body)
	case packet.TypeDisconnect:
		var d packet.Disconnect
		if err := d.Decode(h, v, body); err != nil || v < mqtt.V5 {
			return errors.Join(err, errClientPacket)
		}
		return d.CheckServer()
	}
	return errClientPacket
}

// FuzzSequence plays scripts of legal and broken packets of two clients, who come, go, resume and
// take over. Nothing panics, all links and goroutines end, memory is bounded by the length of the
// script, and everything that the server says is legal.
func FuzzSequence(f *testing.F) {
	for v := range byte(3) {
		f.Add(v, []byte{0x07, 0x10, 0x11, 0x12, 0x0D, 0x13, 0x24, 0x25, 0x26, 0x0D, 0x09, 0x0A, 0x0D})
		f.Add(v, []byte{0x27, 0x0D, 0x0E, 0x12, 0x0D, 0x0F, 0x12, 0x0D, 0x14, 0x1F, 0x15, 0x0D, 0x3F, 0x0D})
		f.Add(v, []byte{0x17, 0x91, 0x0C, 0x03, 0x0D, 0x5B, 0xC0, 0x00, 0x30, 0xFF, 0xFF, 0x0D, 0xFF, 0x8F, 0x4F, 0x7F})
		f.Add(v, []byte{0x77, 0x0E, 0xE1, 0xA2, 0x0D, 0xCF, 0x0E, 0xBF, 0x08, 0x38, 0x0D, 0x0A})
	}
	f.Fuzz(func(t *testing.T, version byte, script []byte) {
		if len(script) > 1000 {
			return
		}
		goroutines := runtime.NumGoroutine()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := &player{t: t, h: newHost(t), version: []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}[version%3]}
		p.h.Settings.MaxPacket = 1 << 12
		for p.now = range p.clients {
			p.call(p.hello(2 * p.now))
		}
		for len(script) > 0 {
			script = script[1+p.step(script[0], script[1:]):]
		}
		p.end()
		runtime.ReadMemStats(&after)
		if n := p.h.Counters.Panics.Load(); n > 0 {
			t.Fatal("a link panicked")
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Fatalf("a script takes %d bytes", n)
		}
		p.h.Broker.Close()
		for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(50 * time.Microsecond) {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
			}
		}
	})
}
