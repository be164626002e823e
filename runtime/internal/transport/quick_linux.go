package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
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

// framed returns the frames that c comes in, and the socket that is to be read: c.nc itself where there are none.
func (c *Conn) framed() (framed, net.Conn) {
	f, ok := c.nc.(framed)
	if !ok {
		return nil, c.nc
	}
	if q, ok := f.NetConn().(*quick); ok {
		return f, q.stream
	}
	return nil, c.nc
}

// trier is a connection that writes without waiting, and goes on with what it has not written: WebSocket, not TLS.
type trier interface {
	CanTryWrite() bool
	TryWrite(b []byte) (n int, err error)
}

// tryWriteQuick writes by nc.TryWrite, or by nc.Write where the socket below seems to have room for all.
func (c *Conn) tryWriteQuick(bufs [][]byte) (n int, err error) {
	t, ok := c.nc.(trier)
	if !ok || !t.CanTryWrite() {
		return c.tryWriteWhole(bufs)
	}
	for _, b := range bufs {
		moved, err := t.TryWrite(b)
		n += moved
		if err != nil || moved < len(b) {
			return n, err
		}
	}
	return n, nil
}

// tryWriteWhole writes all or nothing, as TLS must: what the socket does not take is kept below, and nothing is written
// here before that has gone. Much is written only where the socket seems to have room for it.
func (c *Conn) tryWriteWhole(bufs [][]byte) (n int, err error) {
	size := 0
	for _, b := range bufs {
		size += len(b)
	}
	q := c.quick()
	if size > pieceSize || q.kept.Load() || q.busy.Load() || size > blindSize && !takes(q.raw, size) {
		return 0, nil
	}
	return c.writePlain(bufs, 0)
}

// blindSize is how many bytes are written over TLS without a look at the socket first: it costs more than it saves.
const blindSize = 2 << 10

// neverWait has what writes through TLS below c, where that is a quick connection, not wait for the socket. A publisher
// may hold the lock of TLS in TryWrite, and so may the reader, who answers a KeyUpdate: it must not wait with that lock,
// for a TryWrite would wait for it.
func (c *Conn) neverWait() {
	if t, ok := c.nc.(trier); ok && t.CanTryWrite() {
		return
	}
	if q := c.quick(); q != nil {
		q.keeps.Store(true)
	}
}

// mayWait has writes wait for the socket from now on, for Write, or no longer.
func (c *Conn) mayWait(wait bool) {
	if q := c.quick(); q != nil {
		q.waits.Store(wait)
	}
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
	keeps   atomic.Bool // Write does not wait for the socket: what it does not take is kept
	waits   atomic.Bool // but now it does
	busy    atomic.Bool // somebody is in Write, and may wait there: set before waits is looked at
	kept    atomic.Bool // rest is not empty

	mu   sync.Mutex
	rest []byte // what Write has kept; mu guards it
}

// maxRest is how many bytes may be kept for a peer that does not read. Those of TryWrite are less, by far: it is a peer
// that asks for one new key after the other.
const maxRest = 64 << 10

var errFull = errors.New("write: the peer does not read")

// move is a read or write that is under way. It belongs to the goroutine that reads, or to the one that writes.
type move struct {
	f     func(fd uintptr) bool // bound once, so that no call allocates
	b     []byte
	n     int
	errno syscall.Errno
	try   bool // do not wait for the socket
	fresh bool // there is a rest, which nobody writes yet
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

// Write writes as [net.Conn] does, or keeps what the socket does not take: then a goroutine writes it.
func (q *quick) Write(b []byte) (int, error) {
	q.busy.Store(true)
	defer q.busy.Store(false)
	if q.kept.Load() && q.keeps.Load() && !q.waits.Load() {
		if n, err := q.keepMore(b); n > 0 || err != nil {
			return n, err
		}
	}
	q.out.b, q.out.n = b, 0
	err := q.raw.Write(q.out.f)
	q.out.b = nil
	if err == nil && q.out.errno != 0 {
		err = &net.OpError{Op: "write", Net: q.LocalAddr().Network(), Addr: q.RemoteAddr(), Err: os.NewSyscallError("write", q.out.errno)}
	}
	if q.out.fresh {
		q.out.fresh = false
		go q.flush()
	}
	return q.out.n, err
}

// keepMore keeps b, too, or returns 0 because nothing is kept any more: the descriptor may be locked as long as
// something is.
func (q *quick) keepMore(b []byte) (n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.rest) == 0:
		return 0, nil
	case len(q.rest) > maxRest:
		_ = q.CloseRead() // for the reader, whom TLS does not tell
		return 0, errFull
	}
	q.rest = append(q.rest, b...)
	return len(b), nil
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
	if q.out.errno = q.writeRest(fd); q.out.errno == 0 {
		var n int
		n, q.out.errno = q.out.writeAll(fd, q.out.b[q.out.n:])
		q.out.n += n
	}
	switch {
	case q.out.errno != syscall.EAGAIN, q.out.try:
		return true
	case !q.keeps.Load() || q.waits.Load():
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rest = append(q.rest, q.out.b[q.out.n:]...)
	q.out.n, q.out.errno, q.out.fresh = len(q.out.b), 0, true
	q.kept.Store(true)
	return true
}

// writeRest writes what was kept, as far as the socket takes it.
func (q *quick) writeRest(fd uintptr) syscall.Errno {
	if !q.kept.Load() {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n, errno := q.out.writeAll(fd, q.rest)
	if q.rest = q.rest[n:]; len(q.rest) == 0 {
		q.rest = nil
		q.kept.Store(false)
	}
	return errno
}

// flush waits until what was kept is written. A Write that may wait waits for it, and its deadline holds for both. When
// it fails for another reason the reader, who may not hear of the error any more, sees the end of the stream.
func (q *quick) flush() {
	var errno syscall.Errno
	err := q.raw.Write(func(fd uintptr) bool {
		errno = q.writeRest(fd)
		return errno != syscall.EAGAIN
	})
	if errno != 0 || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		_ = q.CloseRead() // fails only where the connection is gone already
	}
}

// writeAll writes b, up to where the socket takes no more.
func (m *move) writeAll(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for n < len(b) && errno == 0 {
		var moved int
		sent()
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
