package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// pubackCodes are the reason codes of a PUBACK, which answers a PUBLISH with QoS 1 and has the form of an
// [Ack] (section 3.4.2.1) [MQTT-3.4.2-1].
var pubackCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.NoMatchingSubscribers, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicNameInvalid,
	mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.PayloadFormatInvalid,
}
