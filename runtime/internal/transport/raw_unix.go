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

// openRaw prepares reading and writing at the file descriptor, where nc is a plain stream socket. Only the types
// themselves will do: one that embeds them has the method SyscallConn too, and perhaps a Read of its own.
func (c *Conn) openRaw() bool {
	var err error
	switch nc := c.nc.(type) {
	case *net.TCPConn:
		if c.raw, err = nc.SyscallConn(); err == nil {
			c.inq = enableInq(c.raw)
		}
	case *net.UnixConn:
		if nc.LocalAddr().Network() == "unix" {
			c.raw, err = nc.SyscallConn()
		}
	}
	if err != nil || c.raw == nil {
		c.raw = nil
		return false
	}
	c.readable, c.writable = c.onReadable, c.onWritable
	return true
}

// receiveRaw stays in one call of RawConn.Read for as long as the connection lives and is not woken.
func (c *Conn) receiveRaw() error {
	c.result = nil
	if err := c.raw.Read(c.readable); err != nil {
		return err
	}
	return c.result
}

// onReadable reads and parses until the socket is empty (false: park), or until there is something to report (true).
//
// The poller reports changes only. So it parks only when the socket is known to hold neither bytes nor an end nor an
// error: nothing would ever wake it for one that was there before.
func (c *Conn) onReadable(fd uintptr) (done bool) {
	for {
		room, err := c.in.room()
		if err != nil {
			return c.report(err)
		}
		n, left, err := c.recv(fd, room)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN && c.pending == nil:
			c.in.release()
			return false
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
			c.in.release()
			return false
		}
	}
}

// report stores what receiveRaw returns, and is true for onReadable to return.
func (c *Conn) report(err error) bool {
	c.result = err
	return true
}

// failed notes an error of the socket. With TCP_INQ it comes before the bytes that were received before it: those are
// read first, and the error is reported where they end.
func (c *Conn) failed(err error) (done bool) {
	err = os.NewSyscallError("recv", err)
	if !c.inq || c.pending != nil {
		return c.report(err)
	}
	c.pending = err
	return false
}

// end returns the error that an exhausted stream ends with.
func (c *Conn) end() error {
	if c.pending != nil {
		return c.pending
	}
	return io.EOF
}

// trusted reports whether "nothing left" may be believed. A write that failed has taken the error of the socket with
// it, and shutting down the receiving side is an end that the count does not know of.
func (c *Conn) trusted() bool { return c.pending == nil && c.state.Load()&stateBroken == 0 }

// recv reads once into b, at most maxBuffer bytes. left is the number of bytes that the socket still holds, 1 or more
// if there is an end or error behind them, or unknown.
func (c *Conn) recv(fd uintptr, b []byte) (n, left int, err error) {
	if c.inq {
		return recvInq(fd, b[:min(len(b), maxBuffer)])
	}
	n, err = syscall.Read(int(fd), b)
	return n, unknown, err
}
