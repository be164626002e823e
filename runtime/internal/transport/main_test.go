package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// lent counts the buffers that the pool has lent and not got back.
var lent atomic.Int64

func TestMain(m *testing.M) {
	buffers.watch = func(change int) { lent.Add(int64(change)) }
	goleak.VerifyTestMain(m)
}

// scaled returns a count of repetitions: the whole one in a plain run, a tenth with -short or under the race detector.
func scaled(n int) int {
	if testing.Short() || raceDetector {
		return n / 10
	}
	return n
}

// hidden is a net.Conn of which nothing else is known, as one of a foreign listener.
type hidden struct{ net.Conn }

// carriers are the kinds of connection that all tests of behaviour run over.
var carriers = []struct {
	name string
	raw  bool // on unix systems
	pair func(t testing.TB) (server, client net.Conn)
}{
	{"tcp", true, tcpPair},
	{"unix", true, unixPair},
	{"pipe", false, func(testing.TB) (net.Conn, net.Conn) { return net.Pipe() }},
	{"tls", false, tlsPair},
	{"quick tls", false, func(t testing.TB) (net.Conn, net.Conn) {
		s, c := tcpPair(t)
		return secure(t, Quick(s), c)
	}},
	{"quick", runtime.GOOS != "linux", func(t testing.TB) (net.Conn, net.Conn) {
		s, c := tcpPair(t)
		return Quick(s), c
	}},
	{"foreign", false, func(t testing.TB) (net.Conn, net.Conn) {
		s, c := tcpPair(t)
		return hidden{s}, c
	}},
}

// overAll runs test over each carrier and checks that no buffer is left behind.
func overAll(t *testing.T, test func(t *testing.T, c *Conn, peer net.Conn)) {
	for _, carrier := range carriers {
		t.Run(carrier.name, func(t *testing.T) {
			server, client := carrier.pair(t)
			c := New(server)
			defer func() {
				client.Close()
				c.Close()
				if n := lent.Load(); n != 0 {
					t.Errorf("%d buffers still lent after Close", n)
				}
			}()
			test(t, c, client)
		})
	}
}

func tcpPair(t testing.TB) (server, client net.Conn) { return accept(t, "tcp", "127.0.0.1:0") }

func unixPair(t testing.TB) (server, client net.Conn) {
	return accept(t, "unix", filepath.Join(t.TempDir(), "s"))
}

func accept(t testing.TB, network, addr string) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return acceptFrom(t, l)
}

func acceptFrom(t testing.TB, l net.Listener) (server, client net.Conn) {
	t.Helper()
	client, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func tlsPair(t testing.TB) (server, client net.Conn) {
	t.Helper()
	s, c := tcpPair(t)
	return secure(t, s, c)
}

// secure is TLS over s and c.
func secure(t testing.TB, s, c net.Conn) (server, client net.Conn) {
	t.Helper()
	server = tls.Server(s, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	client = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	done := make(chan error, 1)
	go func() { done <- client.(*tls.Conn).Handshake() }()
	if err := server.(*tls.Conn).Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return server, client
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// header is the size of what begins a frame: its length and its number, 4 bytes each.
const header = 8

// appendFrame appends a frame of the whole size given; every byte of it follows from its number.
func appendFrame(dst []byte, number, size int) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	dst = binary.BigEndian.AppendUint32(dst, uint32(number))
	for i := header; i < size; i++ {
		dst = append(dst, byte(number+i))
	}
	return dst
}

// frames parses frames and checks that each arrives once, whole and in order.
type frames struct {
	t     testing.TB
	next  int              // the number of the next frame
	seen  int              // bytes that the last call has left
	again bool             // Receive was entered since
	each  func(n int) bool // called after frame n; true leaves
}

func (f *frames) parse(b []byte) (used, want int, leave bool) {
	if len(b) <= f.seen && !f.again {
		f.t.Errorf("parse called with %d bytes after it had left %d", len(b), f.seen)
	}
	f.again = false
	defer func() { f.seen = len(b) - used }()
	for len(b)-used >= header {
		frame := b[used:]
		size := int(binary.BigEndian.Uint32(frame))
		if number := int(binary.BigEndian.Uint32(frame[4:])); number != f.next || size < header {
			f.t.Errorf("frame %d of %d bytes, want frame %d", number, size, f.next)
			return used, 0, true
		}
		if len(frame) < size {
			return used, size, false
		}
		f.check(frame[:size])
		used += size
		f.next++
		if f.each != nil && f.each(f.next-1) {
			return used, 0, true
		}
	}
	return used, 0, false
}

func (f *frames) check(frame []byte) {
	for i := header; i < len(frame); i++ {
		if frame[i] != byte(f.next+i) {
			f.t.Errorf("frame %d: byte %d is %#x", f.next, i, frame[i])
			return
		}
	}
}

// receive enters c.Receive.
func (f *frames) receive(c *Conn) error {
	f.again = true
	return c.Receive(f.parse)
}

// awaitParked returns once n goroutines are blocked inside of Receive.
func awaitParked(t testing.TB, n int) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for deadline := time.Now().Add(10 * time.Second); ; {
		parked := 0
		for _, g := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			state, _, _ := strings.Cut(g, "\n")
			if strings.Contains(g, "transport.(*Conn).Receive") &&
				(strings.Contains(state, "[IO wait") || strings.Contains(state, "[select")) {
				parked++
			}
		}
		if parked == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d readers parked, want %d\n%s", parked, n, stacks)
		}
		runtime.Gosched()
	}
}

// returned returns what arrives on done. It fails the test if that takes very long: something was not woken.
func returned(t testing.TB, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("did not return")
		return nil
	}
}

// start runs f in a goroutine of its own and returns where its result will arrive.
func start(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}
