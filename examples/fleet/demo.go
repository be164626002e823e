package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

const trackers = 5

// runDemo starts the server on a free port of this machine, lets trackers talk
// to it over TCP for a while, and shows which typed method got what.
func runDemo(ctx context.Context, out io.Writer, d time.Duration) error {
	office, err := NewOffice(rand.Text(), mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving := make(chan error, 1)
	go func() { serving <- office.Server.Serve(ctx, nl) }()
	fmt.Fprintf(out, "fleet serves on %s for %v; %d trackers publish over TCP\n\n", nl.Addr(), d, trackers)

	s := newShow(out, office)
	running, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err = s.play(running, nl.Addr().String())
	down, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	err = errors.Join(err, office.Server.Shutdown(down))
	if e := <-serving; !errors.Is(e, mqttx.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	s.end()
	if err != nil || ctx.Err() != nil {
		return err
	}
	return s.check()
}

// play runs the trackers, a screen, and somebody in the office until ctx ends.
func (s *show) play(ctx context.Context, addr string) error {
	var wg sync.WaitGroup
	errs := make(chan error, trackers+2)
	start := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				errs <- err
			}
		})
	}
	start(func() error { return s.watch(ctx, addr) })
	for i := range trackers {
		t := &tracker{version: mqttx.V5, modem: i%2 == 1, show: s}
		t.Tenant, t.Device = "acme", fmt.Sprintf("t-%d", i+1)
		if i == 0 {
			t.version = mqttx.V311
		}
		t.battery.Store(int64(90 - 17*i))
		start(func() error { return t.run(ctx, addr, s.office.Password) })
	}
	start(func() error { return s.work(ctx) })
	pause := time.Second
	if s.terminal {
		pause = 200 * time.Millisecond
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		s.draw()
		select {
		case <-ticker.C:
		case <-ctx.Done():
		case err := <-errs:
			return err
		}
	}
	wg.Wait()
	return nil
}

// watch is a screen on the wall: an anonymous client that sees all readings.
func (s *show) watch(ctx context.Context, addr string) error {
	c, err := dial(addr, mqttxtest.Options{ClientID: "screen"})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Subscribe(ctx, "fleet/acme/+/reading", mqttx.QoS1); err != nil {
		return err
	}
	for {
		if _, err := c.Receive(ctx); err != nil {
			return err
		}
		s.mu.Lock()
		s.screen++
		s.mu.Unlock()
	}
}

// work is what the office does on its own: it asks a tracker for something and
// waits for the answer, then it announces a firmware.
func (s *show) work(ctx context.Context) error {
	t := fleet.CommandTopic{Tenant: "acme", Device: "t-3"}
	order := fleet.Order{Value: fleet.OrderReport{Every: payload.Some(int64(10))}}
	for {
		result, err := s.office.Order(ctx, t, order)
		switch {
		case err == nil:
			s.tell("the office asked %s to report: answer to %s: ok %v", t.Device, result.ID, result.OK)
			return s.office.Announce(ctx, "2.1")
		case !errors.Is(err, mqttx.ErrNotConnected):
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond): // t-3 is still on its way
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func dial(addr string, o mqttxtest.Options) (*mqttxtest.Client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return mqttxtest.NewClient(nc, o)
}

// check fails where the demo has not shown what it is for.
func (s *show) check() error {
	for method, what := range map[string]string{
		"HandleReading":       "no reading arrived",
		"HandleTrace":         "no frame of protobuf arrived",
		"HandleCommandResult": "no command was obeyed",
		"RequestCommand":      "no request was answered",
		"OnFirmwareReady":     "no event arrived",
	} {
		if s.office.Board.Calls(method) == 0 {
			return fmt.Errorf("demo: %s", what)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.screen == 0:
		return errors.New("demo: the screen received no reading")
	case s.office.Traffic.Refused.Load() == 0:
		return errors.New("demo: no payload was refused")
	}
	return nil
}
