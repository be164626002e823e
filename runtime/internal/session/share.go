package session

import (
	"slices"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Group is a shared subscription, as far as a session needs to know it: where
// a message goes back to that its member could not be sent.
type Group interface {
	Return(p *Publication, b *Batch, now time.Time)
}

// Returned is a message that came by a shared subscription and goes back.
type Returned struct {
	Group       Group
	Publication *Publication
}

// Takes reports whether a connection is attached whose Maximum Packet Size allows
// the message.
func (s *Session) Takes(o *Offer, w Wish, now time.Time) bool {
	p := s.online.Load()
	return p != nil && (p.maximum == 0 || len(o.receiverHead(p, w.queued(o), now))+len(o.pub.Payload) <= p.maximum)
}

// DeliverOnline is Deliver of a message that comes by a shared subscription,
// where a connection is attached; else it does nothing and reports false. So it
// does where the message would have to be dropped, or another for it, unless
// force is set.
func (s *Session) DeliverOnline(o *Offer, w Wish, g Group, force bool, b *Batch, now time.Time) (taken bool) {
	if !force && !s.Takes(o, w, now) {
		return false // another member may
	}
	q := w.queued(o)
	q.group = g
	if q.qos == mqtt.QoS0 && !s.backlog.Load() {
		p := s.online.Load()
		if p != nil {
			s.sendOnce(p, o, q, b, now)
		}
		return p != nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online.Load() == nil || !force && !s.roomFor(o.pub.size(), now) {
		return false
	}
	s.deliver(o, q, b, now)
	return true
}

// Keep queues a QoS 1 or 2 message that comes by a shared subscription, for a
// client that may be away. It reports false, and does nothing, where there is
// no room. With force the policy for full queues decides what is dropped.
func (s *Session) Keep(o *Offer, w Wish, g Group, force bool, b *Batch, now time.Time) (kept bool) {
	q := w.queued(o)
	q.group = g
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.qos == mqtt.QoS0 || s.discarded || !force && !s.roomFor(o.pub.size(), now) {
		return false
	}
	s.deliver(o, q, b, now)
	return true
}

// roomFor reports whether so many bytes may be queued. mu is held.
func (s *Session) roomFor(size int, now time.Time) bool {
	if s.crowded(size) {
		s.dropExpired(now)
	}
	return !s.crowded(size)
}

// Backlog reports whether messages wait for a place in the client's window. It
// costs one atomic load.
func (s *Session) Backlog() bool { return s.backlog.Load() }

// Reclaim takes out what came by the groups that of says yes to and may go to
// another member: what was never sent, and where no connection is attached
// QoS 1 messages that are not acknowledged. A QoS 2 message in delivery stays
// [MQTT-4.8.2-4]. They come in the order in which they were sent or queued.
func (s *Session) Reclaim(of func(Group) bool) (back []Returned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reclaim(of)
}

// reclaim is Reclaim while mu is held.
func (s *Session) reclaim(of func(Group) bool) (back []Returned) {
	if s.online.Load() == nil {
		back = s.reclaimInflight(of)
	}
	s.queue = slices.DeleteFunc(s.queue, func(q queued) bool {
		if q.group == nil || !of(q.group) {
			return false
		}
		back = append(back, Returned{q.group, q.pub})
		s.dropFromQueue(q.pub)
		return true
	})
	if len(s.queue) == 0 {
		s.queue = nil
	}
	s.backlog.Store(len(s.queue) > 0)
	return back
}

// reclaimInflight takes QoS 1 messages out of the window. mu is held, and
// nothing is attached: quota and what is owed are counted anew by Attach.
func (s *Session) reclaimInflight(of func(Group) bool) (back []Returned) {
	var ids []uint16
	s.window.each(func(f *inflight) bool {
		if f.qos == mqtt.QoS1 && f.group != nil && of(f.group) {
			back = append(back, Returned{f.group, f.pub})
			ids = append(ids, f.id)
		}
		return true
	})
	for _, id := range ids {
		s.window.remove(s.window.find(id))
	}
	return back
}
