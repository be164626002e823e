// Command smarthome serves the topics that mqttx.yaml describes over MQTT.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mqttx-gen/mqttx-gen/examples/smarthome/home"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:1883", "TCP `address` to listen on")
	password := flag.String("password", "home", "`password` of every device")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	srv, err := newServer(*password)
	if err == nil {
		err = srv.ListenAndServe(ctx, mqttx.TCP(*addr))
	}
	if err != nil {
		slog.Error("the server stopped", "error", err)
		os.Exit(1)
	}
}

func newServer(password string) (*home.Server, error) {
	newHandler := func(c *home.Conn) home.Handler { return &Handler{conn: c, password: password} }
	return home.NewServer(newHandler, home.Options{})
}
