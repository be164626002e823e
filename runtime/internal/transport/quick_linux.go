package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync/atomic"
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
func (c *Conn) quick() *quick {
	q, _ := bottom(c.nc).(*quick)
	return q
}

// tryWriteQuick writes by nc.Write where the socket below seems to have room for all. It does not wait where that was
// not so: the system may be short of memory, or bound what is not sent yet (TCP_NOTSENT_LOWAT). What is left then is
// no whole record of TLS, so a goroutine writes it, and nothing is written here before it has.
func (c *Conn) tryWriteQuick(bufs [][]byte) (n int, err error) {
	size := 0
	for _, b := range bufs {
		size += len(b)
	}
	q := c.quick()
	if size > pieceSize || q.kept.Load() || !takes(q.raw, size) {
		return 0, nil
	}
	q.keep.Store(true)
	n, err = c.writePlain(bufs, 0)
	q.keep.Store(false)
	if q.kept.Load() {
		go func() {
			if err := q.flush(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) { // that ends who has set it
				c.CutOff()
			}
		}()
	}
	return n, err
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
	keep    atomic.Bool // Write does not wait for the socket: what it does not take is kept
	kept    atomic.Bool // rest is not empty

	rest []byte // of Write; the write lock of the descriptor guards it, which RawConn.Write holds
}

// move is a read or write that is under way. It belongs to the goroutine that reads, or to the one that writes.
type move struct {
	f     func(fd uintptr) bool // bound once, so that no call allocates
	b     []byte
	n     int
	errno syscall.Errno
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

// write is called whenever the socket may have room.
func (q *quick) write(fd uintptr) (done bool) {
	if q.out.errno = q.writeRest(fd); q.out.errno == 0 {
		var n int
		n, q.out.errno = q.out.writeAll(fd, q.out.b[q.out.n:])
		q.out.n += n
	}
	switch {
	case q.out.errno != syscall.EAGAIN:
		return true
	case !q.keep.Load():
		return false
	}
	q.rest = append(q.rest, q.out.b[q.out.n:]...)
	q.out.n, q.out.errno = len(q.out.b), 0
	q.kept.Store(true)
	return true
}

// writeRest writes what was kept, as far as the socket takes it.
func (q *quick) writeRest(fd uintptr) syscall.Errno {
	if len(q.rest) == 0 {
		return 0
	}
	n, errno := q.out.writeAll(fd, q.rest)
	if q.rest = q.rest[n:]; len(q.rest) == 0 {
		q.rest = nil
		q.kept.Store(false)
	}
	return errno
}

// flush waits until what was kept is written. A Write meanwhile waits for it, and its deadline holds for both.
func (q *quick) flush() error {
	var errno syscall.Errno
	err := q.raw.Write(func(fd uintptr) bool {
		errno = q.writeRest(fd)
		return errno != syscall.EAGAIN
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}

// writeAll writes b, up to where the socket takes no more.
func (m *move) writeAll(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for n < len(b) && errno == 0 {
		var moved int
		moved, errno = m.call(syscall.SYS_WRITE, fd, b[n:min(len(b), n+quickWrite)])
		n += moved
	}
	return n, errno
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
