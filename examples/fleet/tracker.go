package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet/fleetv1"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// tracker is a fake device. It uses the generated types, as a device written
// in Go would.
type tracker struct {
	fleet.ReadingTopic // its tenant, and its name
	version            mqtt.Version
	modem              bool // it sends traces
	show               *show

	client  *mqttxtest.Client
	battery atomic.Int64 // percent
}

// run connects, and reports until ctx ends.
func (t *tracker) run(ctx context.Context, addr, password string) error {
	c, err := dial(addr, mqttxtest.Options{Version: t.version, ClientID: t.Device, UserName: t.Tenant, Password: password})
	if err != nil {
		return err
	}
	defer func() { _ = c.Disconnect() }()
	t.client = c
	if _, err := c.Subscribe(ctx, fleet.CommandTopic(t.ReadingTopic).String(), mqttx.QoS1); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- t.listen(ctx) }()
	for n := 0; ctx.Err() == nil; n++ {
		if err := t.report(ctx, n); err != nil {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(400 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// encoder is every payload type of the generated package.
type encoder interface {
	AppendPayload(b []byte) ([]byte, error)
}

func (t *tracker) publish(ctx context.Context, topic fmt.Stringer, payload encoder, retain bool) error {
	b, err := payload.AppendPayload(nil)
	if err != nil {
		return err
	}
	return t.client.PublishMessage(ctx, &mqtt.Message{Topic: topic.String(), Raw: b, QoS: mqtt.QoS1, Retain: retain})
}

// report sends a reading, and now and then something else. Once the sensor of
// t-2 fails, and the server refuses what it says.
func (t *tracker) report(ctx context.Context, n int) error {
	battery := max(t.battery.Add(-1), 1)
	err := t.publish(ctx, t.ReadingTopic, &fleet.Reading{
		Temperature: math.Round(200+30*math.Sin(float64(n)/3)) / 10,
		Battery:     payload.Some(battery),
		At:          time.Now().UTC().Truncate(time.Millisecond),
		Position:    payload.Some(fleet.Position{Lat: 52.52, Lon: 13.4 + float64(n)/1000}),
	}, true)
	switch {
	case err != nil:
		return err
	case t.Device == "t-2" && n == 4:
		return t.fail(ctx)
	case n%5 == 0:
		topic := fleet.LogTopic{Tenant: t.Tenant, Device: t.Device, Path: "sensor/thermo"}
		text := fmt.Sprintf("reading %d sent", n)
		return t.publish(ctx, topic, &fleet.Line{Level: fleet.LineLevelInfo, Text: text}, false)
	case t.modem && n%5 == 1:
		return t.trace(ctx)
	}
	return nil
}

// trace sends a frame of protobuf.
func (t *tracker) trace(ctx context.Context) error {
	trace := fleetv1.Trace{Start: time.Now().Unix() - 10}
	for i := range 10 {
		trace.Fixes = append(trace.Fixes, &fleetv1.Fix{After: uint32(i), Lat: 52.52, Lon: 13.4 + float32(i)/1000})
	}
	b, err := proto.Marshal(&trace)
	if err != nil {
		return err
	}
	return t.client.Publish(ctx, fleet.TraceTopic(t.ReadingTopic).String(), string(b), mqtt.QoS1)
}

// fail sends a reading that no tracker can have measured.
func (t *tracker) fail(ctx context.Context) error {
	err := t.client.Publish(ctx, t.String(), `{"temperature": 900, "at": "2026-01-02T03:04:05Z"}`, mqtt.QoS1)
	refusal, ok := errors.AsType[*mqtt.Refusal](err)
	if !ok {
		return fmt.Errorf("%s: a reading of 900 degrees was not refused: %w", t.Device, err)
	}
	t.show.tell("%s sent 900 degrees and was refused: 0x%02X %v: %s", t.Device, byte(refusal.Code), refusal.Code, refusal.Reason)
	return nil
}

// listen takes commands and answers them.
func (t *tracker) listen(ctx context.Context) error {
	for {
		m, err := t.client.Receive(ctx)
		if err != nil {
			return err
		}
		var c fleet.Command
		if err := c.DecodePayload(m.Raw); err != nil {
			return err
		}
		result := t.obey(c)
		if m.Properties.ResponseTopic == "" {
			err = t.publish(ctx, fleet.CommandResultTopic(t.ReadingTopic), &result, false)
		} else if b, e := result.AppendPayload(nil); e == nil {
			err = t.client.Respond(ctx, m, string(b)) // somebody waits for this answer
		}
		if err != nil {
			return err
		}
	}
}

// obey does what a command says.
func (t *tracker) obey(c fleet.Command) fleet.CommandResult {
	switch order := c.Order.Value.(type) {
	case fleet.OrderCharge:
		t.battery.Store(100)
		t.show.tell("%s received command %s: charge", t.Device, c.ID)
	case fleet.OrderInstall:
		t.show.tell("%s received command %s: install %s", t.Device, c.ID, order.Version)
	case fleet.OrderReport:
		every, _ := order.Every.Get()
		t.show.tell("%s received command %s: report every %d s", t.Device, c.ID, every)
	}
	return fleet.CommandResult{ID: c.ID, OK: true}
}
