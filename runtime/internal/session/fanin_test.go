package session

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fan is publishers that write to one outbox.
type fan struct {
	to      *Outbox
	batches []*Batch
}

func newFan(t *testing.T, publishers int) (*fan, *wire) {
	o, w := newBox(t)
	f := &fan{to: o}
	for range publishers {
		own, _ := newBox(t)
		b := new(Batch)
		b.Begin(own)
		f.batches = append(f.batches, b)
	}
	return f, w
}

// publish has a publisher append, and flush.
func (f *fan) publish(i int, text string) {
	f.append(i, text)
	f.batches[i].Flush()
}

func (f *fan) append(i int, text string) {
	b := f.batches[i]
	if taken, list := f.to.offer([]byte(text), nil, nil, false, b); taken && list {
		b.list(f.to)
	}
}

// TestOnePublisherWritesAtOnce: nothing is put off where one publisher comes again and again, or a few times after
// another.
func TestOnePublisherWritesAtOnce(t *testing.T) {
	f, w := newFan(t, 2)
	want := ""
	for i := range 100 {
		text := fmt.Sprint(i, " ")
		want += text
		f.publish(i/10%2, text)
		wantBytes(t, w, want)
	}
}

// TestManyPublishersShareAWrite: when many have come in turns, those that run one after the other are written together,
// by a goroutine that comes after them. On one processor it does, unless the test is interrupted just then.
func TestManyPublishersShareAWrite(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	best := 1000
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			f, w := newFan(t, 50)
			want := ""
			for i := range 50 {
				text := fmt.Sprint(i, " ")
				want += text
				f.publish(i, text)
			}
			synctest.Wait()
			wantBytes(t, w, want)
			best = min(best, w.tries)
		})
	}
	if most := manyTurns + 1; best > most {
		t.Errorf("%d writes for 50 publishers, want %d", best, most)
	}
}

// TestPutOffForNothing: where publishers come in turns but never together, most flushes are not put off.
func TestPutOffForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, w := newFan(t, 10)
		off := 0
		for i := range 900 {
			before := len(w.bytes())
			f.publish(i%10, "x")
			f.to.mu.Lock()
			if f.to.crowd.waiting {
				off++
			}
			f.to.mu.Unlock()
			synctest.Wait()
			if n := len(w.bytes()); n != before+1 {
				t.Fatalf("%d bytes are written, want %d", n, before+1)
			}
		}
		if most := 900/manyTurns + 1; off == 0 || off > most {
			t.Errorf("%d of 900 flushes were put off, want some, and %d at most", off, most)
		}
	})
}

// TestAppendIsNotPutOff: what is flushed by others than publishers, the answers of the client's own link, is written at
// once, and what had been put off with it.
func TestAppendIsNotPutOff(t *testing.T) {
	f, w := newFan(t, 1)
	f.to.crowd.waiting = true // for a goroutine that never comes
	f.publish(0, "put off ")
	wantBytes(t, w, "")
	f.to.Append([]byte("answer "))
	f.to.Flush()
	wantBytes(t, w, "put off answer ")
	f.publish(0, "last ")
	f.to.Seal([]byte("words"))
	if !f.to.Drain(time.Minute) {
		t.Error("not drained")
	}
	wantBytes(t, w, "put off answer last words")
}

// TestManyPublishersAtOnce: nothing is lost or repeated, and each publisher's messages keep their order, when publishers
// append and flush as they like while flushes are put off.
func TestManyPublishersAtOnce(t *testing.T) {
	const publishers, each = 20, 500
	f, w := newFan(t, publishers)
	f.to.limits = &Limits{OutboxBytes: 1 << 20, WriteTimeout: time.Minute}
	var all sync.WaitGroup
	for i := range publishers {
		all.Go(func() {
			for n := range each {
				f.append(i, fmt.Sprintf("%d:%d ", i, n))
				if n%3 > 0 {
					f.batches[i].Flush()
				}
			}
			f.batches[i].Flush()
		})
	}
	all.Wait()
	total := func() int { return strings.Count(string(w.bytes()), " ") }
	for began := time.Now(); total() < publishers*each && time.Since(began) < time.Minute; { // no flush follows
		time.Sleep(time.Millisecond)
	}
	next := make([]int, publishers)
	for text := range strings.FieldsSeq(string(w.bytes())) {
		var i, n int
		if _, err := fmt.Sscanf(text, "%d:%d", &i, &n); err != nil || next[i] != n {
			t.Fatalf("%q comes when %d:%d is next", text, i, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != each {
			t.Errorf("publisher %d: %d messages are written, want %d", i, n, each)
		}
	}
}
