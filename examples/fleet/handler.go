package main

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// lowBattery is the charge in percent below which a tracker is told to charge.
const lowBattery = 20

// Handler implements fleet.Handler: one value for each connection, whose fields are that connection's state.
type Handler struct {
	office *Office
	conn   *fleet.Conn

	charging bool // the tracker was told to charge and has not answered yet
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
	// The handler does not wait for the result: nothing is read of this tracker until it returns.
	return h.command(ctx, fleet.CommandTopic(m.Topic), fleet.OrderCharge{})
}

// command sends a command to the tracker of this connection. Its result comes to HandleCommandResult.
func (h *Handler) command(ctx context.Context, t fleet.CommandTopic, order fleet.OrderValue) error {
	return h.conn.PublishCommand(ctx, t, fleet.Command{ID: h.office.nextID(), Order: fleet.Order{Value: order}})
}

// HandleTrace gets what clients publish to fleet/{tenant}/{device}/trace.
// A tracker with a modem sends where it has been, in as few bytes as it can.
//
//mqttx:topic trace
func (h *Handler) HandleTrace(ctx context.Context, m *fleet.TraceMessage) error {
	// protobuf has no rules for values, so these are checked here.
	for _, fix := range m.Payload.GetFixes() {
		if fix.GetLat() < -90 || fix.GetLat() > 90 || fix.GetLon() < -180 || fix.GetLon() > 180 {
			return mqttx.Refuse(mqttx.PayloadFormatInvalid, "%v, %v is no place on the earth", fix.GetLat(), fix.GetLon())
		}
	}
	h.office.Board.Note("HandleTrace", "%s: %d places in %d bytes", m.Topic.Device, len(m.Payload.GetFixes()), len(m.Raw))
	return nil
}

// HandleCommandResult gets what clients publish to fleet/{tenant}/{device}/command/result, but for the
// answers that requests wait for.
// A tracker says what became of a command.
//
//mqttx:topic command_result
func (h *Handler) HandleCommandResult(ctx context.Context, m *fleet.CommandResultMessage) error {
	h.charging = false
	h.office.Board.Note("HandleCommandResult", "%s: %s, ok %v", m.Topic.Device, m.Payload.ID, m.Payload.OK)
	return nil
}

// HandleConfigGet gets what clients publish to fleet/{tenant}/{device}/config/get.
// A tracker that has started asks how it is to work; the bytes do not matter.
//
//mqttx:topic config_get
func (h *Handler) HandleConfigGet(ctx context.Context, m *fleet.ConfigGetMessage) error {
	config := fleet.Config{ReportEvery: payload.DurationOf(reportEvery)}
	if v := h.office.Firmware(); v != "" {
		config.Firmware = payload.Some(v)
	}
	h.office.Board.Note("HandleConfigGet", "%s", m.Topic.Device)
	// The correlation data of MQTT 5 tells the client which of its requests this answers.
	answer := mqttx.Properties{CorrelationData: m.Properties.CorrelationData}
	return h.conn.PublishConfig(ctx, fleet.ConfigTopic(m.Topic), config, mqttx.WithProperties(answer))
}

// HandleLogLine gets what clients publish to fleet/{tenant}/{device}/log/{path...}, with the field
// kind line.
// A tracker sends of its log; the path says which part of it speaks.
//
//mqttx:topic log
func (h *Handler) HandleLogLine(ctx context.Context, m *fleet.LogLineMessage) error {
	h.office.Board.Note("HandleLogLine", "%s %s: %s", m.Topic.Device, m.Topic.Path, m.Payload.Text)
	return nil
}

// HandleLogCrash gets what clients publish to fleet/{tenant}/{device}/log/{path...}, with the field
// kind crash.
// A tracker sends of its log; the path says which part of it speaks.
//
//mqttx:topic log
func (h *Handler) HandleLogCrash(ctx context.Context, m *fleet.LogCrashMessage) error {
	what := "crash"
	if m.Will { // the tracker left it with the server, for when the connection breaks
		what = "connection lost"
	}
	h.office.Board.Note("HandleLogCrash", "%s %s: %s: %s", m.Topic.Device, m.Topic.Path, what, m.Payload.Reason)
	return nil
}

// OnFirmwareReady gets event firmware_ready, which the program sends to this connection.
// A new firmware can be had.
//
//mqttx:event firmware_ready
func (h *Handler) OnFirmwareReady(ctx context.Context, e *fleet.FirmwareReady) error {
	client := h.conn.Identity()
	if client.Method != "tracker" {
		return nil // a screen has no firmware
	}
	h.office.Board.Note("OnFirmwareReady", "%s: %s", h.conn.ClientID(), e.Version)
	t := fleet.CommandTopic{Tenant: client.User, Device: h.conn.ClientID()}
	return h.command(ctx, t, fleet.OrderInstall{Version: e.Version})
}

// The methods below are optional: each is called because Handler has it.

// SubscribeReading is asked about each filter over readings that the spec allows: a screen shows one tenant.
func (h *Handler) SubscribeReading(ctx context.Context, s *fleet.ReadingSubscription) (mqttx.QoS, error) {
	if s.Tenant.Any {
		return 0, mqttx.Refuse(mqttx.NotAuthorized, "a screen shows one tenant: name it, as in fleet/acme/+/reading")
	}
	h.office.Board.Note("SubscribeReading", "%s looks at %s", h.conn.ClientID(), s.Tenant.Value)
	return s.QoS, nil
}

// ClearedReading is told that a tracker has taken its last reading back: it goes out of service.
func (h *Handler) ClearedReading(ctx context.Context, t fleet.ReadingTopic) error {
	h.office.Board.Note("ClearedReading", "%s", t.Device)
	return nil
}

// Disconnected is told why the connection has ended.
func (h *Handler) Disconnected(ctx context.Context, reason error) {
	why, _, _ := strings.Cut(reason.Error(), "\n")
	h.office.Board.Note("Disconnected", "%s: %s", h.conn.ClientID(), why)
}
