package main

import (
	"slices"
	"sync"
	"time"
)

// epoch is what due times in payloads count from.
var epoch = time.Now()

// recorder collects latencies. Safe for use by many goroutines.
type recorder struct {
	mu  sync.Mutex
	all []time.Duration // mu
}

func (r *recorder) add(d time.Duration) {
	r.mu.Lock()
	r.all = append(r.all, d)
	r.mu.Unlock()
}

// percentiles of a measurement.
type percentiles struct {
	P50, P99, P999 time.Duration
}

func (r *recorder) percentiles() percentiles {
	if len(r.all) == 0 {
		return percentiles{}
	}
	slices.Sort(r.all)
	at := func(q float64) time.Duration { return r.all[min(int(q*float64(len(r.all))), len(r.all)-1)] }
	return percentiles{at(.5), at(.99), at(.999)}
}

// paced publishes in an open loop: so many windows a second for each
// publisher, whatever the server does. Latency counts from when a message was
// due, so that a server which stalls its publisher does not hide it. It
// returns how many deliveries are missing two seconds after the last.
func (l *lines) paced(d time.Duration, windows float64) (percentiles, int64, error) {
	r := &recorder{}
	l.latencies.Store(r) // for good: what is late must not end the connection
	guard := time.AfterFunc(d+stalled, func() { _ = l.close() })
	defer guard.Stop()
	errs := make(chan error, 2*len(l.publishing))
	var sending sync.WaitGroup
	interval := d // one window at least, however slow the closed loop was
	if windows*d.Seconds() > 1 {
		interval = time.Duration(float64(time.Second) / windows)
	}
	for i, p := range l.publishing {
		offset := interval * time.Duration(i) / time.Duration(len(l.publishing))
		first := p.sent
		sending.Go(func() { errs <- l.keepPace(p, interval, offset, d) })
		if l.qos == 1 {
			sending.Go(func() { errs <- p.acknowledged(puback, first, int(d/interval)*l.window) })
		}
	}
	sending.Wait()
	close(errs)
	lost := l.missing(2 * time.Second)
	return r.percentiles(), lost, l.joined(errs)
}

// windows returns how many windows a second each publisher writes, at a rate of
// deliveries a second.
func (l *lines) windows(rate float64) float64 {
	return rate / float64(l.window*l.copies()*len(l.publishing))
}

// keepPace writes a window whenever it is due.
func (l *lines) keepPace(p *publisher, interval, offset, d time.Duration) error {
	begin := time.Now().Add(offset)
	for i := range int(d / interval) {
		due := begin.Add(time.Duration(i) * interval)
		time.Sleep(time.Until(due))
		p.due.Add(int64(l.window * l.copies()))
		for range l.window {
			l.next(p, int64(due.Sub(epoch)))
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
	return nil
}

// missing returns how many deliveries have not come when nothing has for d.
func (l *lines) missing(d time.Duration) int64 {
	count := func() (n int64) {
		for _, p := range l.publishing {
			n += p.due.Load() - p.got.Load()
		}
		return n
	}
	left := count()
	for since := time.Now(); left > 0 && time.Since(since) < d; time.Sleep(10 * time.Millisecond) {
		if now := count(); now != left {
			left, since = now, time.Now()
		}
	}
	return left
}
