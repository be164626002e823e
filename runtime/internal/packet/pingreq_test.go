package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var pingreqGood = []good{
	{name: "PINGREQ", v: mqtt.V31, wire: frame(0xC0), want: &Pingreq{}},
	{name: "PINGREQ", v: mqtt.V311, wire: frame(0xC0), want: &Pingreq{}},
	{name: "PINGREQ", v: mqtt.V5, wire: frame(0xC0), want: &Pingreq{}},
}

var pingreqBad = []bad{
	{"PINGREQ with a body", mqtt.V31, frame(0xC0, 0), errTrailing},
	{"PINGREQ with a body", mqtt.V311, frame(0xC0, 0), errTrailing},
	{"PINGREQ with a body", mqtt.V5, frame(0xC0, 0), errTrailing},
	{"PINGREQ with flags", mqtt.V311, frame(0xC2), errFlags},
	{"PINGREQ with flags", mqtt.V5, frame(0xC1), errFlags},
}

func TestPingreqGood(t *testing.T) { checkGood(t, pingreqGood) }
func TestPingreqBad(t *testing.T)  { checkBad(t, pingreqBad) }
