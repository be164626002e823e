package main

import (
	"context"

	"github.com/mqttx-gen/mqttx-gen/runtime/bench/device"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Handler takes typed readings, as a user of mqttx-gen does.
type Handler struct{ sum float64 }

//mqttx:auth anyone
func (h *Handler) AuthenticateAnyone(context.Context, *mqttx.Connect) error { return nil }

//mqttx:topic reading
func (h *Handler) HandleReading(_ context.Context, m *device.ReadingMessage) error {
	h.sum += m.Payload.Temperature
	return nil
}
