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
	// Timeout is how long a handshake may take, unless Serve or New say otherwise.
	Timeout = 10 * time.Second
	// underWay is how many handshakes of one listener may be under way: more connections wait in the system's queue.
	underWay = 1024
)

// Error is what Accept returns for a connection that did not get through its handshake. The listener goes on.
type Error struct {
	Addr  net.Addr // of the peer
	Err   error
	Proxy bool // the peer is to be a proxy, and not a client
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
	results chan result
	slots   chan struct{}
	proxies bool          // the peers are to be proxies, and not clients
	first   sync.Once     // Accept: nothing is accepted before
	done    chan struct{} // closed by Close
	ended   chan struct{} // closed when no more is accepted

	mu sync.Mutex
	// mu guards the following.
	gate    Gate                  // nil: none
	timeout time.Duration         // 0: Timeout
	open    map[net.Conn]struct{} // under way
	closed  bool
}

type result struct {
	nc  net.Conn
	err error
}

// Gate decides whether the connection of a client may begin a handshake. Leave follows an Enter that returned true.
type Gate interface {
	Enter(client net.Addr) bool
	Leave(client net.Addr)
}

// New returns a listener that accepts from nl, which it owns. A timeout of 0 is that of Serve.
func New(nl net.Listener, timeout time.Duration, shake Shake) *Handshakes {
	return &Handshakes{
		Listener: nl, shake: shake, timeout: timeout,
		results: make(chan result), slots: make(chan struct{}, underWay),
		done: make(chan struct{}), ended: make(chan struct{}), open: map[net.Conn]struct{}{},
	}
}

// Accept returns the next connection that is through its handshake; an *Error for one that is not.
func (l *Handshakes) Accept() (net.Conn, error) {
	l.first.Do(func() { go l.run() })
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
			l.admit(nc)
			continue
		}
		<-l.slots
		if errors.Is(err, net.ErrClosed) || !l.send(result{err: err}) {
			return
		}
	}
}

// serve has connections pass a gate, unless they are those of proxies, and fills in the timeout.
func (l *Handshakes) serve(g Gate, timeout time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gate = g
	if l.timeout == 0 {
		l.timeout = timeout
	}
}

// admit begins the handshake of a connection, where the gate lets it in.
func (l *Handshakes) admit(nc net.Conn) {
	l.mu.Lock()
	gate, timeout := l.gate, l.timeout
	l.mu.Unlock()
	if timeout == 0 {
		timeout = Timeout
	}
	switch client := nc.RemoteAddr(); {
	case gate == nil || l.proxies:
		go l.bring(nc, timeout, func() {})
	case gate.Enter(client):
		go l.bring(nc, timeout, func() { gate.Leave(client) })
	default:
		_ = nc.Close()
		<-l.slots
	}
}

// bring brings one connection through its handshake. leave is called once, before it is handed over: whoever takes it
// counts it anew.
func (l *Handshakes) bring(nc net.Conn, timeout time.Duration, leave func()) {
	defer func() { <-l.slots }()
	if !l.begin(nc) {
		leave()
		_ = nc.Close()
		return
	}
	addr := nc.RemoteAddr()
	_ = nc.SetDeadline(time.Now().Add(timeout)) // where it fails the handshake fails too
	through, err := l.guarded(nc)
	if err == nil {
		err = through.SetDeadline(time.Time{})
	}
	leave()
	if !l.finish(nc) || err != nil {
		_ = nc.Close()
		if _, inner := errors.AsType[*Error](err); !inner && err != nil {
			err = &Error{Addr: addr, Err: err, Proxy: l.proxies}
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
