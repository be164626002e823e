package packet

// defaultReceiveMaximum is what holds where none is sent (sections 3.1.2.11.3 and 3.2.2.3.3).
const defaultReceiveMaximum = 65_535

// ConnectProps are the properties of a CONNECT (section 3.1.2.11). Byte slices are views. The
// zero value is not that of a CONNECT without properties, see RequestProblem.
type ConnectProps struct {
	SessionExpiry     uint32 // seconds; 0xFFFFFFFF for ever
	HasSessionExpiry  bool
	ReceiveMaximum    uint16 // 65,535 when absent; 0 is not written
	MaximumPacketSize uint32 // 0 when absent: no limit
	TopicAliasMaximum uint16 // 0 when absent: no aliases
	RequestResponse   bool   // response information is asked for in the CONNACK
	RequestProblem    bool   // reason strings and user properties are welcome; true when absent

	HasAuthenticationMethod bool
	AuthenticationMethod    []byte
	AuthenticationData      []byte // nil for none

	User UserProperties // a view
}

// absentConnectProps is what a CONNECT without properties means.
var absentConnectProps = ConnectProps{
	ReceiveMaximum: defaultReceiveMaximum,
	RequestProblem: true,
}

func (p *ConnectProps) decode(r *reader) {
	props := r.properties(connectProperties)
	p.User = UserProperties(props.raw)
	for props.next() {
		p.set(&props)
	}
	if p.AuthenticationData != nil && !p.HasAuthenticationMethod { // section 3.1.2.11.10
		props.fail(errAuthData)
	}
	r.join(&props)
}

// set takes over the current property.
func (p *ConnectProps) set(props *properties) {
	switch props.id {
	case propSessionExpiry:
		p.SessionExpiry, p.HasSessionExpiry = props.num, true
	case propReceiveMaximum:
		p.ReceiveMaximum = uint16(props.num)
	case propMaximumPacketSize:
		p.MaximumPacketSize = props.num
	case propTopicAliasMaximum:
		p.TopicAliasMaximum = uint16(props.num)
	case propRequestResponse:
		p.RequestResponse = props.num == 1
	case propRequestProblem:
		p.RequestProblem = props.num == 1
	case propAuthenticationMethod:
		p.AuthenticationMethod, p.HasAuthenticationMethod = props.data, true
	case propAuthenticationData:
		p.AuthenticationData = props.data
	}
}

// append writes what differs from a CONNECT without properties.
func (p *ConnectProps) append(dst []byte) []byte {
	dst, at := openLength(dst)
	if p.HasSessionExpiry {
		dst = appendProp32(dst, propSessionExpiry, p.SessionExpiry)
	}
	if p.ReceiveMaximum != 0 && p.ReceiveMaximum != defaultReceiveMaximum {
		dst = appendProp16(dst, propReceiveMaximum, p.ReceiveMaximum)
	}
	if p.MaximumPacketSize != 0 {
		dst = appendProp32(dst, propMaximumPacketSize, p.MaximumPacketSize)
	}
	if p.TopicAliasMaximum != 0 {
		dst = appendProp16(dst, propTopicAliasMaximum, p.TopicAliasMaximum)
	}
	if p.RequestResponse {
		dst = appendBool(dst, propRequestResponse, true)
	}
	if !p.RequestProblem {
		dst = appendBool(dst, propRequestProblem, false)
	}
	if p.HasAuthenticationMethod {
		dst = appendPropField(dst, propAuthenticationMethod, p.AuthenticationMethod)
	}
	if p.AuthenticationData != nil {
		dst = appendPropField(dst, propAuthenticationData, p.AuthenticationData)
	}
	return closeLength(p.User.append(dst), at)
}
