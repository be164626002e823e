package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Quick returns a connection over the same socket, for protocols that read and write it by the methods of [net.Conn]:
// its system calls, none of which blocks, are too short to be worth telling the scheduler, which would make more of them
// than they cost. What is no TCP or unix socket is returned as it is.
//
// As of any stream, one goroutine at a time reads and one writes.
func Quick(nc net.Conn) net.Conn {
	socket, ok := nc.(stream)
	if _, tcp := nc.(*net.TCPConn); !tcp {
		_, unix := nc.(*net.UnixConn)
		ok = ok && unix
	}
	if !ok {
		return nc
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nc
	}
	q := &quick{stream: socket, raw: raw}
	q.in.f, q.out.f = q.read, q.write
	return q
}

// quick returns the socket below c where Quick has opened it, nil elsewhere.
func (c *Conn) quick() syscall.RawConn {
	if q, ok := bottom(c.nc).(*quick); ok {
		return q.raw
	}
	return nil
}

// bottom returns the connection below TLS and WebSocket: these hand over all that they have before a read waits, and
// write only when they are told to.
func bottom(nc net.Conn) net.Conn {
	for {
		switch t := nc.(type) {
		case *Forwarded:
			nc = t.Conn
		case *tls.Conn:
			nc = t.NetConn()
		case interface { // WebSocket
			HasFarewell() bool
			NetConn() net.Conn
		}:
			nc = t.NetConn()
		default:
			return nc
		}
	}
}

// stream is what TCP and unix sockets have in common.
type stream interface {
	net.Conn
	syscall.Conn
	CloseRead() error
	CloseWrite() error
}

type quick struct {
	stream
	raw     syscall.RawConn
	in, out move
}

// move is a read or write that is under way. It belongs to the goroutine that reads, or to the one that writes.
type move struct {
	f     func(fd uintptr) bool // bound once, so that no call allocates
	b     []byte
	n     int
	errno syscall.Errno
	try   bool // do not wait for the socket
}

// Read reads as [net.Conn] does.
func (q *quick) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	q.in.b = b
	err := q.raw.Read(q.in.f)
	q.in.b = nil
	switch {
	case err != nil:
		return 0, err
	case q.in.errno != 0:
		return 0, &net.OpError{Op: "read", Net: q.LocalAddr().Network(), Addr: q.RemoteAddr(), Err: os.NewSyscallError("read", q.in.errno)}
	case q.in.n == 0:
		return 0, io.EOF
	}
	return q.in.n, nil
}

// read is called whenever the socket may hold something.
func (q *quick) read(fd uintptr) (done bool) {
	q.in.n, q.in.errno = q.in.call(syscall.SYS_READ, fd, q.in.b[:min(len(q.in.b), maxBuffer)])
	received(fd)
	return q.in.errno != syscall.EAGAIN
}

// Write writes as [net.Conn] does.
func (q *quick) Write(b []byte) (int, error) {
	q.out.b, q.out.n = b, 0
	err := q.raw.Write(q.out.f)
	q.out.b = nil
	if err == nil && q.out.errno != 0 {
		err = &net.OpError{Op: "write", Net: q.LocalAddr().Network(), Addr: q.RemoteAddr(), Err: os.NewSyscallError("write", q.out.errno)}
	}
	return q.out.n, err
}

// CanTryWrite tells that TryWrite works.
func (q *quick) CanTryWrite() bool { return true }

// TryWrite writes what the socket takes at once. Less than all with a nil error means that it is full.
func (q *quick) TryWrite(b []byte) (int, error) {
	q.out.try = true
	n, err := q.Write(b)
	q.out.try = false
	if n < len(b) && errors.Is(err, syscall.EAGAIN) {
		err = nil
	}
	return n, err
}

// write is called whenever the socket may have room.
func (q *quick) write(fd uintptr) (done bool) {
	for q.out.n < len(q.out.b) {
		rest := q.out.b[q.out.n:]
		var n int
		sent()
		n, q.out.errno = q.out.call(syscall.SYS_WRITE, fd, rest[:min(len(rest), quickWrite)])
		if q.out.n += n; q.out.errno != 0 {
			return q.out.try || q.out.errno != syscall.EAGAIN
		}
	}
	return true
}

// call makes one system call, again where a signal interrupts it.
func (m *move) call(trap, fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		runtime.KeepAlive(b)
		switch errno {
		case 0:
			return int(r), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
