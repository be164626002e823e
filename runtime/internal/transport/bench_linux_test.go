package transport

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
)

// BenchmarkPingPong sends a message of 64 bytes and waits for the answer, one at a time: what a connection that is
// parked most of the time costs. "net.Conn" answers by Read and Write of the standard library, for comparison.
func BenchmarkPingPong(b *testing.B) {
	for _, carrier := range carriers {
		b.Run(carrier.name, func(b *testing.B) {
			server, client := carrier.pair(b)
			c := New(server)
			defer c.Close()
			pingPong(b, client, func() error {
				bufs := make([][]byte, 1)
				return c.Receive(func(in []byte) (int, int, bool) {
					bufs[0] = in
					var err error
					if c.CanTryWrite() {
						_, err = c.TryWrite(bufs)
					} else {
						_, err = c.Write(bufs, 0)
					}
					return len(in), 0, err != nil
				})
			})
		})
	}
	b.Run("net.Conn", func(b *testing.B) {
		server, client := tcpPair(b)
		defer server.Close()
		pingPong(b, client, func() error { _, err := io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{server}); return err })
	})
}

func pingPong(b *testing.B, client net.Conn, serve func() error) {
	done := start(serve)
	msg := make([]byte, 64)
	b.ReportAllocs()
	before := cpuTime(b)
	defer func() { b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op") }()
	for b.Loop() {
		if _, err := client.Write(msg); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(client, msg); err != nil {
			b.Fatal(err)
		}
	}
	client.Close()
	<-done
}

// cpuTime returns the processor time of the process in nanoseconds, user and system. Unlike the time on the clock it
// does not depend on what waits for what.
func cpuTime(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// BenchmarkStream receives without a pause, in writes of 16 KiB.
func BenchmarkStream(b *testing.B) {
	for _, carrier := range carriers {
		b.Run(carrier.name, func(b *testing.B) {
			server, client := carrier.pair(b)
			c := New(server)
			defer c.Close()
			received, passes := 0, 0
			done := start(func() error {
				return c.Receive(func(in []byte) (int, int, bool) { received += len(in); passes++; return len(in), 0, false })
			})
			chunk := make([]byte, 16<<10)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Write(chunk); err != nil {
					b.Fatal(err)
				}
			}
			client.Close()
			<-done
			b.ReportMetric(float64(received)/float64(passes), "bytes/parse")
		})
	}
}

// BenchmarkIdle reports the resident memory of an idle connection that has received one message, with its goroutine.
// The other ends are bare descriptors.
func BenchmarkIdle(b *testing.B) {
	const conns = 5000
	for b.Loop() {
		if err := raiseFileLimit(2*conns + 100); err != nil {
			b.Skip(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		open := make([]*Conn, 0, conns)
		ends := make([]<-chan error, 0, conns)
		peers := make([]int, conns)
		before := resident(b)
		for i := range peers {
			peers[i] = dialBare(b, l.Addr().(*net.TCPAddr).Port)
			server, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			c := New(server)
			got := make(chan struct{})
			ends = append(ends, start(func() error {
				return c.Receive(func(in []byte) (int, int, bool) { close(got); return len(in), 0, false })
			}))
			if _, err := syscall.Write(peers[i], []byte("message")); err != nil {
				b.Fatal(err)
			}
			<-got
			open = append(open, c)
		}
		b.ReportMetric(float64(resident(b)-before)/conns, "B/conn")
		for i, c := range open {
			_ = syscall.Close(peers[i])
			<-ends[i]
			c.Close()
		}
		l.Close()
	}
}

// dialBare connects to a port of this machine without the poller of the runtime.
func dialBare(b *testing.B, port int) int {
	b.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		b.Fatal(err)
	}
	return fd
}

func raiseFileLimit(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Cur >= n {
		return nil
	}
	limit.Cur = n
	limit.Max = max(limit.Max, n)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// resident returns the resident memory of the process in bytes, after garbage has been collected and stacks have
// shrunk.
func resident(b *testing.B) int {
	b.Helper()
	for range 4 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(stat), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}
