package session

import "sync"

// Batch lists the outboxes that one publisher has appended to and not yet
// flushed, so that a whole read's worth of messages goes out in one write for
// each. Owned by the publisher, but its Flush may also be called by a watchdog
// while the publisher is held up in a handler.
type Batch struct {
	publisher uint32 // whose messages are listed

	mu    sync.Mutex
	boxes []*Outbox // mu
	spare []*Outbox // mu; taken out while a flush is under way
	ends  []func()  // mu; end connections that are too slow
}

// Begin says who publishes from now on: the client of an outbox. Call it while
// nothing is listed.
func (b *Batch) Begin(publisher *Outbox) { b.publisher = publisher.number }

// end has the next Flush end a connection.
func (b *Batch) end(f func()) {
	b.mu.Lock()
	b.ends = append(b.ends, f)
	b.mu.Unlock()
}

func (b *Batch) list(o *Outbox) {
	b.mu.Lock()
	b.boxes = append(b.boxes, o)
	b.mu.Unlock()
}

// Flush flushes every listed outbox.
func (b *Batch) Flush() {
	b.mu.Lock()
	if len(b.boxes) == 0 && len(b.ends) == 0 {
		b.mu.Unlock()
		return
	}
	boxes, ends := b.boxes, b.ends
	b.boxes, b.spare, b.ends = b.spare, nil, nil
	b.mu.Unlock()
	for _, end := range ends {
		end()
	}
	for i, o := range boxes {
		boxes[i] = nil
		o.flush(true)
	}
	b.mu.Lock()
	if b.spare == nil {
		b.spare = boxes[:0]
	}
	b.mu.Unlock()
}

// Empty reports whether nothing is listed.
func (b *Batch) Empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.boxes) == 0
}
