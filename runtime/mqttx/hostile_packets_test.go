package mqttx_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// rude is a packet that ends its connection: as 3.x and as 5.0 spell it ("": it is legal there, or
// is not there), the reason code in 5.0, and whether 3.1 takes it.
type rude struct {
	name   string
	v3, v5 string
	code   byte
	legal  bool // in 3.1, where PINGRESP answers the PINGREQ behind it
}

// afterConnect come from clients that were let in: DISCONNECT with the code in 5.0, no word in 3.x.
var afterConnect = []rude{
	{"2.1.2 packet type 0", "\x00\x00", "\x00\x00", 0x81, false},
	{"2.1.4 five bytes of remaining length", "\xC0\xFF\xFF\xFF\xFF\x01", "\xC0\xFF\xFF\xFF\xFF\x01", 0x81, false},
	{"[MQTT-1.5.5-1] remaining length too long", "", "\xC0\x80\x00", 0x81, false},
	{"[MQTT-1.5.5-1] property length too long", "", "\x30\x05\x00\x01a\x80\x00", 0x81, false},
	{"[MQTT-1.5.5-1] property identifier too long", "", "\x30\x07\x00\x01a\x03\x81\x00\x01", 0x81, false},
	{"2.1.4 larger than the Maximum Packet Size", "\x30\xFF\xFF\xFF\x7F", "\x30\xFF\xFF\xFF\x7F", 0x95, false},
	{"[MQTT-2.1.3-1] flags of PINGREQ", "\xC1\x00", "\xC1\x00", 0x81, true},
	{"[MQTT-2.1.3-1] flags of PUBACK", "\x41\x02\x00\x01", "\x41\x02\x00\x01", 0x81, true},
	{"[MQTT-3.6.1-1] flags of PUBREL", "\x60\x02\x00\x01", "\x60\x02\x00\x01", 0x81, true},
	{"[MQTT-3.8.1-1] flags of SUBSCRIBE", "\x80\x06\x00\x01\x00\x01a\x00", "\x80\x07\x00\x01\x00\x00\x01a\x00", 0x81, true},
	{"[MQTT-3.10.1-1] flags of UNSUBSCRIBE", "\xA0\x05\x00\x01\x00\x01a", "\xA0\x06\x00\x01\x00\x00\x01a", 0x81, true},
	{"[MQTT-3.14.1-1] flags of DISCONNECT", "\xE8\x01", "\xE8\x00", 0x81, false},
	{"2.1.4 PINGREQ with a body", "\xC0\x01x", "\xC0\x01x", 0x81, false},
	{"[MQTT-1.5.4-1] topic name not UTF-8", "\x30\x04\x00\x02\xC0\x80", "\x30\x05\x00\x02\xC0\x80\x00", 0x81, false},
	{"[MQTT-1.5.4-1] topic name with a surrogate", "\x30\x05\x00\x03\xED\xA0\x80", "\x30\x06\x00\x03\xED\xA0\x80\x00", 0x81, false},
	{"[MQTT-1.5.4-2] topic name with U+0000", "\x30\x03\x00\x01\x00", "\x30\x04\x00\x01\x00\x00", 0x81, false},
	{"1.5.4 packet ends inside the topic name", "\x30\x03\x00\x05a", "\x30\x03\x00\x05a", 0x81, false},
	{"2.2.2 packet ends inside the properties", "", "\x30\x04\x00\x01a\x05", 0x81, false},
	{"2.2.2.2 property without its value", "", "\x30\x06\x00\x01a\x02\x02\x00", 0x81, false},
	{"2.2.2.2 property twice", "", "\x30\x08\x00\x01a\x04\x01\x00\x01\x00", 0x82, false},
	{"2.2.2.2 property of another packet", "", "\x30\x09\x00\x01a\x05\x11\x00\x00\x00\x00", 0x81, false},
	{"2.2.2.2 property unknown", "", "\x30\x06\x00\x01a\x02\x7E\x00", 0x81, false},
	{"[MQTT-2.2.1-3] packet identifier 0 in PUBLISH", "\x32\x05\x00\x01a\x00\x00", "\x32\x06\x00\x01a\x00\x00\x00", 0x82, false},
	{"[MQTT-2.2.1-3] packet identifier 0 in SUBSCRIBE", "\x82\x06\x00\x00\x00\x01a\x00", "\x82\x07\x00\x00\x00\x00\x01a\x00", 0x82, false},
	{"[MQTT-2.2.1-3] packet identifier 0 in UNSUBSCRIBE", "\xA2\x05\x00\x00\x00\x01a", "\xA2\x06\x00\x00\x00\x00\x01a", 0x82, false},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBACK", "\x40\x02\x00\x00", "\x40\x02\x00\x00", 0x82, false},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBREL", "\x62\x02\x00\x00", "\x62\x02\x00\x00", 0x82, false},
	{"2.1.4 bytes after PUBACK", "\x40\x03\x00\x01\x00", "\x40\x05\x00\x01\x00\x00\x00", 0x81, false},
	{"3.4.2 PUBACK of one byte", "\x40\x01\x00", "\x40\x01\x00", 0x81, false},
	{"[MQTT-3.4.2-1] reason code of PUBREL in PUBACK", "", "\x40\x03\x00\x01\x92", 0x82, false},
	{"[MQTT-3.6.2-1] reason code of PUBACK in PUBREL", "", "\x62\x03\x00\x01\x87", 0x82, false},

	{"[MQTT-3.1.0-2] second CONNECT", "\x10\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01c", "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01c", 0x82, false},
	{"4.13 CONNACK from a client", "\x20\x02\x00\x00", "\x20\x03\x00\x00\x00", 0x82, false},
	{"4.13 SUBACK from a client", "\x90\x03\x00\x01\x00", "\x90\x04\x00\x01\x00\x00", 0x82, false},
	{"4.13 UNSUBACK from a client", "\xB0\x02\x00\x01", "\xB0\x04\x00\x01\x00\x00", 0x82, false},
	{"4.13 PINGRESP from a client", "\xD0\x00", "\xD0\x00", 0x82, false},

	{"[MQTT-3.3.1-4] QoS 3", "\x36\x05\x00\x01a\x00\x01", "\x36\x06\x00\x01a\x00\x01\x00", 0x81, false},
	{"[MQTT-3.3.1-2] DUP with QoS 0", "\x38\x03\x00\x01a", "\x38\x04\x00\x01a\x00", 0x81, true},
	{"[MQTT-3.3.2-2] + in a topic name", "\x30\x05\x00\x03a/+", "\x30\x06\x00\x03a/+\x00", 0x90, false},
	{"[MQTT-3.3.2-2] # in a topic name", "\x30\x03\x00\x01#", "\x30\x04\x00\x01#\x00", 0x90, false},
	{"3.3.2.1 empty topic name", "\x30\x02\x00\x00", "\x30\x03\x00\x00\x00", 0x82, false},
	{"[MQTT-3.3.2-8] topic alias 0", "", "\x30\x07\x00\x01a\x03\x23\x00\x00", 0x94, false},
	{"[MQTT-3.2.2-17] topic alias above the maximum", "", "\x30\x07\x00\x01a\x03\x23\x00\x0B", 0x94, false},
	{"3.3.2.3.4 topic alias unknown", "", "\x30\x06\x00\x00\x03\x23\x00\x01", 0x82, false},
	{"[MQTT-3.3.4-6] Subscription Identifier from a client", "", "\x30\x06\x00\x01a\x02\x0B\x01", 0x82, false},
	{"3.3.2.3.2 Payload Format Indicator 2", "", "\x30\x06\x00\x01a\x02\x01\x02", 0x82, false},
	{"[MQTT-3.3.2-14] Response Topic with a wildcard", "", "\x30\x08\x00\x01a\x04\x08\x00\x01+", 0x90, false},
	{"3.3.2.3.5 Response Topic empty", "", "\x30\x07\x00\x01a\x03\x08\x00\x00", 0x90, false},

	{"[MQTT-3.8.3-2] no filter", "\x82\x02\x00\x01", "\x82\x03\x00\x01\x00", 0x82, false},
	{"[MQTT-3.10.3-2] no filter to unsubscribe", "\xA2\x02\x00\x01", "\xA2\x03\x00\x01\x00", 0x82, false},
	{"[MQTT-4.7.3-1] empty filter", "\x82\x05\x00\x01\x00\x00\x00", "\x82\x06\x00\x01\x00\x00\x00\x00", 0x81, false},
	{"[MQTT-4.7.1-1] # inside a filter", "\x82\x08\x00\x01\x00\x03#/a\x00", "\x82\x09\x00\x01\x00\x00\x03#/a\x00", 0x8F, false},
	{"[MQTT-4.7.1-2] + beside letters in a filter", "\x82\x07\x00\x01\x00\x02a+\x00", "\x82\x08\x00\x01\x00\x00\x02a+\x00", 0x8F, false},
	{"[MQTT-4.8.2-1] empty share name", "", "\x82\x0F\x00\x01\x00\x00\x09$share//a\x00", 0x8F, false},
	{"[MQTT-4.8.2-2] share name with +", "", "\x82\x10\x00\x01\x00\x00\x0A$share/+/a\x00", 0x8F, false},
	{"[MQTT-4.8.2-2] share name without a filter", "", "\x82\x0E\x00\x01\x00\x00\x08$share/g\x00", 0x8F, false},
	{"[MQTT-3.8.3-4] no local on a shared subscription", "", "\x82\x10\x00\x01\x00\x00\x0A$share/g/a\x04", 0x82, false},
	{"3.8.3.1 maximum QoS 3", "\x82\x06\x00\x01\x00\x01a\x03", "\x82\x07\x00\x01\x00\x00\x01a\x03", 0x82, false},
	{"3.8.3.1 Retain Handling 3", "", "\x82\x07\x00\x01\x00\x00\x01a\x30", 0x82, false},
	{"[MQTT-3.8.3-5] reserved options", "\x82\x06\x00\x01\x00\x01a\x40", "\x82\x07\x00\x01\x00\x00\x01a\x40", 0x81, true},
	{"3.8.2.1.2 Subscription Identifier 0", "", "\x82\x09\x00\x01\x02\x0B\x00\x00\x01a\x00", 0x82, false},
	{"3.8.3 filter without options", "\x82\x05\x00\x01\x00\x01a", "\x82\x06\x00\x01\x00\x00\x01a", 0x81, false},

	{"[MQTT-3.14.2-1] reason code that servers send", "", "\xE0\x01\x8B", 0x82, false},
	{"3.14.2.1 reason code unknown", "", "\xE0\x01\x05", 0x82, false},
	{"3.14.2.2.5 Server Reference from a client", "", "\xE0\x06\x00\x04\x1C\x00\x01x", 0x82, false},
	{"3.14.2.2.2 Session Expiry raised from 0", "", "\xE0\x07\x00\x05\x11\x00\x00\x00\x01", 0x82, false},
	{"3.14 (3.1.1) DISCONNECT with a body", "\xE0\x01\x00", "", 0, false},
	{"[MQTT-4.12.0-7] AUTH without a method in CONNECT", "\xF0\x00", "\xF0\x07\x19\x05\x15\x00\x02me", 0x82, false},
}

// answers returns what the server says to r after CONNACK.
func (r *rude) answers(v mqtt.Version) []string {
	switch {
	case v == mqtt.V5:
		return []string{"CONNACK 0", fmt.Sprintf("DISCONNECT %d", r.code)}
	default:
		return []string{"CONNACK 0"} // 3.x never gets a DISCONNECT
	}
}

func (r *rude) bytes(v mqtt.Version) string {
	if v == mqtt.V5 {
		return r.v5
	}
	return r.v3
}

// try has one client say r, with as much behind it as it can before it hears of its end: none of that
// is obeyed.
func (r *rude) try(t *testing.T, p *place, v mqtt.Version, id string) {
	t.Helper()
	a := attack(t, p.dial())
	if v == mqtt.V31 && r.legal {
		a.say(helloOf(v, id), []byte(r.v3+"\xC0\x00\xE0\x00"))
		if got := said(v, a.end(t)); got[0] != "CONNACK 0" || got[len(got)-1] != "PINGRESP" {
			t.Errorf("%v, %s: heard %q", v, r.name, got)
		}
		return
	}
	behind := strings.Repeat("\x30\x06\x00\x04pair", 2000) // would reach the others, who count
	a.say(helloOf(v, id), []byte(r.bytes(v)+behind))
	if got, want := said(v, a.end(t)), r.answers(v); !slices.Equal(got, want) {
		t.Errorf("%v, %s: heard %q, want %q", v, r.name, got, want)
	}
}

// TestHostilePackets: each malformed packet and protocol error ends its connection with the right
// code, which reaches the client, and no other connection [MQTT-4.13.1-1].
func TestHostilePackets(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		for i := range afterConnect {
			r := &afterConnect[i]
			for _, v := range versions {
				if r.bytes(v) != "" {
					r.try(t, p, v, "rude")
					p.pair.goesOn(t)
				}
			}
		}
	})
}

// TestHostilePacketsAtOnce is the same with all of them at the same time.
func TestHostilePacketsAtOnce(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		var all sync.WaitGroup
		for i := range afterConnect {
			for _, v := range versions {
				if r := &afterConnect[i]; r.bytes(v) != "" {
					all.Go(func() { r.try(t, p, v, fmt.Sprint("rude", i, v)) })
				}
			}
		}
		all.Wait()
		p.pair.goesOn(t)
	})
}

// first is what a connection begins with, and all that the server says to it.
type first struct {
	name, bytes string
	version     mqtt.Version // of the answer
	want        []string
}

var beforeConnect = []first{
	{"[MQTT-3.1.0-1] PUBLISH first", "\x30\x03\x00\x01a", mqtt.V5, nil},
	{"[MQTT-3.1.0-1] PINGREQ first", "\xC0\x00", mqtt.V5, nil},
	{"[MQTT-3.1.0-1] AUTH first", "\xF0\x00", mqtt.V5, nil},
	{"[MQTT-3.1.0-1] HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", mqtt.V5, nil},
	{"[MQTT-3.1.0-1] TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", mqtt.V5, nil},
	{"2.1.4 five bytes of remaining length", "\x10\xFF\xFF\xFF\xFF\x01", mqtt.V5, nil},
	{"2.1.4 CONNECT of 256 MB", "\x10\xFF\xFF\xFF\x7F\x00\x04MQTT\x05", mqtt.V5, nil},
	{"[MQTT-3.1.2-1] protocol name", "\x10\x0D\x00\x04MQTX\x04\x02\x00\x00\x00\x01c", mqtt.V5, nil},
	{"[MQTT-3.1.2-2] level 2", "\x10\x0D\x00\x04MQTT\x02\x02\x00\x00\x00\x01c", mqtt.V311, []string{"CONNACK 132"}},
	{"[MQTT-3.1.2-2] level 0x83 of bridges", "\x10\x0F\x00\x06MQIsdp\x83\x02\x00\x00\x00\x01c", mqtt.V311, []string{"CONNACK 132"}},
	{"[MQTT-3.1.2-2] level 0x84 of bridges", "\x10\x0D\x00\x04MQTT\x84\x02\x00\x00\x00\x01c", mqtt.V311, []string{"CONNACK 132"}},
	{"[MQTT-3.1.2-2] level 6", "\x10\x0E\x00\x04MQTT\x06\x02\x00\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 132"}},
	{"[MQTT-2.1.3-1] flags of CONNECT, 3.1.1", "\x11\x0D\x00\x04MQTT\x04\x02\x00\x00\x00\x01c", mqtt.V311, nil},
	{"[MQTT-2.1.3-1] flags of CONNECT, 5.0", "\x11\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 129"}},
	{"[MQTT-3.1.2-3] reserved connect flag, 3.1.1", "\x10\x0D\x00\x04MQTT\x04\x03\x00\x00\x00\x01c", mqtt.V311, nil},
	{"[MQTT-3.1.2-3] reserved connect flag, 5.0", "\x10\x0E\x00\x04MQTT\x05\x03\x00\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 129"}},
	{"[MQTT-3.1.2-11] will QoS without a will", "\x10\x0E\x00\x04MQTT\x05\x0A\x00\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 129"}},
	{"[MQTT-3.1.2-12] will QoS 3", "\x10\x14\x00\x04MQTT\x05\x1E\x00\x00\x00\x00\x01c\x00\x00\x01w\x00\x00", mqtt.V5, []string{"CONNACK 129"}},
	{"4.7.1 will topic with a wildcard", "\x10\x14\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01c\x00\x00\x01#\x00\x00", mqtt.V5, []string{"CONNACK 144"}},
	{"4.7.1 will topic with a wildcard, 3.1.1", "\x10\x12\x00\x04MQTT\x04\x06\x00\x00\x00\x01c\x00\x01#\x00\x00", mqtt.V311, nil},
	{"3.1.2.9 (3.1.1) password without a user name", "\x10\x10\x00\x04MQTT\x04\x42\x00\x00\x00\x01c\x00\x01p", mqtt.V311, nil},
	{"[MQTT-3.1.2-16] user name without its flag", "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01c\x00\x01u", mqtt.V5, []string{"CONNACK 129"}},
	{"[MQTT-3.1.3-8] (3.1.1) no client identifier, session kept", "\x10\x0C\x00\x04MQTT\x04\x00\x00\x00\x00\x00", mqtt.V311, []string{"CONNACK 133"}},
	{"3.1 no client identifier", "\x10\x0E\x00\x06MQIsdp\x03\x02\x00\x00\x00\x00", mqtt.V31, []string{"CONNACK 133"}},
	{"[MQTT-3.1.3-4] client identifier not text", "\x10\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01\xFF", mqtt.V5, []string{"CONNACK 129"}},
	{"3.1.2.11.3 Receive Maximum 0", "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x03\x21\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 130"}},
	{"3.1.2.11.4 Maximum Packet Size 0", "\x10\x13\x00\x04MQTT\x05\x02\x00\x00\x05\x27\x00\x00\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 130"}},
	{"3.1.2.11.7 Request Problem Information 2", "\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x02\x17\x02\x00\x01c", mqtt.V5, []string{"CONNACK 130"}},
	{"2.2.2.2 property twice", "\x10\x12\x00\x04MQTT\x05\x02\x00\x00\x04\x17\x01\x17\x01\x00\x01c", mqtt.V5, []string{"CONNACK 130"}},
	{"2.2.2.2 property of PUBLISH", "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x03\x23\x00\x01\x00\x01c", mqtt.V5, []string{"CONNACK 129"}},
	{"3.1.2.11.10 authentication data without a method", "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x03\x16\x00\x00\x00\x01c", mqtt.V5, []string{"CONNACK 130"}},
	{"2.1.4 bytes after CONNECT", "\x10\x0F\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01cx", mqtt.V5, []string{"CONNACK 129"}},
	{"3.1 CONNECT ends inside the client identifier", "\x10\x0D\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x05", mqtt.V5, []string{"CONNACK 129"}},
}

// TestHostileConnects: what is no good CONNECT ends its connection, in the words of its version or
// without any, and nothing behind it is obeyed [MQTT-3.1.4-1] [MQTT-3.1.4-6].
func TestHostileConnects(t *testing.T) {
	places(t, mqttx.Options{}, func(t *testing.T, p *place) {
		for _, f := range beforeConnect {
			a := attack(t, p.dial())
			a.say([]byte(f.bytes), helloOf(f.version, "late"), []byte(strings.Repeat("\x30\x06\x00\x04pair", 1000)))
			if got := said(f.version, a.end(t)); !slices.Equal(got, f.want) {
				t.Errorf("%s: heard %q, want %q", f.name, got, f.want)
			}
			p.pair.goesOn(t)
		}
		if n := p.server.Stats().Connects; n != 2 {
			t.Errorf("%d clients were let in", n)
		}
	})
}
