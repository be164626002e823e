package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var authGood = []good{
	{
		name: "method", v: mqtt.V5, wire: frame(0xF0, 0x19, props(0x15, str("SCRAM"))),
		want: &Auth{Code: mqtt.ReAuthenticate, AuthenticationMethod: []byte("SCRAM")},
		cuts: map[int]error{0: errNoAuthMethod},
	},
	{
		name: "all", v: mqtt.V5, copies: 3,
		wire: frame(0xF0, 0x18, props(0x15, str("X"), 0x16, str("\xFF"), 0x1F, str("r"), user("k", "v"))),
		want: &Auth{
			Code: mqtt.ContinueAuthentication, AuthenticationMethod: []byte("X"), AuthenticationData: []byte{0xFF},
			Reason: "r", User: []mqtt.UserProperty{{Key: "k", Value: "v"}},
		},
		cuts: map[int]error{0: errNoAuthMethod},
	},
}

var authBad = []bad{
	{"no method", mqtt.V5, frame(0xF0), errNoAuthMethod},
	{"no method", mqtt.V5, frame(0xF0, 0x18, props()), errNoAuthMethod},
	{"data without a method", mqtt.V5, frame(0xF0, 0x18, props(0x16, str("x"))), errNoAuthMethod},
	{"method twice", mqtt.V5, frame(0xF0, 0x18, props(0x15, str("x"), 0x15, str("x"))), errPropertyRepeated},
	{"reason code", mqtt.V5, frame(0xF0, 0x87, props(0x15, str("x"))), errReasonCode},
	{"no properties", mqtt.V5, frame(0xF0, 0x18), errShort},
	{"flags", mqtt.V5, frame(0xF2, 0x18, props(0x15, str("x"))), errFlags},
}

func TestAuthGood(t *testing.T) { checkGood(t, authGood) }
func TestAuthBad(t *testing.T)  { checkBad(t, authBad) }

// TestAuthCheckClient: a client does not tell of success.
func TestAuthCheckClient(t *testing.T) {
	for code, want := range map[mqtt.ReasonCode]error{
		mqtt.Success: errSenderReasonCode, mqtt.ContinueAuthentication: nil, mqtt.ReAuthenticate: nil,
	} {
		if err := (&Auth{Code: code}).CheckClient(); err != want {
			t.Errorf("%v: %v", code, err)
		}
	}
}

// TestAuthCheckServer: a server does not begin a re-authentication.
func TestAuthCheckServer(t *testing.T) {
	for code, want := range map[mqtt.ReasonCode]error{
		mqtt.Success: nil, mqtt.ContinueAuthentication: nil, mqtt.ReAuthenticate: errSenderServerCode,
	} {
		if err := (&Auth{Code: code}).CheckServer(); err != want {
			t.Errorf("%v: %v", code, err)
		}
	}
}
