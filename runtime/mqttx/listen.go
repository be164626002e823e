package mqttx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
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
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) { return listen.Socket(ctx, "tcp", addr) })
}

// TLS listens on a TCP address for TLS, version 1.2 and up unless config says
// otherwise. Handshakes run beside each other, for at most 10 seconds. Where
// config asks for client certificates, handlers find them in [Connect].TLS, and
// auth methods mtls take them. See [TLSFiles] for certificates in files.
func TLS(addr string, config *tls.Config) Listener {
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		config, err := listen.CheckTLS(config)
		if err != nil {
			return nil, err
		}
		nl, err := listen.Socket(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		through := listen.New(nl, 0, listen.TLS(config))
		through.Certified = listen.Certified(config)
		return through, nil
	})
}

// Unix listens on a unix socket. A socket file that no program listens on any
// more is replaced, and the file is removed at the end. mode is the file's:
// whoever may write to it may connect. Without one the umask decides.
func Unix(path string, mode ...fs.FileMode) Listener {
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		var m fs.FileMode
		if len(mode) > 0 {
			m = mode[0]
		}
		return listen.Unix(ctx, path, m)
	})
}

// Proxied is l behind load balancers that speak the PROXY protocol, version 1
// or 2: handlers see the addresses of the clients. The header comes before all
// else, also before TLS and WebSocket. It is believed only where it comes from
// an address in trusted (or through a unix socket); the connections of all
// others are closed, for the protocol forbids to guess whether one sends it.
func Proxied(l Listener, trusted ...netip.Prefix) Listener {
	trusted = slices.Clone(trusted)
	return ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		if err := listen.CheckTrusted(trusted); err != nil {
			return nil, err
		}
		hook := &listen.Hook{Wrap: func(nl net.Listener) net.Listener {
			return listen.NewProxied(nl, trusted)
		}}
		nl, err := l.Listen(listen.With(ctx, hook))
		if err != nil || hook.Used {
			return nl, err
		}
		return hook.Wrap(nl), nil
	})
}

// ListenAndServe listens everywhere, or nowhere where one of them fails, and
// serves until ctx ends. Then it shuts the server down, in at most
// [Timeouts].Shutdown, and returns nil where that went well.
func (s *Server) ListenAndServe(ctx context.Context, listeners ...Listener) error {
	if len(listeners) == 0 {
		return errors.New("listen: no listener given; for example mqttx.TCP(\":1883\")")
	}
	var open []net.Listener
	for _, l := range listeners {
		nl, err := l.Listen(ctx)
		if err == nil {
			if _, err = s.rules(nl); err != nil {
				_ = nl.Close()
			}
		}
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
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), s.options.Timeouts.Shutdown)
	defer stop()
	begin := time.Now()
	s.options.Logger.Info("shutting down", "connections", s.connections())
	down := s.Shutdown(grace)
	s.options.Logger.Info("stopped", "took", time.Since(begin).Round(time.Millisecond))
	if err == nil || errors.Is(err, ErrServerClosed) {
		err = down
	}
	return err
}

// Serve accepts connections of nl, which it owns, until ctx ends, nl fails or
// the server is shut down: then ErrServerClosed. It does not end connections.
// On Linux, a connection that has been silent for some seconds has no goroutine.
//
// A server without [Options].AuthMethods accepts from loopback, unix sockets and
// memory only, and where TLS requires certificates of clients.
func (s *Server) Serve(ctx context.Context, nl net.Listener) error {
	rules, err := s.rules(nl)
	if err != nil {
		_ = nl.Close()
		return fmt.Errorf("serve: %w", err)
	}
	if err := s.track(nl); err != nil {
		return err
	}
	defer s.untrack(nl)
	stop := context.AfterFunc(ctx, func() { _ = nl.Close() })
	defer stop()
	s.options.Logger.Info("listening", "network", nl.Addr().Network(), "addr", nl.Addr().String())
	s.tellExempt(nl.Addr())
	listen.Serve(nl, s.host, s.options.Timeouts.Handshake)
	for pause := time.Duration(0); ; {
		nc, err := nl.Accept()
		failed, handshake := errors.AsType[*listen.Error](err)
		switch {
		case err == nil:
			pause = 0
			go s.start(nc, rules.Methods)
		case handshake:
			s.host.Counters.NotConnected.Add(1)
			if errors.Is(failed.Err, os.ErrDeadlineExceeded) {
				s.host.Counters.HandshakeTimeouts.Add(1)
			}
			s.options.Logger.Info("connection refused", "addr", failed.Addr, "reason", failed.Err)
			if !failed.Proxy && !errors.Is(failed.Err, io.EOF) { // that is how load balancers probe
				s.host.Flap(failed.Addr)
			}
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return ErrServerClosed
		case errors.Is(err, listen.ErrUnseen):
			return fmt.Errorf("serve: %v: %w", nl.Addr(), err)
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
