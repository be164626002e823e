package transport

import (
	"bytes"
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
