package listen

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
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

// TestHandshakeTimeout: who says nothing, or half of something, is closed after
// the timeout, which is told to whoever accepts.
func TestHandshakeTimeout(t *testing.T) {
	for name, begin := range map[string]string{"silent": "", "half a record": "\x16\x03\x01\x01\x00\x01\x00"} {
		synctest.Test(t, func(t *testing.T) {
			below := make(pipes)
			l := New(below, Timeout, TLS(&tls.Config{Certificates: []tls.Certificate{{}}}))
			client, server := net.Pipe()
			go func() {
				below <- server
				_, _ = client.Write([]byte(begin))
			}()
			start := time.Now()
			nc, err := l.Accept()
			failed, ok := errors.AsType[*Error](err)
			if nc != nil || !ok || !errors.Is(failed.Err, os.ErrDeadlineExceeded) || time.Since(start) != Timeout {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			if _, err := client.Read(make([]byte, 1)); err == nil {
				t.Errorf("%s: the connection is not closed", name)
			}
			_ = l.Close()
		})
	}
}

// gate counts what passes it, and lets most in at a time.
type gate struct{ most, refused chan struct{} }

func (g gate) Enter(net.Addr) bool {
	select {
	case g.most <- struct{}{}:
		return true
	default:
		g.refused <- struct{}{}
		return false
	}
}

func (g gate) Leave(net.Addr) { <-g.most }

// TestGate: the gate is passed before the handshake, and left however that ends.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := make(pipes)
		l := New(below, Timeout, func(nc net.Conn) (net.Conn, error) {
			_, err := nc.Read(make([]byte, 1))
			return nc, err
		})
		g := gate{most: make(chan struct{}, 2), refused: make(chan struct{}, 1)}
		l.serve(g, 0)
		results := make(chan error, 10)
		go func() {
			for {
				_, err := l.Accept()
				if errors.Is(err, net.ErrClosed) {
					return
				}
				results <- err
			}
		}()
		dial := func() net.Conn {
			client, server := net.Pipe()
			below <- server
			return client
		}
		good, bad, more := dial(), dial(), dial()
		<-g.refused
		if _, err := more.Read(make([]byte, 1)); err == nil {
			t.Error("who is not let in is not closed")
		}
		_, _ = good.Write([]byte{1})
		if err := <-results; err != nil {
			t.Error(err)
		}
		_ = bad.Close()
		if err := <-results; err == nil {
			t.Error("a handshake without a byte succeeds")
		}
		if n := len(g.most); n != 0 {
			t.Errorf("%d have not left the gate", n)
		}
		dial()
		_ = l.Close()
		synctest.Wait()
		if n := len(g.most); n != 0 {
			t.Errorf("%d have not left the gate after Close", n)
		}
	})
}
