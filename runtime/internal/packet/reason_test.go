package packet

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// table26 is section 2.4, table 2-6, the other way round from reasonCodes.
var table26 = map[mqtt.ReasonCode]string{
	0x00: "CONNACK PUBACK PUBREC PUBREL PUBCOMP UNSUBACK AUTH DISCONNECT SUBACK",
	0x01: "SUBACK", 0x02: "SUBACK", 0x04: "DISCONNECT", 0x10: "PUBACK PUBREC", 0x11: "UNSUBACK",
	0x18: "AUTH", 0x19: "AUTH",
	0x80: "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT",
	0x81: "CONNACK DISCONNECT", 0x82: "CONNACK DISCONNECT",
	0x83: "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT",
	0x84: "CONNACK", 0x85: "CONNACK", 0x86: "CONNACK",
	0x87: "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT",
	0x88: "CONNACK", 0x89: "CONNACK DISCONNECT", 0x8A: "CONNACK", 0x8B: "DISCONNECT",
	0x8C: "CONNACK DISCONNECT", 0x8D: "DISCONNECT", 0x8E: "DISCONNECT",
	0x8F: "SUBACK UNSUBACK DISCONNECT", 0x90: "CONNACK PUBACK PUBREC DISCONNECT",
	0x91: "PUBACK PUBREC SUBACK UNSUBACK", 0x92: "PUBREL PUBCOMP",
	0x93: "DISCONNECT", 0x94: "DISCONNECT", 0x95: "CONNACK DISCONNECT", 0x96: "DISCONNECT",
	0x97: "CONNACK PUBACK PUBREC SUBACK DISCONNECT", 0x98: "DISCONNECT",
	0x99: "CONNACK PUBACK PUBREC DISCONNECT", 0x9A: "CONNACK DISCONNECT", 0x9B: "CONNACK DISCONNECT",
	0x9C: "CONNACK DISCONNECT", 0x9D: "CONNACK DISCONNECT", 0x9E: "SUBACK DISCONNECT",
	0x9F: "CONNACK DISCONNECT", 0xA0: "DISCONNECT", 0xA1: "SUBACK DISCONNECT", 0xA2: "SUBACK DISCONNECT",
}

func TestAllows(t *testing.T) {
	for c := range 256 {
		code := mqtt.ReasonCode(c)
		in := strings.Fields(table26[code])
		for typ := TypeConnect; typ <= TypeAuth; typ++ {
			want := false
			for _, name := range in {
				want = want || name == typ.String()
			}
			if got := typ.Allows(code); got != want {
				t.Errorf("%v in %v: %v, want %v", code, typ, got, want)
			}
		}
		if code.Valid() != (len(in) > 0) {
			t.Errorf("%v: Valid is %v", code, code.Valid())
		}
	}
}
