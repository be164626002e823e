//go:build !386 && !s390x

package transport

import (
	"sync"
	"syscall"
	"unsafe"
)

// sendBuffer is a look at the send buffer of a socket.
type sendBuffer struct {
	look  func(fd uintptr) // ask, bound once, so that looking allocates nothing
	queue sendQueue
	known bool
}

// sendQueue is what SO_MEMINFO (Linux 4.12) tells of a socket: the members of the kernel's enum SK_MEMINFO_*.
type sendQueue struct {
	_, _, allocated, limit, _, queued, _, _, _ uint32
}

const soMeminfo = 55

var looks = sync.Pool{New: func() any {
	s := &sendBuffer{}
	s.look = s.ask
	return s
}}

// takes reports whether n bytes fit into the send buffer of a socket as it is. They are counted double, with a page: the
// kernel counts its own bookkeeping too.
func takes(socket syscall.RawConn, n int) bool {
	const page = 4 << 10
	s := looks.Get().(*sendBuffer)
	defer looks.Put(s)
	if err := socket.Control(s.look); err != nil || !s.known {
		return false
	}
	return int(max(s.queue.allocated, s.queue.queued))+2*n+page <= int(s.queue.limit)
}

// ask asks the kernel. It does not block, and is not worth telling the scheduler.
func (s *sendBuffer) ask(fd uintptr) {
	size := uint32(unsafe.Sizeof(s.queue))
	_, _, errno := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, soMeminfo,
		uintptr(unsafe.Pointer(&s.queue)), uintptr(unsafe.Pointer(&size)), 0)
	s.known = errno == 0 && uintptr(size) == unsafe.Sizeof(s.queue)
}
