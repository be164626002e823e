// Command bench compares examples/broker with other brokers on one machine, in
// one run, alternating: what counts is the ratio to the best of the others.
//
//	bench -broker ./bin/broker            all rows, three rounds
//	bench -broker ./bin/broker -short     the rows of the README, in less than two minutes
//	bench -rows TLS,WebSocket -servers mqttx,mosquitto
//	bench -grow -servers mqttx            what it costs as things grow
//	bench -logins                         what each auth method costs
//
// It starts and stops each server itself, on loopback. A row's throughput is a
// closed loop: the next messages follow when the last ones have come, so that
// nothing is dropped, and every message is checked for its order. Latency is an
// open loop at half that rate, counted from when a message was due. CPU is user
// and system time of all threads of the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	broker        string
	seconds       float64
	rounds        int
	short         bool
	rows, servers string
	json, svg     string
	grow, logins  bool
}

func main() {
	var s settings
	flag.StringVar(&s.broker, "broker", "bin/broker", "`path` of the built examples/broker")
	flag.Float64Var(&s.seconds, "seconds", 2, "how long each measurement takes")
	flag.IntVar(&s.rounds, "rounds", 3, "how many times each is repeated; medians are printed, with the spread")
	flag.BoolVar(&s.short, "short", false, "the most important rows, one round of half a second, no latency")
	flag.StringVar(&s.rows, "rows", "", "only rows that contain one of these `words`, with commas between")
	flag.StringVar(&s.servers, "servers", "", "only these `names`: mqttx, mosquitto, mochi, nats")
	flag.StringVar(&s.json, "json", "", "write the figures to this `file`")
	flag.StringVar(&s.svg, "svg", "", "draw the ratios into this `file`")
	flag.BoolVar(&s.grow, "grow", false, "what it costs as subscribers, subscriptions, connections, payloads and topics grow, instead of the rows")
	flag.BoolVar(&s.logins, "logins", false, "what each auth method costs, beside 100 idle clients, instead of the rows")
	peer := flag.String("serve", "", "run one of the servers of Go modules; bench starts itself so")
	flag.Parse()
	var err error
	if *peer != "" {
		err = serve(*peer, flag.Args())
	} else {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, s)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	if s.short {
		s.seconds, s.rounds = 0.5, 1
	}
	all, err := servers(s.broker, words(s.servers))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-keys-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	k, err := newKeys(dir)
	if err != nil {
		return err
	}
	m := measurer{keys: k, d: time.Duration(s.seconds * float64(time.Second)), latency: !s.short}
	r := newReport(s)
	r.head(os.Stdout)
	if s.grow {
		return m.growth(ctx, os.Stdout, all, words(s.rows), s.rounds)
	}
	if s.logins {
		return m.logins(ctx, os.Stdout)
	}
	for _, one := range s.chosen() {
		line, err := m.row(ctx, one, all, s.rounds)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, line)
		line.print(os.Stdout)
		if err := r.write(s.json, s.svg); err != nil { // each time: a run takes long
			return err
		}
	}
	return nil
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// chosen returns the rows that the flags ask for.
func (s settings) chosen() (chosen []row) {
	want := words(s.rows)
	for _, one := range rows {
		named := slices.ContainsFunc(want, func(w string) bool { return strings.Contains(one.name, w) })
		if named || len(want) == 0 && (one.short || !s.short) {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

// measurer measures rows.
type measurer struct {
	keys    *keys
	d       time.Duration
	latency bool
}

// row measures one row on all servers that can do it, alternating. A server
// that fails at a row is told, and the others go on.
func (m measurer) row(ctx context.Context, one row, all []server, rounds int) (line, error) {
	l := line{Name: one.name, Unit: one.unit, Rest: one.rest}
	for _, s := range all {
		if s.ingest == one.ingest && (one.needs == "" || slices.Contains(s.has, one.needs)) {
			l.Servers = append(l.Servers, figures{Server: s.name, server: s})
		}
	}
	for range rounds {
		for i := range l.Servers {
			f := &l.Servers[i]
			if f.Failed != "" {
				continue
			}
			got, err := m.measure(ctx, f.server, one)
			switch {
			case ctx.Err() != nil:
				return l, ctx.Err()
			case err != nil:
				f.Failed = err.Error()
			default:
				f.rounds = append(f.rounds, got)
			}
		}
	}
	l.settle()
	return l, nil
}

// result is one measurement.
type result struct {
	Rate    float64     // units a second
	CPU     float64     // microseconds of the server for each unit
	Memory  float64     // bytes of RSS: of the process, or for each unit of a row at rest
	Latency percentiles // nanoseconds
	Lost    int64       // deliveries that did not come while latency was measured
	Slowed  float64     // how many times the p99 is that without a slow subscriber; 0: there is none

	Unordered int64 // messages that came in another order, where that fails no row
}

func (m measurer) measure(ctx context.Context, s server, one row) (r result, err error) {
	p, err := s.start(ctx, m.keys)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	ctx, cancel := context.WithTimeout(ctx, m.d+5*time.Minute) // a million subscriptions take their time
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })() // whatever waits for it hears of its end
	if one.rest {
		return m.atRest(ctx, p, one)
	}
	l, err := one.load.open(ctx, &p.target)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if _, err := l.run(time.Now().Add(m.d / 4)); err != nil { // warm up
		return r, err
	}
	before, begin := p.cpu(), time.Now()
	n, err := l.run(begin.Add(m.d))
	if err != nil {
		return r, err
	}
	used, took := p.cpu()-before, time.Since(begin)
	r = result{Rate: float64(n) / took.Seconds(), CPU: micros(used) / float64(n), Memory: float64(p.rss())}
	if q, ok := l.(interface{ disorder() int64 }); ok {
		r.Unordered = q.disorder()
	}
	if pacing, ok := l.(pacer); ok && one.paced && m.latency {
		r.Latency, r.Lost, err = pacing.paced(m.d, pacing.windows(r.Rate/2))
	}
	if o, ok := one.load.(obstructed); ok && m.latency && err == nil {
		r.Slowed, err = m.slowed(ctx, p, o, l, r)
	}
	return r, err
}

// pacer is a load that can go on at a given rate.
type pacer interface {
	// windows returns how many windows a second each publisher writes at a rate of deliveries.
	windows(rate float64) float64
	paced(d time.Duration, windows float64) (percentiles, int64, error)
}

// settling is how long a server may take to give memory back after a burst:
// mqttx ends the goroutines of idle connections after some seconds.
const settling = 16 * time.Second

// atRest measures what clients cost that are there and do nothing.
func (m measurer) atRest(ctx context.Context, p *process, one row) (r result, err error) {
	f := one.load.(filters)
	cpu, rss, begin := p.cpu(), p.rss(), time.Now()
	l, err := f.open(ctx, &p.target)
	if err != nil {
		return r, err
	}
	used, took, n := p.cpu()-cpu, time.Since(begin), float64(f.clients*f.each)
	time.Sleep(settling)
	r = result{Rate: n / took.Seconds(), CPU: micros(used) / n, Memory: float64(p.rss()-rss) / n}
	return r, l.close()
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
