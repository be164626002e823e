package link

import (
	"errors"

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
	return &mqtt.Refusal{Code: mqtt.ImplementationSpecificError, Reason: err.Error()}
}
