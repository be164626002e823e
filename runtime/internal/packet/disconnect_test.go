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
		name: "all of a server", v: mqtt.V5, copies: 4,
		wire: frame(0xE0, 0x9C, props(0x1C, str("other"), 0x1F, str("full"), user("k", "v"))),
		want: &Disconnect{
			Code: mqtt.UseAnotherServer, ServerReference: "other", Reason: "full",
			User: []mqtt.UserProperty{{Key: "k", Value: "v"}},
		},
		cuts: map[int]error{0: nil, 1: nil},
	},
}

var disconnectBad = []bad{
	{"body in 3.1", mqtt.V31, frame(0xE0, 0), errTrailing},
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

// TestDisconnectCheckServer: what only a client may say.
func TestDisconnectCheckServer(t *testing.T) {
	for _, c := range disconnectCodes {
		want := error(nil)
		if c == mqtt.DisconnectWithWill {
			want = errSenderServerCode
		}
		if err := (&Disconnect{Code: c, ServerReference: "other"}).CheckServer(); err != want {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := (&Disconnect{HasSessionExpiry: true}).CheckServer(); err != errServerExpiry {
		t.Errorf("session expiry: %v", err)
	}
}

// TestDisconnect3 is a fixed header, whatever else is set.
func TestDisconnect3(t *testing.T) {
	p := Disconnect{Code: mqtt.DisconnectWithWill, Reason: "r"}
	if got := p.Append(nil, mqtt.V311); !bytes.Equal(got, frame(0xE0)) {
		t.Errorf("% x", got)
	}
}
