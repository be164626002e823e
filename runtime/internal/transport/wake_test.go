package transport

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

func TestWake(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		f := &frames{t: t}
		receive := func() error { return f.receive(c) }

		c.Wake()
		c.Wake()
		if err := receive(); err != ErrWoken {
			t.Errorf("woken before Receive: %v", err)
		}
		c.ClearWake()

		done := start(receive)
		awaitParked(t, 1)
		c.Wake()
		if err := returned(t, done); err != ErrWoken {
			t.Errorf("woken while parked: %v", err)
		}
		c.ClearWake()

		f.each = func(int) bool { c.Wake(); return false }
		sent := start(func() error { _, err := peer.Write(appendFrame(nil, 0, 20)); return err })
		if err := returned(t, start(receive)); err != ErrWoken {
			t.Errorf("woken while parse runs: %v", err)
		}
		if err := returned(t, sent); err != nil {
			t.Error(err)
		}
		if err := receive(); err != ErrWoken {
			t.Errorf("not cleared: %v", err)
		}
		c.ClearWake()
		peer.Close()
		if err := returned(t, start(receive)); err != io.EOF {
			t.Errorf("after ClearWake: %v, want EOF", err)
		}
	})
}

// TestWakeEndsReaderThatNeverParks wakes a reader whose socket never becomes empty.
func TestWakeEndsReaderThatNeverParks(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		flood := start(func() error {
			for junk := make([]byte, 64<<10); ; {
				if _, err := peer.Write(junk); err != nil {
					return err
				}
			}
		})
		passes := 0
		done := start(func() error {
			return c.Receive(func(b []byte) (int, int, bool) {
				if passes++; passes == 100 {
					c.Wake()
				}
				return len(b), 0, false
			})
		})
		if err := returned(t, done); err != ErrWoken {
			t.Errorf("Receive: %v", err)
		}
		if passes != 100 {
			t.Errorf("parse called %d times, want 100", passes)
		}
		c.CutOff()
		peer.Close()
		_ = returned(t, flood)
	})
}

// mailbox is what a reader is woken for: each post waits until the reader has taken it.
type mailbox struct {
	mu    sync.Mutex
	posts []chan struct{}
}

func (m *mailbox) post(c *Conn) {
	taken := make(chan struct{})
	m.mu.Lock()
	m.posts = append(m.posts, taken)
	m.mu.Unlock()
	c.Wake()
	<-taken
}

func (m *mailbox) empty() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, taken := range m.posts {
		close(taken)
	}
	m.posts = m.posts[:0]
}

// postAll posts from several goroutines.
func postAll(mail *mailbox, c *Conn) *sync.WaitGroup {
	const wakers = 4
	var posting sync.WaitGroup
	for range wakers {
		posting.Go(func() {
			for range scaled(10_000) / wakers {
				mail.post(c)
			}
		})
	}
	return &posting
}

// read receives, and empties the mailbox when it is woken, until the connection ends.
func (m *mailbox) read(c *Conn, f *frames) error {
	for {
		if err := f.receive(c); err != ErrWoken {
			return err
		}
		c.ClearWake()
		m.empty()
	}
}

// TestWakesOfIdleReader posts while nothing arrives: a wake that is lost is not made good by a later read, and its
// post would wait for ever.
func TestWakesOfIdleReader(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		var mail mailbox
		reading := start(func() error { return mail.read(c, &frames{t: t}) })
		posted := start(func() error { postAll(&mail, c).Wait(); return nil })
		_ = returned(t, posted)
		peer.Close()
		if err := returned(t, reading); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
	})
}

// TestWakesUnderTraffic posts while frames arrive: neither a wake is lost nor a byte.
func TestWakesUnderTraffic(t *testing.T) {
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		var mail mailbox
		posting := postAll(&mail, c)
		sending := start(func() error { return sendWhile(posting, peer) })
		f := &frames{t: t}
		reading := start(func() error { return mail.read(c, f) })
		if err := returned(t, reading); err != io.EOF {
			t.Errorf("Receive: %v, want EOF", err)
		}
		if err := returned(t, sending); err != nil {
			t.Error(err)
		}
		if f.next == 0 || len(c.in.unread()) != 0 {
			t.Errorf("%d frames, %d bytes unread", f.next, len(c.in.unread()))
		}
	})
}

// sendWhile writes frames until posting is done, then closes.
func sendWhile(posting *sync.WaitGroup, peer net.Conn) error {
	defer peer.Close()
	done := make(chan struct{})
	go func() { posting.Wait(); close(done) }()
	r := rand.New(rand.NewPCG(3, 4))
	for i := 0; ; i++ {
		frame := appendFrame(nil, i, header+r.IntN(6000))
		if err := writeSplit(peer, frame, r); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		default:
		}
	}
}
