package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// flow is a load of publishers and subscribers in groups: what a publisher of
// a group sends goes to each of its subscribers, or to one of them where they
// share. No group: every message ends in the server.
type flow struct {
	groups      int
	publishers  int // in each group
	subscribers int // in each group
	share       bool
	qos         byte
	window      int // messages in one write; the next follow when all are through
	payload     []byte
	scheme      string
	noise       int    // further filters of each subscriber, with wildcards, that match nothing
	levels      int    // of the topic names; 0: three
	ids         string // what client identifiers begin with
	topics      int    // that each publisher of an ingest sends to in turn; 0: one of its own
}

// stamp is the bytes that a payload begins with: which publisher sent it, in two,
// the sequence number, in six, and when it was due.
const stamp = 2 + 6 + 8

// lines is a flow that is connected.
type lines struct {
	flow
	publishing  []*publisher
	subscribing []*subscriber
	latencies   atomic.Pointer[recorder]

	receiving sync.WaitGroup
	closing   atomic.Bool
	failed    atomic.Pointer[error] // why a subscriber does not receive any more
	broken    chan struct{}         // closed then
}

type publisher struct {
	*client
	index   uint32
	name    string
	names   []string // in turn, instead of name
	payload []byte
	sent    uint64
	writes  uint64

	due  atomic.Int64  // deliveries of what was sent so far
	got  atomic.Int64  // those that have come
	done chan struct{} // got has reached due
}

type subscriber struct {
	*client
	last map[uint32]uint64 // by publisher: the sequence number that comes next
}

func (f flow) open(ctx context.Context, t *target) (load, error) {
	l := &lines{flow: f, broken: make(chan struct{})}
	for g := range f.groups {
		name := f.name(g)
		filters := []string{name}
		if f.share {
			filters[0] = "$share/workers/" + name
		}
		for i := range f.noise {
			filters = append(filters, fmt.Sprintf("noise/+/%d/%d/#", g, i))
		}
		for i := range f.subscribers {
			c, err := t.dial(ctx, how{id: fmt.Sprintf("%ssub-%d-%d", f.ids, g, i), scheme: f.scheme, buffer: 2 * len(f.payload)})
			if err != nil {
				return nil, errors.Join(err, l.close())
			}
			s := &subscriber{client: c, last: map[uint32]uint64{}}
			l.subscribing = append(l.subscribing, s)
			if err := s.subscribe(f.qos, filters...); err != nil {
				return nil, errors.Join(err, l.close())
			}
			l.receiving.Go(func() { l.receive(s) })
		}
		for i := range f.publishers {
			c, err := t.dial(ctx, how{id: fmt.Sprintf("%spub-%d-%d", f.ids, g, i), scheme: f.scheme})
			if err != nil {
				return nil, errors.Join(err, l.close())
			}
			p := &publisher{client: c, index: uint32(len(l.publishing)), name: name, payload: append([]byte(nil), f.payload...), done: make(chan struct{}, 1)}
			if f.subscribers == 0 {
				p.name = fmt.Sprintf("bench/pub-%d-%d/reading", g, i)
			}
			for topic := range f.topics {
				p.names = append(p.names, topicName(topic, i))
			}
			l.publishing = append(l.publishing, p)
		}
	}
	return l, nil
}

// name is the topic name of a group.
func (f flow) name(g int) string {
	if f.levels == 0 {
		return fmt.Sprintf("bench/%03d/temperature", g)
	}
	return fmt.Sprintf("%03d", g) + strings.Repeat("/level", f.levels-1)
}

func (l *lines) close() error {
	l.closing.Store(true)
	for _, p := range l.publishing {
		_ = p.nc.Close()
	}
	for _, s := range l.subscribing {
		_ = s.nc.Close()
	}
	l.receiving.Wait()
	return nil
}

// copies is to how many subscribers a message goes.
func (l *lines) copies() int {
	if l.share {
		return 1
	}
	return l.subscribers
}

// stalled is how long a load may stand still: then its connections are closed.
const stalled = 30 * time.Second

// run loads the server until then, in a closed loop, and returns how many
// messages were delivered. It fails where one is lost, repeated or out of
// order.
func (l *lines) run(until time.Time) (int64, error) {
	guard := time.AfterFunc(time.Until(until)+stalled, func() { _ = l.close() })
	defer guard.Stop()
	errs := make(chan error, len(l.publishing))
	var sending sync.WaitGroup
	var delivered atomic.Int64
	for _, p := range l.publishing {
		sending.Go(func() {
			n, err := l.send(p, until)
			delivered.Add(n)
			errs <- err
		})
	}
	sending.Wait()
	close(errs)
	return delivered.Load(), l.joined(errs)
}

// joined returns what went wrong: of publishers, and of subscribers.
func (l *lines) joined(errs <-chan error) (err error) {
	for e := range errs {
		err = errors.Join(err, e)
	}
	if e := l.failed.Load(); e != nil {
		err = errors.Join(*e, err)
	}
	return err
}

// send writes a window at a time.
func (l *lines) send(p *publisher, until time.Time) (n int64, err error) {
	for time.Now().Before(until) {
		p.due.Add(int64(l.window * l.copies()))
		for range l.window {
			l.next(p, 0)
		}
		if err := p.flush(); err != nil {
			return n, err
		}
		if err := l.through(p); err != nil {
			return n, fmt.Errorf("publisher %d: %w", p.index, err)
		}
		n += int64(l.window * max(l.copies(), 1))
	}
	return n, nil
}

// next appends the next message of a publisher.
func (l *lines) next(p *publisher, due int64) {
	if l.subscribers > 0 {
		binary.BigEndian.PutUint64(p.payload, uint64(p.index)<<48|p.sent)
		binary.BigEndian.PutUint64(p.payload[8:], uint64(due))
	}
	if len(p.names) > 0 {
		p.name = p.names[p.sent%uint64(len(p.names))]
	}
	p.client.publish(publish|l.qos<<1, p.name, identifier(p.sent), p.payload)
	p.sent++
}

// through waits until a window is acknowledged, in its order [MQTT-4.6.0-2],
// and delivered.
func (l *lines) through(p *publisher) error {
	first := p.sent - uint64(l.window)
	switch l.qos {
	case 1:
		if err := p.acknowledged(puback, first, l.window); err != nil {
			return err
		}
	case 2:
		if err := p.acknowledged(pubrec, first, l.window); err != nil {
			return err
		}
		for i := range l.window {
			p.acknowledge(pubrel, identifier(first+uint64(i)))
		}
		if err := p.flush(); err != nil {
			return err
		}
		if err := p.acknowledged(pubcomp, first, l.window); err != nil {
			return err
		}
	}
	if l.copies() == 0 {
		// A PINGREQ for each write would be what is measured.
		const writes = 16
		if p.writes++; l.qos == 0 && p.writes%writes == 0 {
			return p.ping()
		}
		return nil
	}
	timer := time.NewTimer(stalled / 2)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-l.broken:
		return errors.New("a subscriber has ended")
	case <-timer.C:
		return fmt.Errorf("%d of %d messages have come", p.got.Load(), p.due.Load())
	}
}

// identifier is the packet identifier of a message.
func identifier(sequence uint64) uint16 { return uint16(sequence%65535) + 1 }

// acknowledged takes n acknowledgements, and wants those of the messages from
// first on, in their order.
func (p *publisher) acknowledged(kind byte, first uint64, n int) error {
	for i := range n {
		body, err := p.expect(kind)
		if err != nil {
			return err
		}
		if got, want := binary.BigEndian.Uint16(body), identifier(first+uint64(i)); got != want {
			return fmt.Errorf("acknowledgement of packet identifier %d, want %d", got, want)
		}
	}
	return nil
}

// receive takes messages until the connection ends.
func (l *lines) receive(s *subscriber) {
	for {
		if err := l.answer(s); err != nil {
			if !l.closing.Load() && l.failed.CompareAndSwap(nil, &err) {
				close(l.broken)
			}
			return
		}
	}
}

// answer takes one packet, and acknowledges it.
func (l *lines) answer(s *subscriber) error {
	first, body, err := s.next()
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	switch first & 0xF0 {
	case publish:
		if err := l.take(s, first, body); err != nil {
			return err
		}
	case pubrel & 0xF0:
		s.acknowledge(pubcomp, binary.BigEndian.Uint16(body))
	}
	// Answers go out together, when what has come is read.
	if s.r.Buffered() == 0 && len(s.buf) > 0 {
		return s.flush()
	}
	return nil
}

func (l *lines) take(s *subscriber, first byte, body []byte) error {
	id, payload := split(first, body)
	head := binary.BigEndian.Uint64(payload)
	sequence, index := head&(1<<48-1), uint32(head>>48)
	want := s.last[index]
	gaps := l.share || l.latencies.Load() != nil // what is lost in an open loop is counted
	if sequence != want && !(gaps && sequence > want) {
		return fmt.Errorf("message %d of publisher %d, want %d", sequence, index, want)
	}
	s.last[index] = sequence + 1
	switch l.qos {
	case 1:
		s.acknowledge(puback, id)
	case 2:
		s.acknowledge(pubrec, id)
	}
	if r := l.latencies.Load(); r != nil {
		r.add(time.Since(epoch) - time.Duration(binary.BigEndian.Uint64(payload[8:])))
	}
	p := l.publishing[index]
	if p.got.Add(1) == p.due.Load() {
		select {
		case p.done <- struct{}{}:
		default:
		}
	}
	return nil
}
