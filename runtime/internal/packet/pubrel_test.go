package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	pubrelGood = ackGood(TypePubrel, 0x62, mqtt.PacketIdentifierNotFound)
	pubrelBad  = ackBad(0x62, 0x02, mqtt.UnspecifiedError)
)

func TestPubrelGood(t *testing.T) { checkGood(t, pubrelGood) }
func TestPubrelBad(t *testing.T)  { checkBad(t, pubrelBad) }
