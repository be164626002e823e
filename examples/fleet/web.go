package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/mqttx-gen/mqttx-gen/examples/fleet/fleet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// patience is how long a request of HTTP waits for a tracker.
const patience = 5 * time.Second

// Web is the office for other programs, over HTTP. The generated types read
// and check what comes from there, too.
func (o *Office) Web() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fleet/{tenant}/{device}/command", o.postCommand)
	mux.HandleFunc("POST /firmware/{version}", o.postFirmware)
	mux.HandleFunc("GET /status", o.getStatus)
	return mux
}

// postCommand sends the order in the body to a tracker, and answers with its
// result.
func (o *Office) postCommand(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var order fleet.Order
	if err := order.DecodePayload(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	t := fleet.CommandTopic{Tenant: r.PathValue("tenant"), Device: r.PathValue("device")}
	result, err := o.Order(ctx, t, order)
	switch {
	case errors.Is(err, mqttx.ErrNotConnected):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, context.DeadlineExceeded):
		http.Error(w, err.Error(), http.StatusGatewayTimeout)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case result == nil: // a tracker with MQTT 3.1.1 answers later
		w.WriteHeader(http.StatusAccepted)
	default:
		b, _ := result.AppendPayload(nil) // it was checked when it came
		_, _ = w.Write(append(b, '\n'))
	}
}

// postFirmware announces a firmware.
func (o *Office) postFirmware(w http.ResponseWriter, r *http.Request) {
	if err := o.Announce(r.Context(), fleet.Version(r.PathValue("version"))); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// getStatus shows the counters.
func (o *Office) getStatus(w http.ResponseWriter, _ *http.Request) {
	stats := o.Server.Stats()
	_ = json.NewEncoder(w).Encode(map[string]int64{
		"connections": int64(stats.Connections),
		"accepted":    o.Traffic.Accepted.Load(),
		"refused":     o.Traffic.Refused.Load(),
		"bytes":       o.Traffic.Bytes.Load(),
	})
}
