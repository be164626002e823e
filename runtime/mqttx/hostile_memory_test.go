package mqttx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

const mebibyte = 1 << 20

// taken returns how many bytes were allocated while f ran and the pair stood still.
func (p *place) taken(f func()) uint64 {
	p.pair.gate.Lock()
	defer p.pair.gate.Unlock()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileLength declares packets of 256 MB, before CONNECT and after it, on one connection and on
// fourteen at once: they are refused by their headers, and no memory is taken for them.
func TestHostileLength(t *testing.T) {
	const connections = 14
	huge := "\xFF\xFF\xFF\x7F"
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		for _, c := range []struct {
			name  string
			bytes []byte
			want  []string
		}{
			{"CONNECT", []byte("\x10" + huge + "\x00\x04MQTT\x05"), nil},
			{"PUBLISH before CONNECT", []byte("\x30" + huge + "\x00\x01a"), nil},
			{"PUBLISH after CONNECT", append(helloOf(mqtt.V5, ""), "\x30"+huge+"\x00\x01a"...), []string{"CONNACK 0", "DISCONNECT 149"}},
			{"SUBSCRIBE after CONNECT", append(helloOf(mqtt.V5, ""), "\x82"+huge+"\x00\x01\x00"...), []string{"CONNACK 0", "DISCONNECT 149"}},
		} {
			for _, n := range []int{1, connections} {
				bytes := p.taken(func() {
					var all []*attacker
					for range n {
						a := attack(t, p.dial())
						a.say(c.bytes)
						all = append(all, a)
					}
					for _, a := range all {
						if got := said(mqtt.V5, a.end(t)); !slices.Equal(got, c.want) {
							t.Errorf("%s: heard %q, want %q", c.name, got, c.want)
						}
					}
				})
				if bytes > 4*mebibyte {
					t.Errorf("%d times a %s of 256 MB takes %d bytes", n, c.name, bytes)
				}
				p.pair.goesOn(t)
			}
		}
	})
}

// TestHostileLengthBeforeConnect: where packets of 256 MB are welcome from clients that were let in,
// they still are not from those that were not.
func TestHostileLengthBeforeConnect(t *testing.T) {
	places(t, mqttx.Options{MaxPacketSize: 268_435_460}, func(t *testing.T, p *place) {
		var open []*attacker
		bytes := p.taken(func() {
			for range 14 {
				a := attack(t, p.dial())
				a.say([]byte("\x10\xFF\xFF\xFF\x7F\x00\x04MQTT\x05"))
				a.end(t)
				a = attack(t, p.dial())
				a.say([]byte("\x10\x80\x80\x03\x00\x04MQTT\x05")) // 48 KiB: it is waited for
				open = append(open, a)
			}
		})
		if bytes > 4*mebibyte {
			t.Errorf("28 connections take %d bytes", bytes)
		}
		p.pair.goesOn(t)
		for _, a := range open {
			if got := a.bye(); len(got) > 0 {
				t.Errorf("heard %q", got)
			}
		}
	})
}

// TestHostileTooLarge: a client that sends all of a packet that is too large, and reads only then,
// still hears why. Its sending is not reset, which would destroy what some systems have not read yet.
func TestHostileTooLarge(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		nc := p.dial()
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		if c, ok := nc.(*net.TCPConn); ok {
			_ = c.SetWriteBuffer(16 << 10) // so that most of it is still to be sent when it is refused
		}
		_, _ = nc.Write(helloOf(mqtt.V5, "large"))
		o := packet.Outgoing{Name: "pair", Payload: make([]byte, 2*mebibyte)}
		sent := make(chan error, 1)
		go func() {
			_, err := nc.Write(packet.AppendPublish(nil, mqtt.V5, &o))
			sent <- err
		}()
		if p.name == "tcp" { // a pipe holds nothing: there both have to go on together
			if err := <-sent; err != nil {
				t.Error(err)
			}
			sent <- nil
		}
		got, err := io.ReadAll(nc)
		if want := []string{"CONNACK 0", "DISCONNECT 149"}; err != nil || !slices.Equal(said(mqtt.V5, got), want) {
			t.Errorf("heard %q, %v, want %q", said(mqtt.V5, got), err, want)
		}
		<-sent
	})
}

// unlimited takes what the defaults of a server refuse.
var unlimited = mqttx.Limits{Subscriptions: -1, TopicLevels: -1}

// TestHostileFields: what is as large as the standard allows is served, and costs what it weighs.
func TestHostileFields(t *testing.T) {
	places(t, mqttx.Options{MaxPacketSize: 1 << 20, Limits: unlimited}, func(t *testing.T, p *place) {
		for _, v := range versions {
			for _, c := range []struct {
				name  string
				bytes []byte
				want  string
			}{
				{"10,000 filters", manyFilters(v, 10_000), "SUBACK 7, 10000 codes"},
				{"a topic name of 65,535 bytes", longName(v, strings.Repeat("x", 65_535)), "PUBACK 7 0"},
				{"30,000 levels", longName(v, strings.Repeat("x/", 30_000)), "PUBACK 7 0"},
				{"65,535 empty levels", longName(v, strings.Repeat("/", 65_535)), "PUBACK 7 0"},
				{"a filter of 30,000 levels", longFilter(v, strings.Repeat("+/", 30_000)+"#"), "SUBACK 7, 1 codes"},
				{"a filter of 65,535 bytes", longFilter(v, strings.Repeat("x", 65_535)), "SUBACK 7, 1 codes"},
			} {
				a := attack(t, p.dial())
				a.say(helloOf(v, "wide"), c.bytes, []byte("\xC0\x00\xE0\x00"))
				got := said(v, a.end(t))
				if want := []string{"CONNACK 0", c.want, "PINGRESP"}; !slices.Equal(got, want) {
					t.Errorf("%v, %s: heard %q, want %q", v, c.name, got, want)
				}
				p.pair.goesOn(t)
			}
		}
		if s := p.server.Stats(); s.Subscriptions != 1 {
			t.Errorf("%d subscriptions are left", s.Subscriptions)
		}
	})
}

// TestDeepFilterMatches: a filter and a name of 30,000 levels find each other, and so does # above.
func TestDeepFilterMatches(t *testing.T) {
	places(t, mqttx.Options{Limits: unlimited}, func(t *testing.T, p *place) {
		name := strings.Repeat("a/", 30_000) + "z"
		a := attack(t, p.dial())
		a.say(helloOf(mqtt.V311, "deep"), longFilter(mqtt.V311, strings.Repeat("+/", 30_000)+"#"), longName(mqtt.V311, name),
			[]byte("\xE0\x00"))
		want := []string{"CONNACK 0", "SUBACK 7, 1 codes", "PUBACK 7 0", "PUBLISH"}
		got := said(mqtt.V311, a.end(t))
		slices.Sort(got[2:])
		if !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

func manyFilters(v mqtt.Version, n int) []byte {
	p := packet.Subscribe{PacketID: 7}
	for i := range n {
		p.Filters = append(p.Filters, packet.Filter{Filter: fmt.Append(nil, "many/", i), QoS: mqtt.QoS(i % 3)})
	}
	return p.Append(nil, v)
}

func longFilter(v mqtt.Version, filter string) []byte {
	p := packet.Subscribe{PacketID: 7, Filters: []packet.Filter{{Filter: []byte(filter), QoS: mqtt.QoS0}}}
	return p.Append(nil, v)
}

func longName(v mqtt.Version, name string) []byte {
	return packet.AppendPublish(nil, v, &packet.Outgoing{QoS: mqtt.QoS1, PacketID: 7, Name: name, Payload: []byte("x")})
}

// TestManyUserPropertiesEndToEnd: 5,000 in one PUBLISH reach the subscriber in their order, repeats
// and all [MQTT-3.3.2-17] [MQTT-3.3.2-18], and four times as many cost about four times as much.
func TestManyUserPropertiesEndToEnd(t *testing.T) {
	places(t, mqttx.Options{MaxPacketSize: mebibyte}, func(t *testing.T, p *place) {
		properties := func(n int) []byte {
			m := mqtt.Properties{}
			for i := range n {
				m.User = append(m.User, mqtt.UserProperty{Key: fmt.Sprint("key", i%7), Value: fmt.Sprint("value", i%100)})
			}
			return packet.AppendProperties(nil, &m)
		}
		cost := func(n int) uint64 {
			raw := properties(n)
			sent := packet.AppendPublish(nil, mqtt.V5, &packet.Outgoing{Name: "many", Forward: raw, Payload: []byte("x")})
			nc := p.dial()
			defer nc.Close()
			_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
			_, _ = nc.Write(append(helloOf(mqtt.V5, "many"), longFilter(mqtt.V5, "many")...))
			readPackets(t, nc, 2)
			got := make([]byte, len(sent))
			bytesTaken := p.taken(func() {
				go func() { _, _ = nc.Write(sent) }()
				if _, err := io.ReadFull(nc, got); err != nil {
					t.Error(err)
				}
			})
			if !bytes.Equal(got, sent) {
				t.Errorf("%d properties do not come as they went", n)
			}
			return bytesTaken
		}
		cost(100) // what is made once
		few, many := cost(1250), cost(5000)
		if many > 12*few+mebibyte {
			t.Errorf("5,000 properties take %d bytes, 1,250 take %d", many, few)
		}
	})
}

// readPackets reads so many packets, each of less than 128 bytes.
func readPackets(t *testing.T, nc net.Conn, n int) {
	t.Helper()
	for range n {
		var head [2]byte
		if _, err := io.ReadFull(nc, head[:]); err != nil {
			t.Fatal(err)
		}
		body := make([]byte, head[1])
		if err := binary.Read(nc, binary.BigEndian, body); err != nil && len(body) > 0 {
			t.Fatal(err)
		}
	}
}
