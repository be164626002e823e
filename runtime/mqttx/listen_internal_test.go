package mqttx

import (
	"crypto/tls"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/listen"
)

// pipes is a net.Listener in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	nc, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return nc, nil
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// TestHandshakeTimeoutIsCounted: of handshakes that fail those that took too
// long.
func TestHandshakeTimeoutIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := NewServer(func(*Conn) Handler { return nil }, Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		below, ended := make(pipes), make(chan error)
		through := listen.New(below, listen.Timeout, listen.TLS(&tls.Config{Certificates: []tls.Certificate{{}}}))
		go func() { ended <- srv.Serve(t.Context(), through) }()
		for _, says := range []string{"", "no TLS at all"} {
			client, server := net.Pipe()
			below <- server
			_, _ = client.Write([]byte(says))
			time.Sleep(2 * listen.Timeout)
			_ = client.Close()
		}
		if s := srv.Stats(); s.HandshakeTimeouts != 1 || s.ConnectErrors != 2 {
			t.Errorf("%d of %d are counted", s.HandshakeTimeouts, s.ConnectErrors)
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-ended
	})
}
