package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// TestMain lets the test be the servers that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "-serve" {
		if err := serve(os.Args[2], os.Args[3:]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// started runs one of the servers of this module.
func started(t *testing.T, name string) (*measurer, server) {
	t.Helper()
	k, err := newKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all, err := servers(os.Args[0], []string{"mochi", "mqttx"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.name == name && (s.ingest == 1) == (name == "mqttx") && s.ingest <= 1 {
			return &measurer{keys: k, d: 40 * time.Millisecond, latency: true}, s
		}
	}
	t.Fatalf("no server %s", name)
	return nil, server{}
}

// TestRows runs every kind of load for a moment, made small.
func TestRows(t *testing.T) {
	m, s := started(t, "mochi")
	for _, one := range rows {
		switch f := one.load.(type) {
		case filters:
			one.load = filters{min(f.clients, 20), min(f.each, 300), f.scheme}
		case absent:
			continue // mochi loses some of what it keeps: TestAway
		case visits:
			one.load = visits{min(f.together, 20)}
		case flow:
			f.groups, f.subscribers, f.publishers, f.noise = min(f.groups, 3), min(f.subscribers, 5), min(f.publishers, 5), min(f.noise, 5)
			one.load = f
		case obstructed:
			f.groups = 3
			one.load = f
		}
		if one.ingest > 0 {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			r, err := m.measure(t.Context(), s, one)
			if err != nil {
				t.Fatal(err)
			}
			if r.Rate <= 0 || r.CPU < 0 || one.paced && r.Latency.P50 <= 0 {
				t.Errorf("measured %+v", r)
			}
		})
	}
}

// open is a handler that lets everybody do everything.
type open struct{}

func (open) Authenticate(context.Context, *mqttx.Connect) error { return nil }

func (open) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (open) Subscribe(context.Context, *mqttx.Subscription) (mqttx.QoS, error) {
	return mqttx.QoS2, nil
}

// TestAway fetches what was sent to clients that are away: each message once, in their order.
func TestAway(t *testing.T) {
	l, err := absent{3}.open(t.Context(), &target{tcp: own(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	n, err := l.run(time.Now().Add(100 * time.Millisecond))
	if err != nil || n == 0 || l.(*queues).disorder() > 0 {
		t.Errorf("%d messages, %d of them out of order: %v", n, l.(*queues).disorder(), err)
	}
}

// own starts a server of this project, until the test ends, and returns its address.
func own(t *testing.T) string {
	srv, err := mqttx.NewServer(func(*mqttx.Conn) mqttx.Handler { return open{} }, mqttx.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), nl) }()
	t.Cleanup(func() {
		if err := errors.Join(srv.Shutdown(context.Background()), <-served); err != nil && !errors.Is(err, mqttx.ErrServerClosed) {
			t.Error(err)
		}
	})
	return nl.Addr().String()
}

// TestIngest wants the generated server to take the payload of the rows, and to
// refuse another.
func TestIngest(t *testing.T) {
	m, s := started(t, "mqttx")
	for _, qos := range []byte{0, 1} {
		if _, err := m.measure(t.Context(), s, row{load: ingest(3, qos, 4)}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlant builds a server of a spec with many topics, and wants it and
// mochi's hook to take what is sent to each.
func TestPlant(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a server")
	}
	k, err := newKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all, err := servers(os.Args[0], []string{"mochi", "mqttx"})
	if err != nil {
		t.Fatal(err)
	}
	m, measured := measurer{keys: k, d: 40 * time.Millisecond}, 0
	for _, s := range all {
		if s.ingest != 10 {
			continue
		}
		measured++
		f := with(ingest(2, 1, 4), func(f *flow) { f.topics = s.ingest })
		if _, err := m.measure(t.Context(), s, row{load: f}); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	if measured != 2 {
		t.Errorf("%d servers with 10 topics", measured)
	}
}

// TestLoadsFindLoss shows that a load notices a message that does not come in
// its order.
func TestLoadsFindLoss(t *testing.T) {
	l := &lines{publishing: []*publisher{{done: make(chan struct{}, 1)}}}
	s := &subscriber{client: &client{}, last: map[uint32]uint64{}}
	message := func(sequence byte) []byte {
		b := append([]byte{0, 1, 'a'}, make([]byte, stamp)...)
		b[3+7] = sequence
		return b
	}
	for _, sequence := range []byte{0, 1} {
		if err := l.take(s, publish, message(sequence)); err != nil {
			t.Fatal(err)
		}
	}
	for _, sequence := range []byte{1, 3} {
		if err := l.take(s, publish, message(sequence)); err == nil {
			t.Errorf("message %d after 1 is taken", sequence)
		}
	}
}

func TestReport(t *testing.T) {
	l := line{Name: "a < b", Unit: "messages", Servers: []figures{
		{Server: "mqttx", rounds: []result{{CPU: 2}, {CPU: 1}, {CPU: 3}}},
		{Server: "mosquitto", rounds: []result{{CPU: 8}}},
		{Server: "mochi", rounds: []result{{CPU: 4}}},
		{Server: "nats", Failed: "no"},
	}}
	l.settle()
	for i, want := range []figures{{Ratio: .5, Spread: 1}, {Ratio: 4}, {Ratio: 2}} {
		if got := l.Servers[i]; math.Abs(got.Ratio-want.Ratio) > 1e-9 || math.Abs(got.Spread-want.Spread) > 1e-9 {
			t.Errorf("%s: ratio %g and spread %g, want %g and %g", got.Server, got.Ratio, got.Spread, want.Ratio, want.Spread)
		}
	}
	r := &report{Rows: []line{l}}
	for d := xml.NewDecoder(bytes.NewReader(r.chart())); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("chart: %v", err)
		}
	}
	var out strings.Builder
	l.print(&out)
	if !strings.Contains(out.String(), "nats       failed: no") {
		t.Errorf("printed\n%s", out.String())
	}
}

func TestPercentiles(t *testing.T) {
	r := &recorder{}
	for i := range 1000 {
		r.add(time.Duration(1000 - i))
	}
	if got := r.percentiles(); got != (percentiles{501, 991, 1000}) {
		t.Errorf("%v", got)
	}
}
