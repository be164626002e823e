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

// output is what is being written. It belongs to the writing goroutine, and is empty when nobody writes.
type output struct {
	bufs  [][]byte // the rest; never changed, only resliced
	off   int      // bytes of bufs[0] that have been written
	sent  int      // bytes written in all
	moved bool     // something was written since the last wait for the socket
	block bool     // wait for the socket where nothing can be written
	err   error
}

// begin takes bufs as what has to be written.
func (o *output) begin(bufs [][]byte, block bool) {
	*o = output{bufs: bufs, block: block}
	o.advance(0)
}

// advance notes that n more bytes have been written, and skips what is empty.
func (o *output) advance(n int) {
	o.sent += n
	o.off += n
	for len(o.bufs) > 0 && o.off >= len(o.bufs[0]) {
		o.off -= len(o.bufs[0])
		o.bufs = o.bufs[1:]
	}
}

// done reports whether everything has been written.
func (o *output) done() bool { return len(o.bufs) == 0 }

// tryWriteRaw is TryWrite at the file descriptor.
func (c *Conn) tryWriteRaw(bufs [][]byte) (n int, err error) {
	c.raw.out.begin(bufs, false)
	if !c.raw.out.done() {
		err = c.writeSome()
	}
	return c.finish(err)
}

// writeRaw is Write at the file descriptor.
func (c *Conn) writeRaw(bufs [][]byte, progress time.Duration) (n int, err error) {
	c.raw.out.begin(bufs, true)
	for err == nil && !c.raw.out.done() {
		if progress > 0 {
			_ = c.nc.SetWriteDeadline(time.Now().Add(progress)) // fails on a closed connection, where writing fails too
		}
		err = c.writeSome()
	}
	return c.finish(err)
}

// writeSome writes what fits, after waiting until something does if it may block.
func (c *Conn) writeSome() error {
	c.raw.out.moved = false
	if err := c.raw.conn.Write(c.raw.writable); err != nil {
		return err
	}
	return c.raw.out.err
}

// finish lets go of the bytes of the caller.
func (c *Conn) finish(err error) (int, error) {
	n := c.raw.out.sent
	c.raw.out = output{}
	return n, err
}

// onWritable writes until the socket is full or all is written. It returns false, to wait until the socket takes
// bytes, only if nothing could be written and the caller may block.
func (c *Conn) onWritable(fd uintptr) (done bool) {
	o := &c.raw.out
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
