package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// tracker is a fake device. It uses the generated types, as a device written
// in Go would.
type tracker struct {
	name, tenant string
	battery      atomic.Int64 // percent
	show         *show

	client *mqttxtest.Client
}

// run connects, and reports until ctx ends.
func (t *tracker) run(ctx context.Context, addr, password string) error {
	c, err := dial(addr, mqttxtest.Options{ClientID: t.name, UserName: t.tenant, Password: password})
	if err != nil {
		return err
	}
	defer func() { _ = c.Disconnect() }()
	t.client = c
	if _, err := c.Subscribe(ctx, t.topic("command"), mqttx.QoS1); err != nil {
		return err
	}
	commands := make(chan error, 1)
	go func() { commands <- t.obey(ctx) }()
	for n := 0; ctx.Err() == nil; n++ {
		if err := t.report(ctx, n); err != nil {
			return err
		}
		select {
		case err := <-commands:
			return err
		case <-time.After(400 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

func (t *tracker) topic(last string) string {
	return fmt.Sprintf("fleet/%s/%s/%s", t.tenant, t.name, last)
}

// report sends a reading, and now and then a line of the log. Once the sensor
// of t-2 fails, and the server refuses what it says.
func (t *tracker) report(ctx context.Context, n int) error {
	battery := max(t.battery.Add(-1), 1)
	r := fleet.Reading{
		Temperature: math.Round(200+30*math.Sin(float64(n)/3)) / 10,
		Battery:     payload.Some(battery),
		At:          time.Now().UTC().Truncate(time.Millisecond),
		Position:    payload.Some(fleet.Position{Lat: 52.52, Lon: 13.4 + float64(n)/1000}),
	}
	b, err := r.AppendPayload(nil)
	if err != nil {
		return err
	}
	m := mqtt.Message{Topic: t.topic("reading"), Raw: b, QoS: mqtt.QoS1, Retain: true}
	if err := t.client.PublishMessage(ctx, &m); err != nil {
		return err
	}
	if t.name == "t-2" && n == 4 {
		return t.fail(ctx)
	}
	if n%5 != 0 {
		return nil
	}
	line := fleet.LogLine{Level: fleet.LogLineLevelInfo, Text: fmt.Sprintf("reading %d sent", n)}
	if b, err = line.AppendPayload(nil); err != nil {
		return err
	}
	return t.client.Publish(ctx, t.topic("log/sensor/thermo"), string(b), mqtt.QoS0)
}

// fail sends a reading that no tracker can have measured.
func (t *tracker) fail(ctx context.Context) error {
	err := t.client.Publish(ctx, t.topic("reading"), `{"temperature": 900, "at": "2026-01-02T03:04:05Z"}`, mqtt.QoS1)
	refusal, ok := errors.AsType[*mqtt.Refusal](err)
	if !ok {
		return fmt.Errorf("%s: a reading of 900 degrees was not refused: %w", t.name, err)
	}
	t.show.tell("%s sent 900 degrees and was refused: 0x%02X %v: %s", t.name, byte(refusal.Code), refusal.Code, refusal.Reason)
	return nil
}

// obey takes commands and answers them.
func (t *tracker) obey(ctx context.Context) error {
	for {
		c, err := mqttxtest.Receive[fleet.Command](ctx, t.client)
		if err != nil {
			return err
		}
		t.show.tell("%s received command %s: %s; it answers", t.name, c.ID, c.Action)
		t.battery.Store(100)
		b, err := (&fleet.CommandResult{ID: c.ID, OK: true}).AppendPayload(nil)
		if err != nil {
			return err
		}
		if err := t.client.Publish(ctx, t.topic("command/result"), string(b), mqtt.QoS1); err != nil {
			return err
		}
	}
}
