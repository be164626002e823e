package session

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newBox(t testing.TB) (*Outbox, *wire) {
	w := newWire(t)
	return NewOutbox(w, &Limits{OutboxBytes: 1000, WriteTimeout: time.Minute}), w
}

func wantBytes(t testing.TB, w *wire, want string) {
	t.Helper()
	if got := string(w.bytes()); got != want {
		t.Fatalf("written %.80q, want %.80q", got, want)
	}
}

func TestFlushWritesEverythingAtOnce(t *testing.T) {
	o, w := newBox(t)
	o.Flush()
	o.Append([]byte("one "))
	o.Append([]byte("two "))
	wantBytes(t, w, "")
	if n := o.Buffered(); n != 8 {
		t.Errorf("%d bytes buffered, want 8", n)
	}
	o.Flush()
	wantBytes(t, w, "one two ")
	o.Append([]byte("three"))
	o.Flush()
	o.Flush()
	wantBytes(t, w, "one two three")
	if w.tries != 2 {
		t.Errorf("%d writes, want 2", w.tries)
	}
}

// TestPartialWrite has the socket take the first n bytes only: the rest comes
// from the writer goroutine, whatever n is.
func TestPartialWrite(t *testing.T) {
	shared := bytes.Repeat([]byte("s"), shareFrom)
	want := "head" + string(shared) + "tail"
	for n := range len(want) + 1 {
		o, w := newBox(t)
		w.room = n
		o.Append([]byte("head"))
		o.offer(nil, shared, &Publication{}, false, nil)
		o.Append([]byte("tail"))
		o.Seal(nil)
		if !o.Drain(time.Minute) {
			t.Fatalf("%d bytes at first: not drained", n)
		}
		wantBytes(t, w, want)
	}
}

func TestWireWithoutTryWrite(t *testing.T) {
	o, w := newBox(t)
	w.try = false
	o.Append([]byte("x"))
	o.Seal([]byte("y"))
	if !o.Drain(time.Minute) {
		t.Error("not drained")
	}
	wantBytes(t, w, "xy")
}

// TestFullSocket appends and flushes while the writer goroutine waits for the
// socket: nobody else waits, and nothing is lost or out of order.
func TestFullSocket(t *testing.T) {
	o, w := newBox(t)
	w.hold()
	w.room = 3
	o.Append([]byte("first "))
	o.Flush()
	<-w.entered // the writer goroutine owns "st "
	o.Append([]byte("second "))
	o.Flush()
	o.Append([]byte("third "))
	o.Flush()
	wantBytes(t, w, "fir")
	w.gate <- struct{}{}
	<-w.entered
	wantBytes(t, w, "first ")
	o.Append([]byte("fourth"))
	o.Flush()
	w.gate <- struct{}{}
	<-w.entered
	w.gate <- struct{}{}
	o.Seal(nil)
	if !o.Drain(time.Minute) {
		t.Error("not drained")
	}
	wantBytes(t, w, "first second third fourth")
}

// TestFlushIsNotHeldByOtherPublishers has somebody append whenever a write is
// over: the flushing publisher must get away, for its own client waits.
func TestFlushIsNotHeldByOtherPublishers(t *testing.T) {
	o, w := newBox(t)
	appended := 0
	w.afterTry = func() {
		if appended++; appended < 1000 {
			o.Append([]byte("x"))
		}
	}
	o.Append([]byte("x"))
	o.Flush()
	if appended > 100 {
		t.Errorf("the publisher wrote %d times for others", appended)
	}
	o.Seal(nil)
	if !o.Drain(time.Minute) {
		t.Error("not drained")
	}
}

func TestFailedWire(t *testing.T) {
	for name, try := range map[string]bool{"TryWrite": true, "Write": false} {
		t.Run(name, func(t *testing.T) {
			o, w := newBox(t)
			w.try = try
			w.fail()
			o.Append([]byte("x"))
			if o.Drain(time.Minute) {
				t.Error("drained into a broken wire")
			}
			o.Append([]byte("y"))
			if taken, _ := o.offer([]byte("z"), nil, nil, false, nil); taken || o.Buffered() != 0 {
				t.Error("something was taken after the failure")
			}
			o.Flush()
			if w.cuts() != 1 {
				t.Errorf("cut off %d times, want once", w.cuts())
			}
		})
	}
}

func TestSeal(t *testing.T) {
	o, w := newBox(t)
	o.Append([]byte("before "))
	o.Seal([]byte("last"))
	o.Seal([]byte("second last"))
	o.Append([]byte("after"))
	if taken, _ := o.offer([]byte("after"), nil, nil, false, nil); taken {
		t.Error("a message was taken after the last packet")
	}
	if !o.Drain(time.Minute) {
		t.Error("not drained")
	}
	wantBytes(t, w, "before last")
}

func TestDrainWaitsForTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := newBox(t)
		w.hold()
		w.room = 0
		o.Append([]byte("x"))
		o.Flush()
		<-w.entered
		o.Seal(nil)
		if o.Drain(5 * time.Second) {
			t.Error("drained although nothing was written")
		}
		result := make(chan bool)
		go func() { result <- o.Drain(time.Hour) }()
		synctest.Wait()
		w.gate <- struct{}{}
		if !<-result {
			t.Error("not drained although everything was written")
		}
	})
}

func TestDrainEndsWhenTheWireFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := newBox(t)
		w.hold()
		w.room = 0
		o.Append([]byte("x"))
		o.Flush()
		<-w.entered
		result := make(chan bool)
		go func() { result <- o.Drain(time.Hour) }()
		synctest.Wait()
		w.fail()
		w.gate <- struct{}{}
		if <-result {
			t.Error("drained into a broken wire")
		}
	})
}

// TestAnswersThatNobodyReads: a client that makes more answers than it reads
// is cut off; messages to it do not count.
func TestAnswersThatNobodyReads(t *testing.T) {
	o, w := newBox(t)
	w.hold()
	w.room = 0
	o.Append([]byte("x"))
	o.Flush()
	<-w.entered
	o.offer([]byte("head"), make([]byte, 1<<20), &Publication{}, false, nil)
	for range 1000 { // 4,000 bytes: the limit
		o.Append([]byte("pong"))
	}
	o.Flush()
	if w.cuts() != 0 {
		t.Fatal("cut off at the limit")
	}
	o.Append([]byte("pong"))
	o.Flush()
	if w.cuts() != 1 {
		t.Error("not cut off above the limit")
	}
	w.fail()
	w.gate <- struct{}{}
}

func TestOnlyDroppableMessagesAreDropped(t *testing.T) {
	o, _ := newBox(t)
	head, payload := []byte("head"), make([]byte, 496)
	for i, want := range []bool{true, true, false} {
		if taken, _ := o.offer(head, payload, nil, true, nil); taken != want {
			t.Errorf("message %d taken: %v, want %v", i, taken, want)
		}
	}
	if taken, _ := o.offer(head, payload, nil, false, nil); !taken {
		t.Error("a message of QoS 1 was dropped")
	}
	o.Flush()
	if taken, _ := o.offer(head, payload, nil, true, nil); !taken {
		t.Error("dropped although everything was written")
	}
}

func TestLargePayloadsAreShared(t *testing.T) {
	o, _ := newBox(t)
	large := make([]byte, shareFrom)
	o.offer([]byte("h"), large, &Publication{}, false, nil)
	o.offer([]byte("h"), large, nil, false, nil)
	o.offer([]byte("h"), large[:shareFrom-1], &Publication{}, false, nil)
	shared := 0
	for _, b := range o.next.bufs {
		if &b[0] == &large[0] {
			shared++
		}
	}
	if shared != 1 {
		t.Errorf("%d of 3 payloads are shared, want the first", shared)
	}
}

func TestBatchFlushesWhatItLists(t *testing.T) {
	var b Batch
	a, wa := newBox(t)
	c, wc := newBox(t)
	for range 3 {
		for _, o := range []*Outbox{a, c} {
			if _, list := o.offer([]byte("m"), nil, nil, true, &b); list {
				b.list(o)
			}
		}
	}
	if len(b.boxes) != 2 {
		t.Errorf("%d outboxes listed, want each once", len(b.boxes))
	}
	if b.Empty() {
		t.Error("an empty batch")
	}
	b.Flush()
	wantBytes(t, wa, "mmm")
	wantBytes(t, wc, "mmm")
	if !b.Empty() {
		t.Error("still listed after the flush")
	}
	if _, list := a.offer([]byte("n"), nil, nil, true, &b); !list {
		t.Error("not listed again after the flush")
	}
}

// TestPublishersAndAWatchdog has publishers append, each through its own batch
// that a watchdog flushes too, while the socket fills up now and then: nothing
// is lost, each publisher's packets stay in order, and one goroutine writes.
func TestPublishersAndAWatchdog(t *testing.T) {
	const publishers, messages = 8, 500
	w := newWire(t)
	o := NewOutbox(w, &Limits{OutboxBytes: 1 << 30})
	w.afterTry = func() {
		w.mu.Lock()
		w.room = (w.room + 37) % 100 // -1 at first, then often less than is pending
		w.mu.Unlock()
	}
	var all sync.WaitGroup
	for id := range publishers {
		var b Batch
		quit := make(chan struct{})
		all.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
					b.Flush()
				}
			}
		})
		all.Go(func() {
			defer close(quit)
			for i := range messages {
				p := binary.BigEndian.AppendUint32([]byte{byte(id)}, uint32(i))
				if _, list := o.offer(p, nil, nil, false, &b); list {
					b.list(o)
				}
				if i%7 == 0 {
					b.Flush()
				}
			}
			b.Flush()
		})
	}
	all.Wait()
	o.Seal(nil)
	if !o.Drain(time.Minute) {
		t.Fatal("not drained")
	}
	var next [publishers]uint32
	for got := w.bytes(); len(got) > 0; got = got[5:] {
		id := got[0]
		if n := binary.BigEndian.Uint32(got[1:]); n != next[id] {
			t.Fatalf("message %d of publisher %d comes where %d should", n, id, next[id])
		}
		next[id]++
	}
	for id, n := range next {
		if n != messages {
			t.Errorf("%d messages of publisher %d arrived, want %d", n, id, messages)
		}
	}
}

func TestSkipBytes(t *testing.T) {
	for n := range 9 {
		bufs := [][]byte{[]byte("ab"), []byte("cde"), []byte("fghi")}
		var parts []string
		for _, b := range skipBytes(bufs, n) {
			parts = append(parts, string(b))
		}
		if got := strings.Join(parts, ""); got != "abcdefghi"[n:] {
			t.Errorf("%d bytes skipped leave %q", n, got)
		}
	}
}
