package packet

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// allForward is every property that goes on to subscribers, with repeated user properties.
var allForward = wire(
	0x01, 1, 0x03, str("text/plain"), 0x08, str("reply/to"), 0x09, str("\x00\xFF"),
	user("b", "1"), user("a", "2"), user("b", "1"),
)

var publishGood = []good{
	{
		name: "QoS 0", v: mqtt.V31, wire: frame(0x30, str("a/b"), "hi"),
		want: &Publish{Name: []byte("a/b"), Payload: []byte("hi")},
		cuts: map[int]error{5: nil, 6: nil},
	},
	{
		name: "QoS 0, empty payload", v: mqtt.V311, wire: frame(0x31, str("a/b")),
		want: &Publish{Name: []byte("a/b"), Retain: true, Payload: []byte{}},
	},
	{
		name: "QoS 1", v: mqtt.V311, wire: frame(0x3B, str("a"), 0xAB, 0xCD, "x"),
		want: &Publish{Name: []byte("a"), Dup: true, Retain: true, QoS: mqtt.QoS1, PacketID: 0xABCD, Payload: []byte("x")},
		cuts: map[int]error{5: nil},
	},
	{
		name: "QoS 2", v: mqtt.V5, wire: frame(0x34, str("/"), 0, 1, props(), "\x00\xFF"),
		want: &Publish{Name: []byte("/"), QoS: mqtt.QoS2, PacketID: 1, Payload: []byte("\x00\xFF")},
		cuts: map[int]error{6: nil, 7: nil},
	},
	{
		name: "properties that go on", v: mqtt.V5, wire: frame(0x30, str("a"), props(allForward)),
		want: &Publish{
			Name: []byte("a"), Payload: []byte{},
			Props: PublishProps{Raw: allForward, Forward: allForward, PayloadFormatUTF8: true},
		},
	},
	{
		name: "alias and expiry", v: mqtt.V5,
		wire: frame(0x30, str("a"), props(0x23, 0, 9, 0x02, 0, 0, 1, 0, user("k", "v")), "x"),
		want: &Publish{
			Name: []byte("a"), Payload: []byte("x"),
			Props: PublishProps{
				Raw:   wire(0x23, 0, 9, 0x02, 0, 0, 1, 0, user("k", "v")),
				Alias: 9, HasAlias: true, Expiry: 256, HasExpiry: true,
			},
		},
		cuts: map[int]error{19: nil},
	},
	{
		name: "alias alone", v: mqtt.V5, wire: frame(0x30, str(""), props(0x23, 0xFF, 0xFF)),
		want: &Publish{
			Name: []byte{}, Payload: []byte{},
			Props: PublishProps{Raw: wire(0x23, 0xFF, 0xFF), Alias: 0xFFFF, HasAlias: true},
		},
	},
	{
		name: "subscription identifiers to a client", v: mqtt.V5,
		wire: frame(0x30, str("a"), props(0x0B, 1, user("k", "v"), 0x0B, 0xFF, 0xFF, 0xFF, 0x7F, 0x0B, 1)),
		want: &Publish{
			Name: []byte("a"), Payload: []byte{},
			Props: PublishProps{
				Raw:               wire(0x0B, 1, user("k", "v"), 0x0B, 0xFF, 0xFF, 0xFF, 0x7F, 0x0B, 1),
				HasSubscriptionID: true,
			},
		},
	},
	{
		name: "payload format 0", v: mqtt.V5, wire: frame(0x30, str("a"), props(0x01, 0)),
		want: &Publish{
			Name: []byte("a"), Payload: []byte{},
			Props: PublishProps{Raw: wire(0x01, 0), Forward: wire(0x01, 0)},
		},
	},
	{
		name: "U+FEFF and other planes", v: mqtt.V5, wire: frame(0x30, str("\uFEFFä/𝄞"), props()),
		want: &Publish{Name: []byte("\uFEFFä/𝄞"), Payload: []byte{}},
	},
}

var publishBad = []bad{
	{"packet identifier 0", mqtt.V311, frame(0x32, str("a"), 0, 0), errPacketID},
	{"packet identifier 0", mqtt.V5, frame(0x34, str("a"), 0, 0, props()), errPacketID},
	{"no name", mqtt.V311, frame(0x30), errShort},
	{"no name and no alias", mqtt.V31, frame(0x30, str("")), errNameMissing},
	{"no name and no alias", mqtt.V311, frame(0x30, str(""), "x"), errNameMissing},
	{"no name and no alias", mqtt.V5, frame(0x30, str(""), props(), "x"), errNameMissing},
	{"no properties", mqtt.V5, frame(0x30, str("a")), errShort},
	{"name with +", mqtt.V311, frame(0x30, str("a/+/b")), errNameWildcard},
	{"name with #", mqtt.V5, frame(0x30, str("sport/tennis/#"), props()), errNameWildcard},
	{"name with U+0000", mqtt.V31, frame(0x30, str("a\x00b")), errText},
	{"name with a surrogate", mqtt.V311, frame(0x30, str("a\xED\xA0\x80")), errText},
	{"name with an overlong form", mqtt.V5, frame(0x30, str("\xC0\x80"), props()), errText},
	{"name that ends inside a character", mqtt.V5, frame(0x30, str("a\xE2\x82"), props()), errText},
	{"alias 0", mqtt.V5, frame(0x30, str("a"), props(0x23, 0, 0)), errTopicAlias},
	{"alias twice", mqtt.V5, frame(0x30, str("a"), props(0x23, 0, 1, 0x23, 0, 1)), errPropertyRepeated},
	{"expiry twice", mqtt.V5, frame(0x30, str("a"), props(0x02, 0, 0, 0, 1, 0x02, 0, 0, 0, 1)), errPropertyRepeated},
	{"content type twice", mqtt.V5, frame(0x30, str("a"), props(0x03, str("x"), 0x03, str("x"))), errPropertyRepeated},
	{"payload format 2", mqtt.V5, frame(0x30, str("a"), props(0x01, 2)), errPropertyValue},
	{"response topic with a wildcard", mqtt.V5, frame(0x30, str("a"), props(0x08, str("a/#"))), errNameWildcard},
	{"response topic empty", mqtt.V5, frame(0x30, str("a"), props(0x08, str(""))), errNameEmpty},
	{"response topic not text", mqtt.V5, frame(0x30, str("a"), props(0x08, str("\xFF"))), errText},
	{"subscription identifier 0", mqtt.V5, frame(0x30, str("a"), props(0x0B, 0)), errPropertyZero},
	{"subscription identifier in five bytes", mqtt.V5, frame(0x30, str("a"), props(0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 1)), errVarint},
	{"subscription identifier not in its shortest form", mqtt.V5, frame(0x30, str("a"), props(0x0B, 0x81, 0x00)), errVarintLong},
	{"user property key not text", mqtt.V5, frame(0x30, str("a"), props(user("\x00", "v"))), errText},
	{"user property value not text", mqtt.V5, frame(0x30, str("a"), props(user("k", "\xED\xBF\xBF"))), errText},
	{"user property without its value", mqtt.V5, frame(0x30, str("a"), props(0x26, str("k"))), errShort},
	{"property without its value", mqtt.V5, frame(0x30, str("a"), props(0x02)), errShort},
	{"property over the end of the properties", mqtt.V5, frame(0x30, str("a"), 3, 0x02, 0, 0, 0, 1, "x"), errShort},
	{"property of another packet", mqtt.V5, frame(0x30, str("a"), props(0x11, 0, 0, 0, 1)), errPropertyUnknown},
	{"property of a will", mqtt.V5, frame(0x30, str("a"), props(0x18, 0, 0, 0, 1)), errPropertyUnknown},
	{"property 0", mqtt.V5, frame(0x30, str("a"), props(0x00, 1)), errPropertyUnknown},
	{"property 0x2B", mqtt.V5, frame(0x30, str("a"), props(0x2B, 1)), errPropertyUnknown},
	{"property 0xA6", mqtt.V5, frame(0x30, str("a"), props(0xA6, 0x00)), errPropertyUnknown},
	{"length of properties not in its shortest form", mqtt.V5, frame(0x30, str("a"), 0x80, 0x00), errVarintLong},
	{"length of properties over the end", mqtt.V5, frame(0x30, str("a"), 5, 0x01, 1), errShort},
}

func TestPublishGood(t *testing.T) { checkGood(t, publishGood) }
func TestPublishBad(t *testing.T)  { checkBad(t, publishBad) }

// TestPublish31Dup: MQTT 3.1 ignores DUP with QoS 0.
func TestPublish31Dup(t *testing.T) {
	p, err := decode(mqtt.V31, frame(0x38, str("a")))
	if err != nil || p.(*Publish).Dup {
		t.Errorf("decode: %+v, %v", p, err)
	}
}

// TestPublishCheckClient: only a server sends subscription identifiers [MQTT-3.3.4-6].
func TestPublishCheckClient(t *testing.T) {
	for _, c := range publishGood {
		p, err := decode(c.v, c.wire)
		if err != nil {
			t.Fatal(err)
		}
		want := error(nil)
		if strings.HasPrefix(c.name, "subscription") {
			want = errSubscriptionID
		}
		if err := p.(*Publish).CheckClient(); err != want {
			t.Errorf("%s: got %v, want %v", c.name, err, want)
		}
	}
}

// TestPublishViews: appending to what a packet holds does not reach its neighbours.
func TestPublishViews(t *testing.T) {
	wire := frame(0x32, str("a"), 0, 1, props(0x09, str("c")), "payload")
	read := append(wire, frame(0xC0)...) // the next packet of the same read
	h, _, _ := ParseHeader(read)
	var p Publish
	if err := p.Decode(h, mqtt.V5, read[h.Size:h.Size+h.Length]); err != nil {
		t.Fatal(err)
	}
	m := DecodeProperties(p.Props.Raw)
	for name, view := range map[string][]byte{
		"name": p.Name, "payload": p.Payload, "properties": p.Props.Raw,
		"forward": p.Props.Forward, "correlation data": m.CorrelationData,
	} {
		if len(view) == 0 || len(view) != cap(view) {
			t.Errorf("%s: length %d, capacity %d", name, len(view), cap(view))
		}
	}
}
