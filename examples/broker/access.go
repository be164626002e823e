package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth/password"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// handler lets in whom the flags let in, and those do everything. It has no
// state, so one value serves all connections.
type handler struct {
	passwords *password.Verifier // nil: nobody is asked for one
	anonymous bool               // beside them
}

func (h *handler) Authenticate(ctx context.Context, c *mqttx.Connect) error {
	switch {
	case h.passwords == nil || h.anonymous && !c.HasCredential():
		return nil
	case !c.HasCredential():
		return mqttx.Refuse(mqttx.NotAuthorized, "a user name and a password are needed here")
	}
	c.Identity = mqttx.Identity{Method: "password", User: c.UserName}
	return h.passwords.Verify(ctx, c.UserName, c.Password)
}

func (*handler) Publish(context.Context, *mqttx.Message) (mqttx.Route, error) {
	return mqttx.Route{Relay: true, MaxQoS: mqttx.QoS2}, nil
}

func (*handler) Subscribe(_ context.Context, s *mqttx.Subscription) (mqttx.QoS, error) {
	return s.QoS, nil
}

// handler makes the handler that the flags ask for.
func (s *settings) handler() (*handler, error) {
	h := &handler{anonymous: s.anonymous}
	if s.passwords == "" {
		return h, nil
	}
	var err error
	h.passwords, err = password.New(password.Config{File: s.passwords, Logger: s.options.Logger})
	if err != nil {
		return nil, fmt.Errorf("-passwords: %w", err)
	}
	return h, nil
}

// authMethods are the names of what decides on clients; none where only the
// certificates of a listener do, or nobody of other machines gets in.
func (s *settings) authMethods() (methods []string) {
	if s.passwords != "" {
		methods = append(methods, "password")
	}
	if s.anonymous {
		methods = append(methods, "anonymous")
	}
	return methods
}

// reloads reads the passwords at every SIGHUP, until stop is called. A broken
// file is logged, and changes nothing.
func (h *handler) reloads(log *slog.Logger) (stop func()) {
	if h.passwords == nil {
		return func() {}
	}
	hangup, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-hangup:
				if err := h.passwords.Reload(); err != nil {
					log.Error("SIGHUP: the passwords that are known stay", "error", err)
				} else {
					log.Info("SIGHUP: the password file is read")
				}
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(hangup); close(done) }
}

// checkOpen refuses listeners that would let everybody of other machines in,
// where nobody has said that this is meant.
func (s *settings) checkOpen() error {
	if s.passwords != "" || s.anonymous {
		return nil
	}
	for _, flag := range []struct {
		name  string
		addrs list
		tls   bool
	}{{"-addr", s.addrs, false}, {"-ws-addr", s.wsAddrs, false}, {"-tls-addr", s.tlsAddrs, true}, {"-wss-addr", s.wssAddrs, true}} {
		for _, addr := range flag.addrs {
			if !loopback(addr) && (!flag.tls || s.files.ClientCA == "") {
				return fmt.Errorf("%s %s lets everybody in who reaches this machine; give -passwords FILE, which `mqttx-gen passwd -create FILE USER` makes, "+
					"or -allow-anonymous if that is meant (TLS: or -client-ca FILE)", flag.name, addr)
			}
		}
	}
	return nil
}

// loopback says whether nobody but this machine reaches an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
