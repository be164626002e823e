package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// pubrecCodes are the reason codes of a PUBREC, which answers a PUBLISH with QoS 2 and has the form of an
// [Ack] (section 3.5.2.1) [MQTT-3.5.2-1].
var pubrecCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.NoMatchingSubscribers, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicNameInvalid,
	mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.PayloadFormatInvalid,
}
