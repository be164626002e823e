package auth

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCheckBound(t *testing.T) {
	for value, ok := range map[string]bool{
		"t-17": true, "$x": true, " ": true, "ü": true, "a.b": true, strings.Repeat("x", 65535): true,
		"": false, "/": false, "a/b": false, "+": false, "a+": false, "#": false, "a#b": false, "a\x00": false,
	} {
		for source, code := range map[string]mqtt.ReasonCode{
			"client_id": mqtt.ClientIdentifierNotValid, "user": mqtt.BadUserNameOrPassword, "claim.x": mqtt.NotAuthorized, "cert.san.dns": mqtt.NotAuthorized,
		} {
			err := CheckBound(source, value)
			if ok {
				if err != nil {
					t.Errorf("%s %.20q: %v", source, value, err)
				}
				continue
			}
			var r *mqtt.Refusal
			if !errors.As(err, &r) || r.Code != code || r.Disconnect || !strings.HasPrefix(r.Reason, source+" ") {
				t.Errorf("%s %.20q: %v, want %v", source, value, err, code)
			}
		}
	}
}

// TestIdentify: a session belongs to one identity, however often its client
// authenticates.
func TestIdentify(t *testing.T) {
	known := Identity{Method: "m", User: "ann"}
	for _, test := range []struct {
		in   Connect
		want Identity
		ok   bool
	}{
		{Connect{UserName: "ann"}, Identity{User: "ann"}, true},
		{Connect{UserName: "ann", Identity: known}, known, true},
		{Connect{Identity: known, Known: &known}, known, true},
		{Connect{Identity: Identity{Method: "m", User: "bob"}, Known: &known}, Identity{Method: "m", User: "bob"}, false},
		{Connect{Identity: Identity{Method: "n", User: "ann"}, Known: &known}, Identity{Method: "n", User: "ann"}, false},
		{Connect{UserName: "ann", Known: &known}, Identity{User: "ann"}, false},
	} {
		c := test.in
		if err := c.Identify(); (err == nil) != test.ok || c.Identity != test.want {
			t.Errorf("%+v: %+v, %v", test.in, c.Identity, err)
		}
	}
}
