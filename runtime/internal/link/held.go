package link

import (
	"sync/atomic"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
)

// maxHeld is how many acknowledgements of one connection wait at most: then
// nothing more is read of it.
const maxHeld = 1024

// Acknowledgement is a PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK that waits
// until what it promises is durable. See [Host].Commit.
type Acknowledgement struct {
	link   *Link
	packet []byte
	next   *Acknowledgement

	err      error       // written before released
	released atomic.Bool // it may leave, after those before it
}

// ClientID returns the client that waits for it.
func (a *Acknowledgement) ClientID() string { return a.link.clientID }

// Release lets the acknowledgement leave, as soon as those before it may
// [MQTT-4.6.0-2]; with an error, which says that what it promises is lost, its
// connection ends instead. Call it once, from any goroutine; it does not
// block. It does nothing where the connection has ended since.
func (a *Acknowledgement) Release(err error) {
	l := a.link
	a.err = err
	a.released.Store(true) // from here on a may be used again
	l.mailed.Store(true)
	l.wake()
}

// heldAcks is the queue of a connection's acknowledgements that wait, in the
// order of what they acknowledge. Owned by the link's goroutine.
type heldAcks struct {
	first, last *Acknowledgement
	n           int
	publishes   int // how many of them end a PUBLISH of the client's
}

// full reports whether no further packet may be obeyed.
func (q *heldAcks) full() bool { return q.n >= maxHeld }

// ready reports whether the first may leave.
func (q *heldAcks) ready() bool { return q.first != nil && q.first.released.Load() }

func (q *heldAcks) push(a *Acknowledgement) {
	if q.first == nil {
		q.first = a
	} else {
		q.last.next = a
	}
	q.last = a
	q.n++
	q.publishes += a.ends()
}

func (q *heldAcks) pop() *Acknowledgement {
	a := q.first
	q.first, a.next = a.next, nil
	q.n--
	q.publishes -= a.ends()
	return a
}

// ends returns 1 where the acknowledgement is the last one of a PUBLISH: that
// counts against our Receive Maximum until then.
func (a *Acknowledgement) ends() int {
	const code = 4 // its place in a PUBREC that has one
	switch packet.Type(a.packet[0] >> 4) {
	case packet.TypePuback, packet.TypePubcomp:
		return 1
	case packet.TypePubrec:
		if len(a.packet) > code && a.packet[code] >= 0x80 {
			return 1
		}
	}
	return 0
}

// acknowledge sends an acknowledgement, whose bytes it copies, when it may be
// sent. They leave in the order of what they acknowledge [MQTT-4.6.0-2]
// [MQTT-4.6.0-3] [MQTT-4.6.0-4], also where only some of them wait.
func (l *Link) acknowledge(ack []byte) {
	h := l.host
	if h.Commit == nil {
		l.out.Append(ack)
		return
	}
	a, ok := h.acks.Get().(*Acknowledgement)
	if !ok {
		a = &Acknowledgement{}
	}
	a.link, a.packet, a.err = l, append(a.packet[:0], ack...), nil
	a.released.Store(false)
	l.held.push(a) // first: it may be released before Commit returns
	if !h.Commit(a) {
		a.released.Store(true)
	}
	l.releaseHeld()
}

// releaseHeld sends those that may leave, up to the first that may not.
func (l *Link) releaseHeld() {
	for l.held.ready() && l.end == nil {
		a := l.held.pop()
		if a.err != nil {
			l.stop(asEnd(a.err))
			return
		}
		l.out.Append(a.packet)
		a.link = nil
		l.host.acks.Put(a)
	}
}

// awaitRelease holds the link while too many acknowledgements wait: nothing is
// read meanwhile, but letters and the wish to end reach it.
func (l *Link) awaitRelease() {
	if !l.held.full() {
		return
	}
	for l.held.full() && l.end == nil && !l.cut.Load() {
		l.pause(func() { <-l.wakes() })
		l.conn.ClearWake()
		l.openMail()
	}
}
