package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// pubcompCodes are the reason codes of a PUBCOMP, which answers a PUBREL and has the form of an
// [Ack] (section 3.7.2.1) [MQTT-3.7.2-1].
var pubcompCodes = []mqtt.ReasonCode{mqtt.Success, mqtt.PacketIdentifierNotFound}
