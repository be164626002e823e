package link

import (
	"errors"
	"fmt"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// asRefusal is the one place where an error becomes a reason code: that of a
// Refusal of user code, that of a peer's mistake, and 0x83 for every other
// error, whose text stays in the log.
func asRefusal(err error) *mqtt.Refusal {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r
	}
	if e, ok := errors.AsType[*packet.Error](err); ok {
		return &mqtt.Refusal{Code: e.Code, Reason: e.Reason}
	}
	return &mqtt.Refusal{Code: mqtt.ImplementationSpecificError}
}

// mayTell reports whether a server may send code in a packet of type t.
func mayTell(t packet.Type, code mqtt.ReasonCode) bool {
	return t.Allows(code) && (t != packet.TypeDisconnect || code != mqtt.DisconnectWithWill)
}

// code returns what a packet of type t says of a refusal: 0x80 where it may not
// carry the code, or where the code would tell of a success.
func (l *Link) code(t packet.Type, code mqtt.ReasonCode) mqtt.ReasonCode {
	answers := t == packet.TypeConnack || t == packet.TypeSuback
	if mayTell(t, code) && (code.IsError() || !answers) {
		return code
	}
	l.host.Log.Warn("reason code is not for this packet; 0x80 is sent", "client", shown(l.clientID),
		"packet", t.String(), "code", fmt.Sprintf("0x%02X", byte(code)))
	return mqtt.UnspecifiedError
}

// reference returns the Server Reference of a refusal that is told by code.
func reference(r *mqtt.Refusal, code mqtt.ReasonCode) string {
	if code == mqtt.UseAnotherServer || code == mqtt.ServerMoved {
		return r.ServerReference
	}
	return ""
}

// tooLarge reports whether the client does not want a packet of this size: it
// is then sent without its texts, which are for people.
func (l *Link) tooLarge(packet []byte) bool { return l.maximum > 0 && len(packet) > l.maximum }

// reason says in words why err refused something, for the log: all of an
// error whose text the client is not told.
func reason(err error) string {
	if r := asRefusal(err); r.Reason != "" {
		return r.Reason
	}
	return err.Error()
}

// asConnectRefusal is asRefusal for Authenticate, whose plain errors mean that
// the client is not let in.
func asConnectRefusal(err error) *mqtt.Refusal {
	_, refusal := errors.AsType[*mqtt.Refusal](err)
	_, mistake := errors.AsType[*packet.Error](err)
	if !refusal && !mistake {
		return &mqtt.Refusal{Code: mqtt.NotAuthorized}
	}
	return asRefusal(err)
}

// asEnd returns err as a reason to end the connection that its client is told,
// also where user code gave no code.
func asEnd(err error) error {
	if _, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return err
	}
	return fmt.Errorf("%w: %w", asRefusal(err), err)
}
