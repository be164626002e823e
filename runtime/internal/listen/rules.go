package listen

import (
	"net"
	"net/netip"
	"slices"
)

// Allowed is a listener whose connections may use some auth methods only.
type Allowed struct {
	net.Listener
	Methods []string
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
			r.allow(l.Methods)
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

// SetGate has the connections of nl pass a gate before their handshake, also where others stand around the listener that
// makes it. Call it before Accept.
func SetGate(nl net.Listener, g Gate) {
	for {
		switch l := nl.(type) {
		case *Allowed:
			nl = l.Listener
		case *Handshakes:
			l.setGate(g)
			return
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
