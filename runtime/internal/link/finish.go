package link

import (
	"context"
	"errors"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

const (
	// lastWords is how long the last packet may take to leave, and to be read
	// by the client, before the connection is closed.
	lastWords = 2 * time.Second
	// lingerBytes is how much the client may still send meanwhile.
	lingerBytes = 64 << 10
)

// finish ends the connection: will, Disconnected, the session back to the
// broker, the reason to the client, and last the socket.
func (l *Link) finish() {
	l.closeMailbox()
	l.host.Broker.Timers.Stop(&l.timer)
	if l.accepted.Load() {
		l.leave()
	} else {
		l.host.Counters.NotConnected.Add(1)
		l.host.Log.Info("connection refused", "client", l.clientID, "addr", l.conn.RemoteAddr(), "reason", l.end)
	}
	last, spoke := l.lastPacket()
	l.out.Seal(last)
	if l.out.Drain(lastWords) && (spoke || l.conn.HasFarewell()) {
		l.conn.Linger(lastWords, lingerBytes)
	}
	l.conn.CutOff() // a writer that is stuck returns
	_ = l.conn.Close()
}

// leave is the end of a connection that was accepted.
func (l *Link) leave() {
	l.host.Log.Info("client disconnected", "client", l.clientID, "addr", l.conn.RemoteAddr(), "reason", l.end)
	l.guarded(l.sendWill)
	l.guarded(func() {
		l.host.Calls.Disconnected(context.WithoutCancel(l.Context()), l, l.end)
	})
	l.host.Broker.Detach(l.member, l.expiry)
}

// guarded runs f with the work of a read, and survives its panic.
func (l *Link) guarded(f func()) {
	l.borrow()
	defer func() { l.giveBack(recover()) }()
	f()
}

// sendWill publishes the will as if the client had: user code decides
// [MQTT-3.1.2-8].
func (l *Link) sendWill() {
	will := l.will
	if will == nil {
		return
	}
	l.will = nil
	m := &l.work.message
	*m = mqtt.Message{
		Topic: will.Name, QoS: will.QoS, Retain: will.Retain, Will: true, Raw: will.Payload,
		Properties: packet.DecodeProperties(will.Forward),
	}
	v, err := l.host.Calls.Publish(context.WithoutCancel(l.Context()), l, m)
	if err != nil {
		l.host.Counters.Refused.Add(1)
		r := asRefusal(err)
		l.host.Log.Warn("will refused", "client", l.clientID, "topic", will.Name, "code", r.Code.String(), "reason", reason(err))
		return
	}
	if !will.Expires.IsZero() {
		will.Expires = l.work.now.Add(time.Duration(will.Expires.Unix()) * time.Second)
	}
	will.QoS = min(will.QoS, v.MaxQoS)
	l.publishOwned(will, v.Relay)
}

func (l *Link) publishOwned(p *session.Publication, relay bool) {
	w, b := l.work, l.host.Broker
	w.offer.ResetOwned(p)
	if p.Retain {
		b.Retain(&w.offer)
	}
	if relay {
		b.Publish(&w.offer, b.Route(p.Name, nil), l.member.Session, &w.batch, w.now)
	}
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
	d := packet.Disconnect{Code: r.Code}
	if !packet.TypeDisconnect.Allows(d.Code) {
		d.Code = mqtt.UnspecifiedError
	}
	if l.problems {
		d.Reason, d.User = r.Reason, r.Properties
	}
	last = d.Append(nil, mqtt.V5)
	if l.tooLarge(last) { // [MQTT-3.14.2-3], [MQTT-3.14.2-4]
		d.Reason, d.User = "", nil
		last = d.Append(last[:0], mqtt.V5)
	}
	return last, true
}
