package packet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var (
	pubcompGood = ackGood(TypePubcomp, 0x70, mqtt.PacketIdentifierNotFound)
	pubcompBad  = ackBad(0x70, 0x04, mqtt.NoMatchingSubscribers)
)

func TestPubcompGood(t *testing.T) { checkGood(t, pubcompGood) }
func TestPubcompBad(t *testing.T)  { checkBad(t, pubcompBad) }
