package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const payloadSize = 64

// load is what a row of the table does: each publisher writes window messages
// at once and goes on when its subscriber has them all.
type load struct {
	name   string
	pairs  int
	window int
	qos    byte
}

type pair struct {
	pub, sub net.Conn
	in       *bufio.Reader // of sub
	acks     *bufio.Reader // of pub
	topic    string
}

type pairs []*pair

func (l load) connect(ctx context.Context, addr string) (ps pairs, err error) {
	defer func() {
		if err != nil {
			ps.close()
		}
	}()
	for i := range l.pairs {
		p := &pair{topic: fmt.Sprintf("bench/%03d/temperature", i)}
		ps = append(ps, p)
		if p.sub, p.in, err = dial(ctx, addr, fmt.Sprintf("sub%d", i)); err != nil {
			return ps, err
		}
		if p.pub, p.acks, err = dial(ctx, addr, fmt.Sprintf("pub%d", i)); err != nil {
			return ps, err
		}
		filter := append([]byte{0, 1, 0, byte(len(p.topic))}, p.topic...)
		filter = append(filter, l.qos)
		if _, err = p.sub.Write(append([]byte{0x82, byte(len(filter))}, filter...)); err != nil {
			return ps, err
		}
		if _, _, err = next(p.in); err != nil {
			return ps, err
		}
	}
	return ps, nil
}

func dial(ctx context.Context, addr, id string) (net.Conn, *bufio.Reader, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	connect := append([]byte("\x00\x04MQTT\x04\x02\x00\x00\x00"), byte(len(id)))
	connect = append(connect, id...)
	if _, err := nc.Write(append([]byte{0x10, byte(len(connect))}, connect...)); err != nil {
		return nc, nil, err
	}
	r := bufio.NewReaderSize(nc, 16<<10)
	_, body, err := next(r)
	if err == nil && body[1] != 0 {
		err = fmt.Errorf("connect refused with return code %d", body[1])
	}
	return nc, r, err
}

// next returns the first byte and the body of the next packet; the body is
// valid until the next call.
func next(r *bufio.Reader) (byte, []byte, error) {
	head, err := r.Peek(2)
	if err != nil {
		return 0, nil, err
	}
	first, size, n := head[0], int(head[1]&0x7F), 2
	if head[1] >= 0x80 {
		if head, err = r.Peek(3); err != nil {
			return 0, nil, err
		}
		size, n = size|int(head[2])<<7, 3
	}
	if _, err := r.Discard(n); err != nil {
		return 0, nil, err
	}
	body, err := r.Peek(size)
	if err != nil {
		return 0, nil, err
	}
	_, err = r.Discard(size)
	return first, body, err
}

func (ps pairs) close() {
	for _, p := range ps {
		for _, nc := range []net.Conn{p.pub, p.sub} {
			if nc != nil {
				_ = nc.Close()
			}
		}
	}
}

// run loads the server for d and returns how many messages were delivered. It
// fails where one is lost, repeated or out of order.
func (ps pairs) run(ctx context.Context, l load, d time.Duration) (int64, error) {
	var delivered atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, len(ps))
	stop := time.Now().Add(d)
	for _, p := range ps {
		deadline, _ := ctx.Deadline()
		_ = p.pub.SetDeadline(deadline)
		_ = p.sub.SetDeadline(deadline)
		wg.Go(func() {
			n, err := p.run(l, stop)
			delivered.Add(n)
			if err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
		return delivered.Load(), nil
	}
}

func (p *pair) run(l load, stop time.Time) (n int64, err error) {
	var buf []byte
	for time.Now().Before(stop) {
		buf = buf[:0]
		for i := range l.window {
			buf = p.appendPublish(buf, l.qos, uint16(i+1), uint64(n)+uint64(i))
		}
		if _, err := p.pub.Write(buf); err != nil {
			return n, err
		}
		if err := p.receive(l, uint64(n)); err != nil {
			return n, err
		}
		n += int64(l.window)
	}
	return n, nil
}

func (p *pair) appendPublish(b []byte, qos byte, id uint16, sequence uint64) []byte {
	size := 2 + len(p.topic) + payloadSize
	if qos > 0 {
		size += 2
	}
	b = append(b, 0x30|qos<<1, byte(size))
	b = append(b, 0, byte(len(p.topic)))
	b = append(b, p.topic...)
	if qos > 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	b = binary.BigEndian.AppendUint64(b, sequence)
	return append(b, make([]byte, payloadSize-8)...)
}

// receive takes a window of messages and their acknowledgements.
func (p *pair) receive(l load, first uint64) error {
	var acks []byte
	for i := range l.window {
		_, body, err := next(p.in)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if got := binary.BigEndian.Uint64(body[len(body)-payloadSize:]); got != first+uint64(i) {
			return fmt.Errorf("received message %d, want %d", got, first+uint64(i))
		}
		if l.qos > 0 {
			at := 2 + len(p.topic)
			acks = append(acks, 0x40, 2, body[at], body[at+1])
		}
	}
	if l.qos == 0 {
		return nil
	}
	if _, err := p.sub.Write(acks); err != nil {
		return err
	}
	for range l.window {
		if _, _, err := next(p.acks); err != nil {
			return fmt.Errorf("receive PUBACK: %w", err)
		}
	}
	return nil
}
