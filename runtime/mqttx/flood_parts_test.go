package mqttx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttxtest"
)

// TestFlood has processes beside its own, so that its own is a server and little else: what others do with their
// goroutines, their heap and their collector is not taken for what the server does. Each is this program again, with
// the environment variable floodPart. Questions go to its stdin and answers come from its stdout, as JSON.
//
// The pair has one of its own, apart from the raiders, for a client that shares a scheduler with hundreds of others
// measures them; and so has the second server, for one in the process of the first would share its processors.
const floodPart = "MQTTX_FLOOD_PART"

// TestFloodPart is what those processes run.
func TestFloodPart(t *testing.T) {
	name := os.Getenv(floodPart)
	if name == "" {
		t.Skip("a part of TestFlood")
	}
	questions, answers := make(chan json.RawMessage), json.NewEncoder(os.Stdout)
	go func() {
		for in := json.NewDecoder(os.Stdin); ; {
			var q json.RawMessage
			if in.Decode(&q) != nil {
				os.Exit(0) // nobody asks any longer, whatever has become of them
			}
			questions <- q
		}
	}()
	answer := map[string]func(*testing.T) func(json.RawMessage) (any, error){
		"raiders": raidersPart, "pair": pairPart, "server": serverPart,
	}[name](t)
	for q := range questions {
		a, err := answer(q)
		if err == nil {
			err = answers.Encode(a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func raidersPart(t *testing.T) func(json.RawMessage) (any, error) {
	return func(q json.RawMessage) (any, error) {
		var at target
		if err := json.Unmarshal(q, &at); err != nil {
			return nil, err
		}
		return raidOn(t, at), nil
	}
}

// serverPart is a server like that of the pair, and answers where it is and what it has used.
func serverPart(t *testing.T) func(json.RawMessage) (any, error) {
	_, at := floodServer(t, mqttx.Limits{Memory: floodMemory})
	return func(json.RawMessage) (any, error) { return usedServer{at, processorTime()}, nil }
}

type usedServer struct {
	At  target
	CPU time.Duration
}

// pairPart is the well-behaved pair. It is asked to go on for a while, again and again.
func pairPart(t *testing.T) func(json.RawMessage) (any, error) {
	var p *timedPair
	return func(q json.RawMessage) (any, error) {
		var w while
		if err := json.Unmarshal(q, &w); err != nil {
			return nil, err
		}
		if p == nil {
			in := func() *mqttxtest.Client { // 3.1.1: no keep-alive, as it asks for none
				return connectTCP(t, w.Addr, mqttxtest.Options{Version: mqtt.V311})
			}
			p = &timedPair{pub: in(), sub: in()}
			subscribe(t, p.sub, "pair", mqtt.QoS1)
		}
		return p.run(t.Context(), w.Time)
	}
}

// while is what the pair is asked.
type while struct {
	Addr string // where it connects the first time
	Time time.Duration
}

// part is such a process, as the test sees it.
type part struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	said bytes.Buffer // all that came from it
	read *json.Decoder
}

// beginPart starts a process. It is killed when the test ends, and ends itself where the test's process is killed.
func beginPart(t *testing.T, name string) *part {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &part{name: name, cmd: exec.CommandContext(t.Context(), self, "-test.run=^TestFloodPart$",
		fmt.Sprint("-test.timeout=", 4**floodTime+5*time.Minute), fmt.Sprint("-flood=", *floodTime), fmt.Sprint("-raiders=", *floodRaiders))}
	p.cmd.Env = append(os.Environ(), floodPart+"="+name)
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	p.out = io.TeeReader(p.out, &p.said)
	p.read = json.NewDecoder(p.out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

// ask sends a question; hear waits for the answer to it.
func (p *part) ask(t *testing.T, question any) {
	t.Helper()
	if err := json.NewEncoder(p.in).Encode(question); err != nil {
		t.Fatalf("the process of the %s: %v", p.name, err)
	}
}

func (p *part) hear(t *testing.T, answer any) {
	t.Helper()
	if err := p.listen(answer); err != nil {
		t.Fatal(err)
	}
}

func (p *part) listen(answer any) error {
	if err := p.read.Decode(answer); err != nil {
		_, _ = io.Copy(io.Discard, p.out)
		return fmt.Errorf("the process of the %s: %w; it said:\n%s", p.name, err, &p.said)
	}
	return nil
}

// end has the process end; all that it had open here is closed then.
func (p *part) end() {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// timedPair sends a message with QoS 1 every pairEvery. Each arrives, once and in order; how long that took is
// for the log, for no test of this package may depend on the speed of a machine.
type timedPair struct {
	pub, sub *mqttxtest.Client
}

// latencies are how long the messages of a phase took.
type latencies struct {
	Messages      int
	P50, P99, Max time.Duration
	// Usual is the p99 of each second's messages, of the median second: that others use the machine for a moment does not
	// count in it.
	Usual time.Duration
}

// summed says how long messages took that came in this order.
func summed(took []time.Duration) latencies {
	var usual []time.Duration
	for second := range slices.Chunk(slices.Clone(took), int(time.Second/pairEvery)) {
		slices.Sort(second)
		usual = append(usual, second[len(second)*99/100])
	}
	slices.Sort(usual)
	slices.Sort(took)
	return latencies{len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1], usual[len(usual)/2]}
}

func (l latencies) String() string {
	return fmt.Sprintf("%d messages, p50 %v, p99 %v (of the median second %v), max %v", l.Messages,
		l.P50.Round(time.Microsecond), l.P99.Round(time.Microsecond), l.Usual.Round(time.Microsecond), l.Max.Round(time.Microsecond))
}

// pairEvery is how often the pair has a message.
const pairEvery = 2 * time.Millisecond

// run goes on for a while. The time of a message begins when it is due, so that one that waits for the PUBACK of the
// one before counts that too.
func (p *timedPair) run(ctx context.Context, while time.Duration) (l latencies, err error) {
	ctx, cancel := context.WithTimeout(ctx, while+time.Minute) // bounds what is waited for
	defer cancel()
	begin := time.Now()
	var publishing sync.WaitGroup
	var failure error
	publishing.Go(func() {
		for n, last := 1, false; !last; n++ {
			due := time.Duration(n) * pairEvery
			if early := due - time.Since(begin); early > 0 {
				time.Sleep(early)
				due = time.Since(begin) // that timers are late is not the server's doing
			}
			last = time.Since(begin) >= while
			if err := p.pub.Publish(ctx, "pair", fmt.Sprintf("%d %d %t", n, due, last), mqtt.QoS1); err != nil {
				failure = fmt.Errorf("the pair's message %d: %w", n, err)
				cancel()
				return
			}
		}
	})
	took, err := p.receive(ctx, begin)
	publishing.Wait()
	if failure != nil || err != nil {
		return l, errors.Join(failure, err)
	}
	return summed(took), nil
}

func (p *timedPair) receive(ctx context.Context, begin time.Time) (took []time.Duration, err error) {
	for last := false; !last; {
		m, err := p.sub.Receive(ctx)
		if err != nil {
			return nil, fmt.Errorf("the pair receives message %d: %w", len(took)+1, err)
		}
		var n int
		var due time.Duration
		if _, err := fmt.Sscanf(string(m.Raw), "%d %d %t", &n, &due, &last); err != nil || n != len(took)+1 {
			return nil, fmt.Errorf("the pair received %q, want message %d", m.Raw, len(took)+1)
		}
		took = append(took, time.Since(begin)-due)
	}
	return took, nil
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

// resident is how much memory this process has, or 0 where the system does not say.
func resident() uint64 {
	b, _ := os.ReadFile("/proc/self/statm")
	if f := strings.Fields(string(b)); len(f) > 1 {
		n, _ := strconv.ParseUint(f[1], 10, 64)
		return n * uint64(os.Getpagesize())
	}
	return 0
}

// processorTime is how long this process had a processor, or 0 where the system does not say.
func processorTime() time.Duration {
	b, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ
}

// processorWait is how long threads of this process were ready to run and had no processor, for others had them; 0 where
// the system does not say.
func processorWait() (d time.Duration) {
	threads, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, name := range threads {
		b, _ := os.ReadFile(name)
		if f := strings.Fields(string(b)); len(f) > 1 {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			d += time.Duration(n)
		}
	}
	return d
}
