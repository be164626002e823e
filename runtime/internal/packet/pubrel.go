package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// pubrelCodes are the reason codes of a PUBREL, which answers a PUBREC and has the form of an
// [Ack] (section 3.6.2.1) [MQTT-3.6.2-1].
var pubrelCodes = []mqtt.ReasonCode{mqtt.Success, mqtt.PacketIdentifierNotFound}
