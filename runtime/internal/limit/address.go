package limit

import (
	"net"
	"net/netip"
)

// local stands for all clients of this machine.
var local = netip.IPv6Loopback()

// Address returns by what a client is told apart: its IPv4 address, its IPv6
// network of 64 bits, and one address for all clients of this machine, on
// loopback addresses, unix sockets and pipes, of which here reports true.
func Address(client net.Addr) (key netip.Addr, here bool) {
	var a netip.Addr
	switch client := client.(type) {
	case *net.TCPAddr:
		a = client.AddrPort().Addr()
	case interface{ AddrPort() netip.AddrPort }:
		a = client.AddrPort().Addr()
	default:
		return local, true
	}
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid() || a.IsLoopback():
		return local, true
	case a.Is6():
		network, _ := a.Prefix(64) // cannot fail with 64 bits
		return network.Addr(), false
	}
	return a, false
}
