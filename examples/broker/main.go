// Command broker is the runtime of mqttx-gen without generated code: an MQTT
// broker whose clients may publish and subscribe to everything. On loopback
// everyone may connect; elsewhere it wants passwords or client certificates,
// or to be told that everyone may.
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
	h, err := s.handler()
	if err != nil {
		return err
	}
	s.options.AuthMethods = s.authMethods()
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return h }, s.options)
	if err != nil {
		return err
	}
	defer h.reloads(s.options.Logger)()
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
