package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Error is a peer's mistake in a packet: the reason code that tells the peer, and what it
// was. Every error of this package is one, and is a static value: it is compared with ==.
type Error struct {
	Code   mqtt.ReasonCode
	Reason string // lower case, for people and logs; may be sent as a Reason String
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

// Errors of CONNECT that callers tell apart.
var (
	// ErrProtocolName: the first bytes are not an MQTT client's. The connection is closed
	// without an answer [MQTT-3.1.2-1].
	ErrProtocolName error = &Error{mqtt.UnsupportedProtocolVersion, "protocol name is neither MQTT nor MQIsdp [MQTT-3.1.2-1]"}

	// ErrProtocolLevel: an MQTT client of a version that is not spoken here; Connect.Version
	// holds the level that it sent [MQTT-3.1.2-2].
	ErrProtocolLevel error = &Error{mqtt.UnsupportedProtocolVersion, "protocol level is not supported [MQTT-3.1.2-2]"}

	// ErrClientID: a client of MQTT 3.x sent an empty client identifier where that is not
	// allowed (3.1.1: [MQTT-3.1.3-8]). The rest of the Connect is decoded.
	ErrClientID error = &Error{mqtt.ClientIdentifierNotValid, "client identifier is empty [MQTT-3.1.3-8]"}
)

// Framing and fields: sections 1.5 and 2.
var (
	errLengthTooLong error = &Error{mqtt.MalformedPacket, "remaining length has more than four bytes"}
	errVarintLong    error = &Error{mqtt.MalformedPacket, "variable byte integer is not in its shortest form [MQTT-1.5.5-1]"}
	errVarint        error = &Error{mqtt.MalformedPacket, "variable byte integer has more than four bytes"}
	errType          error = &Error{mqtt.MalformedPacket, "packet type is reserved"}
	errFlags         error = &Error{mqtt.MalformedPacket, "reserved flags of the fixed header are wrong [MQTT-2.1.3-1]"}
	errShort         error = &Error{mqtt.MalformedPacket, "packet ends inside a field"}
	errTrailing      error = &Error{mqtt.MalformedPacket, "packet has bytes after its last field"}
	errText          error = &Error{mqtt.MalformedPacket, "string is not UTF-8 or holds U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]"}
	errPacketID      error = &Error{mqtt.ProtocolError, "packet identifier is 0 [MQTT-2.2.1-3]"}
	errReasonCode    error = &Error{mqtt.ProtocolError, "reason code does not belong to this packet"}
)

// Properties: section 2.2.2.
var (
	errPropertyUnknown  error = &Error{mqtt.MalformedPacket, "property is not defined for this packet"}
	errPropertyRepeated error = &Error{mqtt.ProtocolError, "property appears more than once"}
	errPropertyValue    error = &Error{mqtt.ProtocolError, "property has a value other than 0 or 1"}
	errPropertyZero     error = &Error{mqtt.ProtocolError, "property has the value 0"}
	errTopicAlias       error = &Error{mqtt.TopicAliasInvalid, "topic alias is 0 [MQTT-3.3.2-8]"}
	errAuthData         error = &Error{mqtt.ProtocolError, "authentication data without an authentication method"}
	errNoAuthMethod     error = &Error{mqtt.ProtocolError, "authentication method is missing"}
	errSubscriptionID   error = &Error{mqtt.ProtocolError, "subscription identifier in a PUBLISH from a client [MQTT-3.3.4-6]"}
	errServerReference  error = &Error{mqtt.ProtocolError, "server reference from a client"}
	errSenderReasonCode error = &Error{mqtt.ProtocolError, "reason code is not one that a client sends"}
	errSenderServerCode error = &Error{mqtt.ProtocolError, "reason code is not one that a server sends"}
	errServerExpiry     error = &Error{mqtt.ProtocolError, "session expiry interval from a server [MQTT-3.14.2-2]"}
)

// CONNECT and CONNACK: sections 3.1 and 3.2.
var (
	errConnectReserved error = &Error{mqtt.MalformedPacket, "reserved connect flag is 1 [MQTT-3.1.2-3]"}
	errWillFlags       error = &Error{mqtt.MalformedPacket, "will QoS or will retain without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13]"}
	errWillQoS         error = &Error{mqtt.MalformedPacket, "will QoS is 3 [MQTT-3.1.2-12]"}
	errPasswordAlone   error = &Error{mqtt.MalformedPacket, "password without a user name (3.1.1: [MQTT-3.1.2-22])"}
	errConnackFlags    error = &Error{mqtt.MalformedPacket, "reserved connect acknowledge flags are not 0 [MQTT-3.2.2-1]"}
	errReturnCode      error = &Error{mqtt.ProtocolError, "return code is reserved"}
	errSessionPresent  error = &Error{mqtt.ProtocolError, "session present with a refusal [MQTT-3.2.2-6]"}
)

// PUBLISH, SUBSCRIBE, UNSUBSCRIBE: sections 3.3, 3.8 and 3.10.
var (
	errQoS             error = &Error{mqtt.MalformedPacket, "QoS is 3 [MQTT-3.3.1-4]"}
	errDup             error = &Error{mqtt.MalformedPacket, "DUP with QoS 0 [MQTT-3.3.1-2]"}
	errNameMissing     error = &Error{mqtt.ProtocolError, "topic name is empty and there is no topic alias"}
	errNameEmpty       error = &Error{mqtt.TopicNameInvalid, "topic name is empty [MQTT-4.7.3-1]"}
	errNameWildcard    error = &Error{mqtt.TopicNameInvalid, "topic name holds a wildcard [MQTT-3.3.2-2]"}
	errNoFilter        error = &Error{mqtt.ProtocolError, "no topic filter [MQTT-3.8.3-2] [MQTT-3.10.3-2]"}
	errFilterEmpty     error = &Error{mqtt.MalformedPacket, "topic filter is empty [MQTT-4.7.3-1]"}
	errOptionsReserved error = &Error{mqtt.MalformedPacket, "reserved subscription options are not 0 [MQTT-3.8.3-5]"}
	errOptionsQoS      error = &Error{mqtt.ProtocolError, "maximum QoS of a subscription is 3"}
	errRetainHandling  error = &Error{mqtt.ProtocolError, "retain handling is 3"}
	errNoLocalShared   error = &Error{mqtt.ProtocolError, "no local on a shared subscription [MQTT-3.8.3-4]"}
	errNoCodes         error = &Error{mqtt.ProtocolError, "no reason code"}
)
