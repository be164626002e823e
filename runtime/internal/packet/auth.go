package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Auth is an AUTH packet (section 3.15). There is none in MQTT 3.x. Byte slices are views.
type Auth struct {
	Code                 mqtt.ReasonCode // Success, ContinueAuthentication or ReAuthenticate
	AuthenticationMethod []byte
	AuthenticationData   []byte // nil for none
	Reason               string
	User                 []mqtt.UserProperty // owned copies
}

// authCodes are the reason codes of an AUTH (section 3.15.2.1) [MQTT-3.15.2-1].
var authCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.ContinueAuthentication, mqtt.ReAuthenticate,
}

// Decode reads the body of an AUTH. The standard lets a body be missing, and calls one without
// an Authentication Method a protocol error (sections 3.15.2.1 and 3.15.2.2.2); the latter
// is taken, as every AUTH must repeat the method of its CONNECT [MQTT-4.12.0-5].
func (p *Auth) Decode(_ Header, _ mqtt.Version, body []byte) error {
	*p = Auth{User: p.User[:0]}
	r := reader{b: body}
	if len(body) > 0 {
		p.Code = r.reasonCode(TypeAuth)
		p.decodeProps(&r)
	}
	if err := r.end(); err != nil {
		return err
	}
	if p.AuthenticationMethod == nil {
		return errNoAuthMethod
	}
	return nil
}

func (p *Auth) decodeProps(r *reader) {
	props := r.properties(authProperties)
	for props.next() {
		switch props.id {
		case propAuthenticationMethod:
			p.AuthenticationMethod = props.data
		case propAuthenticationData:
			p.AuthenticationData = props.data
		case propReasonString:
			p.Reason = string(props.data)
		case propUserProperty:
			p.User = append(p.User, props.user())
		}
	}
	r.join(&props)
}

// CheckClient reports whether a client may send p: success is the server's to tell (section
// 3.15.2.1).
func (p *Auth) CheckClient() error {
	if p.Code == mqtt.Success {
		return errSenderReasonCode
	}
	return nil
}

// CheckServer reports whether a server may send p: it is the client that begins anew (section
// 3.15.2.1).
func (p *Auth) CheckServer() error {
	if p.Code == mqtt.ReAuthenticate {
		return errSenderServerCode
	}
	return nil
}

// Append writes p.
func (p *Auth) Append(dst []byte, _ mqtt.Version) []byte {
	dst, at := open(dst, TypeAuth)
	dst, props := openLength(append(dst, byte(p.Code)))
	if p.AuthenticationMethod != nil {
		dst = appendPropField(dst, propAuthenticationMethod, p.AuthenticationMethod)
	}
	if p.AuthenticationData != nil {
		dst = appendPropField(dst, propAuthenticationData, p.AuthenticationData)
	}
	dst = closeLength(appendReason(dst, p.Reason, p.User), props)
	return closeLength(dst, at)
}
