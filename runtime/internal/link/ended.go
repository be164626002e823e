package link

import "errors"

// Reasons for which an outbox has cut its connection off.
var (
	errWriteTimeout = errors.New("the connection was cut off: its client has taken no byte for the WriteTimeout")
	errOverrun      = errors.New("the connection was cut off: its client makes more answers than it reads")
)

// countEnd counts the end of a connection by a limit, and finds out by which it
// was cut off.
func (l *Link) countEnd() {
	if l.end == errCutOff {
		switch {
		case l.out.Overrun():
			l.end = errOverrun
		case l.out.TimedOut():
			l.end = errWriteTimeout
		}
	}
	c := &l.host.Counters
	switch l.end {
	case errTooLarge:
		if l.accepted.Load() {
			c.PacketsTooLarge.Add(1)
		} else {
			c.ConnectsTooLarge.Add(1)
		}
	case errReceiveMaximum:
		c.OverReceiveMaximum.Add(1)
	case errWriteTimeout:
		c.WriteTimeouts.Add(1)
	case errOverrun:
		c.AnswersUnread.Add(1)
	}
}
