package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// series is one thing that grows.
type series struct {
	name, unit string
	// flat says that the size should not matter; otherwise the cost of a unit
	// becomes proportional to it some time.
	flat   bool
	points []point
}

// point is one size of it.
type point struct {
	size int
	load opener
}

// beside is a flow beside clients that are there and idle.
type beside struct {
	flow
	idle   elsewhere
	settle time.Duration
}

func (b beside) open(ctx context.Context, t *target) (load, error) {
	idle, err := b.idle.open(ctx, t)
	if err != nil {
		return nil, err
	}
	select { // what building it up has left to collect is not what it costs to be there
	case <-time.After(b.settle):
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), idle.close())
	}
	l, err := b.flow.open(ctx, t)
	if err != nil {
		return nil, errors.Join(err, idle.close())
	}
	return companions{l.(*lines), idle}, nil
}

// growing lists what is looked at. The largest number of connections is what a
// file limit of 20,000 allows a server.
func growing() []series {
	ten := pairs(10, 0, 16)
	grow := []series{
		{name: "subscribers of one topic", unit: "deliveries", flat: true},
		{name: "subscriptions of others", unit: "messages", flat: true},
		{name: "connections that are idle", unit: "messages", flat: true},
		{name: "bytes of payload", unit: "messages"},
		{name: "levels of the topic name", unit: "messages", flat: true},
	}
	for _, n := range []int{1, 3, 10, 30, 100, 300, 1000} {
		grow[0].add(n, flow{groups: 1, publishers: 1, subscribers: n, window: 16, payload: small})
	}
	for _, n := range []int{100, 1000, 10_000, 100_000, 1_000_000} {
		grow[1].add(n, beside{ten, elsewhere{filters{clients: 100, each: n / 100}}, settling})
	}
	for _, n := range []int{100, 1000, 5000, 10_000, 19_000} {
		grow[2].add(n, beside{ten, elsewhere{filters{clients: n, each: 1}}, settling})
	}
	for _, n := range []int{16, 64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20} {
		grow[3].add(n, with(pairs(4, 0, 1), func(f *flow) { f.payload = bytes.Repeat([]byte{'x'}, n) }))
	}
	for _, n := range []int{1, 2, 5, 10, 20} {
		grow[4].add(n, with(ten, func(f *flow) { f.levels = n }))
	}
	return grow
}

func (s *series) add(n int, l opener) { s.points = append(s.points, point{n, l}) }

// bends returns the sizes from which a unit costs markedly more. Where the size
// should not matter, these cost a third more than the cheapest before or than
// the last bend; otherwise they are where the cost, which was nearly the same
// up to there, begins to grow faster than the square root of the size. A cost
// of zero was not measured.
func (s *series) bends(costs []float64) []bool {
	bent := make([]bool, len(costs))
	from, steep := -1, false
	for i, c := range costs {
		switch {
		case c == 0:
			continue
		case from < 0:
		case s.flat:
			bent[i] = c > costs[from]*4/3
		default:
			growth := c / costs[from]
			was := steep
			steep = growth*growth > float64(s.points[i].size)/float64(s.points[from].size)
			bent[i] = steep && !was
		}
		if from < 0 || !s.flat || bent[i] || c < costs[from] {
			from = i
		}
	}
	return bent
}

// growth measures each series on each server.
func (m measurer) growth(ctx context.Context, w io.Writer, all []server, names []string, rounds int) error {
	m.latency = true
	for _, s := range growing() {
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(s.name, n) }) {
			continue
		}
		fmt.Fprintf(w, "\n%s\n  %-10s %10s %15s %12s %9s %9s %9s %9s\n", s.name, "", "", s.unit+"/s", "CPU us each", "RSS MiB", "MiB/s", "p50", "p99")
		for _, on := range all {
			if on.ingest > 0 {
				continue
			}
			if err := m.series(ctx, w, on, s, rounds); err != nil {
				return err
			}
		}
	}
	return nil
}

// series measures and prints all sizes on one server, in turn and again.
func (m measurer) series(ctx context.Context, w io.Writer, on server, s series, rounds int) error {
	l := line{Servers: make([]figures, len(s.points))}
	for range rounds {
		for i := range s.points {
			f := &l.Servers[i]
			if f.Failed != "" {
				continue
			}
			r, err := m.measure(ctx, on, row{load: s.points[i].load, paced: true})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				f.Failed = err.Error()
				continue
			}
			f.rounds = append(f.rounds, r)
		}
	}
	l.settle()
	var costs []float64
	for i := range l.Servers {
		costs = append(costs, l.Servers[i].Median.CPU)
	}
	bends := s.bends(costs)
	for i, p := range s.points {
		p.print(w, on.name, &l.Servers[i], bends[i])
	}
	return nil
}

// print prints one size.
func (p point) print(w io.Writer, server string, f *figures, bends bool) {
	if f.Failed != "" {
		reason, _, _ := strings.Cut(f.Failed, "\n")
		fmt.Fprintf(w, "  %-10s %10d failed: %.200s\n", server, p.size, reason)
		return
	}
	size, mark, r := len(small), "", f.Median
	if flow, ok := p.load.(flow); ok {
		size = len(flow.payload)
	}
	if bends {
		mark = "  < bends"
	}
	fmt.Fprintf(w, "  %-10s %10d %15.0f %12.2f %9.1f %9.1f %9s %9s%s\n", server, p.size, r.Rate, r.CPU, r.Memory/(1<<20),
		r.Rate*float64(size)/(1<<20), short(r.Latency.P50), short(r.Latency.P99), mark)
}
