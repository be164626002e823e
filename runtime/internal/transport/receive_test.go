package transport

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
)

// writeSplit writes b in pieces of random sizes.
func writeSplit(w io.Writer, b []byte, r *rand.Rand) error {
	for len(b) > 0 {
		n := min(1+r.IntN(3000), len(b))
		if r.IntN(3) == 0 {
			n = min(1+r.IntN(10), len(b))
		}
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func TestReceiveFrames(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		r := rand.New(rand.NewPCG(1, 2))
		var stream []byte
		const count = 400
		for i := range count {
			size := header + r.IntN(300)
			if i%20 == 0 {
				size = header + r.IntN(200_000)
			}
			stream = appendFrame(stream, i, size)
		}
		sent := start(func() error {
			defer peer.Close()
			return writeSplit(peer, stream, r)
		})
		f := &frames{t: t}
		if err := f.receive(c); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
		if f.next != count {
			t.Errorf("%d frames, want %d", f.next, count)
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
	})
}

func TestIdleHoldsNoBuffer(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		f := &frames{t: t}
		arrived := make(chan int, 1)
		f.each = func(n int) bool { arrived <- n; return false }
		done := start(func() error { return f.receive(c) })
		awaitParked(t, 1)
		if n := lent.Load(); n != 0 {
			t.Errorf("%d buffers lent before anything arrived", n)
		}
		for i, size := range []int{header, 500, 70_000} {
			if _, err := peer.Write(appendFrame(nil, i, size)); err != nil {
				t.Fatal(err)
			}
			<-arrived
			awaitParked(t, 1)
			if n := lent.Load(); n != 0 {
				t.Errorf("%d buffers lent after a frame of %d bytes", n, size)
			}
		}
		// An incomplete packet keeps its one buffer, and gives it back when it is complete.
		frame := appendFrame(nil, 3, 5000)
		if _, err := peer.Write(frame[:100]); err != nil {
			t.Fatal(err)
		}
		for lent.Load() != 1 {
			runtime.Gosched()
		}
		if _, err := peer.Write(frame[100:]); err != nil {
			t.Fatal(err)
		}
		<-arrived
		awaitParked(t, 1)
		if n := lent.Load(); n != 0 {
			t.Errorf("%d buffers lent after the end of a packet", n)
		}
		peer.Close()
		if err := returned(t, done); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
	})
}

func TestLeaveKeepsUnread(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		const count = 50
		var stream []byte
		for i := range count {
			stream = appendFrame(stream, i, header+i*7)
		}
		sent := start(func() error {
			defer peer.Close()
			_, err := peer.Write(stream)
			return err
		})
		f := &frames{t: t, each: func(int) bool { return true }}
		for i := range count {
			if err := f.receive(c); err != nil || f.next != i+1 {
				t.Fatalf("Receive %d: %v after frame %d", i, err, f.next)
			}
		}
		if err := f.receive(c); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
	})
}

// TestLeaveWithoutConsuming leaves everything, which is then all there again.
func TestLeaveWithoutConsuming(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		frame := appendFrame(nil, 0, 100)
		sent := start(func() error { _, err := peer.Write(frame); return err })
		var kept int
		err := c.Receive(func(b []byte) (int, int, bool) { kept = len(b); return 0, 0, true })
		if err != nil || kept == 0 {
			t.Fatalf("Receive: %v with %d bytes", err, kept)
		}
		f := &frames{t: t, each: func(int) bool { return true }}
		if err := f.receive(c); err != nil || f.next != 1 {
			t.Errorf("Receive: %v after %d frames", err, f.next)
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
	})
}

// TestWantGrowsOnce checks that a large packet gets one buffer of its own, of exactly its size.
func TestWantGrowsOnce(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		const size = 300_001
		sent := start(func() error { _, err := peer.Write(appendFrame(nil, 0, size)); return err })
		sizes := map[int]bool{}
		f := &frames{t: t, each: func(int) bool { return true }}
		f.again = true
		err := c.Receive(func(b []byte) (int, int, bool) {
			if c.in.buf != nil {
				sizes[len(c.in.buf.b)] = true
			}
			return f.parse(b)
		})
		if err != nil || f.next != 1 {
			t.Fatalf("Receive: %v after %d frames", err, f.next)
		}
		delete(sizes, minBuffer) // what the first bytes came in
		delete(sizes, rawBuffer)
		if len(sizes) != 1 || !sizes[size] {
			t.Errorf("buffers of %v bytes, want one of %d", sizes, size)
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
	})
}

// TestParseWithoutWant fails a connection whose parse function neither consumes nor says how much it wants.
func TestParseWithoutWant(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		sent := start(func() error {
			_, _ = peer.Write(make([]byte, 2*maxBuffer)) // may fail: nobody reads it all
			return nil
		})
		err := c.Receive(func([]byte) (int, int, bool) { return 0, 0, false })
		if !errors.Is(err, errNoRoom) {
			t.Errorf("Receive: %v, want %v", err, errNoRoom)
		}
		peer.Close()
		_ = returned(t, sent)
	})
}

// TestReturnedBuffersArePoisoned keeps a slice longer than it may, and finds it destroyed.
func TestReturnedBuffersArePoisoned(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		sent := start(func() error { _, err := peer.Write([]byte("abc")); peer.Close(); return err })
		var kept []byte
		if err := c.Receive(func(b []byte) (int, int, bool) { kept = b; return len(b), 0, false }); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
		for _, b := range kept {
			if b != 0xDB {
				t.Fatalf("kept bytes are %x", kept)
			}
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
	})
}

func TestReceiveDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget")
	}
	for _, carrier := range carriers[:2] {
		t.Run(carrier.name, func(t *testing.T) {
			server, client := carrier.pair(t)
			defer client.Close()
			c := New(server)
			defer c.Close()
			msg, reply := make([]byte, 200), make([]byte, 2)
			bufs := [][]byte{{1}, {2}}
			done := start(func() error {
				return c.Receive(func(b []byte) (int, int, bool) {
					if len(b) < len(msg) {
						return 0, len(msg), false
					}
					n, err := c.TryWrite(bufs)
					return len(b), 0, n != 2 || err != nil
				})
			})
			allocs := testing.AllocsPerRun(200, func() {
				_, _ = client.Write(msg)
				_, _ = io.ReadFull(client, reply)
			})
			if allocs >= 1 {
				t.Errorf("%v allocations for each message and reply", allocs)
			}
			client.Close()
			if err := returned(t, done); err != io.EOF {
				t.Errorf("Receive: %v, want EOF", err)
			}
		})
	}
}
