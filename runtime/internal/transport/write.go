package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// pieceSize is the largest number of bytes that a plain connection writes under one deadline: a TLS connection tells
// about progress only between records, which hold so much, and cannot go on after a deadline has passed within one.
const pieceSize = 16 << 10

// CanTryWrite reports whether TryWrite may be called: on TCP and unix sockets of unix systems, and on Linux over what
// this package has such a socket below for, by Quick, as TLS.
func (c *Conn) CanTryWrite() bool { return c.raw != nil || c.quick() != nil }

// TryWrite writes what the socket takes at once, without blocking, and returns how many bytes that was; less than all
// with a nil error means that the socket is full (or that bufs was very long). Over TLS it writes all or nothing; where
// the socket takes less than its buffer promised, what is left of the records is kept and written meanwhile. It changes
// nothing in bufs and keeps nothing of it. One goroutine at a time calls TryWrite or Write: a second one would wait for the first. It may be
// called by parse.
//
// After an error (net.ErrClosed after CutOff and Close) the connection is unusable: Receive ends once it has read what
// had been received.
func (c *Conn) TryWrite(bufs [][]byte) (n int, err error) {
	switch {
	case c.writesRaw():
		n, err = c.tryWriteRaw(bufs)
	case c.quick() != nil:
		n, err = c.tryWriteQuick(bufs)
	default:
		return 0, fmt.Errorf("try write: %w", errors.ErrUnsupported)
	}
	return n, c.failedWrite(err, 0)
}

// Write writes all of bufs, blocking, and returns how many bytes were written. It fails with
// [os.ErrDeadlineExceeded] if no byte moves for the duration progress (0: no limit); on TLS, if 16 KiB take longer than
// that. It changes nothing in bufs and keeps nothing of it. One goroutine at a time calls TryWrite or
// Write. After an error the connection is unusable.
func (c *Conn) Write(bufs [][]byte, progress time.Duration) (n int, err error) {
	if c.writesRaw() {
		n, err = c.writeRaw(bufs, progress)
	} else {
		c.mayWait(true)
		n, err = c.writePlain(bufs, progress)
		c.mayWait(false)
	}
	if progress > 0 {
		_ = c.nc.SetWriteDeadline(time.Time{}) // fails on a closed connection only
	}
	return n, c.failedWrite(err, progress)
}

// failedWrite gives what ended a write the meaning that Write documents, and makes sure that a failed connection ends.
func (c *Conn) failedWrite(err error, progress time.Duration) error {
	if err == nil {
		return nil
	}
	c.breakOff()
	switch {
	case c.state.Load()&stateCut != 0, errors.Is(err, net.ErrClosed):
		return net.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("write: no progress for %v: %w", progress, os.ErrDeadlineExceeded)
	default:
		return err
	}
}

// breakOff makes the reader read to the end of what was received, and return. The write that failed may have taken the
// pending error of the socket, of which the reader then would never hear. The bit comes first, so that a reader that is
// about to park either sees it or is woken by the shutdown.
func (c *Conn) breakOff() {
	before := c.state.Or(stateBroken)
	closeRead(c.nc)
	if before&stateParked != 0 {
		c.unpark()
	}
}

// closeRead shuts the receiving direction of a socket down, also below TLS and the like. Where that fails the socket is
// no longer connected, and whoever reads is woken even so.
func closeRead(nc net.Conn) {
	switch t := nc.(type) {
	case interface{ CloseRead() error }:
		_ = t.CloseRead()
	case interface{ NetConn() net.Conn }:
		closeRead(t.NetConn())
	}
}

// writePlain writes by nc.Write.
func (c *Conn) writePlain(bufs [][]byte, progress time.Duration) (n int, err error) {
	for _, b := range bufs {
		for len(b) > 0 {
			piece := b
			if progress > 0 {
				piece = b[:min(len(b), pieceSize)]
			}
			moved, err := c.writePiece(piece, progress)
			n += moved
			if err != nil {
				return n, err
			}
			b = b[moved:]
		}
	}
	return n, nil
}

// writePiece writes b under one deadline.
func (c *Conn) writePiece(b []byte, progress time.Duration) (n int, err error) {
	if progress > 0 {
		if err := c.nc.SetWriteDeadline(time.Now().Add(progress)); err != nil {
			return 0, err
		}
	}
	n, err = c.nc.Write(b)
	if n > 0 && n < len(b) && errors.Is(err, os.ErrDeadlineExceeded) {
		return n, nil // slow, but not stuck
	}
	return n, err
}
