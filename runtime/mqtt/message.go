package mqtt

import "time"

// UserProperty is one name-value pair that travels with a packet (section 3.3.2.3.7). The
// standard gives it no meaning. Names may repeat; their order is kept from end to end.
type UserProperty struct{ Key, Value string }

// Properties are the properties of MQTT 5.0 that travel with an application message from its
// publisher to its subscribers (section 3.3.2.3). The zero value means that there are none,
// which is always so in MQTT 3.x. The strings are owned by the value; see CorrelationData.
type Properties struct {
	// PayloadFormatUTF8 says that the payload is UTF-8 text (Payload Format Indicator 1).
	PayloadFormatUTF8 bool

	// ContentType describes the payload, such as a MIME type; "" for none.
	ContentType string

	// ResponseTopic is the topic name for a response; "" for none.
	ResponseTopic string

	// CorrelationData lets the receiver of a response know which request it belongs to;
	// nil for none. In a message that a handler receives it is valid until the handler returns.
	CorrelationData []byte

	// MessageExpiry is how long the message may still be delivered, in whole seconds.
	// It counts where HasMessageExpiry is set.
	MessageExpiry time.Duration

	// HasMessageExpiry says that the message expires; without it, it never does.
	HasMessageExpiry bool

	// SubscriptionIdentifiers are those of the subscriptions that this delivery matched; only
	// in messages that a client receives [MQTT-3.3.4-3].
	SubscriptionIdentifiers []uint32

	// User are the user properties in the order in which they were sent [MQTT-3.3.2-18].
	User []UserProperty
}

// Message is one application message as user code sees it.
//
// A message that is passed to a handler, its Raw and its Properties.CorrelationData, are valid
// until the handler returns, and are not for writing; a handler that keeps them copies them.
type Message struct {
	// Topic is the topic name: valid UTF-8, at least one character, no wildcards, and
	// resolved where the publisher sent a topic alias.
	Topic string

	// QoS is the quality of service with which the message was published.
	QoS QoS

	// Retain says that the server is to keep, or has kept, the message for its topic name.
	Retain bool

	// Dup says that this may be the repetition of an earlier attempt at delivery.
	Dup bool

	// PacketID is the packet identifier; 0 with QoS 0.
	PacketID uint16

	// Properties are those that came with the message.
	Properties Properties

	// Raw is the payload. It may be empty.
	Raw []byte

	// Will says that the message is a client's will and not a PUBLISH of its own.
	Will bool
}
