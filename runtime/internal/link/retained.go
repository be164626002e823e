package link

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

var errRetainedFull = &packet.Error{Code: mqtt.QuotaExceeded, Reason: "the server retains as many messages, or bytes of them, as it may"}

// claim sees to it that there is room for a message that is to be retained,
// before anybody gets it. Where there is none and the client can be told so, it
// is refused; else it goes its way as if RETAIN were not set, which leaves
// alone what is retained [MQTT-3.3.1-8].
func (l *Link) claim(p *packet.Publish, name string) error {
	if !p.Retain || len(p.Payload) == 0 {
		return nil
	}
	w, room := l.work, false
	size := len(name) + len(p.Payload) + len(w.forward(&p.Props))
	if w.claim, room = l.host.Broker.Claim(name, size); room {
		return nil
	}
	if l.version == mqtt.V5 && p.QoS > mqtt.QoS0 {
		l.host.Counters.RetainedFull.Add(1)
		return errRetainedFull
	}
	l.notRetained(name)
	return nil
}

// notRetained notes that a message is sent on, and not retained.
func (l *Link) notRetained(name string) {
	l.host.Counters.RetainedFull.Add(1)
	l.warn("message not retained", errRetainedFull, "topic", shown(name))
}

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
