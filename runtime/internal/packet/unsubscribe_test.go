package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var unsubscribeGood = []good{
	{
		name: "two", v: mqtt.V31, wire: frame(0xA2, 0, 1, str("a"), str("b/#")),
		want: &Unsubscribe{PacketID: 1, Filters: [][]byte{[]byte("a"), []byte("b/#")}},
		cuts: map[int]error{2: errNoFilter, 5: nil},
	},
	{
		name: "one", v: mqtt.V311, wire: frame(0xA2, 0, 1, str("$share/g/a")),
		want: &Unsubscribe{PacketID: 1, Filters: [][]byte{[]byte("$share/g/a")}},
		cuts: map[int]error{2: errNoFilter},
	},
	{
		name: "one", v: mqtt.V5, wire: frame(0xA2, 0, 1, props(user("k", "v")), str("a")),
		want: &Unsubscribe{PacketID: 1, User: user("k", "v"), Filters: [][]byte{[]byte("a")}},
		cuts: map[int]error{10: errNoFilter},
	},
}

var unsubscribeBad = []bad{
	{"no filter", mqtt.V31, frame(0xA2, 0, 1), errNoFilter},
	{"flags", mqtt.V311, frame(0xA0, 0, 1, str("a")), errFlags},
	{"flags", mqtt.V5, frame(0xA0, 0, 1, props(), str("a")), errFlags},
	{"packet identifier 0", mqtt.V311, frame(0xA2, 0, 0, str("a")), errPacketID},
	{"no filter", mqtt.V311, frame(0xA2, 0, 1), errNoFilter},
	{"no filter", mqtt.V5, frame(0xA2, 0, 1, props()), errNoFilter},
	{"filter empty", mqtt.V5, frame(0xA2, 0, 1, props(), str("")), errFilterEmpty},
	{"filter not text", mqtt.V5, frame(0xA2, 0, 1, props(), str("\xFF")), errText},
	{"second property unknown", mqtt.V5, frame(0xA2, 0, 1, props(user("k", "v"), 0x7F), str("a")), errPropertyUnknown},
	{"property of SUBSCRIBE", mqtt.V5, frame(0xA2, 0, 1, props(0x0B, 1), str("a")), errPropertyUnknown},
}

func TestUnsubscribeGood(t *testing.T) { checkGood(t, unsubscribeGood) }
func TestUnsubscribeBad(t *testing.T)  { checkBad(t, unsubscribeBad) }
