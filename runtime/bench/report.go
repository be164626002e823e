package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is all that a run found out.
type report struct {
	Go      string
	CPUs    int
	Seconds float64 // of each measurement
	Rounds  int
	Rows    []line
}

// line is one row of the table.
type line struct {
	Name, Unit string
	Rest       bool
	Servers    []figures
}

// figures are those of one server in one row: the medians of its rounds, each
// for itself.
type figures struct {
	Server string
	Median result
	Spread float64 // of what the row is about: how far the rounds lie apart, as a part of the median
	Ratio  float64 // to the best of the others; below 1 is better than all of them
	Failed string  `json:",omitempty"`

	server server
	rounds []result
}

func newReport(s settings) *report {
	return &report{Go: runtime.Version(), CPUs: runtime.NumCPU(), Seconds: s.seconds, Rounds: s.rounds}
}

// subject is the figure that a row is about.
func (l *line) subject(r result) float64 {
	if l.Rest {
		return r.Memory
	}
	return r.CPU
}

// settle makes medians, spread and ratios.
func (l *line) settle() {
	for i := range l.Servers {
		f := &l.Servers[i]
		if len(f.rounds) == 0 {
			continue
		}
		f.Median = result{
			Rate:   median(f.rounds, func(r result) float64 { return r.Rate }),
			CPU:    median(f.rounds, func(r result) float64 { return r.CPU }),
			Memory: median(f.rounds, func(r result) float64 { return r.Memory }),
			Slowed: median(f.rounds, func(r result) float64 { return r.Slowed }),
			Latency: percentiles{
				P50:  median(f.rounds, func(r result) time.Duration { return r.Latency.P50 }),
				P99:  median(f.rounds, func(r result) time.Duration { return r.Latency.P99 }),
				P999: median(f.rounds, func(r result) time.Duration { return r.Latency.P999 }),
			},
		}
		var all []float64
		for _, r := range f.rounds {
			all = append(all, l.subject(r))
			f.Median.Lost += r.Lost
			f.Median.Unordered += r.Unordered
		}
		f.Spread = (slices.Max(all) - slices.Min(all)) / l.subject(f.Median)
	}
	for i := range l.Servers {
		best := 0.0
		for j := range l.Servers {
			if got := l.subject(l.Servers[j].Median); j != i && got > 0 && (best == 0 || got < best) {
				best = got
			}
		}
		if best > 0 {
			l.Servers[i].Ratio = l.subject(l.Servers[i].Median) / best
		}
	}
}

func median[T cmp.Ordered](all []result, of func(r result) T) T {
	var values []T
	for _, r := range all {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (r *report) head(w io.Writer) {
	fmt.Fprintf(w, "%s, %d CPUs, %d rounds of %gs, alternating. CPU: microseconds of the server for each unit, or bytes where it says so.\n"+
		"ratio: to the best of the others in the same row; below 1 is ahead of all of them.\n", r.Go, r.CPUs, r.Rounds, r.Seconds)
}

func (l *line) print(w io.Writer) {
	what := "CPU us"
	if l.Rest {
		what = "bytes"
	}
	fmt.Fprintf(w, "\n%s\n  %-10s %15s %12s %6s %7s %8s %9s %9s %9s %5s\n", l.Name, "", l.Unit+"/s", what, "ratio", "spread", "RSS MiB", "p50", "p99", "p99.9", "lost")
	for _, f := range l.Servers {
		if f.Failed != "" {
			reason, _, _ := strings.Cut(f.Failed, "\n")
			fmt.Fprintf(w, "  %-10s failed: %.200s\n", f.Server, reason)
			continue
		}
		m := f.Median
		fmt.Fprintf(w, "  %-10s %15.0f %12.2f %6.2f %6.0f%%", f.Server, m.Rate, l.subject(m), f.Ratio, 100*f.Spread)
		if l.Rest {
			fmt.Fprintf(w, "   CPU us each %.2f\n", m.CPU)
			continue
		}
		fmt.Fprintf(w, " %8.1f", m.Memory/(1<<20))
		if m.Latency.P50 > 0 {
			fmt.Fprintf(w, " %9s %9s %9s %5d", short(m.Latency.P50), short(m.Latency.P99), short(m.Latency.P999), m.Lost)
		}
		if m.Slowed > 0 {
			fmt.Fprintf(w, "   p99 %.2f times that without the slow one", m.Slowed)
		}
		if m.Unordered > 0 {
			fmt.Fprintf(w, "   %d out of order", m.Unordered)
		}
		fmt.Fprintln(w)
	}
}

// short is a duration in three digits.
func short(d time.Duration) string {
	if d < time.Millisecond {
		return d.Round(time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// write writes the files that the flags ask for.
func (r *report) write(jsonFile, svgFile string) error {
	if jsonFile != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(jsonFile, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	if svgFile == "" {
		return nil
	}
	return os.WriteFile(svgFile, r.chart(), 0o644)
}
