package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var pingrespGood = []good{
	{name: "PINGRESP", v: mqtt.V31, wire: frame(0xD0), want: &Pingresp{}},
	{name: "PINGRESP", v: mqtt.V311, wire: frame(0xD0), want: &Pingresp{}},
	{name: "PINGRESP", v: mqtt.V5, wire: frame(0xD0), want: &Pingresp{}},
}

var pingrespBad = []bad{
	{"PINGRESP with a body", mqtt.V31, frame(0xD0, 0), errTrailing},
	{"PINGRESP with a body", mqtt.V311, frame(0xD0, 0), errTrailing},
	{"PINGRESP with a body", mqtt.V5, frame(0xD0, 0), errTrailing},
	{"PINGRESP with flags", mqtt.V311, frame(0xD8), errFlags},
	{"PINGRESP with flags", mqtt.V5, frame(0xD1), errFlags},
}

func TestPingrespGood(t *testing.T) { checkGood(t, pingrespGood) }
func TestPingrespBad(t *testing.T)  { checkBad(t, pingrespBad) }
