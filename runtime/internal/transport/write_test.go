package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// ragged returns buffers of many sizes, also empty ones and more than fit into one system call, and what they hold.
func ragged() (bufs [][]byte, whole []byte) {
	for i := range 100 {
		b := bytes.Repeat([]byte{byte(i)}, (i%7)*(i%11)*10)
		bufs = append(bufs, b)
		whole = append(whole, b...)
	}
	bufs = append(bufs, bytes.Repeat([]byte("large"), 10_000), nil)
	return bufs, append(whole, bufs[100]...)
}

// unchanged checks that bufs still holds the bytes of whole.
func unchanged(t *testing.T, bufs [][]byte, whole []byte) {
	t.Helper()
	if !bytes.Equal(bytes.Join(bufs, nil), whole) {
		t.Error("the buffers of the caller have been changed")
	}
}

func TestWrite(t *testing.T) {
	for _, progress := range []time.Duration{0, time.Minute} {
		overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
			bufs, whole := ragged()
			got := make([]byte, len(whole))
			read := start(func() error { _, err := io.ReadFull(peer, got); return err })
			if n, err := c.Write(bufs, progress); n != len(whole) || err != nil {
				t.Errorf("Write: %d, %v, want %d", n, err, len(whole))
			}
			if err := returned(t, read); err != nil || !bytes.Equal(got, whole) {
				t.Errorf("peer has read something else (%v)", err)
			}
			unchanged(t, bufs, whole)
			if n, err := c.Write(nil, progress); n != 0 || err != nil {
				t.Errorf("Write of nothing: %d, %v", n, err)
			}
		})
	}
}

func TestTryWrite(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		if !c.CanTryWrite() {
			if n, err := c.TryWrite([][]byte{{1}}); n != 0 || !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("TryWrite: %d, %v, want %v", n, err, errors.ErrUnsupported)
			}
			return
		}
		bufs, whole := ragged()
		if wholeOrNothing(c) { // and that only where it is little
			if n, err := c.TryWrite(bufs); n != 0 || err != nil {
				t.Errorf("TryWrite of much: %d, %v", n, err)
			}
			bufs = bufs[:50]
			whole = bytes.Join(bufs, nil)
		}
		got := make([]byte, len(whole))
		if n, err := c.TryWrite(bufs); n != len(whole) || err != nil {
			t.Fatalf("TryWrite: %d, %v, want %d", n, err, len(whole))
		}
		if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("peer has read something else (%v)", err)
		}
		unchanged(t, bufs, whole)
		if n, err := c.TryWrite([][]byte{{}, nil}); n != 0 || err != nil {
			t.Errorf("TryWrite of nothing: %d, %v", n, err)
		}
	})
}

// wholeOrNothing reports whether TryWrite never writes a part.
func wholeOrNothing(c *Conn) bool {
	_, ok := c.nc.(interface{ CanTryWrite() bool })
	return c.raw == nil && !ok
}

// pieces cuts b into buffers.
func pieces(b []byte) (bufs [][]byte) {
	for len(b) > 0 {
		n := min(len(b), 9999)
		bufs = append(bufs, b[:n])
		b = b[n:]
	}
	return bufs
}

// TestFullSocket fills the socket by TryWrite and writes the rest by Write, as a writer goroutine does.
func TestFullSocket(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		if !c.CanTryWrite() || wholeOrNothing(c) {
			t.Skip("writes no part")
		}
		whole := appendFrame(nil, 0, 20<<20)
		n, err := c.TryWrite(pieces(whole))
		if n <= 0 || n >= len(whole) || err != nil {
			t.Fatalf("TryWrite: %d of %d, %v", n, len(whole), err)
		}
		if more, err := c.TryWrite([][]byte{whole[n:]}); err != nil {
			t.Errorf("TryWrite on a full socket: %v", err)
		} else {
			n += more
		}
		rest := pieces(whole[n:])
		writing := start(func() error {
			m, err := c.Write(rest, time.Minute)
			if m != len(whole)-n && err == nil {
				err = io.ErrShortWrite
			}
			return err
		})
		got := make([]byte, len(whole))
		if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("peer has read something else (%v)", err)
		}
		if err := returned(t, writing); err != nil {
			t.Errorf("Write: %v", err)
		}
		if n, err := c.TryWrite([][]byte{{1}}); n != 1 || err != nil {
			t.Errorf("TryWrite after Write: %d, %v", n, err)
		}
	})
}

// TestTryWriteNeverBlocks fills the socket below TLS in writes of many sizes, which nobody reads; the last takes nothing.
func TestTryWriteNeverBlocks(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		if !c.CanTryWrite() || !wholeOrNothing(c) {
			t.Skip("may write a part")
		}
		for _, size := range []int{1, 50, 1000, pieceSize} {
			var whole []byte
			filled := start(func() error {
				for n := 0; ; n++ {
					piece := bytes.Repeat([]byte{byte(n)}, size)
					switch moved, err := c.TryWrite([][]byte{piece}); {
					case moved == 0:
						return err
					case moved != size:
						return io.ErrShortWrite
					}
					whole = append(whole, piece...)
				}
			})
			if err := returned(t, filled); err != nil || len(whole) == 0 {
				t.Fatalf("TryWrite of %d bytes: %v after %d", size, err, len(whole))
			}
			got := make([]byte, len(whole))
			if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, whole) {
				t.Errorf("peer has read something else (%v)", err)
			}
		}
	})
}

func TestWriteWithoutProgress(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		whole := make([]byte, 20<<20)
		writing := start(func() error {
			n, err := c.Write([][]byte{whole}, 20*time.Millisecond)
			if n >= len(whole) {
				t.Errorf("Write: %d bytes although nobody reads", n)
			}
			return err
		})
		if err := returned(t, writing); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write: %v, want %v", err, os.ErrDeadlineExceeded)
		}
	})
}

// TestSlowIsNotStuck reads a byte each second of what may pause for two.
func TestSlowIsNotStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		c := New(server)
		defer c.Close()
		defer client.Close()
		const slow = 10
		go func() {
			for range slow {
				time.Sleep(time.Second)
				_, _ = client.Read(make([]byte, 1))
			}
		}()
		n, err := c.Write([][]byte{make([]byte, 100)}, 2*time.Second)
		if n != slow || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write: %d, %v, want %d and %v", n, err, slow, os.ErrDeadlineExceeded)
		}
	})
}

// TestWriteLeavesNoDeadline writes long after an earlier Write had its limit.
func TestWriteLeavesNoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := net.Pipe()
		c := New(server)
		defer c.Close()
		defer client.Close()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		for _, progress := range []time.Duration{time.Second, 0} {
			if n, err := c.Write([][]byte{{1}}, progress); n != 1 || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestWriteAfterCutOff(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		c.CutOff()
		if _, err := c.Write([][]byte{{1}}, time.Minute); err != net.ErrClosed {
			t.Errorf("Write: %v, want %v", err, net.ErrClosed)
		}
		if _, err := c.Write([][]byte{{1}}, 0); err != net.ErrClosed {
			t.Errorf("Write without limit: %v, want %v", err, net.ErrClosed)
		}
		if c.CanTryWrite() {
			if _, err := c.TryWrite([][]byte{{1}}); err != net.ErrClosed {
				t.Errorf("TryWrite: %v, want %v", err, net.ErrClosed)
			}
		}
	})
}
