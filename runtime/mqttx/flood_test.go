package mqttx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// The long form, with its figures: go test ./runtime/mqttx -run '^TestFlood$' -v -flood 20s -raiders 150
var (
	floodTime    = flag.Duration("flood", 700*time.Millisecond, "how long each phase of TestFlood goes on")
	floodRaiders = flag.Int("raiders", 15, "how many hostile clients of each kind TestFlood has at a time")
)

// floodMemory is what the server may hold for clients in a raid: the least that a server can be told. What is published to
// those who do not read counts once, however many they are.
const floodMemory = mebibyte

// floodServer is a server that a raid is against, as those of users are: it writes its log, though nobody reads it.
func floodServer(t *testing.T, limits mqttx.Limits) (*mqttx.Server, target) {
	t.Helper()
	srv := newServer(t, &hooks{}, mqttx.Options{
		Timeouts: mqttx.Timeouts{Connect: time.Second, Write: time.Second}, MaxKeepAlive: time.Second, Queues: mqttx.Queues{Outbox: 64 << 10}, MaxPacketSize: 2 << 10,
		Limits: limits, Logger: textLogger(io.Discard),
	})
	ca := mqttxtest.NewAuthority(t)
	secret := mqttx.TLS("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}})
	return srv, target{TCP: narrowed(t, srv), TLS: open(t, srv, secret).String()}
}

// narrowed listens so that connections hold little in the buffers of the system.
func narrowed(t *testing.T, srv *mqttx.Server) string {
	return open(t, srv, mqttx.ListenerFunc(func(ctx context.Context) (net.Listener, error) {
		nl, err := mqttx.TCP("127.0.0.1:0").Listen(ctx)
		return narrowListener{nl}, err
	})).String()
}

type narrowListener struct{ net.Listener }

func (l narrowListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(8 << 10)
	}
	return nc, err
}

// peaks are the most that a server has had in a phase.
type peaks struct {
	heap, rss         uint64
	connections, held int64
}

// watch looks at the server until the returned function is called.
func watch(srv *mqttx.Server) (stop func() peaks) {
	var over atomic.Bool
	seen := make(chan peaks)
	go func() {
		var p peaks
		for ; !over.Load(); time.Sleep(20 * time.Millisecond) {
			s := srv.Stats()
			p.heap, p.rss = max(p.heap, heapObjects()), max(p.rss, resident())
			p.connections, p.held = max(p.connections, int64(s.Connections)), max(p.held, s.Memory)
		}
		seen <- p
	}()
	return func() peaks { over.Store(true); return <-seen }
}

// phase is what is seen of the pair and of its server for a time.
type phase struct {
	pair        latencies
	cpu, waited time.Duration // of the server: for a processor
}

func (p phase) String() string {
	return fmt.Sprintf("%v; its server used the processor for %v, and waited %v for one", p.pair, p.cpu, p.waited.Round(10*time.Millisecond))
}

// measure has the pair go on for a phase.
func measure(t *testing.T, pair *part) (p phase) {
	t.Helper()
	cpu, waited := processorTime(), processorWait()
	pair.ask(t, while{Time: *floodTime})
	pair.hear(t, &p.pair)
	p.cpu, p.waited = processorTime()-cpu, max(0, processorWait()-waited) // threads may have ended
	return p
}

// TestFlood: hostile clients of all kinds at once, while a well-behaved pair goes on. Each of them is ended by the
// server, by the limit that is there for it; the pair loses nothing; nothing is left behind.
//
// How long the pair's messages take is measured in three phases: in quiet; as a control, while another server is raided,
// so that the machine has as much to do; and while its own server is. What is more in the last than in the control is
// the server's doing. Raiders, pair and the other server have processes of their own: see floodPart.
func TestFlood(t *testing.T) {
	srv, at := floodServer(t, mqttx.Limits{Memory: floodMemory})
	pair := beginPart(t, "pair")
	pair.ask(t, while{Addr: at.TCP, Time: 100 * time.Millisecond})
	pair.hear(t, new(latencies))
	watched := watch(srv) // in each phase, for that costs something
	quiet := measure(t, pair)
	control, elsewhere := controlPhase(t, pair)
	watched()

	debug.FreeOSMemory()
	goroutines, files, heap, rss := runtime.NumGoroutine(), openFiles(), heapObjects(), resident()
	raiders := beginPart(t, "raiders")
	raiders.ask(t, at)
	watched = watch(srv)
	raided := measure(t, pair)
	ends := untilGone(t, raiders, pair)
	most := watched()
	raiders.end()
	ends.check(t)

	comesBack(t, "connections", 2, func() int { return srv.Stats().Connections })
	comesBack(t, "goroutines", goroutines, runtime.NumGoroutine)
	comesBack(t, "open files", files, openFiles)
	comesBack(t, "bytes held for clients", 0, func() int { return int(srv.Stats().Memory) })
	debug.FreeOSMemory()
	debug.FreeOSMemory() // pools keep their values for one collection
	if left := heapObjects(); left > heap+mebibyte {
		t.Errorf("%d bytes of the heap before the raid, %d after it", heap, left)
	}
	if grown := most.heap - min(heap, most.heap); grown > floodHeap() {
		t.Errorf("the heap grew by %d bytes, more than %d", grown, floodHeap())
	}
	if most.held > floodMemory {
		t.Errorf("%d bytes were held for clients, more than the limit of %d", most.held, floodMemory)
	}
	if n := srv.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	t.Logf("at most %d connections at a time, %d in all; %d messages dropped", most.connections, ends.came(), srv.Stats().Dropped)
	t.Logf("the pair in quiet:              %v", quiet)
	t.Logf("while another server is raided: %v (the other server used %v, raiders %v)", control, elsewhere.server, elsewhere.raiders)
	t.Logf("while its own server is raided: %v (raiders %v)", raided, ends.CPU)
	t.Logf("the server's part: p50 %.2f times that of the control, p99 %.2f times, of the median second %.2f times", ratio(raided.pair.P50, control.pair.P50),
		ratio(raided.pair.P99, control.pair.P99), ratio(raided.pair.Usual, control.pair.Usual))
	t.Logf("held for clients %d KiB of %d; heap %d KiB, and at most %d more in the raid (bound %d); resident %d KiB, and %d more",
		most.held>>10, floodMemory>>10, heap>>10, (most.heap-min(heap, most.heap))>>10, floodHeap()>>10, rss>>10, (most.rss-min(rss, most.rss))>>10)
}

// TestFloodFromAfar: the same raid from an address that is not exempt from bans, as no address but those of this machine
// is. After Limits.Flaps bad ends its connections are closed as soon as they are accepted, those of the pair are not.
func TestFloodFromAfar(t *testing.T) {
	srv, at := floodServer(t, mqttx.Limits{Memory: floodMemory, Loopback: true})
	at.From, at.Hurried = "127.0.0.2", true
	if nc, err := at.dial(at.TCP); err != nil {
		t.Skipf("this machine has one loopback address: %v", err)
	} else {
		_ = nc.Close()
	}
	pair := beginPart(t, "pair")
	pair.ask(t, while{Addr: at.TCP, Time: 100 * time.Millisecond})
	pair.hear(t, new(latencies))
	quiet := measure(t, pair)
	raiders := beginPart(t, "raiders")
	raiders.ask(t, at)
	raided := measure(t, pair)
	var ends outcomes
	raiders.hear(t, &ends)
	raiders.end()
	s := srv.Stats()
	if s.Bans != 1 || s.Banned == 0 {
		t.Errorf("of %d connections of raiders %d were closed, after %d bans", ends.came(), s.Banned, s.Bans)
	}
	comesBack(t, "connections", 2, func() int { return srv.Stats().Connections })
	t.Logf("%d connections came, %d of them after the ban", ends.came(), s.Banned)
	t.Logf("the pair in quiet:              %v", quiet)
	t.Logf("while its own server is raided: %v (raiders %v)", raided, ends.CPU)
}

// comesBack waits until there is no more of what is counted than there was before. Where it never is, the log says what
// all goroutines do.
func comesBack(t *testing.T, of string, before int, count func() int) {
	t.Helper()
	n := count()
	for ctx := wait(t); n > before; n = count() {
		if ctx.Err() != nil {
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Errorf("%s: %d are left, %d were there before\n%s", of, n, before, &stacks)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// untilGone has the pair go on until the last raider is gone, which takes longer than its phase.
func untilGone(t *testing.T, raiders, pair *part) *outcomes {
	t.Helper()
	var ends outcomes
	gone := make(chan error, 1)
	go func() { gone <- raiders.listen(&ends) }()
	for {
		pair.ask(t, while{Time: 100 * time.Millisecond})
		pair.hear(t, new(latencies))
		select {
		case err := <-gone:
			if err != nil {
				t.Fatal(err)
			}
			return &ends
		default:
		}
	}
}

// floodHeap is what a raid may take of the heap: what is held for clients, what each connection costs, and what waits
// for the collector.
func floodHeap() uint64 { return uint64(8*mebibyte + floodMemory + *floodRaiders*len(raids())*16<<10) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// used are the processor times of the control.
type used struct{ server, raiders time.Duration }

// controlPhase has the same raid come to another server.
func controlPhase(t *testing.T, pair *part) (phase, used) {
	t.Helper()
	other, raiders := beginPart(t, "server"), beginPart(t, "raiders")
	defer other.end()
	defer raiders.end()
	var before, after usedServer
	other.ask(t, "")
	other.hear(t, &before)
	before.At.Hurried = true
	raiders.ask(t, before.At)
	p := measure(t, pair)
	var ends outcomes
	raiders.hear(t, &ends)
	if ends.came() == 0 {
		t.Error("nobody came to the other server")
	}
	other.ask(t, "")
	other.hear(t, &after)
	return p, used{after.CPU - before.CPU, ends.CPU}
}
