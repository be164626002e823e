package packet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var subscribeGood = []good{
	{
		name: "one", v: mqtt.V31, wire: frame(0x82, 0, 1, str("a/+"), 1),
		want: &Subscribe{PacketID: 1, Filters: []Filter{{Filter: []byte("a/+"), QoS: mqtt.QoS1}}},
		cuts: map[int]error{2: errNoFilter},
	},
	{
		name: "two", v: mqtt.V311, wire: frame(0x82, 0, 1, str("#"), 2, str("b"), 0),
		want: &Subscribe{PacketID: 1, Filters: []Filter{{Filter: []byte("#"), QoS: mqtt.QoS2}, {Filter: []byte("b")}}},
		cuts: map[int]error{2: errNoFilter, 6: nil},
	},
	{
		name: "options", v: mqtt.V5, wire: frame(0x82, 0, 1, props(), str("a"), 0x2D, str("b"), 0x10),
		want: &Subscribe{PacketID: 1, Filters: []Filter{
			{Filter: []byte("a"), QoS: mqtt.QoS1, NoLocal: true, RetainAsPublished: true, RetainHandling: 2},
			{Filter: []byte("b"), RetainHandling: 1},
		}},
		cuts: map[int]error{3: errNoFilter, 7: nil},
	},
	{
		name: "properties", v: mqtt.V5,
		wire: frame(0x82, 0, 1, props(0x0B, 0x80, 0x01, user("b", "1"), user("a", "2")), str("$share/g/#"), 1),
		want: &Subscribe{
			PacketID: 1, SubscriptionID: 128, User: wire(user("b", "1"), user("a", "2")),
			Filters: []Filter{{Filter: []byte("$share/g/#"), QoS: mqtt.QoS1}},
		},
		cuts: map[int]error{20: errNoFilter},
	},
}

var subscribeBad = []bad{
	{"flags", mqtt.V311, frame(0x80, 0, 1, str("a"), 0), errFlags},
	{"packet identifier 0", mqtt.V311, frame(0x82, 0, 0, str("a"), 0), errPacketID},
	{"packet identifier 0", mqtt.V5, frame(0x82, 0, 0, props(), str("a"), 0), errPacketID},
	{"no filter", mqtt.V31, frame(0x82, 0, 1), errNoFilter},
	{"no filter", mqtt.V5, frame(0x82, 0, 1, props()), errNoFilter},
	{"filter empty", mqtt.V311, frame(0x82, 0, 1, str(""), 0), errFilterEmpty},
	{"filter not text", mqtt.V311, frame(0x82, 0, 1, str("a\x00"), 0), errText},
	{"filter without options", mqtt.V5, frame(0x82, 0, 1, props(), str("a")), errShort},
	{"QoS 3", mqtt.V31, frame(0x82, 0, 1, str("a"), 3), errOptionsQoS},
	{"QoS 3", mqtt.V311, frame(0x82, 0, 1, str("a"), 3), errOptionsQoS},
	{"QoS 3 in the second filter", mqtt.V5, frame(0x82, 0, 1, props(), str("a"), 0, str("b"), 3), errOptionsQoS},
	{"options of 5.0", mqtt.V311, frame(0x82, 0, 1, str("a"), 0x04), errOptionsReserved},
	{"reserved options", mqtt.V5, frame(0x82, 0, 1, props(), str("a"), 0x40), errOptionsReserved},
	{"reserved options", mqtt.V5, frame(0x82, 0, 1, props(), str("a"), 0x80), errOptionsReserved},
	{"retain handling 3", mqtt.V5, frame(0x82, 0, 1, props(), str("a"), 0x30), errRetainHandling},
	{"no local on a shared subscription", mqtt.V5, frame(0x82, 0, 1, props(), str("$share/g/a"), 0x04), errNoLocalShared},
	{"subscription identifier 0", mqtt.V5, frame(0x82, 0, 1, props(0x0B, 0), str("a"), 0), errPropertyZero},
	{"subscription identifier twice", mqtt.V5, frame(0x82, 0, 1, props(0x0B, 1, 0x0B, 1), str("a"), 0), errPropertyRepeated},
	{"property of another packet", mqtt.V5, frame(0x82, 0, 1, props(0x1F, str("a")), str("a"), 0), errPropertyUnknown},
}

func TestSubscribeGood(t *testing.T) { checkGood(t, subscribeGood) }
func TestSubscribeBad(t *testing.T)  { checkBad(t, subscribeBad) }

// TestSubscribe31Leniences: MQTT 3.1 knows DUP here and ignores the bits beside QoS.
func TestSubscribe31Leniences(t *testing.T) {
	got, err := decode(mqtt.V31, frame(0x8A, 0, 1, str("a"), 0xFE))
	if err != nil {
		t.Fatal(err)
	}
	want := &Subscribe{PacketID: 1, Filters: []Filter{{Filter: []byte("a"), QoS: mqtt.QoS2}}}
	if diff := cmp.Diff(want, got, meaning); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
