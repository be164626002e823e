//go:build !linux || 386 || s390x

package transport

import "net"

// socket would tell how much the socket at the bottom of a plain connection takes without blocking; nothing does here.
type socket struct{}

func openSocket(net.Conn) *socket { return nil }

func (*socket) takes(int) bool { return false }
