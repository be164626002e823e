package transport

import (
	"math/bits"
	"sync"
)

// Sizes in bytes of pooled buffers: the powers of two from minBuffer to maxBuffer.
const (
	minBuffer = 4 << 10
	maxBuffer = 64 << 10
	classes   = 5
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

// class returns the index in pool.free of the smallest buffer that holds size bytes; size is at most maxBuffer.
func class(size int) int { return bits.Len(uint(max(size, minBuffer)-1) / minBuffer) }

// borrow returns a buffer of at least size bytes: a pooled one of the next size up to maxBuffer, else a new one of
// exactly that size.
func (p *pool) borrow(size int) *buffer {
	if p.watch != nil {
		p.watch(+1)
	}
	if size > maxBuffer {
		return &buffer{make([]byte, size)}
	}
	n := class(size)
	if b, ok := p.free[n].Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, minBuffer<<n)}
}

// give takes a buffer back. Its bytes must not be used any more.
func (p *pool) give(b *buffer) {
	if p.watch != nil {
		p.watch(-1)
	}
	p.poison(b.b)
	if len(b.b) <= maxBuffer {
		p.free[class(len(b.b))].Put(b)
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
