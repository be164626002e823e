package session

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
)

// Counters count what one server dropped, and what came and went. Safe for use by many goroutines.
type Counters struct {
	DroppedFull    atomic.Int64 // outbox or queue of the receiver was full
	DroppedExpired atomic.Int64
	DroppedTooBig  atomic.Int64 // above the client's Maximum Packet Size
	DroppedMemory  atomic.Int64 // the memory of all clients was scarce
	Shed           atomic.Int64 // of DroppedMemory: QoS 0

	QueueMessagesFull, QueueBytesFull, OutboxFull atomic.Int64 // of DroppedFull: which limit it was

	mu     sync.Mutex
	losing []*Session // mu; sessions that lost messages since Losses was called last

	Received, Sent Traffic
}

// Loss is how many messages one client has lost: dropped because its queue or
// outbox was full, or because they were too large for it.
type Loss struct {
	ClientID string
	Messages int64
}

// Losses returns who has lost messages since it was called last.
func (c *Counters) Losses() (all []Loss) {
	c.mu.Lock()
	losing := c.losing
	c.losing = nil
	c.mu.Unlock()
	for _, s := range losing {
		all = append(all, Loss{s.ClientID, s.lost.Swap(0)})
	}
	return all
}

// lose counts n messages that are dropped. The first one since the last report
// lists the session.
func (s *Session) lose(kind *atomic.Int64, n int) {
	kind.Add(int64(n))
	if s.lost.Add(int64(n)) != int64(n) {
		return
	}
	c := s.counter
	c.mu.Lock()
	c.losing = append(c.losing, s)
	c.mu.Unlock()
}

// overflow is the policy for a QoS 0 message that the full outbox has not
// taken. again says that there is room for it now.
func (s *Session) overflow(p *port, size int, b *Batch) (again bool) {
	switch {
	case size > s.limits.OutboxBytes: // it would never fit, however fast the client is
	case s.limits.DropOldest:
		n := p.box.dropOldest(size)
		if n > 0 {
			s.loseWritten(n)
		}
		return n > 0
	case s.limits.CloseSlow:
		p.close(b)
	}
	return false
}

// close has the connection ended when b is flushed.
func (p *port) close(b *Batch) {
	if p.slow != nil && b != nil && !p.slowed.Swap(true) {
		b.end(p.slow)
	}
}

// dropOldest makes room for size bytes by dropping the QoS 0 messages that
// wait longest, and a quarter of what may wait with them: for what is left is
// moved. What other packets count on stays: those that set a topic alias. It
// returns how many messages are gone.
func (o *Outbox) dropOldest(size int) (dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	limit := o.limits.OutboxBytes
	free := o.next.bytes + size - limit + limit/4
	if o.sealed || size > limit {
		return 0
	}
	b := slices.Concat(o.next.bufs...)
	keep := b[:0]
	for rest := b; len(rest) > 0; {
		h, ok, err := packet.ParseHeader(rest)
		n := h.Size + h.Length
		if !ok || err != nil || n > len(rest) { // only whole packets are appended
			return 0
		}
		qos0 := h.Type == packet.TypePublish && h.Flags>>1&3 == 0
		if free > 0 && qos0 && (o.aliases == nil || !packet.SetsAlias(rest)) {
			free -= n
			dropped++
		} else {
			keep = append(keep, rest[:n]...)
		}
		rest = rest[n:]
	}
	if dropped == 0 {
		return 0
	}
	o.sent.dropped(dropped)
	o.release(&o.next)
	if len(keep) > 0 {
		o.next.own(keep)
	}
	o.countMore()
	return dropped
}

// makeRoom is the policy for a message of so many bytes that the queue has no
// room for; it reports whether there is room now. mu is held.
func (s *Session) makeRoom(size int, b *Batch) bool {
	if p := s.online.Load(); p != nil && s.limits.CloseSlow {
		p.close(b)
		return false
	}
	if !s.limits.DropOldest || size > s.limits.QueueBytes {
		return false
	}
	for s.crowded(size) && len(s.queue) > 0 {
		s.loseQueued(1)
		s.dropFromQueue(s.queue[0].pub)
		s.queue[0] = queued{}
		s.queue = s.queue[1:]
	}
	return !s.crowded(size)
}

// crowded reports whether size more bytes are too many for the queue. mu is
// held.
func (s *Session) crowded(size int) bool {
	return len(s.queue) >= s.limits.QueueMessages || s.queueBytes+size > s.limits.QueueBytes
}

// dropExpired takes expired messages out of the queue [MQTT-3.3.2-5], so that
// they do not keep new ones out. mu is held.
func (s *Session) dropExpired(now time.Time) {
	if s.expires.IsZero() || now.Before(s.expires) {
		return
	}
	s.expires = time.Time{}
	s.queue = slices.DeleteFunc(s.queue, func(q queued) bool {
		at := q.pub.Expires
		switch {
		case at.IsZero():
			return false
		case !now.Before(at):
			s.dropFromQueue(q.pub)
			s.counter.DroppedExpired.Add(1)
			return true
		case s.expires.IsZero() || at.Before(s.expires):
			s.expires = at
		}
		return false
	})
	s.backlog.Store(len(s.queue) > 0)
}

// tooLarge reports whether the client does not want this message, which is
// then dropped for it alone [MQTT-3.1.2-24], [MQTT-3.1.2-25].
func (s *Session) tooLarge(p *port, head, payload []byte) bool {
	if p.maximum == 0 || len(head)+len(payload) <= p.maximum {
		return false
	}
	s.lose(&s.counter.DroppedTooBig, 1)
	return true
}
