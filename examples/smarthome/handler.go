package main

import (
	"context"
	"crypto/subtle"
	"log/slog"

	"github.com/mqttx-gen/mqttx-gen/examples/smarthome/home"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// dark is the brightness in lux below which somebody who moves gets light.
const dark = 50

// Handler implements home.Handler: one value for each connection, whose fields are that connection's state.
type Handler struct {
	conn     *home.Conn
	password string // of every device
}

// AuthenticateDevice decides on a client that comes with a user name: nil lets it in.
// A sensor or a lamp. Its user name is the room that it is in.
//
//mqttx:auth device
func (h *Handler) AuthenticateDevice(ctx context.Context, c *mqttx.Connect, user string, password []byte) error {
	if subtle.ConstantTimeCompare(password, []byte(h.password)) == 0 {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong password")
	}
	return nil
}

// HandleTemperature gets what clients publish to home/{room}/temperature.
//
//mqttx:topic temperature
func (h *Handler) HandleTemperature(ctx context.Context, m *home.TemperatureMessage) error {
	slog.Info("temperature", "room", m.Topic.Room, "degrees", m.Payload)
	return nil
}

// HandleMotion gets what clients publish to home/{room}/motion.
//
//mqttx:topic motion
func (h *Handler) HandleMotion(ctx context.Context, m *home.MotionMessage) error {
	lamp := home.Lamp{On: m.Payload.Seen}
	if lux, known := m.Payload.Lux.Get(); lamp.On && known {
		if lux >= dark {
			return nil // bright enough
		}
		lamp.Brightness = payload.Some(int64(100 - lux))
	}
	// To all lamps of the room, and, retained, to those that come later. h.conn.PublishLamp would
	// reach the sensor alone.
	return h.conn.Server().PublishLamp(ctx, home.LampTopic(m.Topic), lamp, mqttx.Retain())
}
