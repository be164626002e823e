package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var unsubackGood = []good{
	{name: "3.1", v: mqtt.V31, wire: frame(0xB0, 0, 1), want: &Unsuback{PacketID: 1}},
	{name: "3.1.1", v: mqtt.V311, wire: frame(0xB0, 0, 1), want: &Unsuback{PacketID: 1}},
	{
		name: "codes", v: mqtt.V5, wire: frame(0xB0, 0, 1, props(), 0, 0x11),
		want: &Unsuback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.Success, mqtt.NoSubscriptionExisted}},
		cuts: map[int]error{3: errNoCodes, 4: nil},
	},
	{
		name: "properties", v: mqtt.V5, copies: 1, wire: frame(0xB0, 0, 1, props(0x1F, str("r")), 0),
		want: &Unsuback{PacketID: 1, Reason: "r", Codes: []mqtt.ReasonCode{mqtt.Success}},
		cuts: map[int]error{7: errNoCodes},
	},
}

var unsubackBad = []bad{
	{"byte after the packet identifier", mqtt.V31, frame(0xB0, 0, 1, 0), errTrailing},
	{"packet identifier 0", mqtt.V311, frame(0xB0, 0, 0), errPacketID},
	{"code in 3.1.1", mqtt.V311, frame(0xB0, 0, 1, 0), errTrailing},
	{"no code", mqtt.V5, frame(0xB0, 0, 1, props()), errNoCodes},
	{"code of SUBACK", mqtt.V5, frame(0xB0, 0, 1, props(), 1), errReasonCode},
}

func TestUnsubackGood(t *testing.T) { checkGood(t, unsubackGood) }
func TestUnsubackBad(t *testing.T)  { checkBad(t, unsubackBad) }

// TestUnsuback3: two bytes and nothing more, whatever the codes.
func TestUnsuback3(t *testing.T) {
	p := Unsuback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.NoSubscriptionExisted}}
	if got := p.Append(nil, mqtt.V311); !bytes.Equal(got, frame(0xB0, 0, 1)) {
		t.Errorf("% x", got)
	}
}
