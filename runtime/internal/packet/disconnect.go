package packet

import (
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Disconnect is a DISCONNECT packet (section 3.14). In MQTT 3.x it is only a fixed header,
// which only a client sends.
type Disconnect struct {
	Code             mqtt.ReasonCode // Success is called Normal disconnection here
	SessionExpiry    uint32          // seconds; from a client only
	HasSessionExpiry bool
	Reason           string
	ServerReference  string              // another server to use; from a server only
	User             []mqtt.UserProperty // owned copies
}

// disconnectCodes are the reason codes of a DISCONNECT of either side (section 3.14.2.1)
// [MQTT-3.14.2-1]; 0x8C is in table 2-6 only.
var disconnectCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.DisconnectWithWill, mqtt.UnspecifiedError, mqtt.MalformedPacket,
	mqtt.ProtocolError, mqtt.ImplementationSpecificError, mqtt.NotAuthorized,
	mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.BadAuthenticationMethod,
	mqtt.KeepAliveTimeout, mqtt.SessionTakenOver, mqtt.TopicFilterInvalid,
	mqtt.TopicNameInvalid, mqtt.ReceiveMaximumExceeded, mqtt.TopicAliasInvalid,
	mqtt.PacketTooLarge, mqtt.MessageRateTooHigh, mqtt.QuotaExceeded,
	mqtt.AdministrativeAction, mqtt.PayloadFormatInvalid, mqtt.RetainNotSupported,
	mqtt.QoSNotSupported, mqtt.UseAnotherServer, mqtt.ServerMoved,
	mqtt.SharedSubscriptionsNotSupported, mqtt.ConnectionRateExceeded,
	mqtt.MaximumConnectTime, mqtt.SubscriptionIdentifiersNotSupported,
	mqtt.WildcardSubscriptionsNotSupported,
}

// clientDisconnectCodes are those of a DISCONNECT that a client sends.
var clientDisconnectCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.DisconnectWithWill, mqtt.UnspecifiedError, mqtt.MalformedPacket,
	mqtt.ProtocolError, mqtt.ImplementationSpecificError, mqtt.TopicNameInvalid,
	mqtt.ReceiveMaximumExceeded, mqtt.TopicAliasInvalid, mqtt.PacketTooLarge,
	mqtt.MessageRateTooHigh, mqtt.QuotaExceeded, mqtt.AdministrativeAction,
	mqtt.PayloadFormatInvalid,
}

// Decode reads the body of a DISCONNECT. Reason code and properties may be missing.
func (p *Disconnect) Decode(_ Header, v mqtt.Version, body []byte) error {
	*p = Disconnect{User: p.User[:0]}
	r := reader{b: body}
	if v < mqtt.V5 || len(body) == 0 {
		return r.end()
	}
	p.Code = r.reasonCode(TypeDisconnect)
	if len(r.b) > 0 { // section 3.14.2.2.1
		p.decodeProps(&r)
	}
	return r.end()
}

func (p *Disconnect) decodeProps(r *reader) {
	props := r.properties(disconnectProperties)
	for props.next() {
		switch props.id {
		case propSessionExpiry:
			p.SessionExpiry, p.HasSessionExpiry = props.num, true
		case propReasonString:
			p.Reason = string(props.data)
		case propServerReference:
			p.ServerReference = string(props.data)
		case propUserProperty:
			p.User = append(p.User, props.user())
		}
	}
	r.join(&props)
}

// CheckClient reports whether a client may send p: its reason code is one of a client's, and
// there is no Server Reference (sections 3.14.2.1 and 3.14.2.2.5).
func (p *Disconnect) CheckClient() error {
	if !slices.Contains(clientDisconnectCodes, p.Code) {
		return errSenderReasonCode
	}
	if p.ServerReference != "" {
		return errServerReference
	}
	return nil
}

// CheckServer reports whether a server may send p: it does not speak of the will, and leaves the
// Session Expiry Interval alone (section 3.14.2.1) [MQTT-3.14.2-2].
func (p *Disconnect) CheckServer() error {
	if p.Code == mqtt.DisconnectWithWill {
		return errSenderServerCode
	}
	if p.HasSessionExpiry {
		return errServerExpiry
	}
	return nil
}

// Append writes p in the shortest form that holds it.
func (p *Disconnect) Append(dst []byte, v mqtt.Version) []byte {
	dst, at := open(dst, TypeDisconnect)
	if v < mqtt.V5 {
		return dst
	}
	plain := !p.HasSessionExpiry && p.Reason == "" && p.ServerReference == "" && len(p.User) == 0
	if plain && p.Code == mqtt.Success {
		return dst
	}
	dst = append(dst, byte(p.Code))
	if !plain {
		dst = p.appendProps(dst)
	}
	return closeLength(dst, at)
}

func (p *Disconnect) appendProps(dst []byte) []byte {
	dst, at := openLength(dst)
	if p.HasSessionExpiry {
		dst = appendProp32(dst, propSessionExpiry, p.SessionExpiry)
	}
	if p.ServerReference != "" {
		dst = appendText(append(dst, propServerReference), p.ServerReference)
	}
	return closeLength(appendReason(dst, p.Reason, p.User), at)
}
