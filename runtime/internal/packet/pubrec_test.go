package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	pubrecGood = ackGood(TypePubrec, 0x50, mqtt.QuotaExceeded)
	pubrecBad  = ackBad(0x50, 0x01, mqtt.PacketIdentifierNotFound)
)

func TestPubrecGood(t *testing.T) { checkGood(t, pubrecGood) }
func TestPubrecBad(t *testing.T)  { checkBad(t, pubrecBad) }
