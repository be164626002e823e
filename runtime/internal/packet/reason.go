package packet

import (
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// publishCodes are the reason codes of PUBACK and PUBREC (sections 3.4.2.1 and 3.5.2.1).
var publishCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.NoMatchingSubscribers, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicNameInvalid,
	mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.PayloadFormatInvalid,
}

// releaseCodes are those of PUBREL and PUBCOMP (sections 3.6.2.1 and 3.7.2.1).
var releaseCodes = []mqtt.ReasonCode{mqtt.Success, mqtt.PacketIdentifierNotFound}

// reasonCodes holds, for each packet type, the codes that the standard allows in it, sent by
// client or server (section 2.4 and the sections of the packets).
var reasonCodes = [16][]mqtt.ReasonCode{
	TypeConnack: { // section 3.2.2.2
		mqtt.Success, mqtt.UnspecifiedError, mqtt.MalformedPacket, mqtt.ProtocolError,
		mqtt.ImplementationSpecificError, mqtt.UnsupportedProtocolVersion,
		mqtt.ClientIdentifierNotValid, mqtt.BadUserNameOrPassword, mqtt.NotAuthorized,
		mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.Banned, mqtt.BadAuthenticationMethod,
		mqtt.TopicNameInvalid, mqtt.PacketTooLarge, mqtt.QuotaExceeded,
		mqtt.PayloadFormatInvalid, mqtt.RetainNotSupported, mqtt.QoSNotSupported,
		mqtt.UseAnotherServer, mqtt.ServerMoved, mqtt.ConnectionRateExceeded,
	},
	TypePuback:  publishCodes,
	TypePubrec:  publishCodes,
	TypePubrel:  releaseCodes,
	TypePubcomp: releaseCodes,
	TypeSuback: { // section 3.9.3
		mqtt.Success, mqtt.GrantedQoS1, mqtt.GrantedQoS2, mqtt.UnspecifiedError,
		mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
		mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.SharedSubscriptionsNotSupported,
		mqtt.SubscriptionIdentifiersNotSupported, mqtt.WildcardSubscriptionsNotSupported,
	},
	TypeUnsuback: { // section 3.11.3
		mqtt.Success, mqtt.NoSubscriptionExisted, mqtt.UnspecifiedError,
		mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
		mqtt.PacketIdentifierInUse,
	},
	TypeDisconnect: { // section 3.14.2.1; 0x8C is in table 2-6 only
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
	},
	TypeAuth: { // section 3.15.2.1
		mqtt.Success, mqtt.ContinueAuthentication, mqtt.ReAuthenticate,
	},
}

// clientDisconnectCodes are those of a DISCONNECT that a client sends (section 3.14.2.1).
var clientDisconnectCodes = []mqtt.ReasonCode{
	mqtt.Success, mqtt.DisconnectWithWill, mqtt.UnspecifiedError, mqtt.MalformedPacket,
	mqtt.ProtocolError, mqtt.ImplementationSpecificError, mqtt.TopicNameInvalid,
	mqtt.ReceiveMaximumExceeded, mqtt.TopicAliasInvalid, mqtt.PacketTooLarge,
	mqtt.MessageRateTooHigh, mqtt.QuotaExceeded, mqtt.AdministrativeAction,
	mqtt.PayloadFormatInvalid,
}

// Allows reports whether a packet of type t may carry the reason code c in MQTT 5.0, sent by
// a client or a server. It is for those who encode: Decode has checked already.
func (t Type) Allows(c mqtt.ReasonCode) bool { return slices.Contains(reasonCodes[t&15], c) }

// reasonCode reads a reason code that t allows.
func (r *reader) reasonCode(t Type) mqtt.ReasonCode {
	c := mqtt.ReasonCode(r.byte())
	if r.err == nil && !t.Allows(c) {
		r.fail(errReasonCode)
	}
	return c
}
