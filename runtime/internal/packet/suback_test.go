package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var subackGood = []good{
	{
		name: "granted", v: mqtt.V31, wire: frame(0x90, 0, 1, 2),
		want: &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.GrantedQoS2}},
		cuts: map[int]error{2: errNoCodes},
	},
	{
		name: "granted and refused", v: mqtt.V311, wire: frame(0x90, 0, 1, 0, 0x80),
		want: &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.Success, mqtt.UnspecifiedError}},
		cuts: map[int]error{2: errNoCodes, 3: nil},
	},
	{
		name: "refused", v: mqtt.V5, wire: frame(0x90, 0, 1, props(), 0x87, 0x01),
		want: &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.NotAuthorized, mqtt.GrantedQoS1}},
		cuts: map[int]error{3: errNoCodes, 4: nil},
	},
	{
		name: "properties", v: mqtt.V5, copies: 3,
		wire: frame(0x90, 0, 1, props(0x1F, str("r"), user("k", "v")), 0x00),
		want: &Suback{
			PacketID: 1, Reason: "r", User: []mqtt.UserProperty{{Key: "k", Value: "v"}},
			Codes: []mqtt.ReasonCode{mqtt.Success},
		},
		cuts: map[int]error{14: errNoCodes},
	},
}

var subackBad = []bad{
	{"packet identifier 0", mqtt.V31, frame(0x90, 0, 0, 0), errPacketID},
	{"code 3", mqtt.V31, frame(0x90, 0, 1, 3), errReasonCode},
	{"packet identifier 0", mqtt.V311, frame(0x90, 0, 0, 0), errPacketID},
	{"no code", mqtt.V311, frame(0x90, 0, 1), errNoCodes},
	{"no code", mqtt.V5, frame(0x90, 0, 1, props()), errNoCodes},
	{"code 3", mqtt.V311, frame(0x90, 0, 1, 3), errReasonCode},
	{"code of 5.0", mqtt.V311, frame(0x90, 0, 1, 0x87), errReasonCode},
	{"code of UNSUBACK", mqtt.V5, frame(0x90, 0, 1, props(), 0x11), errReasonCode},
}

func TestSubackGood(t *testing.T) { checkGood(t, subackGood) }
func TestSubackBad(t *testing.T)  { checkBad(t, subackBad) }

// TestSuback3: all failures are one in MQTT 3.1.1.
func TestSuback3(t *testing.T) {
	p := Suback{PacketID: 1, Reason: "no", Codes: []mqtt.ReasonCode{mqtt.GrantedQoS1, mqtt.TopicFilterInvalid}}
	if got := p.Append(nil, mqtt.V311); !bytes.Equal(got, frame(0x90, 0, 1, 1, 0x80)) {
		t.Errorf("% x", got)
	}
}
