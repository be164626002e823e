package mqttx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

const serverShuttingDown = mqtt.ServerShuttingDown

// Listener is a place where a server listens.
type Listener interface {
	Listen(ctx context.Context) (net.Listener, error)
}

// ListenerFunc makes a Listener of a function.
type ListenerFunc func(ctx context.Context) (net.Listener, error)

// Listen calls f.
func (f ListenerFunc) Listen(ctx context.Context) (net.Listener, error) { return f(ctx) }

// TCP listens on a TCP address such as ":1883" or "127.0.0.1:0".
func TCP(addr string) Listener {
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		if addr == "" {
			return nil, errors.New("the TCP address is empty; write one such as 127.0.0.1:1883")
		}
		var c net.ListenConfig
		nl, err := c.Listen(ctx, "tcp", addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("%w: another program listens on %s; stop it or choose another address", err, addr)
		}
		return nl, err
	})
}

// ListenAndServe listens everywhere, or nowhere where one of them fails, and
// serves until ctx ends. Then it shuts the server down, in at most
// [Options].ShutdownTimeout, and returns nil where that went well.
func (s *Server) ListenAndServe(ctx context.Context, listeners ...Listener) error {
	if len(listeners) == 0 {
		return errors.New("listen: no listener given; for example mqttx.TCP(\":1883\")")
	}
	var open []net.Listener
	for _, l := range listeners {
		nl, err := l.Listen(ctx)
		if err != nil {
			for _, o := range open {
				_ = o.Close()
			}
			return fmt.Errorf("listen: %w", err)
		}
		open = append(open, nl)
	}
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, len(open))
	for _, nl := range open {
		go func() { failed <- s.Serve(serving, nl) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), s.options.ShutdownTimeout)
	defer stop()
	begin := time.Now()
	s.options.Logger.Info("shutting down", "connections", s.Stats().Connections)
	down := s.Shutdown(grace)
	s.options.Logger.Info("stopped", "took", time.Since(begin).Round(time.Millisecond))
	if err == nil || errors.Is(err, ErrServerClosed) {
		err = down
	}
	return err
}

// Serve accepts connections of nl, which it owns, until ctx ends, nl fails or
// the server is shut down: then ErrServerClosed. It does not end connections.
func (s *Server) Serve(ctx context.Context, nl net.Listener) error {
	if err := s.track(nl); err != nil {
		return err
	}
	defer s.untrack(nl)
	stop := context.AfterFunc(ctx, func() { _ = nl.Close() })
	defer stop()
	s.options.Logger.Info("listening", "network", nl.Addr().Network(), "addr", nl.Addr().String())
	for pause := time.Duration(0); ; {
		nc, err := nl.Accept()
		switch {
		case err == nil:
			pause = 0
			go s.ServeConn(nc)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return ErrServerClosed
		default:
			// Out of file descriptors, most likely: wait for some to come free.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.options.Logger.Warn("accept failed; trying again", "addr", nl.Addr().String(), "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
}

func (s *Server) track(nl net.Listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = nl.Close()
		return ErrServerClosed
	}
	s.listeners[nl] = struct{}{}
	return nil
}

func (s *Server) untrack(nl net.Listener) {
	s.mu.Lock()
	delete(s.listeners, nl)
	s.mu.Unlock()
	_ = nl.Close()
}

// Addrs returns the addresses that the server listens on.
func (s *Server) Addrs() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	var addrs []net.Addr
	for nl := range s.listeners {
		addrs = append(addrs, nl.Addr())
	}
	return addrs
}
