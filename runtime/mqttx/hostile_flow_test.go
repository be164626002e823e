package mqttx_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// TestSlowConnects: those that send their CONNECT byte by byte, stop inside it, or never begin, are
// closed without an answer when the time for it is over.
func TestSlowConnects(t *testing.T) {
	o := mqttx.Options{Timeouts: mqttx.Timeouts{Connect: time.Second}}
	places(t, o, func(t *testing.T, p *place) {
		hello := helloOf(mqtt.V5, strings.Repeat("slow", 1000))
		var silent []*attacker
		for range 100 { // half-open: nothing ever comes
			silent = append(silent, attack(t, p.dial()))
		}
		half := attack(t, p.dial())
		half.say(hello[:20])
		drip := attack(t, p.dial())
		for i := range hello { // a byte now and then, until the server has enough
			if _, err := drip.nc.Write(hello[i : i+1]); err != nil {
				break
			}
			p.pair.goesOn(t)
			time.Sleep(10 * time.Millisecond)
		}
		for _, a := range append(silent, half, drip) {
			if got := a.end(t); len(got) > 0 {
				t.Errorf("heard %q", got)
			}
		}
		eventually(t, func() bool { return p.server.Stats().Connections == 2 })
	})
}

// TestHalfClosed: a client that closes its sending half behind its packets still gets the answers.
func TestHalfClosed(t *testing.T) {
	a := attack(t, dial(t, listen(t, newServer(t, &hooks{}, mqttx.Options{}))))
	a.say(helloOf(mqtt.V5, "half"), longName(mqtt.V5, "x"), []byte("\xC0\x00"))
	if err := a.nc.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, want := said(mqtt.V5, a.end(t)), []string{"CONNACK 0", "PUBACK 7 0", "PINGRESP"}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// flow is a run of packets with each quality of service, and the answers to them.
func flow(v mqtt.Version, n int) (sent []byte, want []string) {
	for i := range n {
		id, qos := uint16(i%1000+1), mqtt.QoS(i%3)
		o := packet.Outgoing{QoS: qos, PacketID: id, Name: "flow", Payload: fmt.Append(nil, i)}
		sent = packet.AppendPublish(sent, v, &o)
		switch qos {
		case mqtt.QoS1:
			want = append(want, fmt.Sprintf("PUBACK %d 0", id))
		case mqtt.QoS2:
			sent = (&packet.Ack{Type: packet.TypePubrel, PacketID: id}).Append(sent, v)
			want = append(want, fmt.Sprintf("PUBREC %d 0", id), fmt.Sprintf("PUBCOMP %d 0", id))
		}
	}
	return append(sent, "\xC0\x00\xE0\x00"...), append(want, "PINGRESP")
}

// TestTenThousandPackets: all are obeyed, and answered in their order [MQTT-4.6.0-2].
func TestTenThousandPackets(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		for _, v := range versions {
			sent, want := flow(v, 10_000)
			a := attack(t, p.dial())
			a.say(helloOf(v, "all"), sent)
			if got := said(v, a.end(t)); !slices.Equal(got[1:], want) {
				t.Errorf("%v: %d answers, want %d: %.200q", v, len(got)-1, len(want), got)
			}
			p.pair.goesOn(t)
		}
	})
}

// TestOneByteInEachWrite: a whole session, in all qualities of service, arrives byte by byte.
func TestOneByteInEachWrite(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		for _, v := range versions {
			sent, want := flow(v, 30)
			a := attack(t, p.dial())
			for _, b := range slices.Concat(helloOf(v, "bytes"), longFilter(v, "flow/#"), sent) {
				a.say([]byte{b})
			}
			isMessage := func(s string) bool { return s == "PUBLISH" }
			got, all := said(v, a.end(t)), 0
			for _, s := range got {
				if isMessage(s) {
					all++
				}
			}
			got, want = slices.DeleteFunc(got, isMessage), append([]string{"CONNACK 0", "SUBACK 7, 1 codes"}, want...)
			if !slices.Equal(got, want) || all != 30 {
				t.Errorf("%v: %d messages, and heard %q, want %q", v, all, got, want)
			}
			p.pair.goesOn(t)
		}
	})
}

// TestRandomBytes: noise instead of CONNECT, noise behind it, and legal packets with noise in them.
func TestRandomBytes(t *testing.T) {
	places(t, mqttx.Options{Timeouts: mqttx.Timeouts{Connect: time.Minute}}, func(t *testing.T, p *place) {
		r := rand.New(rand.NewPCG(4, 22))
		for i := range 300 {
			noise := make([]byte, 1+r.IntN(2000))
			for i := range noise {
				noise[i] = byte(r.Uint32())
			}
			v := versions[i%3]
			a := attack(t, p.dial())
			switch i / 3 % 3 {
			case 0:
				a.say(noise)
			case 1:
				a.say(helloOf(v, "noise"), noise)
			default:
				legal, _ := flow(v, 50)
				for range 3 {
					legal[r.IntN(len(legal))] = byte(r.Uint32())
				}
				a.say(helloOf(v, "noise"), legal)
			}
			a.bye()
			if i%10 == 0 {
				p.pair.goesOn(t)
			}
		}
		eventually(t, func() bool { return p.server.Stats().Connections == 2 })
	})
}

// TestPingFlood: a hundred thousand PINGREQ get as many answers, and hold nobody up.
func TestPingFlood(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		const pings = 100_000
		a := attack(t, p.dial())
		a.say(helloOf(mqtt.V311, "flood"))
		go a.say(bytes.Repeat([]byte("\xC0\x00"), pings), []byte("\xE0\x00"))
		p.pair.goesOn(t)
		if got, want := len(a.end(t)), 4+2*pings; got != want {
			t.Errorf("%d bytes of answers, want %d", got, want)
		}
	})
}

// narrow dials a server whose socket holds little, so that it shows soon who does not read. (The client's
// is left alone: a window that shrinks drops the acknowledgements of TCP itself.)
func (p *place) narrow(t *testing.T) net.Conn {
	t.Helper()
	if p.name != "tcp" {
		return p.dial()
	}
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	client := dial(t, nl.Addr().String())
	server, err := nl.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = server.(*net.TCPConn).SetWriteBuffer(8 << 10)
	go p.server.ServeConn(server)
	return client
}

// TestNeverReads: a client that sends and does not read is cut off when its answers are more than may
// wait for it; until then, and after, it holds nobody up.
func TestNeverReads(t *testing.T) {
	small := mqttx.Options{Queues: mqttx.Queues{Outbox: 64 << 10}, Timeouts: mqttx.Timeouts{Write: 30 * time.Second}}
	places(t, small, func(t *testing.T, p *place) {
		for name, packets := range map[string][]byte{
			"PINGREQ":   bytes.Repeat([]byte("\xC0\x00"), 10_000),
			"PUBLISH":   bytes.Repeat([]byte("\x32\x06\x00\x01a\x00\x07x"), 5000),
			"SUBSCRIBE": bytes.Repeat([]byte("\x82\x06\x00\x07\x00\x01b\x00"), 5000),
			"PUBREL":    bytes.Repeat([]byte("\x62\x02\x00\x07"), 10_000),
		} {
			nc := p.narrow(t)
			defer nc.Close()
			_ = nc.SetWriteDeadline(time.Now().Add(20 * time.Second))
			if _, err := nc.Write(helloOf(mqtt.V311, "deaf")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(nc, make([]byte, 4)); err != nil { // CONNACK
				t.Fatal(err)
			}
			var err error
			for err == nil {
				_, err = nc.Write(packets)
				p.pair.goesOn(t)
			}
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Errorf("%s: a client that does not read is served for ever", name)
			}
		}
		eventually(t, func() bool { return p.server.Stats().Connections == 2 })
	})
}

// TestNeverReadsMessages: messages for a client that does not read are dropped or queued, and
// bounded; its publisher and the others go on.
func TestNeverReadsMessages(t *testing.T) {
	small := mqttx.Options{Queues: mqttx.Queues{Outbox: 64 << 10, Messages: 100, Bytes: 64 << 10}}
	places(t, small, func(t *testing.T, p *place) {
		deaf := p.narrow(t)
		defer deaf.Close()
		_ = deaf.SetDeadline(time.Now().Add(20 * time.Second))
		for _, b := range [][]byte{helloOf(mqtt.V311, "deaf"), longFilter(mqtt.V311, "flow")} {
			if _, err := deaf.Write(b); err != nil {
				t.Fatal(err)
			}
			readPackets(t, deaf, 1)
		}
		o := packet.Outgoing{Name: "flow", Payload: make([]byte, 1<<10)}
		a := attack(t, p.dial())
		a.say(helloOf(mqtt.V311, "loud"))
		for dropped := false; !dropped; dropped = p.server.Stats().Dropped > 100 {
			a.say(bytes.Repeat(packet.AppendPublish(nil, mqtt.V311, &o), 100))
			p.pair.goesOn(t)
		}
		a.say([]byte("\xC0\x00\xE0\x00"))
		if got, want := said(mqtt.V311, a.end(t)), []string{"CONNACK 0", "PINGRESP"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}
