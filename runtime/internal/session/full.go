package session

// loseQueued counts n messages that the queue had no room for. mu is held.
func (s *Session) loseQueued(n int) {
	if len(s.queue) >= s.limits.QueueMessages {
		s.counter.QueueMessagesFull.Add(int64(n))
	} else {
		s.counter.QueueBytesFull.Add(int64(n))
	}
	s.lose(&s.counter.DroppedFull, n)
}

// loseWritten counts n messages that the outbox had no room for.
func (s *Session) loseWritten(n int) {
	s.counter.OutboxFull.Add(int64(n))
	s.lose(&s.counter.DroppedFull, n)
}

// TimedOut reports whether the socket has taken no byte for the WriteTimeout.
func (o *Outbox) TimedOut() bool { return o.timedOut.Load() }

// Overrun reports whether the client has made more answers than it read.
func (o *Outbox) Overrun() bool { return o.overrun.Load() }
