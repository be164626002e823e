package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// reportEvery is how often a tracker is to report.
const reportEvery = 30 * time.Second

// Office is what all connections share, and what the rest of the program asks
// for things. Safe for use by many goroutines.
type Office struct {
	Password string // of all trackers
	Server   *fleet.Server
	Board    Board
	Traffic  Traffic

	lastID   atomic.Int64                  // of a command
	firmware atomic.Pointer[fleet.Version] // the newest; nil: none is known
}

// NewOffice returns an office whose server does not listen yet.
func NewOffice(password string, options mqttx.Options) (*Office, error) {
	o := &Office{Password: password}
	options.Use = append(options.Use, o.Traffic.Count)
	newHandler := func(c *fleet.Conn) fleet.Handler { return &Handler{office: o, conn: c} }
	srv, err := fleet.NewServer(newHandler, fleet.Options{Options: options})
	o.Server = srv
	return o, err
}

func (o *Office) nextID() string { return fmt.Sprintf("c-%d", o.lastID.Add(1)) }

// Order asks a tracker to do something and waits for the result until ctx
// ends. A tracker with MQTT 3.1.1, which has no requests, gets the same
// command: result is nil then, for it comes to HandleCommandResult.
func (o *Office) Order(ctx context.Context, t fleet.CommandTopic, order fleet.Order) (result *fleet.CommandResult, err error) {
	command := fleet.Command{ID: o.nextID(), Order: order}
	answer, err := o.Server.RequestCommand(ctx, t, command)
	if errors.Is(err, mqttx.ErrNotSupported) {
		return nil, o.Server.PublishCommand(ctx, t, command)
	}
	if err != nil {
		return nil, err
	}
	o.Board.Note("RequestCommand", "%s: %s, ok %v", t.Device, answer.Payload.ID, answer.Payload.OK)
	return &answer.Payload, nil
}

// Firmware returns the newest firmware, "" where none is known.
func (o *Office) Firmware() fleet.Version {
	if v := o.firmware.Load(); v != nil {
		return *v
	}
	return ""
}

// Announce tells every connection that a firmware can be had: their handlers
// get it as an event.
func (o *Office) Announce(ctx context.Context, v fleet.Version) error {
	if _, err := v.AppendPayload(nil); err != nil { // it encodes nothing that breaks its schema
		return err
	}
	o.firmware.Store(&v)
	for id := range o.Server.ClientIDs() {
		err := o.Server.SendFirmwareReady(ctx, id, fleet.FirmwareReady{Version: v})
		if err != nil && !errors.Is(err, mqttx.ErrNotConnected) { // it may have left just now
			return err
		}
	}
	return nil
}
