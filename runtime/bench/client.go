package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// First bytes of packets.
const (
	connect     = 0x10
	connack     = 0x20
	publish     = 0x30
	puback      = 0x40
	pubrec      = 0x50
	pubrel      = 0x62
	pubcomp     = 0x70
	subscribe   = 0x82
	unsubscribe = 0xA2
	pingreq     = 0xC0
	disconnect  = 0xE0
)

// client is one connection of the load: MQTT 3.1.1, which all servers speak,
// at the level of packets.
type client struct {
	nc  net.Conn
	r   *bufio.Reader
	buf []byte
}

// how says how a client connects.
type how struct {
	id     string
	keep   bool // the session outlives the connection
	scheme string
	buffer int // bytes of the reader: a whole packet has to fit
}

// dial connects and waits for CONNACK.
func (t *target) dial(ctx context.Context, h how) (*client, error) {
	nc, err := t.open(ctx, h.scheme)
	if err != nil {
		return nil, err
	}
	c := &client{nc: nc, r: bufio.NewReaderSize(nc, max(h.buffer, 4<<10))}
	limit := time.AfterFunc(stalled, func() { _ = nc.Close() })
	defer limit.Stop()
	flags := byte(2)
	if h.keep {
		flags = 0
	}
	c.buf = appendPacket(c.buf, connect, []byte{0, 4, 'M', 'Q', 'T', 'T', 4, flags, 0, 0, 0, byte(len(h.id))}, []byte(h.id))
	if err := c.flush(); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	body, err := c.expect(connack)
	if err == nil && body[1] != 0 {
		err = fmt.Errorf("connect refused with return code %d", body[1])
	}
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return c, nil
}

// open makes the transport of a connection.
func (t *target) open(ctx context.Context, scheme string) (net.Conn, error) {
	var d net.Dialer
	switch scheme {
	case "tls":
		return (&tls.Dialer{NetDialer: &d, Config: t.trust}).DialContext(ctx, "tcp", t.tls)
	case "ws":
		return dialWebSocket(ctx, "ws://"+t.ws+t.path)
	}
	return d.DialContext(ctx, "tcp", t.tcp)
}

func appendPacket(b []byte, first byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b = append(b, first)
	b = binary.AppendUvarint(b, uint64(size)) // the same form as a Remaining Length
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// flush writes what is in buf.
func (c *client) flush() error {
	_, err := c.nc.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

// next returns the first byte and the body of the next packet; the body is
// valid until the next call.
func (c *client) next() (first byte, body []byte, err error) {
	if first, err = c.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	size, err := binary.ReadUvarint(c.r)
	if err != nil {
		return 0, nil, err
	}
	if body, err = c.r.Peek(int(size)); err != nil {
		return 0, nil, err
	}
	_, err = c.r.Discard(int(size))
	return first, body, err
}

// expect returns the body of the next packet, which has to be of this type.
func (c *client) expect(want byte) ([]byte, error) {
	first, body, err := c.next()
	if err == nil && first&0xF0 != want&0xF0 {
		err = fmt.Errorf("received packet type %d, want %d", first>>4, want>>4)
	}
	return body, err
}

// subscribe subscribes to filters, in one packet each, and waits for the
// answers.
func (c *client) subscribe(qos byte, filters ...string) error {
	const together = 256
	for len(filters) > 0 {
		some := filters[:min(together, len(filters))]
		filters = filters[len(some):]
		for i, f := range some {
			head := []byte{byte((i + 1) >> 8), byte(i + 1), byte(len(f) >> 8), byte(len(f))}
			c.buf = appendPacket(c.buf, subscribe, head, []byte(f), []byte{qos})
		}
		if err := c.flush(); err != nil {
			return err
		}
		for range some {
			body, err := c.expect(0x90)
			if err != nil {
				return fmt.Errorf("subscribe: %w", err)
			}
			if body[2] > 2 {
				return fmt.Errorf("subscribe to %q: refused with %#x", some[0], body[2])
			}
		}
	}
	return nil
}

// publish appends a PUBLISH to buf.
func (c *client) publish(first byte, name string, id uint16, payload []byte) {
	size := 2 + len(name) + len(payload)
	if first&6 != 0 {
		size += 2
	}
	b := binary.AppendUvarint(append(c.buf, first), uint64(size))
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(name))), name...)
	if first&6 != 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	c.buf = append(b, payload...)
}

// acknowledge appends an acknowledgement to buf.
func (c *client) acknowledge(first byte, id uint16) {
	c.buf = append(c.buf, first, 2, byte(id>>8), byte(id))
}

// split takes apart the body of a PUBLISH.
func split(first byte, body []byte) (id uint16, payload []byte) {
	at := 2 + int(binary.BigEndian.Uint16(body))
	if first&6 != 0 {
		id = binary.BigEndian.Uint16(body[at:])
		at += 2
	}
	return id, body[at:]
}

// ping waits until the server has dealt with everything before.
func (c *client) ping() error {
	c.buf = append(c.buf, pingreq, 0)
	if err := c.flush(); err != nil {
		return err
	}
	_, err := c.expect(0xD0)
	return err
}

func (c *client) leave() error {
	c.buf = append(c.buf, disconnect, 0)
	err := c.flush()
	_ = c.nc.Close() // a server may have closed first
	return err
}

// clients are closed together.
type clients []*client

func (cs clients) close() {
	for _, c := range cs {
		_ = c.nc.SetDeadline(time.Now()) // a load that goes on ends
		_ = c.nc.Close()
	}
}
