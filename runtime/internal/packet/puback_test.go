package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	pubackGood = ackGood(TypePuback, 0x40, mqtt.NotAuthorized)
	pubackBad  = ackBad(0x40, 0x02, mqtt.PacketIdentifierNotFound)
)

func TestPubackGood(t *testing.T) { checkGood(t, pubackGood) }
func TestPubackBad(t *testing.T)  { checkBad(t, pubackBad) }
