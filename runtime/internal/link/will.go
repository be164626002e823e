package link

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/broker"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// will is what a client wants published when it is gone without DISCONNECT.
type will struct {
	pub       *session.Publication // owns its bytes; its expiry does not count yet
	delay     time.Duration
	expiry    time.Duration // counted from when the will is sent (section 3.1.3.2.4)
	hasExpiry bool
}

// checkWill decides on the will of a CONNECT: what the server does not offer
// and what user code would not take is refused now, not when nobody is left to
// be told.
func (l *Link) checkWill(ctx context.Context, p *packet.Connect, m *mqtt.Message) error {
	if !p.HasWill {
		return nil
	}
	if err := l.host.Settings.offers(p.Will.QoS, p.Will.Retain); err != nil {
		return err
	}
	if err := l.checkName(&known{name: m.Topic}); err != nil {
		return err
	}
	if l.host.Calls.CheckWill == nil {
		return nil
	}
	err := l.host.Calls.CheckWill(ctx, l, m)
	if err == nil {
		return nil
	}
	r := *asRefusal(err)
	if r.Reason != "" {
		r.Reason = fmt.Sprintf("will to %q: %s", m.Topic, r.Reason)
	}
	return fmt.Errorf("%w: will to %q: %w", &r, m.Topic, err)
}

// willCost is what is counted of a will beside its message.
const willCost = 128

// keepWill copies the will message of a CONNECT until the connection's end. It
// counts as other messages that wait do, until dropWill.
func (l *Link) keepWill(p *packet.Connect) {
	if !p.HasWill {
		return
	}
	w := &p.Will
	l.willed.Store(true)
	l.will = &will{
		pub: &session.Publication{
			Name: string(w.Topic), QoS: w.QoS, Retain: w.Retain,
			Forward: w.Props.AppendForward(nil), Payload: bytes.Clone(w.Payload), Publisher: l.clientID,
		},
		delay:  time.Duration(w.Delay) * time.Second,
		expiry: time.Duration(w.Props.Expiry) * time.Second, hasExpiry: w.Props.HasExpiry,
	}
	l.will.pub.Keep(&l.account, willCost)
}

// dropWill takes back what keepWill has counted: once for each will, when it is
// sent or will never be. Any goroutine.
func (l *Link) dropWill(will *will) { will.pub.Drop(&l.account, willCost) }

// SendWill has the will sent while the connection goes on, whatever its delay,
// for the server ends: so that those who end before it still get it. sent is
// called once, when there is no will any more; at once where there is none. The
// context of a handler that runs is cancelled. Any goroutine.
func (l *Link) SendWill(sent func()) {
	l.mu.Lock()
	if !l.willed.Load() {
		l.mu.Unlock()
		sent()
		return
	}
	l.wills = append(l.wills, sent)
	if l.cancel != nil {
		l.cancel()
	}
	l.mu.Unlock()
	l.mailed.Store(true)
	l.wake()
}

// sendAskedWill sends the will where SendWill has asked for it. Only the link's
// goroutine calls it.
func (l *Link) sendAskedWill() {
	l.mu.Lock()
	asked := len(l.wills) > 0
	l.mu.Unlock()
	if !asked {
		return
	}
	if will := l.will; will != nil {
		l.will = nil
		l.guarded(func() { l.sendWill(l.work, will) })
		l.dropWill(will)
	}
	l.willOver()
}

// willOver tells those who wait that no will is left.
func (l *Link) willOver() {
	l.mu.Lock()
	l.willed.Store(false)
	wills := l.wills
	l.wills = nil
	l.mu.Unlock()
	for _, sent := range wills {
		sent()
	}
}

// willDelay is how long the will waits once the connection has ended: no longer
// than the session [MQTT-3.1.3-9].
func (l *Link) willDelay() time.Duration { return min(l.will.delay, l.expiry) }

// holdWill has the broker send a will later, when the connection's last call of
// user code has returned; false: it has to be sent now.
func (l *Link) holdWill(will *will) bool {
	return l.host.Broker.HoldWill(l.member, &broker.Will{
		Delay: l.willDelay(),
		Send:  func() { l.sendLate(will) },
		Drop:  func() { l.dropWill(will) },
	})
}

// sendLate sends a will whose connection is gone: its handler's value is still
// there, and nobody else calls it.
func (l *Link) sendLate(will *will) {
	w := l.host.work()
	w.now = time.Now()
	defer func() {
		if r := recover(); r != nil {
			l.host.Counters.Panics.Add(1)
			l.host.Log.Error("handler of a delayed will panicked", "client", shown(l.clientID), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
		w.batch.Flush()
		l.host.keep(w)
		l.dropWill(will)
	}()
	l.sendWill(w, will)
}

// sendWill publishes the will as if the client had: user code decides
// [MQTT-3.1.2-8].
func (l *Link) sendWill(w *work, will *will) {
	pub := will.pub
	m := &w.message
	*m = mqtt.Message{
		Topic: pub.Name, QoS: pub.QoS, Retain: pub.Retain, Will: true, Raw: pub.Payload,
		Properties: packet.DecodeProperties(pub.Forward),
	}
	m.Properties.MessageExpiry, m.Properties.HasMessageExpiry = will.expiry, will.hasExpiry
	v, err := l.askForWill(m)
	w.topic.count(v.Topic)
	if err != nil {
		r := asRefusal(err)
		l.host.Counters.Refused.Add(1)
		l.host.Counters.PublishCodes.add(r.Code)
		l.host.Log.Warn("will refused", "client", shown(l.clientID), "topic", shown(pub.Name), "code", r.Code.String(), "reason", reason(err))
		return
	}
	if will.hasExpiry {
		pub.Expires = w.now.Add(will.expiry)
	}
	pub.QoS = min(pub.QoS, v.MaxQoS)
	w.offer.ResetOwned(pub)
	if room := l.offerWill(w, v.Relay); !room {
		l.notRetained(pub.Name)
	}
	if v.Relay && l.host.Calls.Relayed != nil {
		l.host.Calls.Relayed(l, m)
	}
}

// offerWill stores the will that is offered by w, where it is to be retained, and
// relays it. It reports whether there was room.
func (l *Link) offerWill(w *work, relay bool) (room bool) {
	b, pub := l.host.Broker, w.offer.Publication()
	if room = true; pub.Retain {
		defer b.InOrder(pub.Name).Unlock()
		room = b.Retain(&w.offer)
	}
	if relay {
		b.Publish(&w.offer, b.Route(pub.Name, nil), l.member.Session, &w.batch, w.now)
	}
	return room
}

// errNoWill refuses the will of a client whose rights were revoked.
var errNoWill = &mqtt.Refusal{Code: mqtt.NotAuthorized, Reason: "the rights of the client were revoked"}

// askForWill has user code decide on a will that is to be sent.
func (l *Link) askForWill(m *mqtt.Message) (Verdict, error) {
	if l.revoked.Load() {
		return Verdict{}, errNoWill
	}
	return l.host.Calls.Publish(context.WithoutCancel(l.Context()), l, m)
}
