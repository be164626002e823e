package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/metrics"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// watch serves metrics and health until stop is called: longer than the
// server, so that /readyz can say that it is being shut down.
func watch(srv *mqttx.Server, addr string, log *slog.Logger) (stop func(), err error) {
	nl, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("-http-addr: %w", err)
	}
	log.Info("metrics", "addr", nl.Addr().String())
	web := &http.Server{Handler: metrics.Handler(srv), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = web.Serve(nl) }() // ends by Close
	return func() { _ = web.Close() }, nil
}
