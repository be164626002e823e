package session

import "github.com/mqttx-gen/mqttx-gen/runtime/mqtt"

// Room reports whether one more message of this quality of service may be sent
// by somebody who can wait with it: whether the client's window, and its
// outbox, have room for that and for the messages of others.
func (s *Session) Room(qos mqtt.QoS) (window, outbox bool) {
	p := s.online.Load()
	if p == nil {
		return false, false
	}
	outbox = p.box.Buffered() <= s.limits.OutboxBytes/2
	if qos == mqtt.QoS0 && !s.backlog.Load() {
		return true, outbox
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Some may queue behind the window: others than this sender fill it too, and
	// it must come on.
	return len(s.queue) <= s.limits.QueueMessages/4 && s.queueBytes <= s.limits.QueueBytes/4, outbox
}

// WhenWritten has f called once, when everything that is pending has been
// written; from any goroutine, without locks. Something must be pending, or be
// appended and flushed afterwards.
func (o *Outbox) WhenWritten(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.whenWritten = f
}
