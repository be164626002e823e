package packet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// connect is a CONNECT with connect flags, a keep-alive of 60 s, and the parts.
func connect(name string, level, flags int, parts ...any) []byte {
	return frame(0x10, str(name), level, flags, 0, 60, wire(parts...))
}

// noProps is ConnectProps of a CONNECT without properties.
var noProps = ConnectProps{ReceiveMaximum: 65_535, RequestProblem: true}

var connectGood = []good{
	{
		name: "least", v: mqtt.V31, wire: connect("MQIsdp", 3, 0, str("c")),
		want: &Connect{Version: mqtt.V31, KeepAlive: 60, ClientID: []byte("c"), Props: noProps},
	},
	{
		name: "least", v: mqtt.V311, wire: connect("MQTT", 4, 0x02, str("")),
		want: &Connect{Version: mqtt.V311, KeepAlive: 60, CleanStart: true, ClientID: []byte{}, Props: noProps},
	},
	{
		name: "least", v: mqtt.V5, wire: connect("MQTT", 5, 0, props(), str("")),
		want: &Connect{Version: mqtt.V5, KeepAlive: 60, ClientID: []byte{}, Props: noProps},
	},
	{
		name: "login", v: mqtt.V31, wire: connect("MQIsdp", 3, 0xC2, str("c"), str("me"), str("\x00\xFF")),
		want: &Connect{
			Version: mqtt.V31, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"), Props: noProps,
			HasUserName: true, UserName: []byte("me"), HasPassword: true, Password: []byte("\x00\xFF"),
		},
		cuts: map[int]error{15: nil, 19: nil}, // MQTT 3.1: the remaining length takes precedence
	},
	{
		name: "will and login", v: mqtt.V311,
		wire: connect("MQTT", 4, 0xEC, str("c"), str("will/t"), str("\x00"), str(""), str("")),
		want: &Connect{
			Version: mqtt.V311, KeepAlive: 60, ClientID: []byte("c"), Props: noProps, HasWill: true,
			Will:        Will{Topic: []byte("will/t"), Payload: []byte{0}, QoS: mqtt.QoS1, Retain: true},
			HasUserName: true, UserName: []byte{}, HasPassword: true, Password: []byte{},
		},
	},
	{
		name: "password alone", v: mqtt.V5, wire: connect("MQTT", 5, 0x40, props(), str("c"), str("p")),
		want: &Connect{
			Version: mqtt.V5, KeepAlive: 60, ClientID: []byte("c"), Props: noProps,
			HasPassword: true, Password: []byte("p"),
		},
	},
	{
		name: "all properties", v: mqtt.V5,
		wire: connect("MQTT", 5, 0x02, props(
			0x11, 0xFF, 0xFF, 0xFF, 0xFF, 0x21, 0, 10, 0x27, 0, 1, 0, 0, 0x22, 0, 5, 0x19, 1, 0x17, 0,
			0x15, str("SCRAM"), 0x16, str("\xFF"), user("b", "1"), user("a", "2"), user("b", "1"),
		), str("c")),
		want: &Connect{
			Version: mqtt.V5, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"),
			Props: ConnectProps{
				SessionExpiry: 0xFFFFFFFF, HasSessionExpiry: true, ReceiveMaximum: 10, MaximumPacketSize: 65_536,
				TopicAliasMaximum: 5, RequestResponse: true, RequestProblem: false,
				HasAuthenticationMethod: true, AuthenticationMethod: []byte("SCRAM"), AuthenticationData: []byte{0xFF},
				User: wire(user("b", "1"), user("a", "2"), user("b", "1")),
			},
		},
	},
	{
		name: "session expiry 0", v: mqtt.V5, wire: connect("MQTT", 5, 0x02, props(0x11, 0, 0, 0, 0), str("c")),
		want: &Connect{
			Version: mqtt.V5, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"),
			Props: ConnectProps{HasSessionExpiry: true, ReceiveMaximum: 65_535, RequestProblem: true},
		},
	},
	{
		name: "will with properties", v: mqtt.V5,
		wire: connect("MQTT", 5, 0x16, props(), str("c"),
			props(0x18, 0, 0, 1, 0, 0x02, 0, 0, 0, 9, allForward), str("w"), str("")),
		want: &Connect{
			Version: mqtt.V5, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"), Props: noProps, HasWill: true,
			Will: Will{
				Topic: []byte("w"), Payload: []byte{}, QoS: mqtt.QoS2, Delay: 256,
				Props: PublishProps{
					Raw:    wire(0x18, 0, 0, 1, 0, 0x02, 0, 0, 0, 9, allForward),
					Expiry: 9, HasExpiry: true, PayloadFormatUTF8: true,
				},
			},
		},
	},
}

var connectBad = []bad{
	{"protocol name", mqtt.V311, connect("MQTX", 4, 2, str("c")), ErrProtocolName},
	{"protocol name in lower case", mqtt.V5, connect("mqtt", 5, 2, props(), str("c")), ErrProtocolName},
	{"protocol name empty", mqtt.V311, connect("", 4, 2, str("c")), ErrProtocolName},
	{"level 6", mqtt.V5, connect("MQTT", 6, 2, props(), str("c")), ErrProtocolLevel},
	{"level 0", mqtt.V311, connect("MQTT", 0, 2, str("c")), ErrProtocolLevel},
	{"level 3 under the newer name", mqtt.V311, connect("MQTT", 3, 2, str("c")), ErrProtocolLevel},
	{"level 4 under the older name", mqtt.V311, connect("MQIsdp", 4, 2, str("c")), ErrProtocolLevel},
	{"bridge", mqtt.V31, connect("MQIsdp", 0x83, 2, str("c")), ErrProtocolLevel},
	{"bridge", mqtt.V311, connect("MQTT", 0x84, 2, str("c")), ErrProtocolLevel},
	{"fixed header flags", mqtt.V311, wire(0x11, connect("MQTT", 4, 2, str("c"))[1:]), errFlags},
	{"fixed header flags", mqtt.V5, wire(0x18, connect("MQTT", 5, 2, props(), str("c"))[1:]), errFlags},
	{"length not in its shortest form", mqtt.V5, wire(0x10, 0x8E, 0x00, connect("MQTT", 5, 2, props(), str("c"))[2:]), errVarintLong},
	{"reserved flag", mqtt.V311, connect("MQTT", 4, 3, str("c")), errConnectReserved},
	{"reserved flag", mqtt.V5, connect("MQTT", 5, 1, props(), str("c")), errConnectReserved},
	{"will QoS without a will", mqtt.V311, connect("MQTT", 4, 0x0A, str("c")), errWillFlags},
	{"will retain without a will", mqtt.V5, connect("MQTT", 5, 0x22, props(), str("c")), errWillFlags},
	{"will QoS 3", mqtt.V311, connect("MQTT", 4, 0x1E, str("c"), str("w"), str("")), errWillQoS},
	{"will QoS 3", mqtt.V5, connect("MQTT", 5, 0x1E, props(), str("c"), props(), str("w"), str("")), errWillQoS},
	{"will topic with a wildcard", mqtt.V311, connect("MQTT", 4, 6, str("c"), str("w/#"), str("")), errNameWildcard},
	{"will topic empty", mqtt.V5, connect("MQTT", 5, 6, props(), str("c"), props(), str(""), str("")), errNameEmpty},
	{"will without a topic", mqtt.V311, connect("MQTT", 4, 6, str("c")), errShort},
	{"will delay twice", mqtt.V5, connect("MQTT", 5, 6, props(), str("c"), props(0x18, 0, 0, 0, 1, 0x18, 0, 0, 0, 1), str("w"), str("")), errPropertyRepeated},
	{"will with a topic alias", mqtt.V5, connect("MQTT", 5, 6, props(), str("c"), props(0x23, 0, 1), str("w"), str("")), errPropertyUnknown},
	{"will with payload format 2", mqtt.V5, connect("MQTT", 5, 6, props(), str("c"), props(0x01, 2), str("w"), str("")), errPropertyValue},
	{"password without user name", mqtt.V31, connect("MQIsdp", 3, 0x42, str("c"), str("p")), errPasswordAlone},
	{"password without user name", mqtt.V311, connect("MQTT", 4, 0x42, str("c"), str("p")), errPasswordAlone},
	{"user name without its flag", mqtt.V311, connect("MQTT", 4, 0x02, str("c"), str("me")), errTrailing},
	{"password without its flag", mqtt.V5, connect("MQTT", 5, 0x82, props(), str("c"), str("me"), str("p")), errTrailing},
	{"flag without user name", mqtt.V311, connect("MQTT", 4, 0x82, str("c")), errShort},
	{"client identifier empty", mqtt.V31, connect("MQIsdp", 3, 2, str("")), ErrClientID},
	{"client identifier empty, session kept", mqtt.V311, connect("MQTT", 4, 0, str("")), ErrClientID},
	{"client identifier not text", mqtt.V311, connect("MQTT", 4, 2, str("\x00")), errText},
	{"user name not text", mqtt.V5, connect("MQTT", 5, 0x82, props(), str("c"), str("\xFF")), errText},
	{"receive maximum 0", mqtt.V5, connect("MQTT", 5, 2, props(0x21, 0, 0), str("c")), errPropertyZero},
	{"maximum packet size 0", mqtt.V5, connect("MQTT", 5, 2, props(0x27, 0, 0, 0, 0), str("c")), errPropertyZero},
	{"request problem information 2", mqtt.V5, connect("MQTT", 5, 2, props(0x17, 2), str("c")), errPropertyValue},
	{"request response information 2", mqtt.V5, connect("MQTT", 5, 2, props(0x19, 0xFF), str("c")), errPropertyValue},
	{"session expiry twice", mqtt.V5, connect("MQTT", 5, 2, props(0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 2), str("c")), errPropertyRepeated},
	{"receive maximum twice", mqtt.V5, connect("MQTT", 5, 2, props(0x21, 0, 1, 0x21, 0, 1), str("c")), errPropertyRepeated},
	{"property of CONNACK", mqtt.V5, connect("MQTT", 5, 2, props(0x12, str("c")), str("c")), errPropertyUnknown},
	{"authentication data alone", mqtt.V5, connect("MQTT", 5, 2, props(0x16, str("")), str("c")), errAuthData},
}

func TestConnectGood(t *testing.T) { checkGood(t, connectGood) }
func TestConnectBad(t *testing.T)  { checkBad(t, connectBad) }

// TestConnectIgnoresVersion: what is passed as the version does not count.
func TestConnectIgnoresVersion(t *testing.T) {
	for _, c := range connectGood {
		for _, v := range []mqtt.Version{0, mqtt.V31, mqtt.V311, mqtt.V5} {
			got, err := decode(v, c.wire)
			if err != nil {
				t.Fatalf("%s as %v: %v", c.name, v, err)
			}
			if diff := cmp.Diff(c.want, got, meaning); diff != "" {
				t.Errorf("%s as %v (-want +got):\n%s", c.name, v, diff)
			}
		}
	}
}

// TestConnectLevel: the level is there to be answered in its own form.
func TestConnectLevel(t *testing.T) {
	for _, c := range connectBad {
		p, err := decode(c.v, c.wire)
		if err != ErrProtocolLevel {
			continue
		}
		at := 2 + 2 + int(c.wire[3]) // after header and protocol name
		if got := byte(p.(*Connect).Version); got != c.wire[at] {
			t.Errorf("%s: level %d, want %d", c.name, got, c.wire[at])
		}
	}
}

// TestConnect31Leniences: MQTT 3.1 ignores all reserved flags.
func TestConnect31Leniences(t *testing.T) {
	lenient := wire(0x1F, connect("MQIsdp", 3, 0x03, str("c"))[1:])
	got, err := decode(mqtt.V31, lenient)
	if err != nil {
		t.Fatal(err)
	}
	want := &Connect{Version: mqtt.V31, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"), Props: noProps}
	if diff := cmp.Diff(want, got, meaning); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestConnect31Will: without a will, 3.1 disregards its QoS and retain flag, and none is left.
func TestConnect31Will(t *testing.T) {
	got, err := decode(mqtt.V31, connect("MQIsdp", 3, 0x3A, str("c")))
	if err != nil {
		t.Fatal(err)
	}
	want := &Connect{Version: mqtt.V31, KeepAlive: 60, CleanStart: true, ClientID: []byte("c"), Props: noProps}
	if diff := cmp.Diff(want, got, meaning); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestConnectZeroValueEncodes: a client that sets nothing but the version is understood.
func TestConnectZeroValueEncodes(t *testing.T) {
	c := Connect{Version: mqtt.V5}
	if _, err := decode(0, c.Append(nil, 0)); err != nil {
		t.Error(err)
	}
}
