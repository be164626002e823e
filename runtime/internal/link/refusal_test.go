package link

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// refusing returns a host whose user code refuses everything with the code
// that is the client identifier, the topic name or the filter.
func refusing(t testing.TB, log *bytes.Buffer) *Host {
	h := newHost(t)
	h.Log = slog.New(slog.NewTextHandler(log, nil))
	refuse := func(text string) error {
		n, err := strconv.Atoi(strings.TrimPrefix(text, "leave"))
		if err != nil {
			return nil
		}
		return &mqtt.Refusal{
			Code: mqtt.ReasonCode(n), Disconnect: strings.HasPrefix(text, "leave"),
			Reason: "why", Properties: []mqtt.UserProperty{{Key: "k", Value: "v"}}, ServerReference: "elsewhere:1883",
		}
	}
	h.Calls.Authenticate = func(_ context.Context, _ *Link, c *auth.Connect) error { return refuse(c.ClientID) }
	h.Calls.Publish = func(_ context.Context, _ *Link, m *mqtt.Message) (Verdict, error) { return Verdict{}, refuse(m.Topic) }
	h.Calls.Subscribe = func(_ context.Context, _ *Link, s *auth.Subscription) (mqtt.QoS, error) {
		return s.QoS, refuse(s.Filter)
	}
	return h
}

// legalCodes are those of the tables of sections 3.2.2.2, 3.4.2.1, 3.5.2.1, 3.9.3
// and 3.14.2.1 that a server sends in a refusal; 0x8C in DISCONNECT is in table 2-6.
var legalCodes = map[string]string{
	"CONNACK":    "80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f",
	"PUBACK":     "00 10 80 83 87 90 91 97 99",
	"PUBREC":     "00 10 80 83 87 90 91 97 99",
	"SUBACK":     "80 83 87 8f 91 97 9e a1 a2",
	"DISCONNECT": "00 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2",
}

// told returns the code that a packet of this name tells where user code says
// code.
func told(name string, code byte) byte {
	if strings.Contains(legalCodes[name], hex.EncodeToString([]byte{code})) {
		return code
	}
	return 0x80
}

// TestReasonCodes: user code may say any code; a client of 5.0 is told it where
// the packet may carry it, else 0x80, and that is logged; clients of 3.x have
// their own codes, and never get a DISCONNECT.
func TestReasonCodes(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		var log bytes.Buffer
		h := refusing(t, &log)
		c := admitVersion(t, h, "client", v)
		for n := range 256 {
			code, name := byte(n), fmt.Sprint(n)
			c.say(c.publish(1, 1, name, ""), c.publish(2, 2, name, ""), c.ack(packet.TypePubrel, 2), c.subscribe(3, filter(name, 1)))
			connack, last := dial(t, h), admitVersion(t, h, "last", v)
			connack.version = v
			connack.say(connack.connect(name))
			last.say(last.publish(1, 1, "leave"+name, ""))
			puback, pubrec, pubcomp := "PUBACK 1", "PUBREC 2", "PUBCOMP 2"
			suback := "SUBACK 3 [128]"
			switch v {
			case mqtt.V5:
				puback += flag(told("PUBACK", code) > 0, fmt.Sprint(" ", told("PUBACK", code))) + " why k=v"
				pubrec += flag(told("PUBREC", code) > 0, fmt.Sprint(" ", told("PUBREC", code))) + " why k=v"
				if told("PUBREC", code) >= 0x80 {
					pubcomp += " 146"
				}
				suback = fmt.Sprintf("SUBACK 3 [%d] k=v", told("SUBACK", code))
				elsewhere := flag(n == 0x9C || n == 0x9D, " elsewhere:1883")
				connack.want(fmt.Sprint("CONNACK ", told("CONNACK", code), " why k=v", elsewhere), "end")
				last.want(fmt.Sprint("DISCONNECT ", told("DISCONNECT", code), " why k=v", elsewhere))
			case mqtt.V31:
				suback = "SUBACK 3 [1]" // there is no code for a failure
				fallthrough
			default:
				if got := connack.hear(); !strings.HasPrefix(got, "CONNACK ") || got == "CONNACK 0" {
					t.Errorf("%v, code %d: heard %q", v, n, got)
				}
			}
			last.want("end")
			c.want(puback, pubrec, pubcomp, suback)
			connack.close()
			last.close()
		}
		c.close()
		if got := strings.Contains(log.String(), `packet=PUBACK code=0x93`) && strings.Contains(log.String(), `packet=DISCONNECT code=0x04`); got != (v == mqtt.V5) {
			t.Errorf("%v: a code that does not fit is logged: %v", v, got)
		}
	}
}

// TestRequestProblemInformation: a client that does not want them gets no
// reason strings and user properties [MQTT-3.1.2-29], and nobody gets what exceeds
// its Maximum Packet Size.
func TestRequestProblemInformation(t *testing.T) {
	for name, change := range map[string]func(p *packet.Connect){
		"not wanted": func(p *packet.Connect) { p.Props.RequestProblem = false },
		"too large":  func(p *packet.Connect) { p.Props.MaximumPacketSize = 13 },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			h := refusing(t, &log)
			h.Settings.ReceiveMaximum, h.Settings.TopicAliasMaximum, h.Settings.MaxPacket = 65_535, 0, 1<<20
			c := dial(t, h)
			c.say(c.connect("135", change))
			c.want("CONNACK 135", "end")
			c = dial(t, h)
			if name == "too large" {
				change = func(p *packet.Connect) { p.Props.MaximumPacketSize = 18 } // CONNACK has no shorter form
			}
			c.say(c.connect("c", change))
			c.want("CONNACK 0")
			c.say(c.publish(1, 1, "135", ""), c.publish(2, 2, "135", ""), c.subscribe(3, filter("135", 0), filter("135/+", 1)))
			c.want("PUBACK 1 135", "PUBREC 2 135", "SUBACK 3 [135 1]")
			c.say(c.publish(1, 1, "leave156", ""))
			c.want("DISCONNECT 156"+flag(name == "not wanted", " elsewhere:1883"), "end")
		})
	}
}

// TestNothingExceedsTheMaximumPacketSize: what has no shorter form is not sent
// [MQTT-3.1.2-24].
func TestNothingExceedsTheMaximumPacketSize(t *testing.T) {
	h := newHost(t)
	for size, want := range map[uint32][]string{4: {"end"}, 10: {"CONNACK 149", "end"}, 100: {"CONNACK 0", "PINGRESP"}} {
		c := dial(t, h)
		c.say(c.connect("c", func(p *packet.Connect) { p.Props.MaximumPacketSize = size }), pingreq)
		if size == 10 {
			if ack := c.connack(); ack.Code != mqtt.PacketTooLarge {
				t.Errorf("CONNACK says %v", ack.Code)
			}
			want = want[1:]
		}
		c.want(want...)
		c.close()
	}
}
