package mqttx_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
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

// unanswered are raids that end without a word of the server; hungUp those that end themselves; failed begins what
// should not be.
const unanswered, hungUp, failed = "no answer", "hung up", "failed: "

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

// connect runs one hostile client until the server ends its connection, or ctx has ended, and returns the last words of
// the server.
func (k *raid) connect(ctx context.Context, at target, r *rand.Rand) (string, error) {
	addr := at.TCP
	if k.tls {
		addr = at.TLS
	}
	nc, err := at.dial(addr)
	if err != nil {
		return "", err
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { _ = nc.Close() })()
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
	All     map[string]map[string]int // by kind of raid, and last words
	Longest map[string]time.Duration
	CPU     time.Duration // of the whole process
}

func (o *outcomes) add(kind, end string, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Longest[kind] = max(o.Longest[kind], took.Round(time.Millisecond))
	if o.All[kind] == nil {
		o.All[kind] = map[string]int{}
	}
	o.All[kind][end]++
}

// came is how many connections there were.
func (o *outcomes) came() (n int) {
	for _, ends := range o.All {
		for _, count := range ends {
			n += count
		}
	}
	return n
}

// check logs how each kind has ended, and fails where that is not by the limit that is there for it.
func (o *outcomes) check(t *testing.T) {
	t.Helper()
	for kind, ends := range o.All {
		for end := range ends {
			if strings.HasPrefix(end, failed) {
				t.Errorf("%s: %s", kind, end)
			}
		}
	}
	for _, k := range raids() {
		if len(o.All[k.name]) == 0 {
			t.Errorf("%s: nobody came", k.name)
		}
		for end := range o.All[k.name] {
			if k.want != "" && end != k.want && !(k.hangsUp() && end == hungUp) && !strings.HasPrefix(end, failed) {
				t.Errorf("%s: the connection ended with %s, want %s", k.name, end, k.want)
			}
		}
		t.Logf("%-31s within %v: %v", k.name, o.Longest[k.name], o.All[k.name])
	}
}

// run has a client of this kind after the other until begun has ended, at most one each second. Those that are there
// when hurried has ended hang up; the others are waited for.
func (k *raid) run(begun, hurried context.Context, at target, seed uint64, o *outcomes) {
	r := rand.New(rand.NewPCG(seed, 7))
	pace := time.NewTicker(1 + time.Duration(r.Int64N(int64(min(time.Second, *floodTime)/2)))) // they do not come all at once
	defer pace.Stop()
	for {
		select {
		case <-begun.Done():
		case <-pace.C:
		}
		if begun.Err() != nil { // both may be ready
			return
		}
		pace.Reset(time.Second)
		begin := time.Now()
		end, err := k.connect(hurried, at, r)
		switch {
		case hurried.Err() != nil:
			end = hungUp
		case err != nil:
			end = failed + err.Error()
		}
		o.add(k.name, end, time.Since(begin))
	}
}

// target is the server that a raid shall be against.
type target struct {
	TCP, TLS string
	// Hurried raiders hang up when the time is over, and do not wait for the server to end their connections.
	Hurried bool
	// From is the address that raiders come from; empty: the usual one.
	From string
}

func (at target) dial(addr string) (net.Conn, error) {
	var d net.Dialer
	if at.From != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(at.From)}
	}
	return d.Dial("tcp", addr)
}

// raidOn has clients of all kinds come, as many of each as the flag says, and somebody who publishes to those of them
// that subscribe.
func raidOn(t *testing.T, at target) *outcomes {
	o := &outcomes{All: map[string]map[string]int{}, Longest: map[string]time.Duration{}}
	loud := connectTCP(t, at.TCP, mqttxtest.Options{Version: mqtt.V311})
	defer loud.Close()
	begun, cancel := context.WithTimeout(t.Context(), *floodTime)
	defer cancel()
	hurried := t.Context()
	if at.Hurried {
		hurried = begun
	}
	over, finish := context.WithCancel(t.Context()) // when the last raider is gone
	defer finish()
	var raiders, publishing sync.WaitGroup
	publishing.Go(func() {
		if err := busy(over, loud); err != nil {
			o.add("the busy publisher", failed+err.Error(), 0)
		}
	})
	for i, k := range raids() {
		for n := range *floodRaiders {
			raiders.Go(func() { k.run(begun, hurried, at, uint64(i<<16|n), o) })
		}
	}
	raiders.Wait()
	finish()
	publishing.Wait()
	o.CPU = processorTime()
	return o
}

// busy publishes a kilobyte to the raiders' topic every few milliseconds until ctx has ended.
func busy(ctx context.Context, c *mqttxtest.Client) error {
	payload := strings.Repeat("x", 1<<10)
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for ; ctx.Err() == nil; <-pace.C {
		if err := c.Publish(context.Background(), "flood", payload, mqtt.QoS0); err != nil {
			return err
		}
	}
	return nil
}
