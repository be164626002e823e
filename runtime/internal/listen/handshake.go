package listen

import (
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// Timeout is how long a handshake may take, unless somebody says otherwise.
	Timeout = 10 * time.Second
	// underWay is how many handshakes of one listener may be under way: more connections wait in the system's queue.
	underWay = 1024
)

// Error is what Accept returns for a connection that did not get through its handshake. The listener goes on.
type Error struct {
	Addr net.Addr // of the peer
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("handshake with %v: %v", e.Addr, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Shake brings a connection through a handshake. What it returns owns nc; its deadline is set, and nc is closed where
// it fails.
type Shake func(nc net.Conn) (net.Conn, error)

// Handshakes is a net.Listener whose connections have been through a handshake, each on a goroutine of its own that
// ends with it: a slow peer holds nobody up, and the stack that a handshake needs is not kept.
type Handshakes struct {
	net.Listener
	// Certified says that the handshake asks for a certificate of the client, and verifies it.
	Certified bool

	shake   Shake
	timeout time.Duration
	results chan result
	slots   chan struct{}
	done    chan struct{} // closed by Close
	ended   chan struct{} // closed when no more is accepted

	mu sync.Mutex
	// mu guards the following.
	open   map[net.Conn]struct{} // under way
	closed bool
}

type result struct {
	nc  net.Conn
	err error
}

// New returns a listener that accepts from nl, which it owns.
func New(nl net.Listener, timeout time.Duration, shake Shake) *Handshakes {
	l := &Handshakes{
		Listener: nl, shake: shake, timeout: timeout,
		results: make(chan result), slots: make(chan struct{}, underWay),
		done: make(chan struct{}), ended: make(chan struct{}), open: map[net.Conn]struct{}{},
	}
	go l.run()
	return l
}

// Accept returns the next connection that is through its handshake; an *Error for one that is not.
func (l *Handshakes) Accept() (net.Conn, error) {
	select {
	case r := <-l.results:
		return r.nc, r.err
	case <-l.done:
	case <-l.ended:
	}
	return nil, net.ErrClosed
}

// Close stops listening and cuts off what is under way.
func (l *Handshakes) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.closed = true
	close(l.done)
	open := l.open
	l.open = nil
	l.mu.Unlock()
	for nc := range open {
		_ = nc.Close()
	}
	return l.Listener.Close()
}

// run accepts.
func (l *Handshakes) run() {
	defer close(l.ended)
	for {
		select {
		case l.slots <- struct{}{}:
		case <-l.done:
			return
		}
		nc, err := l.Listener.Accept()
		if err == nil {
			go l.bring(nc)
			continue
		}
		<-l.slots
		if errors.Is(err, net.ErrClosed) || !l.send(result{err: err}) {
			return
		}
	}
}

// bring brings one connection through its handshake.
func (l *Handshakes) bring(nc net.Conn) {
	defer func() { <-l.slots }()
	if !l.begin(nc) {
		_ = nc.Close()
		return
	}
	addr := nc.RemoteAddr()
	_ = nc.SetDeadline(time.Now().Add(l.timeout)) // where it fails the handshake fails too
	through, err := l.guarded(nc)
	if err == nil {
		err = through.SetDeadline(time.Time{})
	}
	if !l.finish(nc) || err != nil {
		_ = nc.Close()
		if _, inner := errors.AsType[*Error](err); !inner && err != nil {
			err = &Error{Addr: addr, Err: err}
		}
		if err != nil {
			l.send(result{err: err})
		}
		return
	}
	if !l.send(result{nc: through}) {
		_ = nc.Close()
	}
}

// guarded runs the handshake; code of the user may run in it, and panic.
func (l *Handshakes) guarded(nc net.Conn) (through net.Conn, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return l.shake(nc)
}

func (l *Handshakes) begin(nc net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.open[nc] = struct{}{}
	}
	return !l.closed
}

// finish reports whether the listener is still open.
func (l *Handshakes) finish(nc net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, nc)
	return !l.closed
}

// send hands a result to Accept. It reports false where nobody accepts any more.
func (l *Handshakes) send(r result) bool {
	select {
	case l.results <- r:
		return true
	case <-l.done:
		return false
	}
}
