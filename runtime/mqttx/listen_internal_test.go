package mqttx

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/netip"
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
// long, and how long that is, behind a proxy too.
func TestHandshakeTimeoutIsCounted(t *testing.T) {
	for _, test := range []struct{ says, is time.Duration }{{0, 10 * time.Second}, {3 * time.Second, 3 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			srv, err := NewServer(func(*Conn) Handler { return nil },
				Options{Logger: slog.New(slog.DiscardHandler), Timeouts: Timeouts{Handshake: test.says}})
			if err != nil {
				t.Fatal(err)
			}
			below, ended := make(pipes), make(chan error)
			proxied := listen.NewProxied(below, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")})
			through := listen.New(proxied, 0, listen.TLS(&tls.Config{Certificates: []tls.Certificate{{}}}))
			go func() { ended <- srv.Serve(t.Context(), through) }()
			const header = "PROXY TCP4 198.51.100.1 192.0.2.2 4711 8883\r\n"
			for _, says := range []struct {
				text  string
				lasts time.Duration
			}{{"PROXY ", test.is}, {header, test.is}, {header + "no TLS at all", 0}} {
				client, server := net.Pipe()
				below <- from{server}
				go func() { _, _ = io.WriteString(client, says.text) }()
				began := time.Now()
				_, _ = io.Copy(io.Discard, client)
				if lasted := time.Since(began); lasted != says.lasts {
					t.Errorf("after %q the connection is closed in %v, want %v", says.text, lasted, says.lasts)
				}
				_ = client.Close()
			}
			synctest.Wait()
			if s := srv.Stats(); s.HandshakeTimeouts != 2 || s.ConnectErrors != 3 {
				t.Errorf("%d of %d are counted", s.HandshakeTimeouts, s.ConnectErrors)
			}
			if err := srv.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			<-ended
		})
	}
}

// from is a connection of a proxy.
type from struct{ net.Conn }

func (from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4711} }
