package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// obstructed is a flow beside subscribers to all of it that never read.
type obstructed struct {
	flow
	deaf int
}

// companions are connected beside a flow.
type companions struct {
	*lines
	others load
}

func (c companions) close() error { return errors.Join(c.lines.close(), c.others.close()) }

func (o obstructed) open(ctx context.Context, t *target) (load, error) {
	deaf := &subscribed{}
	for i := range o.deaf {
		c, err := t.dial(ctx, how{id: fmt.Sprintf("deaf-%d", i), buffer: 512})
		if err != nil {
			return nil, errors.Join(err, deaf.close())
		}
		deaf.all = append(deaf.all, c)
		if tcp, ok := c.nc.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4 << 10) // full soon
		}
		if err := c.subscribe(o.qos, "bench/#"); err != nil {
			return nil, errors.Join(err, deaf.close())
		}
	}
	l, err := o.flow.open(ctx, t)
	if err != nil {
		return nil, errors.Join(err, deaf.close())
	}
	return companions{l.(*lines), deaf}, nil
}

// slowed ends the load that was measured as r, has its flow go on alone and at
// the same rate, and returns how many times that p99 the one of r is.
func (m measurer) slowed(ctx context.Context, p *process, o obstructed, measured load, r result) (float64, error) {
	if err := measured.close(); err != nil {
		return 0, err
	}
	o.ids = "alone-"
	l, err := o.flow.open(ctx, &p.target)
	if err != nil {
		return 0, err
	}
	alone := l.(*lines)
	if _, err := alone.run(time.Now().Add(m.d / 4)); err != nil { // warm up
		return 0, errors.Join(err, l.close())
	}
	free, _, err := alone.paced(m.d, alone.windows(r.Rate/2))
	if err = errors.Join(err, l.close()); err != nil || free.P99 == 0 {
		return 0, err
	}
	return float64(r.Latency.P99) / float64(free.P99), nil
}
