package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/mqttx-gen/mqttx-gen/runtime/bench/device"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// serveIngest runs a server of generated code: the package device, of
// mqttx.yaml.
func serveIngest(at ports) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := device.NewServer(func(*device.Conn) device.Handler { return &Handler{} }, device.Options{Options: mqttx.Options{Logger: log}})
	if err != nil {
		return err
	}
	go func() { _ = s.ListenAndServe(context.Background(), mqttx.TCP("127.0.0.1:"+at.tcp)) }()
	return nil
}
