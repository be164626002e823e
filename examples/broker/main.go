// Command broker is the runtime of mqttx-gen without generated code: an open
// MQTT broker. Everyone may connect, publish and subscribe, so it belongs on
// loopback or in a test.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "broker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("broker", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:1883", "TCP `address` to listen on")
	level := slog.LevelInfo
	flags.TextVar(&level, "log-level", slog.LevelInfo, "log lines of this `level` and above: debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see broker -help", flags.Arg(0))
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return open{} }, mqttx.Options{Logger: log})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return srv.ListenAndServe(ctx, mqttx.TCP(*addr))
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
