package link

import (
	"context"
	"errors"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/auth"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

const (
	// lastWords is how long the last packet may take to leave, and to be read
	// by the client, before the connection is closed.
	lastWords = 2 * time.Second
	// lingerBytes is how much the client may still send meanwhile.
	lingerBytes = 4 << 20
)

// finish ends the connection: will, Disconnected, the session back to the
// broker, the reason to the client, and last the socket.
func (l *Link) finish() {
	l.closeMailbox()
	l.account.AddNow(-l.unread)
	l.unread = 0
	l.countEnd()
	l.held = heldAcks{} // the client will send again what they acknowledge
	l.host.Broker.Timers.Stop(&l.timer)
	l.leaveUser()
	if l.accepted.Load() {
		l.left()
		l.leave()
	} else {
		l.notConnected()
	}
	if l.flapped() {
		l.host.Flap(l.conn.RemoteAddr())
	}
	last, spoke := l.lastPacket()
	l.out.Seal(last)
	if l.out.Drain(lastWords) && (spoke || l.conn.HasFarewell()) {
		l.conn.Linger(lastWords, lingerBytes)
	}
	l.conn.CutOff() // a writer that is stuck returns
	_ = l.conn.Close()
}

// notConnected is the end of a connection that was never accepted.
func (l *Link) notConnected() {
	l.host.Counters.NotConnected.Add(1)
	l.logRefused()
	if opened := l.User != nil; opened && l.host.Calls.NotConnected != nil {
		l.guarded(func() { l.host.Calls.NotConnected(l, l.end) })
	}
}

// who begins a line of the log: who the client is, as far as that is known.
func (l *Link) who(more ...any) []any {
	version := ""
	if l.version != 0 {
		version = l.version.String()
	}
	return append([]any{"client", shown(l.clientID), "addr", l.conn.RemoteAddr(), "method", shown(l.identity.Method),
		"user", auth.Shown(l.identity.User), "version", version}, more...)
}

// age is how long the connection has lasted.
func (l *Link) age() time.Duration { return time.Since(l.born).Round(time.Microsecond) }

// leave is the end of a connection that was accepted.
func (l *Link) leave() {
	l.host.Counters.Disconnects.Add(1)
	l.host.Log.Info("client disconnected", l.who("reason", l.end, "lasted", l.age())...)
	l.member.Detach() // first: its will, too, comes to it on its next connection, and to others of its groups
	if l.will != nil && l.willDelay() == 0 {
		l.guarded(func() { l.sendWill(l.work, l.will) })
		l.dropWill(l.will)
		l.will = nil
	}
	l.guarded(func() {
		l.host.Calls.Disconnected(context.WithoutCancel(l.Context()), l, l.end)
	})
	if will := l.will; will != nil && !l.holdWill(will) {
		l.guarded(func() { l.sendWill(l.work, will) })
		l.dropWill(will)
	}
	l.willOver()
	l.topics = topics{} // a delayed will keeps the link for a while
	if !l.host.Broker.Detach(l.member, l.expiry) {
		l.host.Counters.TooManySessions.Add(1)
		l.warn("session not kept", errSessions)
	}
}

// guarded runs f with the work of a read, and survives its panic.
func (l *Link) guarded(f func()) {
	l.borrow()
	defer func() { l.giveBack(recover()) }()
	f()
}

// lastPacket returns the DISCONNECT that names the reason, where the server is
// the one who ends a 5.0 connection; nothing may follow it. spoke reports
// whether the client has anything to read before the socket closes.
func (l *Link) lastPacket() (last []byte, spoke bool) {
	if _, ok := errors.AsType[errRefused](l.end); ok {
		return nil, true
	}
	if _, ok := errors.AsType[*clientLeft](l.end); ok || !l.accepted.Load() || l.version != mqtt.V5 {
		return nil, false // 3.x never gets a DISCONNECT
	}
	_, refusal := errors.AsType[*mqtt.Refusal](l.end)
	_, mistake := errors.AsType[*packet.Error](l.end)
	if !refusal && !mistake {
		return nil, false // the connection is gone
	}
	r := asRefusal(l.end)
	d := packet.Disconnect{Code: l.code(packet.TypeDisconnect, r.Code)}
	d.ServerReference = reference(r, d.Code)
	if l.problems {
		d.Reason, d.User = r.Reason, r.Properties
	}
	last = d.Append(nil, mqtt.V5)
	if l.tooLarge(last) { // [MQTT-3.14.2-3], [MQTT-3.14.2-4]
		d = packet.Disconnect{Code: d.Code}
		last = d.Append(last[:0], mqtt.V5)
	}
	if l.tooLarge(last) { // [MQTT-3.1.2-24]
		return nil, false
	}
	return last, true
}
