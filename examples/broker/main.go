// Command broker is the runtime of mqttx-gen without generated code: an open
// MQTT broker. Everyone may connect, publish and subscribe, so it belongs on
// loopback or in a test.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func main() {
	switch err := run(os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "broker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	s, err := parse(args, os.Stdout)
	if err != nil {
		return err
	}
	if s.version {
		fmt.Println("broker", version())
		return nil
	}
	s.options.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: s.level}))
	listeners, err := s.listeners()
	if err != nil {
		return err
	}
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return open{} }, s.options)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if s.httpAddr != "" {
		stopWatching, err := watch(srv, s.httpAddr, s.options.Logger)
		if err != nil {
			return err
		}
		defer stopWatching()
	}
	return srv.ListenAndServe(ctx, listeners...)
}

// open lets everyone do everything. It has no state, so one value serves all
// connections.
type open struct{}

func (open) Authenticate(context.Context, *mqttx.Connect) error { return nil }

func (open) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (open) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}
