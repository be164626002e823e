package session

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
)

// Wire is the sending half of a connection.
type Wire interface {
	// CanTryWrite reports whether TryWrite works here: not over pipes, for one.
	CanTryWrite() bool
	// TryWrite writes what the socket takes at once, without blocking. Fewer
	// bytes than given and no error: the socket is full.
	TryWrite(bufs [][]byte) (n int, err error)
	// Write blocks until all is written, or until no byte has moved for the
	// duration progress (0: no limit).
	Write(bufs [][]byte, progress time.Duration) (n int, err error)
	// CutOff ends the connection in both directions, from any goroutine.
	CutOff()
}

// Limits bound what one slow client may hold.
type Limits struct {
	// OutboxBytes is how many bytes may wait for the socket before QoS 0
	// messages are dropped, and how many of QoS 1 and 2 are in flight at most.
	// Four times as many of acknowledgements and the like cut the connection
	// off: the client makes more of them than it reads.
	OutboxBytes int
	// WriteTimeout is how long the socket may take no byte at all.
	WriteTimeout time.Duration
	// QueueMessages and QueueBytes bound the messages that wait for a free place
	// in the inflight window, or for an offline client.
	QueueMessages, QueueBytes int
	// DropOldest drops what waits longest to make room for a new message, where
	// the new one is dropped otherwise. CloseSlow ends the connection instead.
	DropOldest, CloseSlow bool
	// QueueQoS0 queues QoS 0 messages, too, for an offline client.
	QueueQoS0 bool

	// Memory counts what all clients hold, and bounds it; nil: nobody does.
	Memory *limit.Memory
}

// Outbox is the bytes that wait to be written to one connection. Any goroutine
// may append and flush; one at a time writes. There is no writer goroutine
// until the socket is full, and none again when it has been drained.
type Outbox struct {
	wire    Wire
	limits  *Limits
	number  uint32
	overrun atomic.Bool // too many answers wait: the next Flush cuts off

	timedOut atomic.Bool // the wire was given up, for the socket takes nothing

	mu sync.Mutex
	// mu guards the following.
	next     pending // appended, not yet handed to the wire
	answers  int     // bytes in next that came by Append
	writing  pending // owned by the flusher while flushing is true
	flushing bool
	sealed   bool          // nothing may be appended any more
	failed   bool          // the wire is gone
	drained  chan struct{} // closed when sealed and nothing is left; nil until somebody waits
	// whenWritten is called once, when nothing is pending.
	whenWritten func()
	listed      *Batch // the batch that this outbox was last listed in
	crowd       fanIn
	aliases     *aliases // nil: the client wants none
	sent        Tally

	// Seldom used: not in the way of the others.
	held  limit.Account
	stuck atomic.Int64 // when the socket was full, in Unix nanoseconds, while a goroutine writes; else 0
}

// NewOutbox returns the empty outbox of a wire.
func NewOutbox(w Wire, l *Limits) *Outbox {
	return &Outbox{number: numbers.Add(1), wire: w, limits: l, held: l.Memory.Account()}
}

// CountIn has what is appended counted. Call it before anything is.
func (o *Outbox) CountIn(t *Traffic) { o.sent = t.Tally() }

// Append queues one control packet for the connection. It is never dropped: a
// client that makes more of them than it reads is cut off.
func (o *Outbox) Append(packet []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return
	}
	o.sent.Count(packet)
	o.next.copy(packet)
	o.count()
	if o.answers += len(packet); o.answers > 4*o.limits.OutboxBytes {
		o.overrun.Store(true)
	}
}

// offer queues a PUBLISH, whose head and payload are given apart. Where owner is
// not nil the payload may be kept, and is its own. It reports whether the packet
// was taken, and whether b has to list the outbox.
func (o *Outbox) offer(head, payload []byte, owner *Publication, droppable bool, b *Batch) (taken, list bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed || droppable && o.next.bytes+len(head)+len(payload) > o.limits.OutboxBytes {
		return false, false
	}
	if o.aliases != nil {
		head = o.aliases.head(head, len(payload))
	}
	o.sent.Count(head)
	o.next.copy(head)
	if owner != nil && len(payload) >= shareFrom {
		o.own(owner, payload)
	} else {
		o.next.copy(payload)
	}
	o.count()
	if o.listed == b {
		return true, false
	}
	o.listed = b
	if b != nil {
		o.crowd.came(b.publisher)
	}
	return true, true
}

// Flush writes what is pending, unless another goroutine is at it already,
// which then writes it too. It does not block: what the socket does not take
// is left to a goroutine that ends when all is written, and so is the rest
// where others append as fast as this goroutine writes.
func (o *Outbox) Flush() { o.flush(false) }

// flush is Flush; where it is for a publisher, it may be put off for a moment.
func (o *Outbox) flush(publisher bool) {
	if o.overrun.Load() {
		o.fail()
		return
	}
	const turns = 8
	try := o.wire.CanTryWrite()
	for turn := 0; o.take(publisher && turn == 0); turn++ {
		n := 0
		if try && turn < turns {
			var err error
			if n, err = o.wire.TryWrite(o.writing.bufs); err != nil {
				o.broken(err)
				return
			}
		}
		if n < o.writing.bytes {
			o.stuck.Store(time.Now().UnixNano())
			go o.drain(n)
			return
		}
		o.written()
	}
}

// take makes the caller the flusher, where there is something to flush that is
// not put off.
func (o *Outbox) take(publisher bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listed = nil
	if o.flushing || o.failed || o.next.bytes == 0 {
		return false
	}
	if publisher {
		off, begin := o.crowd.putOff()
		if begin {
			go o.catchUp()
		}
		if off {
			return false
		}
	}
	o.flushing, o.answers = true, 0
	o.next, o.writing = o.writing, o.next
	o.sent.Fold(o.writing.bytes)
	return true
}

// written ends the flusher's turn.
func (o *Outbox) written() {
	o.mu.Lock()
	o.release(&o.writing)
	o.flushing = false
	var call func()
	if o.next.bytes == 0 {
		o.signalDrained()
		call, o.whenWritten = o.whenWritten, nil
	}
	o.mu.Unlock()
	if call != nil {
		call()
	}
}

func (o *Outbox) signalDrained() {
	if o.drained != nil {
		close(o.drained)
		o.drained = nil
	}
}

// drain is the writer goroutine: it exists while the socket is full.
func (o *Outbox) drain(skip int) {
	for {
		bufs := skipBytes(o.writing.bufs, skip)
		if _, err := o.wire.Write(bufs, o.limits.WriteTimeout); err != nil {
			o.timedOut.Store(errors.Is(err, os.ErrDeadlineExceeded))
			o.broken(err)
			return
		}
		o.stuck.Store(0) // before others may begin
		o.written()
		if !o.take(false) {
			return
		}
		o.stuck.Store(time.Now().UnixNano())
		skip = 0
	}
}

// broken is fail of the flusher, whose write has failed. Where the peer has closed its end, what it had sent before may
// still be unread, and a DISCONNECT among it: then the reader goes on to the end, which it sees by itself.
func (o *Outbox) broken(err error) {
	closed := errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrClosedPipe)
	o.giveUp(!closed)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.abandon()
}

func skipBytes(bufs [][]byte, n int) [][]byte {
	for n > 0 && n >= len(bufs[0]) {
		n -= len(bufs[0])
		bufs = bufs[1:]
	}
	if n > 0 {
		bufs[0] = bufs[0][n:]
	}
	return bufs
}

// fail gives the wire up. Its reader sees the end of the connection and
// cleans up.
func (o *Outbox) fail() { o.giveUp(true) }

func (o *Outbox) giveUp(cut bool) {
	o.mu.Lock()
	first := !o.failed
	o.failed, o.sealed = true, true
	o.release(&o.next)
	o.signalDrained()
	o.mu.Unlock()
	if first && cut {
		o.wire.CutOff()
	}
}

// Seal queues a last packet, or none, and lets nothing more in; what is
// pending is still written.
func (o *Outbox) Seal(last []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sealed {
		o.sent.Count(last)
		o.next.copy(last)
		o.count()
		o.sealed = true
	}
}

// Drain flushes and waits until everything is written, the wire has failed, or
// the timeout is over; it reports whether everything was written. Call it
// after Seal, from one goroutine.
func (o *Outbox) Drain(timeout time.Duration) bool {
	o.Flush()
	o.mu.Lock()
	if o.failed || !o.flushing && o.next.bytes == 0 {
		defer o.mu.Unlock()
		return !o.failed
	}
	done := make(chan struct{})
	o.drained = done
	o.mu.Unlock()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.failed && !o.flushing
}

// Trim lets go of what an idle outbox keeps for its next packets.
func (o *Outbox) Trim() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.flushing && o.next.bytes == 0 {
		o.next, o.writing = pending{}, pending{}
	}
}

// Buffered returns how many bytes wait for the flusher.
func (o *Outbox) Buffered() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next.bytes
}
