package packet

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// The return codes of a CONNACK in MQTT 3.x (3.1.1: section 3.2.2.3).
const (
	returnAccepted byte = iota
	returnVersion
	returnIdentifier
	returnUnavailable
	returnLogin
	returnNotAuthorized
)

// returnCodes holds what each return code means in the reason codes of 5.0.
var returnCodes = [...]mqtt.ReasonCode{
	returnAccepted:      mqtt.Success,
	returnVersion:       mqtt.UnsupportedProtocolVersion,
	returnIdentifier:    mqtt.ClientIdentifierNotValid,
	returnUnavailable:   mqtt.ServerUnavailable,
	returnLogin:         mqtt.BadUserNameOrPassword,
	returnNotAuthorized: mqtt.NotAuthorized,
}

// returnCode returns the return code that is nearest to c: "server unavailable" for what may go
// better another time, "not authorized" for what will not.
func returnCode(c mqtt.ReasonCode) byte {
	switch c {
	case mqtt.Success:
		return returnAccepted
	case mqtt.UnsupportedProtocolVersion:
		return returnVersion
	case mqtt.ClientIdentifierNotValid:
		return returnIdentifier
	case mqtt.BadUserNameOrPassword:
		return returnLogin
	case mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.QuotaExceeded,
		mqtt.UnspecifiedError, mqtt.ImplementationSpecificError, mqtt.ConnectionRateExceeded,
		mqtt.UseAnotherServer, mqtt.ServerMoved:
		return returnUnavailable
	}
	return returnNotAuthorized
}

// decodeReturnCode reads the return code of a CONNACK in MQTT 3.x.
func (p *Connack) decodeReturnCode(r *reader) {
	code := r.byte()
	if int(code) >= len(returnCodes) {
		r.fail(errReturnCode)
		return
	}
	p.Code = returnCodes[code]
}
