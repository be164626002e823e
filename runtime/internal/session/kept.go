package session

import (
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// What is counted beside the bytes of a message.
const (
	publicationCost = 160 // of a Publication and its slices
	entryCost       = 64  // of a place in a queue or a window
)

// Where a message is kept, as Publication.kept counts it: the lower half counts
// all places, the upper half those in queues, and in windows where it came from a
// queue. So its bytes count once, wherever and however often it is kept.
const (
	inPlace int64 = 1
	inQueue int64 = 1<<32 | 1
)

// where returns how the message of f is kept.
func (f *inflight) where() int64 {
	if f.waited {
		return inQueue
	}
	return inPlace
}

// Weight is how many bytes wait because of one publisher: in queues, and in
// flight where they had to wait before. Safe for concurrent use.
type Weight struct{ bytes atomic.Int64 }

// Bytes returns how many there are.
func (w *Weight) Bytes() int64 { return w.bytes.Load() }

// cost is what is counted of a message that is kept anywhere.
func (p *Publication) cost() int { return p.size() + publicationCost }

// keep notes one more place, and returns what has to be counted for it.
func (p *Publication) keep(where int64) (n int) {
	places := atomic.AddInt64(&p.kept, where)
	if where == inQueue && places>>32 == 1 && p.From != nil {
		p.From.bytes.Add(int64(p.cost()))
	}
	if uint32(places) == 1 {
		return p.cost()
	}
	return 0
}

// drop takes back what keep has noted.
func (p *Publication) drop(where int64) (n int) {
	places := atomic.AddInt64(&p.kept, -where)
	if where == inQueue && places>>32 == 0 && p.From != nil {
		p.From.bytes.Add(-int64(p.cost()))
	}
	if uint32(places) == 0 {
		return -p.cost()
	}
	return 0
}

// Keep notes that p is kept in a place that costs so many bytes itself, and
// counts it. Call it before others may drop p. Any goroutine.
func (p *Publication) Keep(a *limit.Account, place int) { a.AddNow(place + p.keep(inPlace)) }

// Drop takes back what Keep has counted.
func (p *Publication) Drop(a *limit.Account, place int) { a.AddNow(p.drop(inPlace) - place) }

// keepInQueue and dropFromQueue count an entry of the queue. mu is held.
func (s *Session) keepInQueue(p *Publication) {
	s.queueBytes += p.size()
	s.held.Add(entryCost + p.keep(inQueue))
}

func (s *Session) dropFromQueue(p *Publication) {
	s.queueBytes -= p.size()
	s.held.Add(p.drop(inQueue) - entryCost)
}

// dropAll counts that nothing is kept any more. mu is held.
func (s *Session) dropAll() {
	for i := range s.queue {
		s.dropFromQueue(s.queue[i].pub)
	}
	s.window.each(func(f *inflight) bool {
		if f.pub != nil {
			s.window.count(f, -1)
		}
		return true
	})
	s.held.Settle()
}

// count counts that a message comes to the window (1) or goes (-1). The session's
// lock is held.
func (w *window) count(f *inflight, n int) {
	switch {
	case w.held == nil:
	case n > 0:
		w.held.Add(entryCost + f.pub.keep(f.where()))
	default:
		w.held.Add(f.pub.drop(f.where()) - entryCost)
	}
}

// count has what is appended counted: chunks beyond the first, which comes and
// goes with every flush, and bytes that are nobody else's. Messages count by
// themselves. mu is held.
func (o *Outbox) count() {
	if len(o.next.chunks) > 1 {
		o.countMore()
	}
}

func (o *Outbox) countMore() {
	m := o.next.needMore()
	n := max(len(o.next.chunks)-1, 0)*chunkSize + m.private
	o.held.AddNow(n - m.counted)
	m.counted = n
}

// own appends a payload that may be kept, and is its publication's. mu is held.
func (o *Outbox) own(p *Publication, payload []byte) {
	p.Keep(&o.held, 0)
	m := o.next.needMore()
	m.owned = append(m.owned, p)
	o.next.share(payload)
}

// release makes p empty. mu is held.
func (o *Outbox) release(p *pending) {
	if p.more != nil {
		o.uncount(p.more)
	}
	p.release()
}

func (o *Outbox) uncount(m *more) {
	const keep = 16
	for _, own := range m.owned {
		own.Drop(&o.held, 0)
	}
	o.held.AddNow(-m.counted)
	clear(m.owned)
	if m.owned, m.counted, m.private = m.owned[:0], 0, 0; cap(m.owned) > keep {
		m.owned = nil
	}
}

// abandon is release of what the wire has failed to take, and may still look at:
// the garbage collector gets it. mu is held, and the caller is the flusher.
func (o *Outbox) abandon() {
	if o.writing.more != nil {
		o.uncount(o.writing.more)
	}
	o.writing = pending{}
}

// slowFrom is how long a socket is full until its client is slow.
const slowFrom = 100 * time.Millisecond

// behind reports whether the client is slow, and more than a chunk waits behind
// what its socket does not take.
func (o *Outbox) behind(now time.Time) bool {
	stuck := o.stuck.Load()
	return stuck != 0 && now.UnixNano()-stuck >= int64(slowFrom) && o.Buffered() > chunkSize
}

// shed drops a QoS 0 message that would have to wait, for the memory of all clients
// is scarce; it reports false for one that has not. p is nil where it is queued.
func (s *Session) shed(p *port, now time.Time) bool {
	if p != nil && !p.box.behind(now) {
		return false
	}
	s.counter.Shed.Add(1)
	s.lose(&s.counter.DroppedMemory, 1)
	return true
}

// scarceWindow is how many bytes are in flight to one client while memory is
// scarce: what is sent is there twice, and would be for all who come back.
const scarceWindow = 64 << 10

// windowBytes is how many bytes may be in flight.
func (s *Session) windowBytes() int {
	if s.limits.Memory.Level() > limit.Calm {
		return min(s.limits.OutboxBytes, scarceWindow)
	}
	return s.limits.OutboxBytes
}

// scarce reports whether a message cannot wait, for the memory of all clients is
// scarce.
func (s *Session) scarce(q queued, now time.Time) bool {
	level := s.limits.Memory.Level()
	switch {
	case level >= limit.Shed && q.qos == mqtt.QoS0:
		return s.shed(nil, now)
	case level < limit.Full:
		return false
	}
	s.lose(&s.counter.DroppedMemory, 1)
	return true
}
