package listen

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// Allowed is a listener whose connections may use some auth methods only. It accepts nothing before RulesOf has seen it.
type Allowed struct {
	net.Listener
	methods []string
	seen    atomic.Bool
}

// NewAllowed returns a listener that accepts from nl, which it owns.
func NewAllowed(nl net.Listener, methods []string) *Allowed {
	return &Allowed{Listener: nl, methods: methods}
}

// ErrUnseen is an error of Accept: nobody would keep to the rule.
var ErrUnseen = errors.New("the server does not see which auth methods are allowed here: " +
	"the listener around it needs a method Unwrap() net.Listener; or put mqttx.Allow around that one")

// Accept returns the next connection, or ErrUnseen.
func (l *Allowed) Accept() (net.Conn, error) {
	if !l.seen.Load() {
		return nil, ErrUnseen
	}
	return l.Listener.Accept()
}

// Rules are what the listeners below one, each around the next, say of its connections.
type Rules struct {
	// Certified: each has shown a certificate that was verified.
	Certified bool
	// Methods are the auth methods that its clients may use; nil for all.
	Methods []string
}

// RulesOf collects what nl says, and what those say that it stands around.
func RulesOf(nl net.Listener) (r Rules) {
	for {
		switch l := nl.(type) {
		case *Allowed:
			l.seen.Store(true)
			r.allow(l.methods)
			nl = l.Listener
		case *Handshakes:
			r.Certified = r.Certified || l.Certified
			nl = l.Listener
		case interface{ Unwrap() net.Listener }:
			nl = l.Unwrap()
		default:
			return r
		}
	}
}

// Serve has the connections of nl pass a gate before their handshakes, which may take as long as timeout where their
// listener does not say otherwise; also where others stand around the listener that makes them. Call it before Accept.
func Serve(nl net.Listener, g Gate, timeout time.Duration) {
	for {
		switch l := nl.(type) {
		case *Allowed:
			nl = l.Listener
		case *Handshakes:
			l.serve(g, timeout)
			g, nl = nil, l.Listener // whom one has let in is not asked again
		case interface{ Unwrap() net.Listener }:
			nl = l.Unwrap()
		default:
			return
		}
	}
}

// allow leaves those of methods that were allowed so far.
func (r *Rules) allow(methods []string) {
	if r.Methods == nil {
		r.Methods = slices.Clone(methods)
		return
	}
	r.Methods = slices.DeleteFunc(r.Methods, func(m string) bool { return !slices.Contains(methods, m) })
}

// Exposed reports whether other machines can reach an address, as far as it tells: it is none of loopback, of a unix
// socket or in memory.
func Exposed(addr net.Addr) bool {
	if a, ok := addr.(*net.TCPAddr); ok {
		return !a.IP.IsLoopback()
	}
	if addr == nil {
		return false
	}
	a, err := netip.ParseAddrPort(addr.String())
	return err == nil && !a.Addr().Unmap().IsLoopback()
}
