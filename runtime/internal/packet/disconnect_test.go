package packet

import (
	"bytes"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var disconnectGood = []good{
	{name: "plain", v: mqtt.V31, wire: frame(0xE0), want: &Disconnect{}},
	{name: "plain", v: mqtt.V311, wire: frame(0xE0), want: &Disconnect{}},
	{name: "plain", v: mqtt.V5, wire: frame(0xE0), want: &Disconnect{}},
	{
		name: "code", v: mqtt.V5, wire: frame(0xE0, 0x04), want: &Disconnect{Code: mqtt.DisconnectWithWill},
		cuts: map[int]error{0: nil},
	},
	{
		name: "session expiry", v: mqtt.V5, wire: frame(0xE0, 0, props(0x11, 0, 0, 0, 0)),
		want: &Disconnect{HasSessionExpiry: true},
		cuts: map[int]error{0: nil, 1: nil},
	},
	{
		name: "all of a server", v: mqtt.V5, copies: true,
		wire: frame(0xE0, 0x9C, props(0x1C, str("other"), 0x1F, str("full"), user("k", "v"))),
		want: &Disconnect{
			Code: mqtt.UseAnotherServer, ServerReference: "other", Reason: "full",
			User: []mqtt.UserProperty{{Key: "k", Value: "v"}},
		},
		cuts: map[int]error{0: nil, 1: nil},
	},
}

var disconnectBad = []bad{
	{"body in 3.1.1", mqtt.V311, frame(0xE0, 0), errTrailing},
	{"flags", mqtt.V311, frame(0xE1), errFlags},
	{"reason code unknown", mqtt.V5, frame(0xE0, 0x03), errReasonCode},
	{"reason code of CONNACK", mqtt.V5, frame(0xE0, 0x86), errReasonCode},
	{"session expiry twice", mqtt.V5, frame(0xE0, 0, props(0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1)), errPropertyRepeated},
	{"property of CONNECT", mqtt.V5, frame(0xE0, 0, props(0x21, 0, 1)), errPropertyUnknown},
	{"bytes after the properties", mqtt.V5, frame(0xE0, 0, props(), 0), errTrailing},
}

func TestDisconnectGood(t *testing.T) { checkGood(t, disconnectGood) }
func TestDisconnectBad(t *testing.T)  { checkBad(t, disconnectBad) }

// TestDisconnectCheckClient: some codes, and Server Reference, are the server's alone.
func TestDisconnectCheckClient(t *testing.T) {
	for _, c := range []mqtt.ReasonCode{
		mqtt.NotAuthorized, mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.KeepAliveTimeout, mqtt.SessionTakenOver,
	} {
		if err := (&Disconnect{Code: c}).CheckClient(); err != errSenderReasonCode {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := (&Disconnect{ServerReference: "other"}).CheckClient(); err != errServerReference {
		t.Errorf("server reference: %v", err)
	}
	for _, c := range clientDisconnectCodes {
		if err := (&Disconnect{Code: c}).CheckClient(); err != nil {
			t.Errorf("%v: %v", c, err)
		}
		if !TypeDisconnect.Allows(c) {
			t.Errorf("%v is not in the table of both senders", c)
		}
	}
}

// TestDisconnect3 is a fixed header, whatever else is set.
func TestDisconnect3(t *testing.T) {
	p := Disconnect{Code: mqtt.DisconnectWithWill, Reason: "r"}
	if got := p.Append(nil, mqtt.V311); !bytes.Equal(got, frame(0xE0)) {
		t.Errorf("% x", got)
	}
}

var authGood = []good{
	{
		name: "method", v: mqtt.V5, wire: frame(0xF0, 0x19, props(0x15, str("SCRAM"))),
		want: &Auth{Code: mqtt.ReAuthenticate, AuthenticationMethod: []byte("SCRAM")},
		cuts: map[int]error{0: errNoAuthMethod},
	},
	{
		name: "all", v: mqtt.V5, copies: true,
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

var pingGood = []good{
	{name: "PINGREQ", v: mqtt.V31, wire: frame(0xC0), want: &Pingreq{}},
	{name: "PINGREQ", v: mqtt.V5, wire: frame(0xC0), want: &Pingreq{}},
	{name: "PINGRESP", v: mqtt.V311, wire: frame(0xD0), want: &Pingresp{}},
}

var pingBad = []bad{
	{"PINGREQ with a body", mqtt.V311, frame(0xC0, 0), errTrailing},
	{"PINGRESP with a body", mqtt.V5, frame(0xD0, 0), errTrailing},
	{"PINGREQ with flags", mqtt.V5, frame(0xC1), errFlags},
}

func TestPingGood(t *testing.T) { checkGood(t, pingGood) }
func TestPingBad(t *testing.T)  { checkBad(t, pingBad) }
