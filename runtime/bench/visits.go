package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// visits is clients that come and go, so many at a time.
type visits struct{ together int }

type visiting struct {
	visits
	t *target
}

func (v visits) open(_ context.Context, t *target) (load, error) { return visiting{v, t}, nil }

func (visiting) close() error { return nil }

func (v visiting) run(until time.Time) (int64, error) {
	ctx, cancel := context.WithDeadline(context.Background(), until.Add(stalled))
	defer cancel()
	var n atomic.Int64
	errs := make(chan error, v.together)
	var all sync.WaitGroup
	for i := range v.together {
		all.Go(func() {
			for visit := 0; time.Now().Before(until); visit++ {
				// nats-server holds up clients whose identifier has just been there.
				c, err := v.t.dial(ctx, how{id: fmt.Sprintf("visit-%d-%d", i, visit), buffer: 512})
				if err == nil {
					err = c.leave()
				}
				if err != nil {
					errs <- err
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	return n.Load(), err
}

// filters is clients that subscribe, each to so many filters, and are idle.
type filters struct {
	clients, each int
	scheme        string // tcp where it is empty
}

type subscribed struct{ all clients }

func (f filters) open(ctx context.Context, t *target) (load, error) {
	s := &subscribed{}
	for i := range f.clients {
		c, err := t.dial(ctx, how{id: fmt.Sprintf("idle-%d", i), scheme: f.scheme, buffer: 512})
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.all = append(s.all, c)
		var names []string
		for j := range f.each {
			names = append(names, fmt.Sprintf("site/%d/device/%d/command", i, j))
		}
		if err := c.subscribe(0, names...); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *subscribed) run(time.Time) (int64, error) { return 0, nil }

func (s *subscribed) close() error {
	s.all.close()
	return nil
}

// shelf is retained messages, which a client gets again and again by
// subscribing: all of them, each once.
type shelf struct{ messages int }

type shelves struct {
	shelf
	*client
}

func (s shelf) open(ctx context.Context, t *target) (load, error) {
	c, err := t.dial(ctx, how{id: "shelf", buffer: 64 << 10})
	if err != nil {
		return nil, err
	}
	for i := range s.messages {
		c.publish(publish|1, fmt.Sprintf("shelf/%d/state", i), 0, numbered(uint64(i)))
	}
	if err := c.ping(); err != nil {
		return nil, errors.Join(err, c.nc.Close())
	}
	return shelves{s, c}, nil
}

func (s shelves) close() error { return s.nc.Close() }

func (s shelves) run(until time.Time) (n int64, err error) {
	_ = s.nc.SetDeadline(until.Add(stalled))
	const filter = "shelf/+/state"
	for time.Now().Before(until) {
		s.buf = appendPacket(s.buf, subscribe, []byte{0, 1, 0, byte(len(filter))}, []byte(filter), []byte{0})
		if err := s.flush(); err != nil {
			return n, err
		}
		if err := s.all(); err != nil {
			return n, err
		}
		n += int64(s.messages)
		s.buf = appendPacket(s.buf, unsubscribe, []byte{0, 2, 0, byte(len(filter))}, []byte(filter))
		if err := s.flush(); err != nil {
			return n, err
		}
		if _, err := s.expect(0xB0); err != nil {
			return n, err
		}
	}
	return n, nil
}

// all takes every retained message once.
func (s shelves) all() error {
	seen := make([]bool, s.messages)
	for got := 0; got < s.messages; {
		first, body, err := s.next()
		if err != nil {
			return fmt.Errorf("after %d retained messages: %w", got, err)
		}
		if first&0xF0 != publish {
			continue
		}
		_, payload := split(first, body)
		i := binary.BigEndian.Uint64(payload)
		if i >= uint64(len(seen)) || seen[i] {
			return fmt.Errorf("retained message %d comes again", i)
		}
		seen[i] = true
		got++
	}
	return nil
}

// numbered is the small payload with a number in it.
func numbered(n uint64) []byte {
	return append(binary.BigEndian.AppendUint64(nil, n), small[8:]...)
}

// absent is sessions whose clients are away, and get QoS 1 messages.
type absent struct{ sessions int }

type queues struct {
	absent
	*client
	t    *target
	sent uint64 // messages
	got  uint64 // those that the sessions have fetched

	unordered int64 // deliveries in another order than that of the messages, or again
}

// disorder returns how many messages have not come in their order. They fail no
// row: mochi would not be in this one, which sends what it has kept in the order
// of a map.
func (q *queues) disorder() int64 { return q.unordered }

// patience is how many messages are queued for each before the clients come
// and fetch them: servers keep some hundred by default.
const patience = 64

func (a absent) open(ctx context.Context, t *target) (load, error) {
	for i := range a.sessions {
		c, err := t.dial(ctx, a.how(i))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(c.subscribe(1, "absent/all"), c.leave()); err != nil {
			return nil, err
		}
	}
	c, err := t.dial(ctx, how{id: "absent-publisher"})
	return &queues{absent: a, client: c, t: t}, err
}

func (a absent) how(i int) how {
	return how{id: fmt.Sprintf("absent-%d", i), keep: true, buffer: 32 << 10}
}

func (q *queues) close() error { return q.nc.Close() }

// run queues messages, and fetches them when each session has its fill. Units
// are messages of one session.
func (q *queues) run(until time.Time) (n int64, err error) {
	_ = q.nc.SetDeadline(until.Add(stalled))
	const window = 16
	for time.Now().Before(until) {
		for range patience / window {
			for i := range window {
				q.publish(publish|2, "absent/all", uint16(i+1), numbered(q.sent))
				q.sent++
			}
			if err := q.flush(); err != nil {
				return n, err
			}
			for i := range window {
				body, err := q.expect(puback)
				if err != nil {
					return n, err
				}
				if got := binary.BigEndian.Uint16(body); got != uint16(i+1) {
					return n, fmt.Errorf("acknowledgement of packet identifier %d, want %d", got, i+1)
				}
			}
		}
		if err := q.fetch(); err != nil {
			return n, err
		}
		n += int64(patience * q.sessions)
	}
	return n, nil
}

func (q *queues) fetch() error {
	ctx, cancel := context.WithTimeout(context.Background(), stalled)
	defer cancel()
	limit, _ := ctx.Deadline()
	for i := range q.sessions {
		c, err := q.t.dial(ctx, q.how(i))
		if err != nil {
			return err
		}
		_ = c.nc.SetDeadline(limit)
		if err := q.fetchOne(c); err != nil {
			return fmt.Errorf("fetch what was queued for session %d: %w", i, err)
		}
		if err := errors.Join(c.flush(), c.leave()); err != nil {
			return err
		}
	}
	q.got += patience
	return nil
}

// fetchOne takes every message that one session has kept.
func (q *queues) fetchOne(c *client) error {
	var seen [patience]bool
	for fetched := uint64(0); fetched < patience; {
		body, err := c.expect(publish)
		if err != nil {
			return err
		}
		id, payload := split(2, body)
		n := binary.BigEndian.Uint64(payload) - q.got
		if n != fetched {
			q.unordered++
		}
		if n < patience && !seen[n] { // else it comes again, as QoS 1 may
			seen[n] = true
			fetched++
		}
		c.acknowledge(puback, id)
		if c.r.Buffered() == 0 {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}
