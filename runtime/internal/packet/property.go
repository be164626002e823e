package packet

// The property identifiers of MQTT 5.0 (section 2.2.2.2, table 2-4). All of them fit in one
// byte, although the standard calls them Variable Byte Integers.
const (
	propPayloadFormat          = 0x01
	propMessageExpiry          = 0x02
	propContentType            = 0x03
	propResponseTopic          = 0x08
	propCorrelationData        = 0x09
	propSubscriptionIdentifier = 0x0B
	propSessionExpiry          = 0x11
	propAssignedClientID       = 0x12
	propServerKeepAlive        = 0x13
	propAuthenticationMethod   = 0x15
	propAuthenticationData     = 0x16
	propRequestProblem         = 0x17
	propWillDelay              = 0x18
	propRequestResponse        = 0x19
	propResponseInformation    = 0x1A
	propServerReference        = 0x1C
	propReasonString           = 0x1F
	propReceiveMaximum         = 0x21
	propTopicAliasMaximum      = 0x22
	propTopicAlias             = 0x23
	propMaximumQoS             = 0x24
	propRetainAvailable        = 0x25
	propUserProperty           = 0x26
	propMaximumPacketSize      = 0x27
	propWildcardAvailable      = 0x28
	propSubscriptionIDs        = 0x29
	propSharedAvailable        = 0x2A
)

// propertySet is a set of property identifiers, one bit for each.
type propertySet uint64

func (s propertySet) has(id byte) bool { return s>>id&1 != 0 }

// Which packet may carry which property (table 2-4).
const (
	// forwardProperties go on from a publisher to its subscribers unchanged
	// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20].
	forwardProperties propertySet = 1<<propPayloadFormat | 1<<propContentType |
		1<<propResponseTopic | 1<<propCorrelationData | 1<<propUserProperty

	publishProperties = forwardProperties | 1<<propMessageExpiry | 1<<propTopicAlias |
		1<<propSubscriptionIdentifier

	willProperties = forwardProperties | 1<<propMessageExpiry | 1<<propWillDelay

	connectProperties propertySet = 1<<propSessionExpiry | 1<<propAuthenticationMethod |
		1<<propAuthenticationData | 1<<propRequestProblem | 1<<propRequestResponse |
		1<<propReceiveMaximum | 1<<propTopicAliasMaximum | 1<<propUserProperty |
		1<<propMaximumPacketSize

	connackProperties propertySet = 1<<propSessionExpiry | 1<<propAssignedClientID |
		1<<propServerKeepAlive | 1<<propAuthenticationMethod | 1<<propAuthenticationData |
		1<<propResponseInformation | 1<<propServerReference | 1<<propReasonString |
		1<<propReceiveMaximum | 1<<propTopicAliasMaximum | 1<<propMaximumQoS |
		1<<propRetainAvailable | 1<<propUserProperty | 1<<propMaximumPacketSize |
		1<<propWildcardAvailable | 1<<propSubscriptionIDs | 1<<propSharedAvailable

	subscribeProperties   propertySet = 1<<propSubscriptionIdentifier | 1<<propUserProperty
	unsubscribeProperties propertySet = 1 << propUserProperty

	// reasonProperties are those of all acknowledgements: PUBACK to PUBCOMP, SUBACK, UNSUBACK.
	reasonProperties propertySet = 1<<propReasonString | 1<<propUserProperty

	disconnectProperties = reasonProperties | 1<<propSessionExpiry | 1<<propServerReference

	authProperties = reasonProperties | 1<<propAuthenticationMethod | 1<<propAuthenticationData
)

// allProperties are those that exist.
const allProperties = publishProperties | willProperties | connectProperties |
	connackProperties | disconnectProperties

// repeatableProperties may appear more than once. A Subscription Identifier may only in
// PUBLISH; SUBSCRIBE looks after that itself.
const repeatableProperties propertySet = 1<<propUserProperty | 1<<propSubscriptionIdentifier

// nonZeroProperties are numbers for which 0 is a protocol error.
const nonZeroProperties propertySet = 1<<propReceiveMaximum | 1<<propMaximumPacketSize |
	1<<propTopicAlias | 1<<propSubscriptionIdentifier

// kind is the form of a property's value.
type kind byte

const (
	kindBool   kind = iota + 1 // Byte; all properties of this form take 0 and 1 only
	kindUint16                 // Two Byte Integer
	kindUint32                 // Four Byte Integer
	kindVarint                 // Variable Byte Integer
	kindText                   // UTF-8 Encoded String
	kindName                   // UTF-8 Encoded String that is a topic name
	kindBinary                 // Binary Data
	kindPair                   // UTF-8 String Pair
)

var propertyKinds = [...]kind{
	propPayloadFormat:          kindBool,
	propMessageExpiry:          kindUint32,
	propContentType:            kindText,
	propResponseTopic:          kindName, // [MQTT-3.3.2-13] [MQTT-3.3.2-14]
	propCorrelationData:        kindBinary,
	propSubscriptionIdentifier: kindVarint,
	propSessionExpiry:          kindUint32,
	propAssignedClientID:       kindText,
	propServerKeepAlive:        kindUint16,
	propAuthenticationMethod:   kindText,
	propAuthenticationData:     kindBinary,
	propRequestProblem:         kindBool,
	propWillDelay:              kindUint32,
	propRequestResponse:        kindBool,
	propResponseInformation:    kindText,
	propServerReference:        kindText,
	propReasonString:           kindText,
	propReceiveMaximum:         kindUint16,
	propTopicAliasMaximum:      kindUint16,
	propTopicAlias:             kindUint16,
	propMaximumQoS:             kindBool,
	propRetainAvailable:        kindBool,
	propUserProperty:           kindPair,
	propMaximumPacketSize:      kindUint32,
	propWildcardAvailable:      kindBool,
	propSubscriptionIDs:        kindBool,
	propSharedAvailable:        kindBool,
}
