package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// series is one thing that grows.
type series struct {
	name, unit string
	points     []point
}

// point is one size of it.
type point struct {
	size string
	load opener
}

// beside is a load beside clients that are there and idle.
type beside struct {
	flow
	idle filters
}

type accompanied struct {
	*lines
	idle load
}

func (b beside) open(ctx context.Context, t *target) (load, error) {
	idle, err := b.idle.open(ctx, t)
	if err != nil {
		return nil, err
	}
	l, err := b.flow.open(ctx, t)
	if err != nil {
		return nil, errors.Join(err, idle.close())
	}
	return accompanied{l.(*lines), idle}, nil
}

func (a accompanied) close() error { return errors.Join(a.lines.close(), a.idle.close()) }

// growing lists what is looked at. The largest sizes are those that a file
// limit of 20,000 allows with all clients in one process.
func growing() []series {
	ten := pairs(10, 0, 16)
	grow := []series{
		{name: "subscribers of one topic", unit: "deliveries"},
		{name: "subscriptions of others", unit: "messages"},
		{name: "connections that are idle", unit: "messages"},
		{name: "bytes of payload", unit: "messages"},
		{name: "levels of the topic name", unit: "messages"},
	}
	for _, n := range []int{1, 10, 100, 1000} {
		grow[0].add(n, flow{groups: 1, publishers: 1, subscribers: n, window: 16, payload: small})
	}
	for _, n := range []int{100, 10_000, 100_000, 1_000_000} {
		grow[1].add(n, beside{ten, filters{100, n / 100}})
	}
	for _, n := range []int{100, 1000, 10_000, 19_000} {
		grow[2].add(n, beside{ten, filters{n, 1}})
	}
	for _, n := range []int{20, 256, 4 << 10, 64 << 10, 1 << 20} {
		grow[3].add(n, with(pairs(4, 0, 1), func(f *flow) { f.payload = bytes.Repeat([]byte{'x'}, n) }))
	}
	for _, n := range []int{1, 5, 10, 20} {
		grow[4].add(n, with(ten, func(f *flow) { f.levels = n }))
	}
	return grow
}

func (s *series) add(n int, l opener) { s.points = append(s.points, point{fmt.Sprint(n), l}) }

// growth measures each series on each server, once for each size.
func (m measurer) growth(ctx context.Context, w io.Writer, all []server, names []string) error {
	for _, s := range growing() {
		if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(s.name, n) }) {
			continue
		}
		fmt.Fprintf(w, "\n%s\n  %-10s %10s %15s %12s %9s %12s\n", s.name, "", "", s.unit+"/s", "CPU us each", "RSS MiB", "MiB/s")
		for _, on := range all {
			if on.ingest > 0 {
				continue
			}
			for _, p := range s.points {
				if err := m.grown(ctx, w, on, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// grown measures and prints one size.
func (m measurer) grown(ctx context.Context, w io.Writer, on server, p point) error {
	m.latency = false
	r, err := m.measure(ctx, on, row{load: p.load})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		fmt.Fprintf(w, "  %-10s %10s failed: %.200s\n", on.name, p.size, err)
		return nil
	}
	size := len(small)
	if f, ok := p.load.(flow); ok {
		size = len(f.payload)
	}
	fmt.Fprintf(w, "  %-10s %10s %15.0f %12.2f %9.1f %12.1f\n", on.name, p.size, r.Rate, r.CPU, r.Memory/(1<<20), r.Rate*float64(size)/(1<<20))
	return nil
}
