package session

import "sync/atomic"

// poisoned makes every chunk that goes back to the pool unreadable, so that a
// test sees a slice that outlived its owner. Off but in tests.
var poisoned atomic.Bool

func poison(c *chunk) {
	if !poisoned.Load() {
		return
	}
	for i := range c.buf {
		c.buf[i] = 0xDB
	}
}
