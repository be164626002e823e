package listen

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/proxy"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
)

// errNotTrusted: the PROXY protocol forbids to guess whether a header comes, so nobody else may be served here.
var errNotTrusted = errors.New("PROXY protocol: the peer is no trusted proxy")

// NewProxied returns a listener that accepts from nl, which it owns, through the proxies in trusted.
func NewProxied(nl net.Listener, trusted []netip.Prefix) *Handshakes {
	l := New(nl, 0, proxied(trusted))
	l.proxies = true
	return l
}

// proxied reads the header of the PROXY protocol from peers in trusted, and refuses all others. Whoever may open the
// file of a unix socket is trusted.
func proxied(trusted []netip.Prefix) Shake {
	return func(nc net.Conn) (net.Conn, error) {
		if !trusts(trusted, nc.RemoteAddr()) {
			return nil, errNotTrusted
		}
		source, err := proxy.Read(nc)
		if err != nil || source == nil {
			return nc, err
		}
		return &transport.Forwarded{Conn: nc, Client: source}, nil
	}
}

func trusts(trusted []netip.Prefix, peer net.Addr) bool {
	switch a := peer.(type) {
	case *net.TCPAddr:
		ip := a.AddrPort().Addr().Unmap().WithZone("")
		for _, p := range trusted {
			if p.Contains(ip) {
				return true
			}
		}
	case *net.UnixAddr:
		return true
	}
	return false
}

// CheckTrusted refuses a list that trusts nobody or holds what is no prefix.
func CheckTrusted(trusted []netip.Prefix) error {
	if len(trusted) == 0 {
		return errors.New("PROXY protocol: no trusted address; name those of the load balancer, such as 10.0.0.0/8")
	}
	for _, p := range trusted {
		if !p.IsValid() || p.Addr().Is4In6() {
			return fmt.Errorf("PROXY protocol: trusted address %v is no prefix such as 10.0.0.0/8 or 2001:db8::/32", p)
		}
	}
	return nil
}
