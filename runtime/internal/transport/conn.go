// Package transport makes one connection type of everything that carries bytes: TCP, unix sockets, TLS, pipes and
// whatever else a net.Listener accepts.
//
// A [Conn] has one reading goroutine. It calls [Conn.Receive], which holds no buffer while the connection is idle, and
// it alone closes. All other goroutines write ([Conn.TryWrite], [Conn.Write]), wake the reader ([Conn.Wake]) or cut the
// connection off ([Conn.CutOff]). A connection that has been idle for long may be parked ([Conn.Park]): then it has no
// reading goroutine, until something arrives or somebody wakes it.
//
// Plain TCP and unix sockets on unix systems are read and written at the file descriptor ("raw"): one call of
// [syscall.RawConn] Read stays open while the connection lives and parks in the poller of the Go runtime. Everything
// else goes through the methods of [net.Conn] ("plain").
package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// ErrWoken is returned by [Conn.Receive] after a [Conn.Wake].
var ErrWoken = errors.New("receive: woken")

// ParseFunc consumes received bytes. b holds every unread byte so far; it lies in a pooled buffer and is valid during
// the call only. used is the number of bytes consumed: every complete packet, for it is called again only with more
// bytes than it left, or when Receive is entered again. want is the total size in bytes of the incomplete packet at
// b[used:], or 0 where that is not known yet: the buffer grows to it at once, so parse itself has to refuse what is too
// large. leave makes Receive return nil at once; what is unread is kept for the next Receive.
//
// It runs on the reading goroutine, inside of Receive: it may call TryWrite, Write, Wake and CutOff, but not Receive,
// Linger or Close.
type ParseFunc func(b []byte) (used, want int, leave bool)

// Bits of Conn.state.
const (
	stateWoken  = 1 << iota // Wake was called: Receive returns ErrWoken
	stateCut                // CutOff was called: nothing is received and nothing written any more
	stateBroken             // a write has failed: the socket may have lost its pending error to that write
	stateParked             // nobody reads: whoever takes this bit away starts the next reading goroutine
	stateDue                // something has arrived since Park was called
)

// longAgo is the deadline that makes a parked read return.
func longAgo() time.Time { return time.Unix(1, 0) }

// Conn is a connection. One goroutine at a time reads (Receive, ClearWake, Linger, CloseWrite, Close) and one at a time
// writes (TryWrite, Write); they may be two. Wake, CutOff and the addresses are for any goroutine.
type Conn struct {
	nc     net.Conn
	client net.Addr    // where a proxy says so; else nil
	raw    *descriptor // nil: plain
	state  atomic.Uint32

	// The reading goroutine owns the following.
	heed   uint32 // the bits of state that end receiving
	parse  ParseFunc
	in     input
	first  []byte // plain: where the first bytes are read to, while no buffer is borrowed
	rest   bool   // Receive must not wait
	waited bool   // Receive was ended by Wake while it waited in a read
	resume func() // what Park was given
}

// New returns a Conn that owns nc. A TLS connection must have completed its handshake.
func New(nc net.Conn) *Conn {
	c := &Conn{nc: nc, heed: stateWoken | stateCut}
	if f, ok := nc.(*Forwarded); ok {
		c.nc, c.client = f.Conn, f.Client
	}
	c.raw = c.openRaw()
	return c
}

// Forwarded is a connection that a proxy has passed on, with the address of the client. New takes it apart.
type Forwarded struct {
	net.Conn
	Client net.Addr
}

// RemoteAddr returns the address of the client.
func (f *Forwarded) RemoteAddr() net.Addr { return f.Client }

// NetConn returns the connection of the proxy.
func (f *Forwarded) NetConn() net.Conn { return f.Conn }

// RemoteAddr returns the network address of the peer, of the client where a proxy has passed the connection on.
func (c *Conn) RemoteAddr() net.Addr {
	if c.client != nil {
		return c.client
	}
	return c.nc.RemoteAddr()
}

// LocalAddr returns the network address of this side.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// TLS returns the state of the TLS connection, nil where there is none.
func (c *Conn) TLS() *tls.ConnectionState {
	for nc := c.nc; nc != nil; {
		switch t := nc.(type) {
		case interface{ ConnectionState() tls.ConnectionState }:
			state := t.ConnectionState()
			return &state
		case interface{ NetConn() net.Conn }: // WebSocket over TLS
			nc = t.NetConn()
		default:
			return nil
		}
	}
	return nil
}

// HasFarewell reports whether the protocol below MQTT has an end of its own, which the peer should be told and may
// answer: WebSocket. Linger does both.
func (c *Conn) HasFarewell() bool {
	f, ok := c.nc.(interface{ HasFarewell() bool })
	return ok && f.HasFarewell()
}

// Wake makes the current Receive, or else the next one, return ErrWoken, once parse has returned. Any goroutine may
// call it, and it never blocks. No wake is lost if the waker first fills the reader's mailbox and then calls Wake, and
// the reader first calls ClearWake and then empties its mailbox; a reader may be woken once too often.
func (c *Conn) Wake() {
	// The bit stops a reader that never waits; the deadline stops one that does.
	before := c.state.Or(stateWoken)
	if before&stateWoken != 0 {
		return // whoever has set the bit does the rest
	}
	_ = c.nc.SetReadDeadline(longAgo()) // fails on a closed connection only, and there nobody waits
	if before&stateParked != 0 {
		c.unpark()
	}
}

// ClearWake takes back what Wake has done. Only the reading goroutine calls it, before it empties its mailbox.
func (c *Conn) ClearWake() {
	// The deadline first: were the bit cleared first, a Wake in between would lose its deadline here and leave the bit
	// behind, which silences later ones until Receive is entered and looks at it.
	_ = c.nc.SetReadDeadline(time.Time{})
	c.state.And(^uint32(stateWoken))
}

// CutOff ends the connection from any goroutine, without waiting for anybody: a parked or later Receive returns
// net.ErrClosed, a stuck or later Write fails, and the peer sees the end. The reading goroutine still has to Close.
func (c *Conn) CutOff() {
	before := c.state.Or(stateCut)
	cutOff(c.nc)
	if before&stateParked != 0 {
		c.unpark()
	}
}

// cutOff shuts both directions of nc down. It must not wait for a writer that is stuck, as closing TLS would: there
// the connection below is cut off.
func cutOff(nc net.Conn) {
	switch t := nc.(type) {
	case interface {
		CloseRead() error
		CloseWrite() error
	}:
		_ = t.CloseRead() // either fails only where the connection is gone already
		_ = t.CloseWrite()
		_ = nc.SetDeadline(longAgo()) // on Windows a shutdown ends no read that is under way
	case interface{ NetConn() net.Conn }:
		cutOff(t.NetConn())
	default:
		_ = nc.Close()
	}
}

// CloseWrite closes the sending half: the peer reads the end of the stream after what has been written. It returns
// [errors.ErrUnsupported] where there is no such half. Only the reading goroutine calls it, when nobody writes.
func (c *Conn) CloseWrite() error {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// Close closes the connection and lets go of its buffer. Only the reading goroutine calls it, after Receive has
// returned; it waits until a concurrent TryWrite or Write has failed. Over TLS it may take five seconds, unless CutOff
// was called, if the peer does not read.
func (c *Conn) Close() error {
	c.in.drop()
	return c.nc.Close()
}

// Linger ends a connection such that the peer receives everything written before: it closes the sending half, then
// discards what still arrives until the peer closes too, for at most d and at most about max bytes. (A socket that is
// closed with bytes unread is reset, and a reset destroys what the peer has not read yet.) Close comes after it. Only
// the reading goroutine calls it, when nobody writes. Wake does not end it; CutOff does.
func (c *Conn) Linger(d time.Duration, max int) {
	if c.CloseWrite() != nil {
		return
	}
	c.heed = stateCut
	c.state.Or(stateWoken) // from now on Wake has nothing to do, and leaves the deadline alone
	discard := func(b []byte) (used, want int, leave bool) {
		max -= len(b)
		return len(b), 0, max <= 0
	}
	limit := time.Now().Add(d)
	for {
		_ = c.nc.SetReadDeadline(limit)
		err := c.Receive(discard)
		// A Wake that began before the bit was set may have overwritten the deadline once.
		if !errors.Is(err, ErrWoken) || !time.Now().Before(limit) {
			return
		}
	}
}
