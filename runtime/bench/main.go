// Command bench compares examples/broker with other brokers on one machine, in
// one run, alternating: what counts is the ratio.
//
//	bench -broker ./bin/broker -seconds 3 -rounds 3
//
// For each load it prints messages a second and the CPU microseconds that the
// server process (user and system, all threads) spent on each delivered
// message. The load is a closed loop: nothing is ever dropped.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	broker := flag.String("broker", "bin/broker", "`path` of the built examples/broker")
	seconds := flag.Float64("seconds", 2, "how long each measurement takes")
	rounds := flag.Int("rounds", 3, "how many times each is repeated; the median is printed")
	flag.Parse()
	if err := run(*broker, time.Duration(*seconds*float64(time.Second)), *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// loads are the rows of the table: pairs of a publisher and a subscriber,
// payloads of 64 bytes.
var loads = []load{
	{name: "10 pairs, QoS 0, 16 in a write", pairs: 10, window: 16},
	{name: "10 pairs, QoS 0, one at a time", pairs: 10, window: 1},
	{name: "10 pairs, QoS 1, 16 in flight", pairs: 10, window: 16, qos: 1},
	{name: "200 pairs, QoS 0, 4 in flight", pairs: 200, window: 4},
}

func run(broker string, d time.Duration, rounds int) error {
	servers, err := available(broker)
	if err != nil {
		return err
	}
	fmt.Printf("%-32s %-10s %12s %15s %6s\n", "load", "server", "messages/s", "CPU us/message", "ratio")
	for _, l := range loads {
		results := make([][]result, len(servers))
		for range rounds {
			for i, s := range servers { // alternating
				r, err := measure(s, l, d)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.name, l.name, err)
				}
				results[i] = append(results[i], r)
			}
		}
		first := median(results[0])
		for i, s := range servers {
			m := median(results[i])
			fmt.Printf("%-32s %-10s %12.0f %15.2f %6.2f\n", l.name, s.name, m.rate, m.cpu, m.cpu/first.cpu)
		}
	}
	return nil
}

// result is one measurement.
type result struct {
	rate float64 // delivered messages a second
	cpu  float64 // CPU microseconds of the server for each
}

func median(r []result) result {
	r = slices.Clone(r)
	slices.SortFunc(r, func(a, b result) int {
		if a.cpu < b.cpu {
			return -1
		}
		return 1
	})
	return r[len(r)/2]
}

func measure(s server, l load, d time.Duration) (result, error) {
	p, err := s.start()
	if err != nil {
		return result{}, err
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), d+20*time.Second)
	defer cancel()
	pairs, err := l.connect(ctx, p.addr)
	if err != nil {
		return result{}, err
	}
	defer pairs.close()
	if _, err := pairs.run(ctx, l, d/4); err != nil { // warm up
		return result{}, err
	}
	before, begin := p.cpu(), time.Now()
	n, err := pairs.run(ctx, l, d)
	if err != nil {
		return result{}, err
	}
	used, took := p.cpu()-before, time.Since(begin)
	return result{
		rate: float64(n) / took.Seconds(),
		cpu:  float64(used.Nanoseconds()) / 1000 / float64(n),
	}, nil
}
