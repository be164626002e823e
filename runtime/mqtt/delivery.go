package mqtt

// Delivery is a QoS 1 or 2 message that the server sent to a client, when the
// client's last word on it has come: PUBACK, PUBCOMP, or a PUBREC that refuses.
type Delivery struct {
	// PacketID is the packet identifier that the message had; it is free again.
	PacketID uint16

	// Topic is the topic name.
	Topic string

	// QoS is the quality of service of the delivery: 1 or 2.
	QoS QoS

	// Code is the client's reason code: Success, or an error of an MQTT 5.0 client.
	Code ReasonCode
}
