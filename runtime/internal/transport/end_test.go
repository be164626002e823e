package transport

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestEveryReaderIsCutOff cuts parked readers off by the thousand: each must return.
func TestEveryReaderIsCutOff(t *testing.T) {
	const batch = 100
	for _, carrier := range carriers[:2] {
		t.Run(carrier.name, func(t *testing.T) {
			l, err := listen(t, carrier.name)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for range scaled(10_000) / batch {
				cutBatch(t, l, batch)
			}
		})
	}
}

func listen(t *testing.T, network string) (net.Listener, error) {
	if network == "unix" {
		return net.Listen("unix", t.TempDir()+"/s")
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// cutBatch parks n readers and ends them all, half of them by closing what is below.
func cutBatch(t *testing.T, l net.Listener, n int) {
	t.Helper()
	conns := make([]*Conn, n)
	ends := make([]<-chan error, n)
	for i := range conns {
		server, client := acceptFrom(t, l)
		if tcp, ok := client.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // leave no port behind
		}
		defer client.Close()
		conns[i] = New(server)
		ends[i] = start(func() error {
			defer conns[i].Close()
			return conns[i].Receive(func(b []byte) (int, int, bool) { return len(b), 0, false })
		})
	}
	awaitParked(t, n)
	for i, c := range conns {
		if i%2 == 0 {
			go c.CutOff()
		} else {
			go c.nc.Close()
		}
	}
	for i, end := range ends {
		if err := returned(t, end); err != net.ErrClosed {
			t.Errorf("reader %d: %v, want %v", i, err, net.ErrClosed)
		}
	}
}

func TestCutOff(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		f := &frames{t: t}
		reading := start(func() error { return f.receive(c) })
		writing := start(func() error { _, err := c.Write([][]byte{make([]byte, 20<<20)}, 0); return err })
		awaitParked(t, 1)
		one := make([]byte, 1)
		if _, err := io.ReadFull(peer, one); err != nil { // the writer is at work
			t.Fatal(err)
		}
		c.CutOff()
		if err := returned(t, reading); err != net.ErrClosed {
			t.Errorf("Receive: %v, want %v", err, net.ErrClosed)
		}
		if err := returned(t, writing); err != net.ErrClosed {
			t.Errorf("Write: %v, want %v", err, net.ErrClosed)
		}
		c.ClearWake()
		c.CutOff()
		if err := f.receive(c); err != net.ErrClosed {
			t.Errorf("Receive after CutOff: %v, want %v", err, net.ErrClosed)
		}
		if _, err := io.Copy(io.Discard, peer); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("peer: %v, want the end", err)
		}
	})
}

// TestCutOffEndsReaderThatNeverParks cuts off a reader that a flood keeps busy.
func TestCutOffEndsReaderThatNeverParks(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		flood := start(func() error {
			for junk := make([]byte, 64<<10); ; {
				if _, err := peer.Write(junk); err != nil {
					return err
				}
			}
		})
		passes := 0
		err := returned(t, start(func() error {
			return c.Receive(func(b []byte) (int, int, bool) {
				if passes++; passes == 50 {
					c.CutOff()
				}
				return len(b), 0, false
			})
		}))
		if err != net.ErrClosed || passes != 50 {
			t.Errorf("Receive: %v after %d passes", err, passes)
		}
		peer.Close()
		_ = returned(t, flood)
	})
}

// TestLinger closes while the peer's bytes are unread. The last packet must reach the peer, and a proper end after it.
func TestLinger(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		if c.CloseWrite() != nil {
			t.Skip("no half-close")
		}
	})
	for _, carrier := range carriers {
		if carrier.name == "pipe" || carrier.name == "foreign" {
			continue // no half-close
		}
		t.Run(carrier.name, func(t *testing.T) {
			server, client := carrier.pair(t)
			c := New(server)
			if _, err := client.Write(make([]byte, 50_000)); err != nil {
				t.Fatal(err)
			}
			done := start(func() error {
				if _, err := c.Write([][]byte{[]byte("last packet")}, time.Minute); err != nil {
					return err
				}
				c.Wake()
				c.Linger(time.Hour, 1<<20)
				return c.Close()
			})
			got, err := io.ReadAll(client)
			if err != nil || string(got) != "last packet" {
				t.Errorf("peer: %q, %v", got, err)
			}
			client.Close()
			if err := returned(t, done); err != nil {
				t.Error(err)
			}
			if n := lent.Load(); n != 0 {
				t.Errorf("%d buffers lent", n)
			}
		})
	}
}

// TestLingerIsBounded lingers with peers that never close.
func TestLingerIsBounded(t *testing.T) {
	for _, network := range []func(testing.TB) (net.Conn, net.Conn){tcpPair, unixPair, tlsPair} {
		server, client := network(t)
		c := New(server)
		c.Linger(time.Millisecond, 1<<20)
		c.Close()
		client.Close()

		server, client = network(t)
		c = New(server)
		flood := start(func() error {
			for junk := make([]byte, 8<<10); ; {
				if _, err := client.Write(junk); err != nil {
					return err
				}
			}
		})
		done := start(func() error { c.Linger(time.Hour, 1<<20); return c.Close() })
		_ = returned(t, done) // TLS may fail to close in order here
		_ = returned(t, flood)
		client.Close()
	}
}

// TestLingerEndsByCutOff cuts off a reader that lingers.
func TestLingerEndsByCutOff(t *testing.T) {
	server, client := tcpPair(t)
	defer client.Close()
	c := New(server)
	done := start(func() error { c.Linger(time.Hour, 1<<20); return c.Close() })
	awaitParked(t, 1)
	c.Wake() // changes nothing
	c.CutOff()
	if err := returned(t, done); err != nil {
		t.Error(err)
	}
}

func TestTLSState(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		state := c.TLS()
		if has := state != nil && state.HandshakeComplete; has != strings.HasSuffix(t.Name(), "tls") {
			t.Errorf("TLS: %v", state)
		}
		if c.RemoteAddr().String() != peer.LocalAddr().String() || c.LocalAddr().String() != peer.RemoteAddr().String() {
			t.Errorf("addresses %v, %v", c.LocalAddr(), c.RemoteAddr())
		}
	})
}
