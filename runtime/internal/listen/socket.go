// Package listen opens sockets, and brings accepted connections through what comes before the first byte of MQTT: the
// header of a proxy, the handshakes of TLS and WebSocket.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Hook wraps the sockets that are opened under a context: the header of a proxy comes before anything else, while who
// knows of the proxy stands around listeners that open their sockets themselves.
type Hook struct {
	Wrap func(net.Listener) net.Listener
	Used bool // by a socket
}

type hookKey struct{}

// With returns a context under which Socket wraps what it opens.
func With(ctx context.Context, h *Hook) context.Context { return context.WithValue(ctx, hookKey{}, h) }

// Socket listens on an address of a network: "tcp" or "unix".
func Socket(ctx context.Context, network, addr string) (net.Listener, error) {
	if addr == "" && network == "tcp" {
		return nil, errors.New("the TCP address is empty; write one such as 127.0.0.1:1883")
	}
	var c net.ListenConfig
	nl, err := c.Listen(ctx, network, addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: another program listens on %s; stop it or choose another address", err, addr)
	}
	if _, port := strconv.Atoi(addr); err != nil && port == nil {
		return nil, fmt.Errorf("%w; write :%s for all addresses of this machine, or 127.0.0.1:%s", err, addr, addr)
	}
	if err != nil {
		return nil, err
	}
	if h, ok := ctx.Value(hookKey{}).(*Hook); ok {
		h.Used = true
		nl = h.Wrap(nl)
	}
	return nl, nil
}
