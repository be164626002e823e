package transport

import (
	"net"
	"os"
	"sync"
	"syscall"
)

// parking is the parked connections of the process. They are watched by an epoll descriptor beside that of the Go
// runtime, which keeps a goroutine for each connection; one goroutine waits for it, in the poller of the runtime. Both
// are there only while something is parked.
//
// Only the reading goroutine of a connection registers it, takes it out again and, later, closes it. So no descriptor
// here is ever a closed one, nor that of another connection under an old number. What may be old is an event: it was
// fetched before its connection was taken out. Then it is for nobody, or unparks the wrong connection, which finds
// nothing to read, waits the usual way, and parks again later.
type parking struct {
	mu sync.Mutex
	// mu guards the following.
	epoll *epoll  // nil while nothing is registered
	conns []*Conn // by descriptor
	n     int     // how many are registered
}

var parked parking

// epoll is an epoll descriptor.
type epoll struct {
	fd   int
	file *os.File // the same, in the poller of the runtime
}

// CanPark reports whether Park may ever succeed: on TCP and unix sockets, also below TLS and WebSocket.
func (c *Conn) CanPark() bool { return c.socket() != nil }

// socket returns the socket below, nil where there is none or something in between that is not known to hand over all
// that it has before a read waits.
func (c *Conn) socket() syscall.RawConn {
	if c.raw != nil {
		return c.raw.conn
	}
	switch t := bottom(c.nc).(type) {
	case *quick:
		return t.raw
	case *net.TCPConn:
		raw, _ := t.SyscallConn() // no error but for a nil pointer
		return raw
	default:
		return nil
	}
}

// register has the poller set stateDue when something arrives. What is there already counts: epoll looks at the socket
// when it is added, so that nothing is lost between the last read and this.
func (c *Conn) register() (ok bool) {
	socket := c.socket()
	if socket == nil {
		return false
	}
	err := socket.Control(func(fd uintptr) {
		e := parked.enter(c, int(fd))
		if e == nil {
			return
		}
		event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: int32(fd)}
		if ok = syscall.EpollCtl(e.fd, syscall.EPOLL_CTL_ADD, int(fd), &event) == nil; !ok {
			parked.leave(int(fd))
		}
	})
	return ok && err == nil
}

// unregister takes back what register has done.
func (c *Conn) unregister() {
	_ = c.socket().Control(func(fd uintptr) { // fails on a closed connection only
		_ = syscall.EpollCtl(parked.present().fd, syscall.EPOLL_CTL_DEL, int(fd), nil) // it is registered
		parked.leave(int(fd))
	})
}

// enter makes room for a connection. nil: the system has no descriptor left.
func (p *parking) enter(c *Conn, fd int) *epoll {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.epoll == nil {
		e, err := newEpoll() // under the lock, for it is rare and does not wait
		if err != nil {
			return nil
		}
		p.epoll = e
		go p.watch(e)
	}
	for fd >= len(p.conns) {
		p.conns = append(p.conns, nil)
	}
	p.conns[fd] = c
	p.n++
	return p.epoll
}

// leave takes a connection out. With the last one the watch ends.
func (p *parking) leave(fd int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[fd] = nil
	if p.n--; p.n == 0 {
		_ = p.epoll.file.SetReadDeadline(longAgo()) // wakes watch, as Wake does readers
		p.epoll = nil
	}
}

// present returns the descriptor where a connection is registered that is: the same one, as long as any is.
func (p *parking) present() *epoll {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epoll
}

// at returns the connection that is registered with a descriptor, nil without one.
func (p *parking) at(fd int) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[fd]
}

// newEpoll returns an epoll descriptor that the runtime polls.
func newEpoll() (*epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // tells os.NewFile to poll it
		_ = syscall.Close(fd)
		return nil, err
	}
	return &epoll{fd, os.NewFile(uintptr(fd), "epoll")}, nil
}

// watch unparks connections for which something has arrived, until nothing is registered with e any more.
func (p *parking) watch(e *epoll) {
	defer e.file.Close()
	raw, err := e.file.SyscallConn()
	if err != nil {
		return // of a closed file only
	}
	var events [64]syscall.EpollEvent
	_ = raw.Read(func(fd uintptr) bool { // until the deadline that leave sets
		for {
			n, err := syscall.EpollWait(int(fd), events[:], 0)
			switch {
			case err == syscall.EINTR:
				continue
			case n <= 0:
				return false
			}
			for i := range events[:n] {
				if c := p.at(int(events[i].Fd)); c != nil {
					c.state.Or(stateDue)
					c.unpark()
				}
			}
		}
	})
}
