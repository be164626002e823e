package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sleeper reads frames, and parks whenever it is woken.
type sleeper struct {
	c     *Conn
	f     *frames
	mail  mailbox
	parks int // how often it was parked
	done  chan error
}

func newSleeper(t testing.TB, server net.Conn) *sleeper {
	c := New(server)
	if !c.CanPark() {
		t.Fatal("cannot park")
	}
	return &sleeper{c: c, f: &frames{t: t}, done: make(chan error, 1)}
}

func (s *sleeper) run() {
	for {
		if err := s.f.receive(s.c); err != ErrWoken {
			s.done <- err
			return
		}
		s.c.ClearWake()
		s.mail.empty()
		s.parks++ // before it: after it, this is no longer the reading goroutine
		if s.c.Park(s.run) {
			return
		}
		s.parks--
	}
}

// end closes what run has left.
func (s *sleeper) end(client net.Conn) {
	client.Close()
	s.c.Close()
}

// awaitSleep returns once c is parked.
func awaitSleep(t testing.TB, c *Conn) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !c.Parked(); runtime.Gosched() {
		c.Wake() // the reader of TLS may not have waited at the last one
		if time.Now().After(deadline) {
			t.Fatal("it does not park")
		}
	}
}

// overParkable runs test over each carrier that can park.
func overParkable(t *testing.T, test func(t *testing.T, s *sleeper, client net.Conn)) {
	for _, carrier := range carriers {
		t.Run(carrier.name, func(t *testing.T) {
			server, client := carrier.pair(t)
			if carrier.name == "pipe" || carrier.name == "foreign" {
				server.Close()
				client.Close()
				return // cannot park
			}
			s := newSleeper(t, server)
			defer s.end(client)
			test(t, s, client)
		})
	}
}

func TestParkedConnReadsOn(t *testing.T) {
	overParkable(t, func(t *testing.T, s *sleeper, client net.Conn) {
		got := make(chan int)
		s.f.each = func(n int) bool { got <- n; return false }
		go s.run()
		for i := range 100 {
			s.c.Wake()
			awaitSleep(t, s.c)
			if n := readers(); n != 0 {
				t.Fatalf("%d goroutines read a parked connection", n)
			}
			if _, err := client.Write(appendFrame(nil, i, 5000)); err != nil {
				t.Fatal(err)
			}
			<-got
		}
		s.c.Wake()
		awaitSleep(t, s.c)
		client.Close()
		if err := returned(t, s.done); err != io.EOF {
			t.Errorf("end: %v, want EOF", err)
		}
		if s.parks < 101 { // more where a Wake was late with its deadline
			t.Errorf("parked %d times, want 101", s.parks)
		}
	})
}

// readers returns how many goroutines are in this package's reading code.
func readers() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "transport.(*Conn).Receive(")
}

// TestEndOfParkedConn ends connections that are parked, or are just about to be: all that was sent is read, and then
// the end.
func TestEndOfParkedConn(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *net.TCPConn)
		frames  int
		want    error
	}{
		{"FIN alone", func(*testing.T, *net.TCPConn) {}, 0, io.EOF},
		{"FIN in the segment", cork, 1, io.EOF},
		{"FIN behind it", func(*testing.T, *net.TCPConn) {}, 1, io.EOF},
		{"RST alone", func(_ *testing.T, nc *net.TCPConn) { _ = nc.SetLinger(0) }, 0, syscall.ECONNRESET},
		{"RST behind it", func(_ *testing.T, nc *net.TCPConn) { _ = nc.SetLinger(0) }, 1, syscall.ECONNRESET},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range scaled(300) {
				server, client := tcpPair(t)
				s := newSleeper(t, server)
				c.prepare(t, client.(*net.TCPConn))
				go s.run()
				s.c.Wake()
				if i%2 == 0 {
					awaitSleep(t, s.c)
				}
				if c.frames > 0 {
					if _, err := client.Write(appendFrame(nil, 0, 50)); err != nil {
						t.Fatal(err)
					}
				}
				client.Close()
				if err := returned(t, s.done); !errors.Is(err, c.want) {
					t.Fatalf("end: %v, want %v", err, c.want)
				}
				if s.f.next != c.frames {
					t.Fatalf("%d frames before the end, want %d", s.f.next, c.frames)
				}
				s.c.Close()
			}
		})
	}
}

// TestWakesOfParkedConn posts to a reader that parks after each post: a wake that is lost leaves its post waiting for
// ever.
func TestWakesOfParkedConn(t *testing.T) {
	overParkable(t, func(t *testing.T, s *sleeper, client net.Conn) {
		go s.run()
		awaitSleep(t, s.c)
		posted := start(func() error { postAll(&s.mail, s.c).Wait(); return nil })
		_ = returned(t, posted)
		client.Close()
		if err := returned(t, s.done); err != io.EOF {
			t.Errorf("end: %v, want EOF", err)
		}
		if s.parks == 0 {
			t.Error("it never parked")
		}
	})
}

// TestParkingUnderTraffic posts while frames arrive: neither a wake is lost nor a byte.
func TestParkingUnderTraffic(t *testing.T) {
	overParkable(t, func(t *testing.T, s *sleeper, client net.Conn) {
		posting := postAll(&s.mail, s.c)
		sending := start(func() error { return sendWhile(posting, client) })
		go s.run()
		if err := returned(t, s.done); err != io.EOF {
			t.Errorf("end: %v, want EOF", err)
		}
		if err := returned(t, sending); err != nil {
			t.Error(err)
		}
		if s.f.next == 0 || len(s.c.in.unread()) != 0 {
			t.Errorf("%d frames, %d bytes unread", s.f.next, len(s.c.in.unread()))
		}
	})
}

// TestCutOffOfParkedConns cuts off many at once, parked and about to be, some of them by several goroutines. Their
// descriptors come again for others that park meanwhile.
func TestCutOffOfParkedConns(t *testing.T) {
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	var dialing sync.Mutex
	cutOne := func(i int) {
		dialing.Lock()
		server, client := acceptFrom(t, nl)
		dialing.Unlock()
		s := newSleeper(t, server)
		defer s.end(client)
		go s.run()
		s.c.Wake()
		if i%2 == 0 {
			awaitSleep(t, s.c)
		}
		var cutting sync.WaitGroup
		for range i % 3 {
			cutting.Go(s.c.Wake)
		}
		cutting.Go(s.c.CutOff)
		if err := returned(t, s.done); !errors.Is(err, net.ErrClosed) {
			t.Errorf("end: %v, want net.ErrClosed", err)
		}
		cutting.Wait()
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range scaled(1000) / 8 {
				cutOne(i + g)
			}
		})
	}
	all.Wait()
}

// TestWritingToParkedConn writes without waking anybody; a write that fails ends the connection.
func TestWritingToParkedConn(t *testing.T) {
	overParkable(t, func(t *testing.T, s *sleeper, client net.Conn) {
		go s.run()
		s.c.Wake()
		awaitSleep(t, s.c)
		got := make([]byte, 100)
		for i := range 10 {
			if _, err := s.c.Write([][]byte{appendFrame(nil, i, 100)}, time.Minute); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(client, got); err != nil {
				t.Fatal(err)
			}
			if !s.c.Parked() {
				t.Fatal("a write has ended parking")
			}
		}
		if s.c.raw == nil {
			s.c.CutOff()
			_ = returned(t, s.done)
			return
		}
		s.c.breakOff() // as a write does that fails
		if err := returned(t, s.done); err == nil || err == ErrWoken {
			t.Errorf("end: %v", err)
		}
	})
}

// TestParkSeesWhatIsThere parks with bytes in the socket, for which no event will come but that of being added: also
// while Park runs. Several do so, to keep the watch awake.
func TestParkSeesWhatIsThere(t *testing.T) {
	var all sync.WaitGroup
	defer all.Wait()
	for range 4 {
		server, client := tcpPair(t)
		s := newSleeper(t, server)
		all.Go(func() {
			defer s.end(client)
			got := make(chan error)
			s.f.each = func(int) bool { return true }
			resume := func() { got <- s.f.receive(s.c) }
			for i := range scaled(5000) {
				if _, err := client.Write(appendFrame(nil, i, 20)); err != nil {
					t.Error(err)
					return
				}
				if !s.c.Park(resume) {
					go resume() // the event came before Park was through
				}
				select {
				case err := <-got:
					if err != nil || s.f.next != i+1 {
						t.Errorf("%d frames, want %d, %v", s.f.next, i+1, err)
						return
					}
				case <-time.After(20 * time.Second):
					t.Error("not resumed")
					return
				}
			}
		})
	}
}

// held is a connection whose writes a test hands on itself.
type held struct {
	net.Conn
	bytes []byte
}

func (h *held) Write(b []byte) (int, error) {
	h.bytes = append(h.bytes, b...)
	return len(b), nil
}

// heldTLS returns a sleeper over TLS, and a client whose records go to h after its handshake.
func heldTLS(t *testing.T) (s *sleeper, client *tls.Conn, h *held) {
	server, nc := tcpPair(t)
	h = &held{Conn: nc}
	below := &through{Conn: nc}
	client = tls.Client(below, &tls.Config{InsecureSkipVerify: true})
	tc := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	shaken := start(client.Handshake)
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := returned(t, shaken); err != nil {
		t.Fatal(err)
	}
	below.to = h
	return newSleeper(t, tc), client, h
}

// through writes to another connection, once there is one.
type through struct {
	net.Conn
	to net.Conn
}

func (c *through) Write(b []byte) (int, error) {
	if c.to != nil {
		return c.to.Write(b)
	}
	return c.Conn.Write(b)
}

// TestParkWithinTLSRecord parks between any two bytes of a record.
func TestParkWithinTLSRecord(t *testing.T) {
	s, client, h := heldTLS(t)
	defer s.end(h.Conn)
	got := make(chan int)
	s.f.each = func(n int) bool { got <- n; return false }
	go s.run()
	for i := range 60 {
		h.bytes = nil
		if _, err := client.Write(appendFrame(nil, i, 40)); err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{h.bytes[:i+1], h.bytes[i+1:]} {
			awaitSleep(t, s.c)
			if _, err := h.Conn.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		<-got
	}
	h.Conn.Close()
	<-s.done
}

// TestParkBetweenTLSRecords wakes the reader while a second record, that came with the first, is in the buffer of TLS:
// the socket, which holds nothing, must not be waited for.
func TestParkBetweenTLSRecords(t *testing.T) {
	s, client, h := heldTLS(t)
	defer s.end(h.Conn)
	got := make(chan int, 2)
	s.f.each = func(n int) bool { s.c.Wake(); got <- n; return false }
	for i := range 2 {
		if _, err := client.Write(appendFrame(nil, i, 40)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Conn.Write(h.bytes); err != nil {
		t.Fatal(err)
	}
	go s.run()
	for range 2 {
		select {
		case <-got:
		case <-time.After(20 * time.Second):
			t.Fatal("a record was left in the buffer of TLS")
		}
	}
	h.Conn.Close()
	<-s.done
}

func TestParkRefuses(t *testing.T) {
	resume := func() { t.Error("resumed, and was never parked") }
	overAll(t, func(t *testing.T, c *Conn, peer net.Conn) {
		if c.raw == nil {
			if c.Park(resume) {
				t.Error("parked a connection of which nobody knows whether it holds bytes")
			}
			return
		}
		if _, err := peer.Write(appendFrame(nil, 0, 20)[:10]); err != nil {
			t.Fatal(err)
		}
		if err := c.Receive(func([]byte) (int, int, bool) { return 0, 20, true }); err != nil {
			t.Fatal(err)
		}
		if c.Park(resume) {
			t.Error("parked with part of a packet in a buffer")
		}
		c.in.drop()
		c.Wake()
		if c.Park(resume) {
			t.Error("parked while woken")
		}
		c.ClearWake()
		c.CutOff()
		if c.Park(resume) {
			t.Error("parked while cut off")
		}
		if n := parked.n; n != 0 {
			t.Errorf("%d are registered", n)
		}
	})
}
