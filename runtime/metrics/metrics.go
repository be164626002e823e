// Package metrics tells monitoring systems how a server does, over HTTP:
//
//	go http.ListenAndServe("127.0.0.1:9090", metrics.Handler(srv))
//
// It is a package of its own because it needs net/http, which a server does not.
package metrics

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// Source is what is watched: an mqttx.Server, or the Server of a generated
// package.
type Source interface {
	Stats() mqttx.Stats
	// Ready reports whether clients are let in.
	Ready() bool
}

// contentType is that of the Prometheus text format.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// Handler returns a handler of three paths, safe for use by many goroutines:
//
//	/metrics   all counters, in the text format of Prometheus
//	/healthz   200 while the program answers at all
//	/readyz    200 while the server listens and is not being shut down, else 503
//
// It asks nobody who they are: serve it on an address that only the monitoring
// reaches.
func Handler(s Source) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		Write(&b, s.Stats())
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
		_, _ = w.Write(b.Bytes())
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.Ready() {
			answer(w, http.StatusOK, "ready")
			return
		}
		answer(w, http.StatusServiceUnavailable, "not ready: the server does not listen yet, or is being shut down")
	})
	return mux
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	fmt.Fprintln(w, text)
}
