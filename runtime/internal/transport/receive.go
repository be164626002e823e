package transport

import (
	"errors"
	"net"
	"os"
)

// firstRead is the size in bytes of the read that a plain connection waits in. It holds any acknowledgement and most
// small messages, which then need no pooled buffer at all. It is odd so that few messages are of just this size.
const firstRead = 127

// Receive reads, and calls parse with what has been read, until parse leaves (nil), Wake is called (ErrWoken), CutOff
// is called or the connection closed (net.ErrClosed), the peer ends its stream (io.EOF), or reading fails. Bytes that
// parse has not used are kept, and parse sees them again at the next Receive, whatever ended this one.
//
// Only one goroutine calls it. While it waits it holds no buffer, unless parse has left an incomplete packet.
func (c *Conn) Receive(parse ParseFunc) error {
	c.waited = false
	if err := c.interruption(); err != nil {
		return err
	}
	c.parse = parse
	err := c.receive()
	c.parse = nil
	c.in.release()
	if err == nil {
		return nil
	}
	return c.explain(err)
}

// ErrDrained is returned by [Conn.ReceiveRest].
var ErrDrained = errors.New("receive: nothing more has arrived")

// ReceiveRest is Receive of what has arrived already: where that would wait, it returns ErrDrained. Of a connection that
// is not raw, only what earlier calls have kept has surely arrived.
func (c *Conn) ReceiveRest(parse ParseFunc) error {
	c.rest = true
	err := c.Receive(parse)
	c.rest = false
	return err
}

// receive hands over what earlier calls have kept, then goes on in the way of the connection.
func (c *Conn) receive() error {
	if len(c.in.unread()) > 0 {
		if c.deliver() {
			return nil
		}
		if err := c.interruption(); err != nil {
			return err
		}
	}
	if c.raw != nil {
		return c.receiveRaw()
	}
	if c.rest {
		return ErrDrained
	}
	return c.receivePlain()
}

// deliver calls parse with everything unread.
func (c *Conn) deliver() (leave bool) {
	used, want, leave := c.parse(c.in.unread())
	c.in.consume(used, want)
	return leave
}

// interruption returns why receiving must end although the socket may hold more, nil where there is no reason.
func (c *Conn) interruption() error {
	switch s := c.state.Load() & c.heed; {
	case s == 0:
		return nil
	case s&stateCut != 0:
		return net.ErrClosed
	default:
		return ErrWoken
	}
}

// explain gives what ended a read the meaning that Receive documents.
func (c *Conn) explain(err error) error {
	switch {
	case c.state.Load()&stateCut != 0, errors.Is(err, net.ErrClosed):
		return net.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.waited = true
		return ErrWoken // nobody but Wake and Linger sets read deadlines
	default:
		return err
	}
}

// receivePlain reads by nc.Read. It waits in a small read, and borrows a buffer only for an incomplete packet, or where
// the last read was filled: then there is probably more. (If there is not, the connection is idle with a buffer; nothing
// tells.)
func (c *Conn) receivePlain() error {
	for {
		leave, err := c.readPlain()
		if leave {
			return nil // an error that came with the last bytes comes again with the next read
		}
		if err != nil {
			return err
		}
		if err := c.interruption(); err != nil {
			return err
		}
	}
}

// readPlain reads once and delivers what came. Bytes that come with an error come first.
func (c *Conn) readPlain() (leave bool, err error) {
	if len(c.in.unread()) == 0 && !c.in.filled {
		c.in.release()
		return c.readFirst()
	}
	room, err := c.in.room(minBuffer)
	if err != nil {
		return false, err
	}
	n, err := c.nc.Read(room)
	if n == 0 {
		return false, err
	}
	c.in.add(n)
	return c.deliver(), err
}

// readFirst reads into the small buffer of the connection and lets parse work there. A packet that is not complete
// moves to a pooled buffer.
func (c *Conn) readFirst() (leave bool, err error) {
	if c.first == nil {
		c.first = make([]byte, firstRead)
	}
	n, err := c.nc.Read(c.first)
	if n == 0 {
		return false, err
	}
	used, want, leave := c.parse(c.first[:n])
	if used < n {
		c.in.keep(c.first[used:n], want)
	} else {
		c.in.filled = n == len(c.first)
	}
	buffers.poison(c.first)
	return leave, err
}
