package session

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Owner is whom a session belongs to: the same client identifier under another
// owner is another's.
type Owner struct {
	Method string // the auth method that let the client in
	User   string
}

// Session is one client's protocol state. It may be offline.
type Session struct {
	ClientID string
	Owner    Owner

	// In is owned by the read loop of the attached connection.
	In In
	// Weight is how many bytes wait because of what the client publishes; nil
	// before it does. Owned by the same.
	Weight *Weight

	limits  *Limits
	counter *Counters
	online  atomic.Pointer[port] // nil while offline
	backlog atomic.Bool          // queue is not empty: QoS 0 must not overtake it
	lost    atomic.Int64         // messages lost since the last report

	mu sync.Mutex
	// mu guards the following.
	window     window
	queue      []queued // waits for a free place in the window, in order
	queueBytes int
	held       limit.Account // of window and queue
	expires    time.Time     // nothing in queue expires before; zero: nothing ever does
	quota      int           // free places: the client's Receive Maximum less what is in flight
	owed       int32         // messages in the window that are still to be sent again
	discarded  bool
}

// port is what publishers need to know of the connection. Immutable, but for
// slowed.
type port struct {
	box     *Outbox
	maximum int // the client's Maximum Packet Size in bytes; 0: none
	version mqtt.Version

	slowed atomic.Bool
	slow   func() // ends the connection; nil: it is never too slow
}

type queued struct {
	pub    *Publication
	ids    []uint32
	group  Group
	qos    mqtt.QoS
	retain bool
	waited bool // it is on its way from the queue to the window
}

// New returns the state of a client that has never been here.
func New(clientID string, owner Owner, l *Limits, c *Counters) *Session {
	s := &Session{ClientID: clientID, Owner: owner, limits: l, counter: c, held: l.Memory.Account()}
	s.window.held = &s.held
	return s
}

// Attachment is what a connection brings along to its session.
type Attachment struct {
	Version       mqtt.Version
	Receive       int // the client's Receive Maximum
	MaximumPacket int // the client's Maximum Packet Size in bytes; 0: none
	Aliases       int // how many topic aliases may be set; 0: none
	Now           time.Time
	// Slow ends the connection of a client that is too slow, where
	// Limits.CloseSlow is set. It may be called by any publisher, without locks.
	Slow func()
}

// Attach connects the session with an outbox and sends again what a former
// connection left unacknowledged, in the first order and with the same packet
// identifiers [MQTT-4.4.0-1], PUBREL before new messages; then what waited.
// The CONNACK must be in the outbox already; the caller flushes it.
func (s *Session) Attach(box *Outbox, a Attachment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &port{box: box, version: a.Version, maximum: a.MaximumPacket, slow: a.Slow}
	if a.Aliases > 0 && a.Version == mqtt.V5 {
		box.allowAliases(a.Aliases, a.MaximumPacket)
	}
	s.quota, s.owed = a.Receive, 0
	s.window.each(func(f *inflight) bool {
		if f.released {
			box.Append(pubrel(f.id, a.Version))
			s.quota--
			return true
		}
		f.owed = true
		s.owed++
		return true
	})
	s.online.Store(p)
	s.release(p, a.Now)
}

// Detach makes the session offline. Messages in flight stay in the window, and
// those of QoS 1 and 2 in the queue, others where Limits.QueueQoS0 is set.
func (s *Session) Detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online.Store(nil)
	s.queue = slices.DeleteFunc(s.queue, func(q queued) bool {
		if q.qos > mqtt.QoS0 || s.limits.QueueQoS0 {
			return false
		}
		s.dropFromQueue(q.pub)
		return true
	})
	s.backlog.Store(len(s.queue) > 0)
	s.held.Settle()
}

// Discard ends the state of a session that is offline for good: who still
// knows it, such as a route that nobody has used since, keeps no messages. What
// came by shared subscriptions and may go to others is returned.
func (s *Session) Discard() (back []Returned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	back = s.reclaim(func(Group) bool { return true })
	s.dropAll()
	s.window, s.queue, s.queueBytes, s.discarded = window{held: &s.held}, nil, 0, true
	s.backlog.Store(false)
	return back
}

// Online reports whether a connection is attached.
func (s *Session) Online() bool { return s.online.Load() != nil }

// Version returns the protocol version of the attached connection; it is not ok
// where none is.
func (s *Session) Version() (v mqtt.Version, ok bool) {
	p := s.online.Load()
	if p == nil {
		return 0, false
	}
	return p.version, true
}

// Wish is what a subscription wants of a publication that it matches.
type Wish struct {
	QoS    mqtt.QoS // the highest
	Retain bool     // the RETAIN flag that the receiver sees
	IDs    []uint32 // subscription identifiers, immutable
}

// queued is what becomes of an offer by this wish.
func (w *Wish) queued(o *Offer) queued {
	return queued{ids: w.IDs, qos: min(w.QoS, o.pub.QoS), retain: w.Retain}
}

// Deliver sends what is offered to this client, or queues it. It never blocks
// and never calls the wire: the outbox is listed in b, to be flushed.
func (s *Session) Deliver(o *Offer, w Wish, b *Batch, now time.Time) {
	q := w.queued(o)
	if q.qos > mqtt.QoS0 || s.backlog.Load() {
		s.deliverInOrder(o, q, b, now)
		return
	}
	switch p := s.online.Load(); {
	case p != nil:
		s.sendOnce(p, o, q, b, now)
	case s.limits.QueueQoS0: // else it is not kept for clients that are away
		s.deliverInOrder(o, q, b, now)
	}
}

// sendOnce sends a QoS 0 message: to the outbox, or nowhere.
func (s *Session) sendOnce(p *port, o *Offer, q queued, b *Batch, now time.Time) {
	if s.limits.Memory.Level() >= limit.Shed && s.shed(p, now) {
		return
	}
	payload, owner := o.payload()
	head := o.receiverHead(p, q, now)
	if s.tooLarge(p, head, payload) {
		return
	}
	taken, list := p.box.offer(head, payload, owner, true, b)
	if !taken && s.overflow(p, len(head)+len(payload), b) {
		taken, list = p.box.offer(head, payload, owner, true, b)
	}
	if list && b != nil {
		b.list(p.box)
	}
	if !taken {
		s.loseWritten(1)
	}
}

// receiverHead returns the head of the PUBLISH for one receiver: that of its
// class, or one of its own where subscription identifiers go along.
func (o *Offer) receiverHead(p *port, q queued, now time.Time) []byte {
	if len(q.ids) == 0 || p.version != mqtt.V5 {
		return o.head(p.version, q.qos, q.retain, now)
	}
	out := o.pub.outgoing(p.version, now)
	out.QoS, out.Retain, out.PacketID, out.SubscriptionIDs = q.qos, q.retain, 1, q.ids
	o.own = packet.AppendPublishHead(o.own[:0], p.version, &out)
	return o.own
}

// deliverInOrder sends a message that takes a place in the window, or that
// must not overtake one which waits for a place.
func (s *Session) deliverInOrder(o *Offer, q queued, b *Batch, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliver(o, q, b, now)
}

// deliver is deliverInOrder while mu is held.
func (s *Session) deliver(o *Offer, q queued, b *Batch, now time.Time) {
	p := s.online.Load()
	if p == nil || s.owed > 0 || len(s.queue) > 0 || !s.admits(&o.pub) {
		if p != nil || q.qos > mqtt.QoS0 || s.limits.QueueQoS0 {
			s.enqueue(o, q, b, now)
		}
		return
	}
	if q.qos == mqtt.QoS0 {
		s.sendOnce(p, o, q, b, now)
		return
	}
	head := o.receiverHead(p, q, now)
	if s.tooLarge(p, head, o.pub.Payload) {
		return
	}
	q.pub = o.Own()
	s.send(p, head, q, b)
}

// admits reports whether the window has a place for p: by the client's Receive
// Maximum [MQTT-3.3.4-9], and by bytes, so that a client with a large one that
// does not read costs no more than a bounded outbox. mu is held.
func (s *Session) admits(p *Publication) bool {
	w := &s.window
	return s.quota > 0 && !w.full() && (w.bytes == 0 || w.bytes+p.size() <= s.windowBytes())
}

// send gives a message its packet identifier and its place in the window. mu
// is held.
func (s *Session) send(p *port, head []byte, q queued, b *Batch) {
	s.quota--
	f := s.window.add(inflight{pub: q.pub, ids: q.ids, group: q.group, qos: q.qos, retain: q.retain, waited: q.waited})
	packet.PatchPacketID(head, f.id, false)
	// Not droppable: the window bounds it. Refused only when the connection is
	// at its end, and then it is sent again on the next one.
	if _, list := p.box.offer(head, q.pub.Payload, q.pub, false, b); list && b != nil {
		b.list(p.box)
	}
}

// enqueue keeps a message until the window has room, or the client is back. mu
// is held.
func (s *Session) enqueue(o *Offer, q queued, b *Batch, now time.Time) {
	if s.discarded || s.scarce(q, now) {
		return
	}
	size := o.pub.size()
	if !s.roomFor(size, now) && !s.makeRoom(size, b) {
		s.loseQueued(1)
		return
	}
	q.pub = o.Own()
	s.queue = append(s.queue, q)
	s.keepInQueue(q.pub)
	if o.waits = true; s.online.Load() == nil {
		s.held.Settle()
	}
	s.backlog.Store(true)
	if at := q.pub.Expires; !at.IsZero() && (s.expires.IsZero() || at.Before(s.expires)) {
		s.expires = at
	}
}

// release sends what is owed from a former connection, then what waits in the
// queue, as far as the window allows. mu is held; the caller flushes the
// outbox.
func (s *Session) release(p *port, now time.Time) {
	s.resend(p, now)
	n := 0
	var head []byte
	for ; n < len(s.queue) && (s.queue[n].qos == mqtt.QoS0 || s.admits(s.queue[n].pub)); n++ {
		head = s.sendQueued(p, s.queue[n], head, now)
		s.dropFromQueue(s.queue[n].pub) // not before: it is kept in the window now
	}
	if n == 0 {
		return
	}
	clear(s.queue[:n])
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
		s.backlog.Store(false)
	}
}

// sendQueued sends a message of the queue. It writes its head to dst, and returns
// that. mu is held.
func (s *Session) sendQueued(p *port, q queued, dst []byte, now time.Time) (head []byte) {
	if _, _, ok := q.pub.expiry(now); !ok {
		s.counter.DroppedExpired.Add(1)
		return dst
	}
	out := q.pub.outgoing(p.version, now)
	out.QoS, out.Retain, out.PacketID, out.SubscriptionIDs = q.qos, q.retain, 1, q.ids
	head = packet.AppendPublishHead(dst[:0], p.version, &out)
	switch {
	case s.tooLarge(p, head, q.pub.Payload):
	case q.qos == mqtt.QoS0:
		if taken, _ := p.box.offer(head, q.pub.Payload, q.pub, true, nil); !taken {
			s.loseWritten(1)
		}
	default:
		q.waited = true
		s.send(p, head, q, nil)
	}
	return head
}

// resend sends messages in flight again, with DUP, in their order. What this
// connection's Maximum Packet Size does not allow counts as sent and
// acknowledged [MQTT-3.1.2-25]. mu is held.
func (s *Session) resend(p *port, now time.Time) {
	var head []byte
	var ended []uint16
	s.window.each(func(f *inflight) bool {
		if s.owed == 0 || s.quota <= 0 {
			return false
		}
		if !f.owed {
			return true
		}
		f.owed = false
		s.owed--
		out := f.pub.outgoing(p.version, now)
		out.Dup, out.QoS, out.Retain, out.PacketID, out.SubscriptionIDs = true, f.qos, f.retain, f.id, f.ids
		head = packet.AppendPublishHead(head[:0], p.version, &out)
		if s.tooLarge(p, head, f.pub.Payload) {
			ended = append(ended, f.id)
			return true
		}
		s.quota--
		p.box.offer(head, f.pub.Payload, f.pub, false, nil)
		return true
	})
	for _, id := range ended {
		s.window.remove(s.window.find(id))
	}
}

// Waiting returns how many messages wait in the queue, and how many are in
// flight.
func (s *Session) Waiting() (queue, inflight int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue), s.window.active
}

// Load is Waiting, with the bytes of what waits in the queue.
func (s *Session) Load() (queue, bytes, inflight int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue), s.queueBytes, s.window.active
}
