package session

import (
	"runtime"
	"sync/atomic"
)

// numbers tell outboxes, and by them publishers, apart.
var numbers atomic.Uint32

// fanIn notices that many publishers write to one outbox in turns, where a write
// for each of them would cost more than all else. mu of the outbox guards it.
type fanIn struct {
	last    uint32 // the publisher that came last
	turns   uint8  // how often another one came than the one before, up to manyTurns
	waiting bool   // catchUp is about to flush
	joined  bool   // one more has come since then
}

// manyTurns is after how many turns a flush is put off: where publishers do not
// come together, one of so many is put off for nothing.
const manyTurns = 8

// came notes that a publisher begins to append what it has read.
func (f *fanIn) came(publisher uint32) {
	if f.last == publisher {
		f.turns = 0
		return
	}
	f.last, f.joined = publisher, true
	f.turns = min(f.turns+1, manyTurns)
}

// putOff reports whether a publisher leaves its flush to a catchUp, and whether
// that is to be begun.
func (f *fanIn) putOff() (off, begin bool) {
	if f.waiting || f.turns < manyTurns {
		return f.waiting, false
	}
	f.waiting, f.joined = true, false
	return true, true
}

// catchUp flushes when the goroutines that can run now have run: what
// publishers among them append goes out in the same write. Where none of them
// does, the next flushes are not put off.
func (o *Outbox) catchUp() {
	runtime.Gosched()
	o.mu.Lock()
	o.crowd.waiting = false
	if !o.crowd.joined {
		o.crowd.turns = 0
	}
	o.mu.Unlock()
	o.Flush()
}
