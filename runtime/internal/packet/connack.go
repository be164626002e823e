package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Connack is a CONNACK packet (section 3.2). Its zero value accepts a connection and states
// nothing, so fields are named by what a server has to say beside the usual. All but the first
// two exist in MQTT 5.0 only. Byte slices are views; strings are owned copies.
type Connack struct {
	SessionPresent bool
	Code           mqtt.ReasonCode // in MQTT 3.x written as the nearest return code

	SessionExpiry      uint32 // seconds
	HasSessionExpiry   bool   // the server uses another value than the client asked for
	ReceiveMaximum     uint16 // 65,535 when absent; 0 is not written
	MaximumQoS         mqtt.QoS
	HasMaximumQoS      bool   // MaximumQoS, 0 or 1, is all that the server takes
	MaximumPacketSize  uint32 // 0 for no limit
	TopicAliasMaximum  uint16
	ServerKeepAlive    uint16 // seconds
	HasServerKeepAlive bool   // the client uses ServerKeepAlive instead of its own

	RetainUnavailable                  bool
	WildcardSubscriptionUnavailable    bool
	SubscriptionIdentifiersUnavailable bool
	SharedSubscriptionUnavailable      bool

	AssignedClientID     string
	ResponseInformation  string
	ServerReference      string
	AuthenticationMethod []byte // nil for none
	AuthenticationData   []byte // nil for none
	Reason               string
	User                 []mqtt.UserProperty
}

// connackCodes are the reason codes of a CONNACK (section 3.2.2.2) [MQTT-3.2.2-8].
var connackCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.UnspecifiedError, mqtt.MalformedPacket, mqtt.ProtocolError,
	mqtt.ImplementationSpecificError, mqtt.UnsupportedProtocolVersion,
	mqtt.ClientIdentifierNotValid, mqtt.BadUserNameOrPassword, mqtt.NotAuthorized,
	mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.Banned, mqtt.BadAuthenticationMethod,
	mqtt.TopicNameInvalid, mqtt.PacketTooLarge, mqtt.QuotaExceeded,
	mqtt.PayloadFormatInvalid, mqtt.RetainNotSupported, mqtt.QoSNotSupported,
	mqtt.UseAnotherServer, mqtt.ServerMoved, mqtt.ConnectionRateExceeded,
}

// Decode reads the body of a CONNACK.
func (p *Connack) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Connack{ReceiveMaximum: defaultReceiveMaximum, User: p.User[:0]}
	r := reader{b: body}
	flags := r.byte()
	p.SessionPresent = flags&1 != 0 && v != mqtt.V31 // which does not use the byte
	if v >= mqtt.V5 {
		p.Code = r.reasonCode(TypeConnack)
		p.decodeProps(&r)
	} else {
		p.decodeReturnCode(&r)
	}
	switch {
	case r.err != nil:
	case flags > 1 && v != mqtt.V31:
		return errConnackFlags
	case p.SessionPresent && p.Code != mqtt.Success:
		return errSessionPresent
	}
	return r.end()
}

func (p *Connack) decodeProps(r *reader) {
	props := r.properties(connackProperties)
	for props.next() {
		switch propertyKinds[props.id] {
		case kindText, kindBinary, kindPair:
			p.setData(&props)
		default:
			p.setNumber(&props)
		}
	}
	r.join(&props)
}

// setNumber takes over the current property, a number or a boolean.
func (p *Connack) setNumber(props *properties) {
	switch props.id {
	case propSessionExpiry:
		p.SessionExpiry, p.HasSessionExpiry = props.num, true
	case propReceiveMaximum:
		p.ReceiveMaximum = uint16(props.num)
	case propMaximumQoS:
		p.MaximumQoS, p.HasMaximumQoS = mqtt.QoS(props.num), true
	case propRetainAvailable:
		p.RetainUnavailable = props.num == 0
	case propMaximumPacketSize:
		p.MaximumPacketSize = props.num
	case propTopicAliasMaximum:
		p.TopicAliasMaximum = uint16(props.num)
	case propWildcardAvailable:
		p.WildcardSubscriptionUnavailable = props.num == 0
	case propSubscriptionIDs:
		p.SubscriptionIdentifiersUnavailable = props.num == 0
	case propSharedAvailable:
		p.SharedSubscriptionUnavailable = props.num == 0
	case propServerKeepAlive:
		p.ServerKeepAlive, p.HasServerKeepAlive = uint16(props.num), true
	}
}

// setData takes over the current property, a text, binary data or a pair.
func (p *Connack) setData(props *properties) {
	switch props.id {
	case propAssignedClientID:
		p.AssignedClientID = string(props.data)
	case propReasonString:
		p.Reason = string(props.data)
	case propResponseInformation:
		p.ResponseInformation = string(props.data)
	case propServerReference:
		p.ServerReference = string(props.data)
	case propAuthenticationMethod:
		p.AuthenticationMethod = props.data
	case propAuthenticationData:
		p.AuthenticationData = props.data
	case propUserProperty:
		p.User = append(p.User, props.user())
	}
}

// Append writes p. A client of a level that is not spoken here is answered in its own form if
// that is known: v may be the level as sent, of which the highest bit, a bridge's, is ignored.
func (p *Connack) Append(dst []byte, v mqtt.Version) []byte {
	v &^= bridgeBit
	dst, at := open(dst, TypeConnack)
	var flags byte
	if p.SessionPresent && v != mqtt.V31 {
		flags = 1
	}
	if v < mqtt.V5 {
		return closeLength(append(dst, flags, returnCode(p.Code)), at)
	}
	dst = append(dst, flags, byte(p.Code))
	dst, props := openLength(dst)
	dst = p.appendLimits(dst)
	dst = p.appendAvailable(dst)
	dst = p.appendData(dst)
	dst = closeLength(appendReason(dst, p.Reason, p.User), props)
	return closeLength(dst, at)
}

// bridgeBit is set in the protocol level of CONNECTs that some bridges send.
const bridgeBit = 0x80

func (p *Connack) appendLimits(dst []byte) []byte {
	if p.HasSessionExpiry {
		dst = appendProp32(dst, propSessionExpiry, p.SessionExpiry)
	}
	if p.ReceiveMaximum != 0 && p.ReceiveMaximum != defaultReceiveMaximum {
		dst = appendProp16(dst, propReceiveMaximum, p.ReceiveMaximum)
	}
	if p.HasMaximumQoS {
		dst = append(dst, propMaximumQoS, byte(p.MaximumQoS))
	}
	if p.MaximumPacketSize != 0 {
		dst = appendProp32(dst, propMaximumPacketSize, p.MaximumPacketSize)
	}
	if p.TopicAliasMaximum != 0 {
		dst = appendProp16(dst, propTopicAliasMaximum, p.TopicAliasMaximum)
	}
	if p.HasServerKeepAlive {
		dst = appendProp16(dst, propServerKeepAlive, p.ServerKeepAlive)
	}
	return dst
}

func (p *Connack) appendAvailable(dst []byte) []byte {
	if p.RetainUnavailable {
		dst = appendBool(dst, propRetainAvailable, false)
	}
	if p.WildcardSubscriptionUnavailable {
		dst = appendBool(dst, propWildcardAvailable, false)
	}
	if p.SubscriptionIdentifiersUnavailable {
		dst = appendBool(dst, propSubscriptionIDs, false)
	}
	if p.SharedSubscriptionUnavailable {
		dst = appendBool(dst, propSharedAvailable, false)
	}
	return dst
}

func (p *Connack) appendData(dst []byte) []byte {
	if p.AssignedClientID != "" {
		dst = appendPropField(dst, propAssignedClientID, p.AssignedClientID)
	}
	if p.ResponseInformation != "" {
		dst = appendText(append(dst, propResponseInformation), p.ResponseInformation)
	}
	if p.ServerReference != "" {
		dst = appendText(append(dst, propServerReference), p.ServerReference)
	}
	if p.AuthenticationMethod != nil {
		dst = appendPropField(dst, propAuthenticationMethod, p.AuthenticationMethod)
	}
	if p.AuthenticationData != nil {
		dst = appendPropField(dst, propAuthenticationData, p.AuthenticationData)
	}
	return dst
}
