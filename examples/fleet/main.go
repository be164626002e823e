// Command fleet is the example server of mqttx-gen: trackers report readings,
// the back office sends them commands. Its spec is mqttx.yaml, its own code
// handler.go and office.go; package fleet beside it is generated.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("fleet", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:1883", "TCP `address` to listen on")
	tlsAddr := flags.String("tls-addr", "", "TLS `address` to listen on, with -cert and -key; default: none")
	var files mqttx.TLSFiles // read again when they change
	flags.StringVar(&files.Cert, "cert", "", "PEM `file` of the server's certificate chain")
	flags.StringVar(&files.Key, "key", "", "PEM `file` of its private key")
	web := flags.String("web", "", "HTTP `address` for the other programs of the office; default: none")
	password := flags.String("password", os.Getenv("FLEET_PASSWORD"), "`password` of the trackers; default: $FLEET_PASSWORD")
	demo := flags.Duration("demo", 0, "run fake trackers for this `time`, on a free port, and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *demo > 0 {
		return runDemo(ctx, os.Stdout, max(*demo, 3*time.Second))
	}
	if *password == "" {
		return errors.New("the trackers need a password: use -password or set FLEET_PASSWORD, or look at -demo 10s")
	}
	office, err := NewOffice(*password, mqttx.Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	listeners := []mqttx.Listener{mqttx.TCP(*addr)}
	if *tlsAddr != "" {
		config, err := files.Config()
		if err != nil {
			return err
		}
		listeners = append(listeners, mqttx.TLS(*tlsAddr, config))
	}
	if *web != "" {
		nl, err := net.Listen("tcp", *web)
		if err != nil {
			return err
		}
		front := &http.Server{Handler: office.Web(), ReadHeaderTimeout: patience}
		defer func() { _ = front.Close() }()
		go func() { _ = front.Serve(nl) }()
	}
	return office.Server.ListenAndServe(ctx, listeners...)
}
