package main

import (
	"context"
	"crypto/subtle"
	"fmt"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// lowBattery is the charge in percent below which a tracker is told to charge.
const lowBattery = 20

// Handler implements fleet.Handler: one value for each connection, whose fields are that connection's state.
type Handler struct {
	office *Office
	conn   *fleet.Conn

	commands int  // sent to this tracker
	charging bool // it was told to charge and has not answered yet
}

// AuthenticateTracker decides on a client that comes with a user name: nil lets it in.
//
//mqttx:auth tracker
func (h *Handler) AuthenticateTracker(ctx context.Context, c *mqttx.Connect, user string, password []byte) error {
	if subtle.ConstantTimeCompare(password, []byte(h.office.Password)) == 0 {
		return mqttx.Refuse(mqttx.BadUserNameOrPassword, "wrong password")
	}
	h.office.Board.Note("AuthenticateTracker", "%s of %s", c.ClientID, user)
	return nil
}

// AuthenticateScreen decides on a client that comes without a user name: nil lets it in.
//
//mqttx:auth screen
func (h *Handler) AuthenticateScreen(ctx context.Context, c *mqttx.Connect) error {
	h.office.Board.Note("AuthenticateScreen", "%s", c.ClientID)
	return nil
}

// HandleReading gets what clients publish to fleet/{tenant}/{device}/reading.
// A tracker reports a measurement. The last one is kept for screens that come later.
//
//mqttx:topic reading
func (h *Handler) HandleReading(ctx context.Context, m *fleet.ReadingMessage) error {
	battery, known := m.Payload.Battery.Get()
	h.office.Board.Note("HandleReading", "%s: %.1f degrees, battery %d %%", m.Topic.Device, m.Payload.Temperature, battery)
	if !known || battery >= lowBattery || h.charging {
		return nil
	}
	h.charging = true
	h.commands++
	return h.conn.PublishCommand(ctx, fleet.CommandTopic(m.Topic), fleet.Command{
		ID:     fmt.Sprintf("c-%d", h.commands),
		Action: fleet.CommandActionCharge,
	})
}

// HandleCommandResult gets what clients publish to fleet/{tenant}/{device}/command/result.
// A tracker says what became of a command.
//
//mqttx:topic command_result
func (h *Handler) HandleCommandResult(ctx context.Context, m *fleet.CommandResultMessage) error {
	h.charging = false
	h.office.Board.Note("HandleCommandResult", "%s: %s, ok %v", m.Topic.Device, m.Payload.ID, m.Payload.OK)
	return nil
}

// HandleLog gets what clients publish to fleet/{tenant}/{device}/log/{path...}.
// A tracker sends a line of its log; the path says which part of it speaks.
//
//mqttx:topic log
func (h *Handler) HandleLog(ctx context.Context, m *fleet.LogMessage) error {
	h.office.Board.Note("HandleLog", "%s %s: %s", m.Topic.Device, m.Topic.Path, m.Payload.Text)
	return nil
}

// Disconnected is optional: it is called because Handler has it.
func (h *Handler) Disconnected(ctx context.Context, reason error) {
	h.office.Board.Note("Disconnected", "%s: %v", h.conn.ClientID(), reason)
}
