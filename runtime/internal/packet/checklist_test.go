package packet

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// errAbsent says that a version has no such packet to test.
var errAbsent = errors.New("not in this version")

// rule is one statement of the standard that bytes alone decide: a packet, as each version spells
// it, and what becomes of it in 3.1, 3.1.1 and 5.0.
type rule struct {
	name   string // its section or number, and the statement
	packet func(v mqtt.Version) []byte
	want   [3]error
}

// same is for what is one packet in all versions, but for an empty list of properties in 5.0.
func same(first int, head []byte, tail ...any) func(v mqtt.Version) []byte {
	return func(v mqtt.Version) []byte {
		if v == mqtt.V5 {
			return frame(first, head, props(), wire(tail...))
		}
		return frame(first, head, wire(tail...))
	}
}

// just is for what is one packet in all versions.
func just(b []byte) func(mqtt.Version) []byte { return func(mqtt.Version) []byte { return b } }

// hello is a CONNECT with the connect flags, and what follows keep-alive and properties.
func hello(first, flags int, parts ...any) func(v mqtt.Version) []byte {
	return func(v mqtt.Version) []byte {
		name, properties := nameOf(v), []byte(nil)
		if v == mqtt.V5 {
			properties = props()
		}
		return frame(first, str(name), int(v), flags, 0, 60, properties, wire(parts...))
	}
}

// willOf is the will of a hello.
func willOf(topic, payload string) func(v mqtt.Version) []byte {
	return func(v mqtt.Version) []byte {
		if v == mqtt.V5 {
			return wire(props(), str(topic), str(payload))
		}
		return wire(str(topic), str(payload))
	}
}

// helloWill is a hello with a will.
func helloWill(flags int, topic, payload string) func(v mqtt.Version) []byte {
	return func(v mqtt.Version) []byte { return hello(0x10, flags, str("c"), willOf(topic, payload)(v))(v) }
}

func all(err error) [3]error      { return [3]error{err, err, err} }
func since311(err error) [3]error { return [3]error{nil, err, err} }
func only5(err error) [3]error    { return [3]error{errAbsent, errAbsent, err} }
func lenient3(err error) [3]error { return [3]error{nil, nil, err} }
func only3(err error) [3]error    { return [3]error{err, err, errAbsent} }
func TestChecklist(t *testing.T) {
	checkRules(t, framingRules, connectRules, publishRules, flowRules, subscribeRules, endRules)
}
func letters(n int) string          { return strings.Repeat("x", n) }
func names(filters ...string) []any { return filterList(-1, filters) }

// filterList are filters, each with the options where these are not negative.
func filterList(options int, filters []string) (list []any) {
	for _, f := range filters {
		if list = append(list, str(f)); options >= 0 {
			list = append(list, options)
		}
	}
	return list
}

var framingRules = []rule{
	{"2.1.4 remaining length of five bytes", just(wire(0xC0, 0x80, 0x80, 0x80, 0x80, 0)), all(errLengthTooLong)},
	{"[MQTT-1.5.5-1] remaining length not in its shortest form", just(wire(0xC0, 0x80, 0)), lenient3(errVarintLong)},
	{"[MQTT-1.5.5-1] remaining length of a PUBLISH in four bytes", func(v mqtt.Version) []byte {
		body := same(0x30, str("a"), "x")(v)[2:]
		return wire(0x30, 0x80|len(body), 0x80, 0x80, 0, body)
	}, lenient3(errVarintLong)},
	{"[MQTT-1.5.5-1] property length not in its shortest form", just(frame(0x30, str("a"), 0x80, 0)), only5(errVarintLong)},
	{"1.5.5 property length of five bytes", just(frame(0x30, str("a"), 0xFF, 0xFF, 0xFF, 0xFF, 1)), only5(errVarint)},
	{"2.2.2 property length over the end", just(frame(0x30, str("a"), 9, 1, 0)), only5(errShort)},
	{"[MQTT-2.1.3-1] flags of PINGREQ", just(frame(0xC1)), since311(errFlags)},
	{"[MQTT-3.14.1-1] flags of DISCONNECT", just(frame(0xE2)), since311(errFlags)},
	{"[MQTT-2.1.3-1] flags of PUBACK", just(frame(0x42, 0, 1)), since311(errFlags)},
	{"[MQTT-2.1.3-1] flags of PUBREC", just(frame(0x51, 0, 1)), since311(errFlags)},
	{"[MQTT-2.1.3-1] flags of PUBCOMP", just(frame(0x74, 0, 1)), since311(errFlags)},
	{"[MQTT-3.6.1-1] PUBREL without its flags", just(frame(0x60, 0, 1)), since311(errFlags)},
	{"[MQTT-3.6.1-1] PUBREL with DUP", just(frame(0x6A, 0, 1)), since311(errFlags)},
	{"[MQTT-3.8.1-1] SUBSCRIBE with DUP", same(0x8A, wire(0, 1), str("a"), 0), since311(errFlags)},
	{"[MQTT-3.10.1-1] UNSUBSCRIBE with DUP", same(0xAA, wire(0, 1), str("a")), since311(errFlags)},
	{"[MQTT-3.15.1-1] flags of AUTH", just(frame(0xF1, 0x18, props(0x15, str("m")))), [3]error{errType, errType, errFlags}},
	{"2.1.2 packet type 0", just(frame(0x00)), all(errType)},
	{"[MQTT-1.5.4-1] topic name with a surrogate", same(0x30, str("\xED\xA0\x80")), all(errText)},
	{"[MQTT-1.5.4-1] topic name with an overlong form", same(0x30, str("\xC0\xAF")), all(errText)},
	{"[MQTT-1.5.4-2] topic name with U+0000", same(0x30, str("a\x00")), all(errText)},
	{"[MQTT-1.5.4-3] topic name with U+FEFF", same(0x30, str("\uFEFFa")), all(nil)},
	{"[MQTT-4.7.3-3] topic name of 65,535 bytes", same(0x30, str(letters(maxField))), all(nil)},
	{"[MQTT-4.7.3-1] empty topic filter", same(0x82, wire(0, 1), str(""), 0), all(errFilterEmpty)},
	{"[MQTT-4.7.3-1] empty topic filter to unsubscribe", same(0xA2, wire(0, 1), str("")), all(errFilterEmpty)},
	{"1.5.4 string over the end", just(frame(0x30, 0, 5, "abcd")), all(errShort)},
	{"2.2.2.2 property without its value", just(frame(0x30, str("a"), props(0x23))), only5(errShort)},
	{"[MQTT-2.2.1-3] packet identifier 0 in PUBLISH with QoS 1", same(0x32, wire(str("a"), 0, 0)), all(errPacketID)},
	{"[MQTT-2.2.1-3] packet identifier 0 in PUBLISH with QoS 2", same(0x34, wire(str("a"), 0, 0)), all(errPacketID)},
	{"[MQTT-2.2.1-3] packet identifier 0 in SUBSCRIBE", same(0x82, wire(0, 0), str("a"), 0), all(errPacketID)},
	{"[MQTT-2.2.1-3] packet identifier 0 in UNSUBSCRIBE", same(0xA2, wire(0, 0), str("a")), all(errPacketID)},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBACK", just(frame(0x40, 0, 0)), all(errPacketID)},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBREC", just(frame(0x50, 0, 0)), all(errPacketID)},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBREL", just(frame(0x62, 0, 0)), all(errPacketID)},
	{"[MQTT-2.2.1-5] packet identifier 0 in PUBCOMP", just(frame(0x70, 0, 0)), all(errPacketID)},
	{"2.1.4 PINGREQ with a body", just(frame(0xC0, 0)), all(errTrailing)},
	{"2.1.4 bytes after an acknowledgement", just(frame(0x40, 0, 1, 0, 0, 0)), all(errTrailing)},
	{"2.1.4 bytes after CONNECT", hello(0x10, 2, str("c"), 0), all(errTrailing)},
	{"3.8.3 half a filter after the last", same(0x82, wire(0, 1), str("a"), 0, 0), all(errShort)},
	{"3.10.3 half a filter after the last", same(0xA2, wire(0, 1), str("a"), 0), all(errShort)},
}

var connectRules = []rule{
	{"[MQTT-3.1.2-1] protocol name", func(v mqtt.Version) []byte { return frame(0x10, str("MQTX"), int(v), 2, 0, 0, str("c")) }, all(ErrProtocolName)},
	{"[MQTT-3.1.2-2] level of another version", func(v mqtt.Version) []byte { return frame(0x10, str(nameOf(v)), 9, 2, 0, 0, str("c")) }, all(ErrProtocolLevel)},
	{"[MQTT-3.1.2-2] level of a bridge", func(v mqtt.Version) []byte { return frame(0x10, str(nameOf(v)), 0x80|int(v), 2, 0, 0, str("c")) }, all(ErrProtocolLevel)},
	{"[MQTT-2.1.3-1] flags of the fixed header", hello(0x18, 2, str("c")), since311(errFlags)},
	{"[MQTT-3.1.2-3] reserved connect flag", hello(0x10, 3, str("c")), since311(errConnectReserved)},
	{"[MQTT-3.1.2-11] will QoS without a will", hello(0x10, 0x0A, str("c")), since311(errWillFlags)},
	{"[MQTT-3.1.2-11] will QoS 3 without a will", hello(0x10, 0x1A, str("c")), since311(errWillFlags)},
	{"[MQTT-3.1.2-13] will retain without a will", hello(0x10, 0x22, str("c")), since311(errWillFlags)},
	{"[MQTT-3.1.2-12] will QoS 3", helloWill(0x1E, "w", "x"), all(errWillQoS)},
	{"[MQTT-3.1.2-9] will without topic and payload", hello(0x10, 6, str("c")), all(errShort)},
	{"[MQTT-3.1.3-11] will topic not text", helloWill(6, "\xFF", "x"), all(errText)},
	{"4.7.1 will topic with +", helloWill(6, "w/+", "x"), all(errNameWildcard)},
	{"4.7.1 will topic with #", helloWill(6, "#", "x"), all(errNameWildcard)},
	{"[MQTT-4.7.3-1] will topic empty", helloWill(6, "", "x"), all(errNameEmpty)},
	{"3.1.3.4 will payload empty", helloWill(6, "w", ""), all(nil)},
	{"3.1.3.4 will payload is binary", helloWill(6, "w", "\x00\xFF"), all(nil)},
	{"3.1.2.9 password without a user name", hello(0x10, 0x42, str("c"), str("p")), [3]error{errPasswordAlone, errPasswordAlone, nil}},
	{"3.1.3.6 password is binary", hello(0x10, 0xC2, str("c"), str("u"), str("\x00\xFF")), all(nil)},
	{"[MQTT-3.1.3-12] user name not text", hello(0x10, 0x82, str("c"), str("\xFF")), all(errText)},
	{"[MQTT-3.1.2-16] user name without its flag", hello(0x10, 2, str("c"), str("u")), all(errTrailing)},
	{"[MQTT-3.1.2-18] password without its flag", hello(0x10, 0x82, str("c"), str("u"), str("p")), all(errTrailing)},
	{"[MQTT-3.1.2-17] flag without a user name", hello(0x10, 0x82, str("c")), [3]error{nil, errShort, errShort}},
	{"[MQTT-3.1.2-19] flag without a password", hello(0x10, 0xC2, str("c"), str("u")), [3]error{nil, errShort, errShort}},
	{"[MQTT-3.1.3-3] no client identifier", hello(0x10, 2), all(errShort)},
	{"[MQTT-3.1.3-4] client identifier not text", hello(0x10, 2, str("\xC0\x80")), all(errText)},
	{"[MQTT-3.1.3-6] client identifier empty with clean start", hello(0x10, 2, str("")), [3]error{ErrClientID, nil, nil}},
	{"[MQTT-3.1.3-8] client identifier empty without clean start", hello(0x10, 0, str("")), [3]error{ErrClientID, ErrClientID, nil}},
	{"[MQTT-3.1.3-5] client identifier of 24 bytes", hello(0x10, 2, str(letters(24))), all(nil)},
	{"3.1.2.11.10 authentication data without a method", just(connect("MQTT", 5, 2, props(0x16, str("x")), str("c"))), only5(errAuthData)},
	{"3.1.3.2 property of PUBLISH in a will", just(connect("MQTT", 5, 6, props(), str("c"), props(0x23, 0, 1), str("w"), str(""))), only5(errPropertyUnknown)},
	{"[MQTT-3.2.2-1] connect acknowledge flags", func(v mqtt.Version) []byte { return same(0x20, wire(2, 0))(v) }, since311(errConnackFlags)},
	{"[MQTT-3.2.2-6] session present with a refusal", same(0x20, wire(1, 0x87)), [3]error{errReturnCode, errReturnCode, errSessionPresent}},
	{"3.2.2.3 (3.1.1) session present with return code 5", just(frame(0x20, 1, 5)), [3]error{nil, errSessionPresent, errAbsent}},
	{"3.2.2.3 (3.1.1) return code 6", just(frame(0x20, 0, 6)), only3(errReturnCode)},
}

var publishRules = []rule{
	{"[MQTT-3.3.1-4] QoS 3", same(0x36, wire(str("a"), 0, 1)), all(errQoS)},
	{"[MQTT-3.3.1-2] DUP with QoS 0", same(0x38, str("a")), since311(errDup)},
	{"[MQTT-3.3.2-2] topic name with +", same(0x30, str("+/a")), all(errNameWildcard)},
	{"[MQTT-3.3.2-2] topic name with #", same(0x30, str("a/#")), all(errNameWildcard)},
	{"3.3.2.1 topic name empty without an alias", same(0x30, str("")), all(errNameMissing)},
	{"3.3.2.1 topic name empty with an alias", just(frame(0x30, str(""), props(0x23, 0, 1))), only5(nil)},
	{"[MQTT-3.3.2-8] topic alias 0", just(frame(0x30, str("a"), props(0x23, 0, 0))), only5(errTopicAlias)},
	{"3.3.2.2 no packet identifier with QoS 1", just(frame(0x32, str("a"))), all(errShort)},
	{"[MQTT-2.2.2-1] no property length", just(frame(0x30, str("a"))), lenient3(errShort)},
	{"3.3.3 payload empty", same(0x31, str("a")), all(nil)},
	{"4.7.3 topic names may hold spaces, $ and empty levels", same(0x30, str("$SYS//a b/")), all(nil)},
}

var flowRules = []rule{
	{"3.4.2 PUBACK of 2 bytes", just(frame(0x40, 0, 1)), all(nil)},
	{"3.4.2.1 PUBACK of 3 bytes", just(frame(0x40, 0, 1, 0x10)), [3]error{errTrailing, errTrailing, nil}},
	{"3.5.2.1 PUBREC of 3 bytes", just(frame(0x50, 0, 1, 0x80)), [3]error{errTrailing, errTrailing, nil}},
	{"3.6.2.1 PUBREL of 3 bytes", just(frame(0x62, 0, 1, 0x92)), [3]error{errTrailing, errTrailing, nil}},
	{"3.7.2.1 PUBCOMP of 3 bytes", just(frame(0x70, 0, 1, 0x92)), [3]error{errTrailing, errTrailing, nil}},
	{"3.4.2 PUBACK of 1 byte", just(frame(0x40, 1)), all(errShort)},
	{"[MQTT-3.4.2-1] reason code of PUBREL in PUBACK", just(frame(0x40, 0, 1, 0x92)), only5(errReasonCode)},
	{"[MQTT-3.5.2-1] reason code of DISCONNECT in PUBREC", just(frame(0x50, 0, 1, 0x93)), only5(errReasonCode)},
	{"[MQTT-3.6.2-1] reason code of PUBREC in PUBREL", just(frame(0x62, 0, 1, 0x80)), only5(errReasonCode)},
	{"[MQTT-3.7.2-1] reason code of PUBACK in PUBCOMP", just(frame(0x70, 0, 1, 0x10)), only5(errReasonCode)},
	{"4.9 receive maximum exceeded is no code of PUBACK", just(frame(0x40, 0, 1, 0x93)), only5(errReasonCode)},
	{"4.9 message rate too high is no code of PUBREC", just(frame(0x50, 0, 1, 0x96)), only5(errReasonCode)},
}

var subscribeRules = []rule{
	{"[MQTT-3.8.3-2] no topic filter", same(0x82, wire(0, 1)), all(errNoFilter)},
	{"[MQTT-3.10.3-2] no topic filter to unsubscribe", same(0xA2, wire(0, 1)), all(errNoFilter)},
	{"[MQTT-3.8.3-1] topic filter not text", same(0x82, wire(0, 1), str("\xFF"), 0), all(errText)},
	{"[MQTT-3.10.3-1] topic filter to unsubscribe not text", same(0xA2, wire(0, 1), str("\x00")), all(errText)},
	{"3.8.3.1 maximum QoS 3", same(0x82, wire(0, 1), str("a"), 3), all(errOptionsQoS)},
	{"3.8.3.1 maximum QoS 3 of the last filter", same(0x82, wire(0, 1), str("a"), 0, str("b"), 3), all(errOptionsQoS)},
	{"[MQTT-3.8.3-5] reserved option bit 6", same(0x82, wire(0, 1), str("a"), 0x40), since311(errOptionsReserved)},
	{"[MQTT-3.8.3-5] reserved option bit 7", same(0x82, wire(0, 1), str("a"), 0x80), since311(errOptionsReserved)},
	{"[MQTT-3-8.3-4] (3.1.1) option of 5.0", same(0x82, wire(0, 1), str("a"), 0x04), [3]error{nil, errOptionsReserved, nil}},
	{"3.8.3.1 retain handling 3", same(0x82, wire(0, 1), str("a"), 0x30), [3]error{nil, errOptionsReserved, errRetainHandling}},
	{"[MQTT-3.8.3-4] no local on a shared subscription", same(0x82, wire(0, 1), str("$share/g/a"), 0x04), [3]error{nil, errOptionsReserved, errNoLocalShared}},
	{"3.8.3 topic filter without options", same(0x82, wire(0, 1), str("a")), all(errShort)},
	{"3.8.3 ten thousand filters", same(0x82, wire(0, 1), filterList(1, manyNames(10_000))...), all(nil)},
	{"3.10.3 ten thousand filters", same(0xA2, wire(0, 1), names(manyNames(10_000)...)...), all(nil)},
	{"[MQTT-4.7.3-3] topic filter of 65,535 bytes", same(0x82, wire(0, 1), str(letters(maxField)), 0), all(nil)},
	{"3.8.2.1.2 subscription identifier twice", just(frame(0x82, 0, 1, props(0x0B, 1, 0x0B, 2), str("a"), 0)), only5(errPropertyRepeated)},
	{"[MQTT-3.9.3-2] SUBACK with a code of UNSUBACK", same(0x90, wire(0, 1), 0x11), all(errReasonCode)},
	{"3.9.3 (3.1.1) SUBACK with a code of 5.0", same(0x90, wire(0, 1), 0x87), [3]error{errReasonCode, errReasonCode, nil}},
	{"[MQTT-3.8.4-6] SUBACK without a code", same(0x90, wire(0, 1)), all(errNoCodes)},
	{"3.11 (3.1.1) UNSUBACK is two bytes", just(frame(0xB0, 0, 1)), [3]error{nil, nil, errShort}},
	{"3.11 (3.1.1) UNSUBACK with a byte more", just(frame(0xB0, 0, 1, 0)), only3(errTrailing)},
	{"[MQTT-3.11.3-2] UNSUBACK with a code of SUBACK", just(frame(0xB0, 0, 1, props(), 0x9E)), only5(errReasonCode)},
}

var endRules = []rule{
	{"3.14.2.1 DISCONNECT with nothing", just(frame(0xE0)), all(nil)},
	{"3.14.2.1 DISCONNECT with a reason code only", just(frame(0xE0, 0x04)), [3]error{errTrailing, errTrailing, nil}},
	{"3.14.2.2 DISCONNECT with no properties", just(frame(0xE0, 0, props())), [3]error{errTrailing, errTrailing, nil}},
	{"[MQTT-3.14.2-1] DISCONNECT with a code of CONNACK", just(frame(0xE0, 0x86)), only5(errReasonCode)},
	{"3.14.2.2 DISCONNECT with bytes after the properties", just(frame(0xE0, 0, props(), 0)), only5(errTrailing)},
	{"3.15.2.2.2 AUTH without an Authentication Method", just(frame(0xF0, 0x18, props())), [3]error{errType, errType, errNoAuthMethod}},
	{"3.15.2.1 AUTH with nothing", just(frame(0xF0)), [3]error{errType, errType, errNoAuthMethod}},
	{"[MQTT-3.15.2-1] AUTH with a code of CONNACK", just(frame(0xF0, 0x8C, props(0x15, str("m")))), only5(errReasonCode)},
}

func manyNames(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint("f/", i))
	}
	return list
}

func checkRules(t *testing.T, sections ...[]rule) {
	for _, rules := range sections {
		for _, r := range rules {
			for i, v := range versions {
				if r.want[i] == errAbsent {
					continue
				}
				if _, err := decode(v, r.packet(v)); err != r.want[i] {
					t.Errorf("%v: %s: got %v, want %v", v, r.name, err, r.want[i])
				}
			}
		}
	}
}

// TestEveryTypeInEveryVersion: the tables of good and bad packets leave no type of any version out.
func TestEveryTypeInEveryVersion(t *testing.T) {
	type kind struct {
		t Type
		v mqtt.Version
	}
	goods, bads := map[kind]bool{}, map[kind]bool{}
	for _, c := range allGood() {
		goods[kind{Type(c.wire[0] >> 4), c.v}] = true
	}
	for _, c := range allBad() {
		bads[kind{Type(c.wire[0] >> 4), c.v}] = true
	}
	for typ := TypeConnect; typ <= TypeAuth; typ++ {
		for _, v := range versions {
			k := kind{typ, v}
			if absent := typ == TypeAuth && v < mqtt.V5; !goods[k] && !absent || !bads[k] {
				t.Errorf("%v of %v: good packets %v, bad packets %v", typ, v, goods[k], bads[k])
			}
		}
	}
}
