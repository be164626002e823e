package jwt

import (
	"context"
	"errors"
	"sync/atomic"
)

// turns bounds how many signatures are checked at once: when all clients come
// back together, those that are connected still get their share of the
// processors. Safe for use by many goroutines.
type turns struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64 // how many may wait
}

var (
	errBusy   = errors.New("too many clients authenticate at once; try again later")
	errGaveUp = errors.New("the connection ended before the token was verified")
)

func newTurns(slots, queue int) *turns {
	return &turns{slots: make(chan struct{}, slots), queue: int64(queue)}
}

// take waits for a turn, which give ends. It returns an error where too many
// wait already, and when ctx ends before.
func (t *turns) take(ctx context.Context) error {
	select {
	case t.slots <- struct{}{}:
		return nil
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > t.queue {
		return errBusy
	}
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errGaveUp
	}
}

func (t *turns) give() { <-t.slots }
