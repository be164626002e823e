package packet

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// table24 is section 2.2.2.2, table 2-4: a value of each property other than the one that its
// absence means, and the packets that may carry it. "reasons" are all with a Reason String.
var table24 = map[byte]struct {
	value   []byte
	packets string
}{
	0x01: {wire(1), "PUBLISH will"},
	0x02: {wire(0, 0, 0, 9), "PUBLISH will"},
	0x03: {str("text"), "PUBLISH will"},
	0x08: {str("reply"), "PUBLISH will"},
	0x09: {str("\x00\xFF"), "PUBLISH will"},
	0x0B: {wire(5), "PUBLISH SUBSCRIBE"},
	0x11: {wire(0, 0, 0, 9), "CONNECT CONNACK DISCONNECT"},
	0x12: {str("id"), "CONNACK"},
	0x13: {wire(0, 9), "CONNACK"},
	0x15: {str("method"), "CONNECT CONNACK AUTH"},
	0x16: {str("\x00\xFF"), "CONNECT CONNACK AUTH"},
	0x17: {wire(0), "CONNECT"},
	0x18: {wire(0, 0, 0, 9), "will"},
	0x19: {wire(1), "CONNECT"},
	0x1A: {str("info"), "CONNACK"},
	0x1C: {str("other"), "CONNACK DISCONNECT"},
	0x1F: {str("why"), "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"},
	0x21: {wire(0, 9), "CONNECT CONNACK"},
	0x22: {wire(0, 9), "CONNECT CONNACK"},
	0x23: {wire(0, 9), "PUBLISH"},
	0x24: {wire(1), "CONNACK"},
	0x25: {wire(0), "CONNACK"},
	0x26: {wire(str("key"), str("value")), "CONNECT CONNACK PUBLISH will PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT AUTH"},
	0x27: {wire(0, 0, 1, 0), "CONNECT CONNACK"},
	0x28: {wire(0), "CONNACK"},
	0x29: {wire(0), "CONNACK"},
	0x2A: {wire(0), "CONNACK"},
}

// carriers make a packet of each kind that has properties, around given ones.
var carriers = map[string]func(raw ...any) []byte{
	"CONNECT": func(raw ...any) []byte { return connect("MQTT", 5, 2, props(raw...), str("c")) },
	"will": func(raw ...any) []byte {
		return connect("MQTT", 5, 6, props(), str("c"), props(raw...), str("w"), str(""))
	},
	"CONNACK":     func(raw ...any) []byte { return frame(0x20, 0, 0, props(raw...)) },
	"PUBLISH":     func(raw ...any) []byte { return frame(0x30, str("a"), props(raw...)) },
	"PUBACK":      func(raw ...any) []byte { return frame(0x40, 0, 1, 0, props(raw...)) },
	"PUBREC":      func(raw ...any) []byte { return frame(0x50, 0, 1, 0, props(raw...)) },
	"PUBREL":      func(raw ...any) []byte { return frame(0x62, 0, 1, 0, props(raw...)) },
	"PUBCOMP":     func(raw ...any) []byte { return frame(0x70, 0, 1, 0, props(raw...)) },
	"SUBSCRIBE":   func(raw ...any) []byte { return frame(0x82, 0, 1, props(raw...), str("a"), 0) },
	"SUBACK":      func(raw ...any) []byte { return frame(0x90, 0, 1, props(raw...), 0) },
	"UNSUBSCRIBE": func(raw ...any) []byte { return frame(0xA2, 0, 1, props(raw...), str("a")) },
	"UNSUBACK":    func(raw ...any) []byte { return frame(0xB0, 0, 1, props(raw...), 0) },
	"DISCONNECT":  func(raw ...any) []byte { return frame(0xE0, 0, props(raw...)) },
	"AUTH":        func(raw ...any) []byte { return frame(0xF0, 0x18, props(raw...)) },
}

// before is what a property needs in front of it to be legal: Authentication Data its method
// (sections 3.1.2.11.10 and 3.15.2.2.2).
func before(packet string, id byte) []byte {
	if id != 0x15 && (packet == "AUTH" || packet == "CONNECT" && id == 0x16) {
		return wire(0x15, str("m"))
	}
	return nil
}

// TestPropertyTable tries each identifier in each packet: it is carried in both directions
// where table 2-4 allows it, once only, and is malformed elsewhere (section 2.2.2.2).
func TestPropertyTable(t *testing.T) {
	for packet, carry := range carriers {
		for id := range 256 {
			row := table24[byte(id)]
			if slices.Contains(strings.Fields(row.packets), packet) {
				checkAllowed(t, packet, carry, byte(id), row.value)
				continue
			}
			if _, err := decode(mqtt.V5, carry(before(packet, byte(id)), id, row.value)); err != errPropertyUnknown {
				t.Errorf("%s with property %#x: %v", packet, id, err)
			}
		}
	}
}

func checkAllowed(t *testing.T, packet string, carry func(...any) []byte, id byte, value []byte) {
	t.Helper()
	first, one := before(packet, id), wire(int(id), value)
	p, err := decode(mqtt.V5, carry(first, one))
	if err != nil {
		t.Errorf("%s with property %#x: %v", packet, id, err)
		return
	}
	if out := p.Append(nil, mqtt.V5); !bytes.Contains(out, one) {
		t.Errorf("%s with property %#x is written as % x", packet, id, out)
	}
	for n := 1; n < len(one); n++ {
		if _, err := decode(mqtt.V5, carry(first, one[:n])); err != errShort {
			t.Errorf("%s with property %#x cut to %d bytes: %v", packet, id, n, err)
		}
	}
	want := errPropertyRepeated // 0x82
	if id == 0x26 || id == 0x0B && packet == "PUBLISH" {
		want = nil
	}
	if _, err := decode(mqtt.V5, carry(first, one, one)); err != want {
		t.Errorf("%s with property %#x twice: %v, want %v", packet, id, err, want)
	}
	long := wire(0x80|int(id), 0, value) // the identifier not in its shortest form [MQTT-1.5.5-1]
	if _, err := decode(mqtt.V5, carry(first, long)); err != errPropertyUnknown {
		t.Errorf("%s with property %#x in two bytes: %v", packet, id, err)
	}
}

// TestPropertyLimits: what the value of a property may not be, wherever it stands.
func TestPropertyLimits(t *testing.T) {
	for _, c := range []struct {
		section string
		raw     []byte
		err     error
	}{
		{"3.1.2.11.3 Receive Maximum 0", wire(0x21, 0, 0), errPropertyZero},
		{"3.1.2.11.4 Maximum Packet Size 0", wire(0x27, 0, 0, 0, 0), errPropertyZero},
		{"3.3.2.3.4 Topic Alias 0 [MQTT-3.3.2-8]", wire(0x23, 0, 0), errTopicAlias},
		{"3.8.2.1.2 Subscription Identifier 0", wire(0x0B, 0), errPropertyZero},
		{"1.5.5 Subscription Identifier of five bytes", wire(0x0B, 0x80, 0x80, 0x80, 0x80, 1), errVarint},
		{"3.3.2.3.2 Payload Format Indicator 2", wire(0x01, 2), errPropertyValue},
		{"3.1.2.11.6 Request Response Information 2", wire(0x19, 2), errPropertyValue},
		{"3.1.2.11.7 Request Problem Information 2", wire(0x17, 2), errPropertyValue},
		{"3.2.2.3.4 Maximum QoS 2", wire(0x24, 2), errPropertyValue},
		{"3.2.2.3.5 Retain Available 2", wire(0x25, 2), errPropertyValue},
		{"3.2.2.3.11 Wildcard Subscription Available 2", wire(0x28, 2), errPropertyValue},
		{"3.2.2.3.12 Subscription Identifiers Available 2", wire(0x29, 2), errPropertyValue},
		{"3.2.2.3.13 Shared Subscription Available 2", wire(0x2A, 2), errPropertyValue},
		{"3.3.2.3.5 Response Topic empty [MQTT-4.7.3-1]", wire(0x08, str("")), errNameEmpty},
		{"3.3.2.3.5 Response Topic with a wildcard [MQTT-3.3.2-14]", wire(0x08, str("a/+")), errNameWildcard},
		{"3.3.2.3.5 Response Topic not text [MQTT-3.3.2-13]", wire(0x08, str("\xFF")), errText},
		{"3.3.2.3.9 Content Type not text [MQTT-3.3.2-19]", wire(0x03, str("\xED\xA0\x80")), errText},
		{"3.1.2.11.9 Authentication Method not text", wire(0x15, str("\x00")), errText},
		{"3.4.2.2.2 Reason String not text", wire(0x1F, str("\xC0\x80")), errText},
		{"1.5.7 User Property name not text [MQTT-1.5.7-1]", wire(0x26, str("\xFF"), str("")), errText},
		{"1.5.7 User Property value not text [MQTT-1.5.7-1]", wire(0x26, str(""), str("\x00")), errText},
	} {
		for _, packet := range strings.Fields(table24[c.raw[0]].packets) {
			if _, err := decode(mqtt.V5, carriers[packet](before(packet, c.raw[0]), c.raw)); err != c.err {
				t.Errorf("%s in %s: %v, want %v", c.section, packet, err, c.err)
			}
		}
	}
}
