package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var connackGood = []good{
	{name: "accepted", v: mqtt.V31, wire: frame(0x20, 0, 0), want: &Connack{ReceiveMaximum: 65_535}},
	{name: "session present", v: mqtt.V311, wire: frame(0x20, 1, 0), want: &Connack{SessionPresent: true, ReceiveMaximum: 65_535}},
	{name: "refused", v: mqtt.V311, wire: frame(0x20, 0, 5), want: &Connack{Code: mqtt.NotAuthorized, ReceiveMaximum: 65_535}},
	{name: "accepted", v: mqtt.V5, wire: frame(0x20, 0, 0, props()), want: &Connack{ReceiveMaximum: 65_535}},
	{
		name: "refused with a reason", v: mqtt.V5, copies: 4,
		wire: frame(0x20, 0, 0x9D, props(0x1C, str("other:1883"), 0x1F, str("moved"), user("k", "v"))),
		want: &Connack{
			Code: mqtt.ServerMoved, ReceiveMaximum: 65_535, ServerReference: "other:1883", Reason: "moved",
			User: []mqtt.UserProperty{{Key: "k", Value: "v"}},
		},
	},
	{
		name: "limits", v: mqtt.V5,
		wire: frame(0x20, 1, 0, props(
			0x11, 0, 0, 0, 0, 0x21, 0, 20, 0x24, 1, 0x27, 0, 1, 0, 0, 0x22, 0, 8, 0x13, 0, 0,
			0x25, 0, 0x28, 0, 0x29, 0, 0x2A, 0,
		)),
		want: &Connack{
			SessionPresent: true, HasSessionExpiry: true, ReceiveMaximum: 20, MaximumQoS: mqtt.QoS1, HasMaximumQoS: true,
			MaximumPacketSize: 65_536, TopicAliasMaximum: 8, HasServerKeepAlive: true, RetainUnavailable: true,
			WildcardSubscriptionUnavailable: true, SubscriptionIdentifiersUnavailable: true, SharedSubscriptionUnavailable: true,
		},
	},
	{
		name: "texts", v: mqtt.V5, copies: 2,
		wire: frame(0x20, 0, 0, props(0x12, str("auto-1"), 0x1A, str("info"), 0x15, str("SCRAM"), 0x16, str("\xFF"))),
		want: &Connack{
			ReceiveMaximum: 65_535, AssignedClientID: "auto-1", ResponseInformation: "info",
			AuthenticationMethod: []byte("SCRAM"), AuthenticationData: []byte{0xFF},
		},
	},
}

var connackBad = []bad{
	{"return code 6", mqtt.V31, frame(0x20, 0, 6), errReturnCode},
	{"bytes after the return code", mqtt.V31, frame(0x20, 0, 0, 0), errTrailing},
	{"reserved flags", mqtt.V311, frame(0x20, 2, 0), errConnackFlags},
	{"reserved flags", mqtt.V5, frame(0x20, 0x81, 0, props()), errConnackFlags},
	{"return code 6", mqtt.V311, frame(0x20, 0, 6), errReturnCode},
	{"session present with a refusal", mqtt.V311, frame(0x20, 1, 5), errSessionPresent},
	{"session present with a refusal", mqtt.V5, frame(0x20, 1, 0x87, props()), errSessionPresent},
	{"reason code of another packet", mqtt.V5, frame(0x20, 0, 0x8E, props()), errReasonCode},
	{"bytes after the return code", mqtt.V311, frame(0x20, 0, 0, 0), errTrailing},
	{"no properties", mqtt.V5, frame(0x20, 0, 0), errShort},
	{"maximum QoS 2", mqtt.V5, frame(0x20, 0, 0, props(0x24, 2)), errPropertyValue},
	{"retain available 2", mqtt.V5, frame(0x20, 0, 0, props(0x25, 2)), errPropertyValue},
	{"receive maximum 0", mqtt.V5, frame(0x20, 0, 0, props(0x21, 0, 0)), errPropertyZero},
	{"reason string twice", mqtt.V5, frame(0x20, 0, 0, props(0x1F, str(""), 0x1F, str(""))), errPropertyRepeated},
	{"property of CONNECT", mqtt.V5, frame(0x20, 0, 0, props(0x17, 1)), errPropertyUnknown},
}

func TestConnackGood(t *testing.T) { checkGood(t, connackGood) }
func TestConnackBad(t *testing.T)  { checkBad(t, connackBad) }

// TestReturnCodes: what MQTT 3.x knows survives, everything else is a refusal as well.
func TestReturnCodes(t *testing.T) {
	for code, reason := range returnCodes {
		if got := returnCode(reason); got != byte(code) {
			t.Errorf("%v is written as %d, want %d", reason, got, code)
		}
	}
	for c := mqtt.UnspecifiedError; c != 0; c++ {
		if got := returnCode(c); got == returnAccepted || int(got) >= len(returnCodes) {
			t.Errorf("%v is written as %d", c, got)
		}
	}
}

// TestConnackUnsupported: a client of another level is answered in the form it may know.
func TestConnackUnsupported(t *testing.T) {
	refusal := Connack{Code: mqtt.UnsupportedProtocolVersion}
	for level, want := range map[mqtt.Version][]byte{
		0: wire(0x20, 2, 0, 1), 2: wire(0x20, 2, 0, 1), 0x83: wire(0x20, 2, 0, 1), 0x84: wire(0x20, 2, 0, 1),
		6: wire(0x20, 3, 0, 0x84, 0), 0x7F: wire(0x20, 3, 0, 0x84, 0),
	} {
		if got := refusal.Append(nil, level); !bytes.Equal(got, want) {
			t.Errorf("level %#x: got % x, want % x", byte(level), got, want)
		}
	}
}

// TestConnack31 has no session present, in either direction.
func TestConnack31(t *testing.T) {
	p := Connack{SessionPresent: true}
	if got := p.Append(nil, mqtt.V31); !bytes.Equal(got, wire(0x20, 2, 0, 0)) {
		t.Errorf("append: % x", got)
	}
	got, err := decode(mqtt.V31, frame(0x20, 0xFF, 0))
	if err != nil || got.(*Connack).SessionPresent {
		t.Errorf("decode: %+v, %v", got, err)
	}
}
