//go:build unix

package transport

import (
	"io"
	"net"
	"os"
	"syscall"
)

// unknown is what recv returns where the system does not tell how many bytes are left.
const unknown = -1

// descriptor is the file descriptor of a raw connection, with what reading and writing at it need.
type descriptor struct {
	conn syscall.RawConn

	// The reading goroutine owns the following.
	readable func(uintptr) bool // onReadable, bound once, so that entering Receive allocates nothing
	inq      bool               // the system tells with each read what is left in the socket
	pending  error              // the socket's error, reported when everything before it has been read
	result   error              // what onReadable has to report

	// The writing goroutine owns the following.
	writable func(uintptr) bool // onWritable, bound once, so that TryWrite allocates nothing
	out      output
}

// openRaw returns the file descriptor of a plain stream socket, nil for anything else. Only the types themselves will
// do: one that embeds them has the method SyscallConn too, and perhaps a Read of its own.
func (c *Conn) openRaw() *descriptor {
	var socket syscall.Conn
	switch nc := c.nc.(type) {
	case *net.TCPConn:
		socket = nc
	case *net.UnixConn:
		if nc.LocalAddr().Network() != "unix" {
			return nil // it keeps the bounds of messages
		}
		socket = nc
	default:
		return nil
	}
	conn, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	return &descriptor{conn: conn, readable: c.onReadable, writable: c.onWritable, inq: enableInq(conn)}
}

// receiveRaw stays in one call of RawConn.Read for as long as the connection lives and is not woken.
func (c *Conn) receiveRaw() error {
	c.raw.result = nil
	if err := c.raw.conn.Read(c.raw.readable); err != nil {
		return err
	}
	return c.raw.result
}

// onReadable reads and parses until the socket is empty (false: park), or until there is something to report (true).
//
// The poller reports changes only. So it parks only when the socket is known to hold neither bytes nor an end nor an
// error: nothing would ever wake it for one that was there before.
func (c *Conn) onReadable(fd uintptr) (done bool) {
	for {
		room, err := c.in.room(rawBuffer)
		if err != nil {
			return c.report(err)
		}
		n, left, err := c.recv(fd, room)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN && c.raw.pending == nil:
			return c.drained()
		case err == syscall.EAGAIN, err == nil && n == 0:
			return c.report(c.end())
		case err != nil:
			if done := c.failed(err); done {
				return true
			}
			continue
		}
		c.in.add(n)
		if c.deliver() {
			return c.report(nil)
		}
		if err := c.interruption(); err != nil {
			return c.report(err)
		}
		if left == 0 && c.trusted() {
			return c.drained()
		}
	}
}

// drained has onReadable park, or return where it must not wait: there is nothing to read.
func (c *Conn) drained() (done bool) {
	if c.rest {
		return c.report(ErrDrained)
	}
	c.in.settle()
	return false
}

// report stores what receiveRaw returns, and is true for onReadable to return.
func (c *Conn) report(err error) bool {
	c.raw.result = err
	return true
}

// failed notes an error of the socket. With TCP_INQ it comes before the bytes that were received before it: those are
// read first, and the error is reported where they end.
func (c *Conn) failed(err error) (done bool) {
	err = os.NewSyscallError("recv", err)
	if !c.raw.inq || c.raw.pending != nil {
		return c.report(err)
	}
	c.raw.pending = err
	return false
}

// end returns the error that an exhausted stream ends with.
func (c *Conn) end() error {
	if c.raw.pending != nil {
		return c.raw.pending
	}
	return io.EOF
}

// trusted reports whether "nothing left" may be believed. A write that failed has taken the error of the socket with
// it, and shutting down the receiving side is an end that the count does not know of.
func (c *Conn) trusted() bool { return c.raw.pending == nil && c.state.Load()&stateBroken == 0 }

// recv reads once into b, at most maxBuffer bytes. left is the number of bytes that the socket still holds, 1 or more
// if there is an end or error behind them, or unknown.
func (c *Conn) recv(fd uintptr, b []byte) (n, left int, err error) {
	if c.raw.inq {
		return recvInq(fd, b[:min(len(b), maxBuffer)])
	}
	n, err = syscall.Read(int(fd), b)
	return n, unknown, err
}
