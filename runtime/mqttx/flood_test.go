package mqttx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// The long form, with its figures: go test ./runtime/mqttx -run '^TestFlood$' -v -flood 20s -raiders 150
var (
	floodTime    = flag.Duration("flood", time.Second, "how long TestFlood goes on")
	floodRaiders = flag.Int("raiders", 15, "how many hostile clients of each kind TestFlood has at a time")
)

// raid is one kind of hostile client.
type raid struct {
	name  string
	tls   bool
	begin func(r *rand.Rand) []byte // what it says at once
	drip  []byte                    // what follows, a byte every 100 ms
	deaf  bool                      // reads nothing, and sends PINGREQs until that is an error
	want  string                    // the last words of the server; "" where noise decides them
}

// unanswered are raids that end without a word of the server; hungUp those that end themselves.
const unanswered, hungUp = "no answer", "hung up"

// raids are all kinds.
func raids() []raid {
	noise := func(r *rand.Rand) []byte {
		b := make([]byte, 1+r.IntN(2000))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	says := func(b ...[]byte) func(*rand.Rand) []byte {
		return func(*rand.Rand) []byte { return slices.Concat(b...) }
	}
	hello, large := helloOf(mqtt.V5, ""), []byte("\xFF\xFF\xFF\x7F")
	return []raid{
		{name: "random bytes", begin: noise, want: unanswered},
		{name: "CONNECT, then random bytes", begin: func(r *rand.Rand) []byte { return append(helloOf(mqtt.V5, ""), noise(r)...) }},
		{name: "slow-loris before CONNECT", begin: says(), drip: helloOf(mqtt.V5, strings.Repeat("slow", 250)), want: unanswered},
		{name: "slow-loris inside PUBLISH", begin: says(hello, []byte("\x30\xE8\x07\x00\x01a")), drip: make([]byte, 900), want: "DISCONNECT 141"},
		{name: "half-open", begin: says(), want: unanswered},
		{name: "half-open, TLS", tls: true, begin: says(), want: unanswered},
		{name: "half a TLS handshake", tls: true, begin: says([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03")), want: unanswered},
		{name: "silent after CONNECT", begin: says(hello), want: "DISCONNECT 141"},
		{name: "subscriber that never reads", begin: says(helloOf(mqtt.V311, ""), longFilter(mqtt.V311, "flood")), deaf: true, want: "cut off"},
		{name: "256 MB declared before CONNECT", begin: says([]byte("\x10"), large, []byte("\x00\x04MQTT\x05")), want: unanswered},
		{name: "256 MB declared after CONNECT", begin: says(hello, []byte("\x30"), large, []byte("\x00\x01a")), want: "DISCONNECT 149"},
	}
}

// connect runs one hostile client until the server ends its connection, and returns the last words of the server.
func (k *raid) connect(addr string, r *rand.Rand) (string, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer nc.Close()
	if _, err := nc.Write(k.begin(r)); err != nil {
		return "cut off", nil // the server may be faster
	}
	drip, heard, bytes := k.drip, []byte(nil), make([]byte, 4<<10)
	end := time.Now().Add(20 * time.Second)
	if k.hangsUp() {
		end = time.Now().Add(time.Second)
	}
	for time.Now().Before(end) {
		if k.deaf {
			time.Sleep(100 * time.Millisecond)
			if _, err := nc.Write([]byte("\xC0\x00")); err != nil {
				return "cut off", nil // that is what it waits for
			}
			continue
		}
		next := end
		if len(drip) > 0 {
			next = time.Now().Add(100 * time.Millisecond)
		}
		_ = nc.SetReadDeadline(next)
		n, err := nc.Read(bytes)
		heard = append(heard, bytes[:n]...)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			if len(drip) > 0 {
				_, _ = nc.Write(drip[:1])
				drip = drip[1:]
			}
		case err != nil:
			if all := said(mqtt.V5, heard); len(all) > 0 {
				return all[len(all)-1], nil
			}
			return unanswered, nil
		}
	}
	if k.hangsUp() {
		return hungUp, nil
	}
	return "", errors.New("the server does not end the connection")
}

// hangsUp reports whether the client ends the connection itself: in the short form nobody waits until the time for a
// TLS handshake is over, which is ten seconds.
func (k *raid) hangsUp() bool { return k.tls && *floodTime < 10*time.Second }

// outcomes counts how connections of each kind have ended. Safe for use by many goroutines.
type outcomes struct {
	mu      sync.Mutex
	all     map[string]map[string]int
	longest map[string]time.Duration
}

func (o *outcomes) add(kind, end string, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.longest[kind] = max(o.longest[kind], took.Round(time.Millisecond))
	if o.all[kind] == nil {
		o.all[kind] = map[string]int{}
	}
	o.all[kind][end]++
}

// run has a client of this kind after the other until ctx has ended, at most one each second.
func (k *raid) run(ctx context.Context, t *testing.T, addr string, seed uint64, o *outcomes) {
	r := rand.New(rand.NewPCG(seed, 7))
	pace := time.NewTicker(1 + time.Duration(r.Int64N(int64(time.Second/2)))) // they do not come all at once
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
		case <-pace.C:
		}
		if ctx.Err() != nil { // both may be ready
			return
		}
		pace.Reset(time.Second)
		begin := time.Now()
		end, err := k.connect(addr, r)
		switch {
		case err != nil:
			t.Errorf("%s: %v", k.name, err)
			return
		case k.want != "" && end != k.want && end != hungUp:
			t.Errorf("%s: the connection ended with %s, want %s", k.name, end, k.want)
		}
		o.add(k.name, end, time.Since(begin))
	}
}

// timedPair sends a message with QoS 1 every two milliseconds. Each arrives, once and in order; how long that took is
// for the log, for no test of this package may depend on the speed of a machine.
type timedPair struct {
	pub, sub *mqttxtest.Client
	patience context.Context // bounds what the test waits for
}

// run sends and receives until ctx has ended, and returns how long the messages took, sorted.
func (p *timedPair) run(ctx context.Context, t *testing.T) []time.Duration {
	t.Helper()
	begin := time.Now()
	var publishing sync.WaitGroup
	publishing.Go(func() {
		pace := time.NewTicker(2 * time.Millisecond)
		defer pace.Stop()
		last := false
		for n := 1; !last; n++ {
			last = ctx.Err() != nil
			payload := fmt.Sprintf("%d %d %t", n, time.Since(begin), last)
			if err := p.pub.Publish(p.patience, "pair", payload, mqtt.QoS1); err != nil {
				t.Errorf("the pair's message %d: %v", n, err)
				return
			}
			<-pace.C
		}
	})
	defer publishing.Wait()
	var took []time.Duration
	for last := false; !last; {
		m, err := p.sub.Receive(p.patience)
		if err != nil {
			t.Fatalf("the pair's message %d: %v", len(took)+1, err)
		}
		var n int
		var at time.Duration
		if _, err := fmt.Sscanf(string(m.Raw), "%d %d %t", &n, &at, &last); err != nil || n != len(took)+1 {
			t.Fatalf("the pair received %q (%v), want message %d", m.Raw, err, len(took)+1)
		}
		took = append(took, time.Since(begin)-at)
	}
	slices.Sort(took)
	return took
}

// percentiles says p50, p99 and the longest of what is sorted.
func percentiles(took []time.Duration) string {
	if len(took) == 0 {
		return "no message"
	}
	return fmt.Sprintf("%d messages, p50 %v, p99 %v, max %v", len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
}

// heapObjects is the size of all objects of the heap, those included that wait for the collector.
func heapObjects() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// openFiles returns how many files are open, or 0 where the system does not say.
func openFiles() int {
	all, _ := os.ReadDir("/proc/self/fd")
	return len(all)
}

// peakMemory is what the system says of this process.
func peakMemory() string {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
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

// busy publishes a kilobyte to the raiders' topic every few milliseconds until ctx has ended.
func busy(ctx, patience context.Context, t *testing.T, c *mqttxtest.Client) {
	payload := strings.Repeat("x", 1<<10)
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for ; ctx.Err() == nil; <-pace.C {
		if err := c.Publish(patience, "flood", payload, mqtt.QoS0); err != nil {
			t.Errorf("the busy publisher: %v", err)
			return
		}
	}
}

// TestFlood: hostile clients of all kinds at once, while a well-behaved pair goes on. Each of them is ended by the
// server, by the limit that is there for it; the pair loses nothing; nothing is left behind.
func TestFlood(t *testing.T) {
	// What the raid may take of the heap, for both ends of each connection, which are in this process: buffers of
	// 4 KiB for reading on each side, and the outbox of who does not read, of which there is one kind.
	most := uint64(16*mebibyte + *floodRaiders*(len(raids())*24<<10+2*64<<10))
	srv := newServer(t, &hooks{}, mqttx.Options{
		ConnectTimeout: time.Second, MaxKeepAlive: time.Second, WriteTimeout: time.Second, OutboxBytes: 64 << 10, MaxPacketSize: 2 << 10,
		Limits: mqttx.Limits{Memory: int64(most)},
	})
	ca := mqttxtest.NewAuthority(t)
	addr := narrowed(t, srv)
	tlsAddr := open(t, srv, mqttx.TLS("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.Issue(x509.Certificate{})}})).String()
	in := func() *mqttxtest.Client { // 3.1.1: no keep-alive, as it asks for none
		return connectTCP(t, addr, mqttxtest.Options{Version: mqtt.V311})
	}
	patience, cancel := context.WithTimeout(t.Context(), 2**floodTime+40*time.Second)
	defer cancel()
	p, loud := timedPair{pub: in(), sub: in(), patience: patience}, in()
	subscribe(t, p.sub, "pair", mqtt.QoS1)
	calm, cancel := context.WithTimeout(t.Context(), min(*floodTime/2, 5*time.Second))
	defer cancel()
	alone := p.run(calm, t)

	debug.FreeOSMemory()
	goroutines, files, heap := runtime.NumGoroutine(), openFiles(), heapObjects()
	flood, cancel := context.WithTimeout(t.Context(), *floodTime)
	defer cancel()
	ends := outcomes{all: map[string]map[string]int{}, longest: map[string]time.Duration{}}
	var raiders, others sync.WaitGroup
	for i, k := range raids() {
		at := addr
		if k.tls {
			at = tlsAddr
		}
		for n := range *floodRaiders {
			raiders.Go(func() { k.run(flood, t, at, uint64(i<<16|n), &ends) })
		}
	}
	over, finish := context.WithCancel(t.Context()) // when the last raider is gone
	defer finish()
	var peak uint64
	var together, held int64
	others.Go(func() { busy(over, p.patience, t, loud) })
	others.Go(func() {
		for ; over.Err() == nil; time.Sleep(5 * time.Millisecond) {
			s := srv.Stats()
			peak, together, held = max(peak, heapObjects()), max(together, int64(s.Connections)), max(held, s.Memory)
		}
	})
	others.Go(func() { raiders.Wait(); finish() })
	during := p.run(over, t)
	others.Wait()

	eventually(t, func() bool { return srv.Stats().Connections == 3 })
	eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, func() bool { return openFiles() <= files })
	debug.FreeOSMemory()
	debug.FreeOSMemory() // pools keep their values for one collection
	if left := heapObjects(); left > heap+4*mebibyte {
		t.Errorf("%d bytes of the heap before the flood, %d after it", heap, left)
	}
	if peak > heap+most {
		t.Errorf("the heap grew by %d bytes, more than %d", peak-heap, most)
	}
	if held > int64(most) {
		t.Errorf("%d bytes were held for clients, more than the limit of %d", held, most)
	}
	eventually(t, func() bool { return srv.Stats().Memory == 0 })
	s := srv.Stats()
	if s.Panics != 0 {
		t.Errorf("%d panics", s.Panics)
	}
	for _, k := range raids() {
		if len(ends.all[k.name]) == 0 {
			t.Errorf("%s: nobody came", k.name)
		}
		t.Logf("%-31s within %v: %v", k.name, ends.longest[k.name], ends.all[k.name])
	}
	t.Logf("at most %d connections at a time; %d KiB held for clients; %d messages dropped", together, held>>10, s.Dropped)
	t.Logf("the pair alone:       %s", percentiles(alone))
	t.Logf("the pair in the flood: %s", percentiles(during))
	t.Logf("heap %d KiB before, at most %d KiB more in the flood (bound %d), peak of the process %s", heap>>10, (peak-min(peak, heap))>>10, most>>10, peakMemory())
}
