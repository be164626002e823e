package transport

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
)

// cork makes the kernel keep what is written until the socket is closed: the end of the stream then travels in the
// same segment as the data.
func cork(t *testing.T, nc *net.TCPConn) {
	t.Helper()
	raw, err := nc.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = syscall.SetsockoptInt(int(fd), solTCP, syscall.TCP_CORK, 1) })
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
}

// TestEndWithData lets the end of the connection arrive together with the last bytes, in one event for the poller,
// while the reader is parked. It must read the bytes, and then the end.
func TestEndWithData(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *net.TCPConn)
		want    error
	}{
		{"FIN in the segment", cork, io.EOF},
		{"FIN behind it", func(*testing.T, *net.TCPConn) {}, io.EOF},
		{"RST behind it", func(_ *testing.T, nc *net.TCPConn) { _ = nc.SetLinger(0) }, syscall.ECONNRESET},
	} {
		for _, inq := range []bool{true, false} {
			t.Run(c.name+map[bool]string{true: ", TCP_INQ", false: ", until EAGAIN"}[inq], func(t *testing.T) {
				for range scaled(300) {
					endWithData(t, inq, c.prepare, c.want)
				}
			})
		}
	}
}

func endWithData(t *testing.T, inq bool, prepare func(*testing.T, *net.TCPConn), want error) {
	t.Helper()
	server, client := tcpPair(t)
	c := New(server)
	if !c.raw.inq {
		t.Fatal("TCP_INQ is not available")
	}
	c.raw.inq = inq
	defer c.Close()
	prepare(t, client.(*net.TCPConn))
	f := &frames{t: t}
	done := start(func() error { return f.receive(c) })
	awaitParked(t, 1)
	if _, err := client.Write(appendFrame(nil, 0, 50)); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if err := returned(t, done); !errors.Is(err, want) {
		t.Fatalf("Receive: %v, want %v", err, want)
	}
	if f.next != 1 {
		t.Fatalf("%d frames before the end, want 1", f.next)
	}
}

// TestWriterTakesTheError resets a connection while parse runs, and lets a write fetch the error of the socket before
// the reader can. The reader must come to an end all the same, after the bytes that had arrived.
func TestWriterTakesTheError(t *testing.T) {
	for range scaled(300) {
		server, client := tcpPair(t)
		c := New(server)
		busy, free := make(chan struct{}), make(chan struct{})
		f := &frames{t: t, each: func(n int) bool {
			if n == 0 {
				close(busy)
				<-free
			}
			return false
		}}
		done := start(func() error { return f.receive(c) })
		if _, err := client.Write(appendFrame(nil, 0, 50)); err != nil {
			t.Fatal(err)
		}
		<-busy
		if _, err := client.Write(appendFrame(nil, 1, 50)); err != nil {
			t.Fatal(err)
		}
		_ = client.(*net.TCPConn).SetLinger(0)
		client.Close()
		for err := error(nil); err == nil; {
			_, err = c.TryWrite([][]byte{{1}})
		}
		close(free)
		if err := returned(t, done); err == nil || err == ErrWoken {
			t.Fatalf("Receive: %v", err)
		}
		if f.next != 2 {
			t.Fatalf("%d frames, want 2", f.next)
		}
		c.Close()
	}
}

// TestWriteInsideParse answers from within parse while another goroutine sits in Wake and CutOff.
func TestWriteInsideParse(t *testing.T) {
	server, client := tcpPair(t)
	defer client.Close()
	c := New(server)
	defer c.Close()
	f := &frames{t: t}
	f.each = func(n int) bool {
		frame := appendFrame(nil, n, 100)
		if n%2 == 0 {
			_, _ = c.TryWrite([][]byte{frame[:30], frame[30:]})
		} else {
			_, _ = c.Write([][]byte{frame}, 0)
		}
		return false
	}
	var reading sync.WaitGroup
	reading.Go(func() { _ = f.receive(c) })
	got := &frames{t: t}
	buf := make([]byte, 100)
	for i := range 100 {
		if _, err := client.Write(appendFrame(nil, i, 20)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, buf); err != nil {
			t.Fatal(err)
		}
		got.again = true
		got.parse(buf)
	}
	if got.next != 100 {
		t.Errorf("%d answers, want 100", got.next)
	}
	c.CutOff()
	reading.Wait()
}
