package packet

import (
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// reasonCodes holds, for each packet type, the codes that the standard allows in it, sent by
// client or server (section 2.4); they are listed in the files of the types.
var reasonCodes = [16][]mqtt.ReasonCode{
	TypeConnack:    connackCodes,
	TypePuback:     pubackCodes,
	TypePubrec:     pubrecCodes,
	TypePubrel:     pubrelCodes,
	TypePubcomp:    pubcompCodes,
	TypeSuback:     subackCodes,
	TypeUnsuback:   unsubackCodes,
	TypeDisconnect: disconnectCodes,
	TypeAuth:       authCodes,
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
