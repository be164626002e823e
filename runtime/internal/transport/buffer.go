package transport

import (
	"math/bits"
	"sync"
)

// Sizes in bytes of pooled buffers: the powers of two from minBuffer to maxPooled. Those above maxBuffer are lent for one
// packet, cut to its size: new ones would have the garbage collector run for every few packets.
const (
	minBuffer = 4 << 10
	maxBuffer = 64 << 10
	maxPooled = 1 << 20
	classes   = 9
	// rawBuffer is what a raw connection reads into, which has something to read when it borrows: large enough that most
	// packets come in one read. It settles for less before it waits.
	rawBuffer = 32 << 10
)

// buffer is memory to read into. It has one owner at any time: a connection with unread bytes, or the pool.
type buffer struct {
	b []byte
}

// pool lends buffers. Any goroutine may use it.
type pool struct {
	free [classes]sync.Pool

	// watch, if not nil, is told of each buffer that is lent (+1) or comes back (-1), which is then poisoned. Tests set
	// it before they open connections.
	watch func(change int)
}

// buffers lends the buffers of all connections.
var buffers pool

// class returns the index in pool.free of the smallest buffer that holds size bytes; size is at most maxPooled.
func class(size int) int { return bits.Len(uint(max(size, minBuffer)-1) / minBuffer) }

// borrow returns a buffer of at least size bytes: up to maxBuffer of the next pooled size, above it of exactly that size.
func (p *pool) borrow(size int) *buffer {
	if p.watch != nil {
		p.watch(+1)
	}
	if size > maxPooled {
		return &buffer{make([]byte, size)}
	}
	n := class(size)
	b, ok := p.free[n].Get().(*buffer)
	if !ok {
		b = &buffer{make([]byte, minBuffer<<n)}
	}
	if size > maxBuffer {
		b.b = b.b[:size]
	}
	return b
}

// give takes a buffer back. Its bytes must not be used any more.
func (p *pool) give(b *buffer) {
	if p.watch != nil {
		p.watch(-1)
	}
	p.poison(b.b)
	if size := cap(b.b); size <= maxPooled {
		b.b = b.b[:size]
		p.free[class(size)].Put(b)
	}
}

// poison overwrites memory that nobody may look at any more, in tests and under the race detector, so that whoever
// does is found out.
func (p *pool) poison(b []byte) {
	if !raceDetector && p.watch == nil {
		return
	}
	for i := range b {
		b[i] = 0xDB
	}
}
