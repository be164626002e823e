package link

import "github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"

// sendRetained sends one turn of the retained messages that wait for this
// client, and sees to the next: a wide filter is not queued all at once, and
// keeps neither this client's packets nor other publishers waiting. What waits
// for acknowledgements goes on with them.
func (l *Link) sendRetained() {
	switch l.host.Broker.ContinueRetained(l.member, &l.work.batch, l.work.now) {
	case broker.TurnOver:
		l.again()
	case broker.OutboxFull:
		l.out.WhenWritten(l.again)
		if l.out.Buffered() == 0 { // written before it was told to call
			l.again()
		}
	}
}

// again wakes the link for the next turn. Any goroutine.
func (l *Link) again() {
	l.mailed.Store(true)
	l.wake()
}

// goOnSending sends the next turn, where there is one. It runs between reads.
func (l *Link) goOnSending() {
	if l.end != nil || !l.accepted.Load() || !l.member.Sending() {
		return
	}
	l.borrow()
	defer func() { l.giveBack(recover()) }()
	l.sendRetained()
}
