//go:build unix

package transport

import (
	"os"
	"syscall"
	"time"
)

// maxRounds bounds the system calls of one TryWrite: a peer that reads as fast as we write must not keep a publisher
// here for ever.
const maxRounds = 64

// tryWriteRaw is TryWrite at the file descriptor.
func (c *Conn) tryWriteRaw(bufs [][]byte) (n int, err error) {
	c.out.begin(bufs, false)
	if !c.out.done() {
		err = c.writeSome()
	}
	return c.finish(err)
}

// writeRaw is Write at the file descriptor.
func (c *Conn) writeRaw(bufs [][]byte, progress time.Duration) (n int, err error) {
	c.out.begin(bufs, true)
	for err == nil && !c.out.done() {
		if progress > 0 {
			_ = c.nc.SetWriteDeadline(time.Now().Add(progress)) // fails on a closed connection, where writing fails too
		}
		err = c.writeSome()
	}
	return c.finish(err)
}

// writeSome writes what fits, after waiting until something does if it may block.
func (c *Conn) writeSome() error {
	c.out.moved = false
	if err := c.raw.Write(c.writable); err != nil {
		return err
	}
	return c.out.err
}

// finish lets go of the bytes of the caller and makes sure that a failed connection ends.
func (c *Conn) finish(err error) (int, error) {
	n := c.out.sent
	c.out = output{}
	if err != nil {
		c.breakOff()
	}
	return n, err
}

// breakOff makes the reader read to the end of what was received, and return. The write that failed may have taken the
// pending error of the socket, of which the reader then would never hear. The bit comes first, so that a reader that is
// about to park either sees it or is woken by the shutdown.
func (c *Conn) breakOff() {
	c.state.Or(stateBroken)
	if half, ok := c.nc.(interface{ CloseRead() error }); ok {
		_ = half.CloseRead() // where it fails the socket is no longer connected, and the reader is woken even so
	}
}

// onWritable writes until the socket is full or all is written. It returns false, to wait until the socket takes
// bytes, only if nothing could be written and the caller may block.
func (c *Conn) onWritable(fd uintptr) (done bool) {
	o := &c.out
	for range maxRounds {
		asked, n, err := writeOnce(fd, o)
		switch err {
		case nil:
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return !o.block || o.moved
		default:
			// EPIPE and its like. The signal SIGPIPE that comes with it is ignored by the runtime for sockets.
			o.err = os.NewSyscallError("write", err)
			return true
		}
		o.moved = true
		o.advance(n)
		if n < asked || o.done() {
			return true
		}
	}
	return true
}
