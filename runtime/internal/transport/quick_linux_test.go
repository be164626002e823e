package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestQuick(t *testing.T) {
	s, peer := tcpPair(t)
	defer peer.Close()
	q := Quick(s)
	defer q.Close()
	if _, ok := q.(*quick); !ok {
		t.Fatalf("Quick made a %T of a TCP connection", q)
	}

	// More than a write, a read and the socket hold.
	whole := appendFrame(nil, 0, 8<<20)
	wrote := start(func() error {
		n, err := q.Write(whole)
		if n != len(whole) && err == nil {
			err = io.ErrShortWrite
		}
		return err
	})
	got := make([]byte, len(whole))
	if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the peer has read something else (%v)", err)
	}
	if err := returned(t, wrote); err != nil {
		t.Errorf("Write: %v", err)
	}
	sent := start(func() error { _, err := peer.Write(whole); return err })
	if _, err := io.ReadFull(q, got); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("read something else (%v)", err)
	}
	if err := returned(t, sent); err != nil {
		t.Error(err)
	}

	if n, err := q.Read(nil); n != 0 || err != nil {
		t.Errorf("Read of nothing: %d, %v", n, err)
	}
	if n, err := q.Write(nil); n != 0 || err != nil {
		t.Errorf("Write of nothing: %d, %v", n, err)
	}
	_ = q.SetDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := q.Read(make([]byte, 1)); n != 0 || !timedOut(err) {
		t.Errorf("Read beyond the deadline: %d, %v", n, err)
	}
	much := make([]byte, 32<<20)
	_ = q.SetDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := q.Write(much); n == 0 || n == len(much) || !timedOut(err) {
		t.Errorf("Write beyond the deadline: %d, %v", n, err)
	}
}

// timedOut reports whether err is one that crypto/tls goes on after.
func timedOut(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout() && errors.Is(err, os.ErrDeadlineExceeded)
}

func TestQuickEnds(t *testing.T) {
	s, peer := tcpPair(t)
	q := Quick(s)
	_ = peer.(*net.TCPConn).CloseWrite()
	for range 2 {
		if n, err := q.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("Read at the end: %d, %v", n, err)
		}
	}
	_ = peer.(*net.TCPConn).SetLinger(0)
	_ = peer.Close() // a reset
	if _, err := q.Write(make([]byte, 1)); err == nil {
		_, err = q.Write(make([]byte, 1))
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Write after a reset: %v", err)
		}
	}
	_ = q.Close()
	if _, err := q.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if _, err := q.Write(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
}

// TestQuickLeavesOthers returns as they are connections whose methods may do more than the socket's.
func TestQuickLeavesOthers(t *testing.T) {
	s, c := tcpPair(t)
	defer c.Close()
	defer s.Close()
	if nc := (hidden{s}); Quick(nc) != net.Conn(nc) {
		t.Error("a connection of another type was opened")
	}
}

func TestQuickAllocatesNothing(t *testing.T) {
	s, peer := tcpPair(t)
	defer peer.Close()
	q := Quick(s)
	defer q.Close()
	b := make([]byte, 64)
	if n := testing.AllocsPerRun(100, func() {
		_, _ = peer.Write(b)
		_, _ = io.ReadFull(q, b)
		_, _ = q.Write(b)
		_, _ = io.ReadFull(peer, b)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestTryWriteBeforeTheSocketIsFull: a socket may take nothing although its buffer has room, where the system is short of
// memory or bounds what is not sent yet. No publisher waits for that.
func TestTryWriteBeforeTheSocketIsFull(t *testing.T) {
	c, client := reluctant(t)
	defer c.Close()
	defer client.Close()
	whole := appendFrame(nil, 0, 8<<20)
	rest := tryAll(t, c, whole)
	wrote := start(func() error { _, err := c.Write([][]byte{rest}, time.Minute); return err })
	got := make([]byte, len(whole))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the peer has read something else (%v)", err)
	}
	if err := returned(t, wrote); err != nil {
		t.Error(err)
	}
	if n, err := c.TryWrite([][]byte{{1}}); n != 1 || err != nil {
		t.Errorf("TryWrite when all is written: %d, %v", n, err)
	}
}

// TestStuckRest: what TryWrite has kept holds neither a deadline up nor the end, of which the reader hears.
func TestStuckRest(t *testing.T) {
	for name, end := range map[string]func(c *Conn, client net.Conn){
		"deadline": func(c *Conn, _ net.Conn) {
			if _, err := c.Write([][]byte{{1}}, 10*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Write: %v", err)
			}
			c.CutOff() // as an outbox does
		},
		"cut off": func(c *Conn, _ net.Conn) { c.CutOff() },
		"reset": func(_ *Conn, client net.Conn) {
			socket := client.(*tls.Conn).NetConn().(*net.TCPConn)
			_ = socket.SetLinger(0)
			_ = socket.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, client := reluctant(t)
			defer client.Close()
			tryAll(t, c, appendFrame(nil, 0, 8<<20))
			received := start(func() error { return c.Receive((&frames{t: t}).parse) })
			end(c, client)
			if err := returned(t, received); err == nil || errors.Is(err, ErrWoken) {
				t.Errorf("Receive: %v", err)
			}
			_ = c.Close()
			if c.quick().flush(); !c.quick().kept.Load() {
				t.Error("what was kept is written after Close")
			}
		})
	}
}

// tryAll writes as much as TryWrite takes, until it has kept something, and returns what it did not take.
func tryAll(t *testing.T, c *Conn, rest []byte) []byte {
	t.Helper()
	tried := start(func() error {
		for len(rest) > 0 {
			n, err := c.TryWrite([][]byte{rest[:min(len(rest), 4000)]})
			if n == 0 || err != nil {
				return err
			}
			rest = rest[n:]
		}
		return errors.New("the socket takes everything")
	})
	if err := returned(t, tried); err != nil {
		t.Fatal(err)
	}
	if !c.quick().kept.Load() {
		t.Error("nothing was kept")
	}
	return rest
}

// reluctant is a TLS connection whose socket takes little while its peer does not read.
func reluctant(t *testing.T) (c *Conn, client net.Conn) {
	t.Helper()
	server, peer := tcpPair(t)
	lowAt(t, server)
	s, client := secure(t, Quick(server), peer)
	return New(s), client
}

// lowAt has a socket take little while its peer does not read.
func lowAt(t *testing.T, socket net.Conn) {
	t.Helper()
	raw, err := socket.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	const notSentLowAt = 25 // TCP_NOTSENT_LOWAT
	if err := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, notSentLowAt, 16<<10) }); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
}
