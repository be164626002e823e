//go:build !386 && !s390x

package transport

import (
	"crypto/tls"
	"net"
	"syscall"
	"unsafe"
)

// socket tells how much the socket at the bottom of a plain connection takes without blocking. The writing goroutine
// owns it.
type socket struct {
	conn  syscall.RawConn
	probe func(uintptr) // ask, bound once, so that asking allocates nothing
	queue sendQueue
	known bool
}

// sendQueue is what SO_MEMINFO (Linux 4.12) tells of a socket: the members of the kernel's enum SK_MEMINFO_*.
type sendQueue struct {
	_, _, allocated, limit, _, queued, _, _, _ uint32
}

const soMeminfo = 55

// openSocket returns the socket below nc, nil where there is none, or where something lies between that may block for
// reasons of its own.
func openSocket(nc net.Conn) *socket {
	for {
		var bottom syscall.Conn
		switch t := nc.(type) {
		case *tls.Conn:
			nc = t.NetConn()
			continue
		case interface { // WebSocket
			HasFarewell() bool
			NetConn() net.Conn
		}:
			nc = t.NetConn()
			continue
		case *quick:
			nc = t.stream
			continue
		case *net.TCPConn:
			bottom = t
		case *net.UnixConn:
			bottom = t
		default:
			return nil
		}
		conn, err := bottom.SyscallConn()
		if err != nil {
			return nil
		}
		s := &socket{conn: conn}
		s.probe = s.ask
		return s
	}
}

// takes reports whether n bytes fit into the send buffer as it is. They are counted double, with a page: the kernel
// counts its own bookkeeping too.
func (s *socket) takes(n int) bool {
	const page = 4 << 10
	if err := s.conn.Control(s.probe); err != nil || !s.known {
		return false
	}
	return int(max(s.queue.allocated, s.queue.queued))+2*n+page <= int(s.queue.limit)
}

// ask asks the kernel. It does not block, and is not worth telling the scheduler.
func (s *socket) ask(fd uintptr) {
	size := uint32(unsafe.Sizeof(s.queue))
	_, _, errno := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, soMeminfo,
		uintptr(unsafe.Pointer(&s.queue)), uintptr(unsafe.Pointer(&size)), 0)
	s.known = errno == 0 && uintptr(size) == unsafe.Sizeof(s.queue)
}
