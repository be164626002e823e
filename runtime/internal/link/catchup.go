package link

import (
	"errors"
	"io"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

const (
	// catchUpTime is how long handlers may take for what came before a takeover,
	// and half the TakeoverTimeout where that is less.
	catchUpTime = time.Second
	// catchUpBytes is about how much of it is read.
	catchUpBytes = 256 << 10
)

// catchUp obeys what had arrived before the client connected once more: it has
// sent that first, but of two sockets the new one may be heard first. Its
// DISCONNECT takes the will away [MQTT-3.14.4-3], its PUBACKs spare it messages
// that would come twice, and its last messages are not lost. Only the link's
// goroutine calls it, on its way to the end.
func (l *Link) catchUp(end *mqtt.Refusal) {
	if end.Code != mqtt.SessionTakenOver || l.end != nil || !l.accepted.Load() || l.revoked.Load() {
		return
	}
	l.mu.Lock()
	l.catchingUp, l.ctx, l.cancel = true, nil, nil // the context of handlers has ended
	l.mu.Unlock()
	limit := time.AfterFunc(min(catchUpTime, l.host.Settings.TakeoverTimeout/2), l.endCatchUp)
	err := l.receiveArrived()
	limit.Stop()
	l.endCatchUp()
	if errors.Is(err, io.EOF) {
		l.stop(errPeerClosed)
	}
}

// receiveArrived obeys what the socket holds. Whoever has asked for the end may
// still be at waking the link, so it looks again after a pass that was woken.
func (l *Link) receiveArrived() (err error) {
	used := 0
	parse := func(b []byte) (int, int, bool) {
		n, want, leave := l.parse(b)
		used += n
		return n, want, leave || used >= catchUpBytes
	}
	for more, passes := true, 0; more && passes < 16 && err == nil && l.end == nil && used < catchUpBytes; passes++ {
		l.mailed.Store(false)
		l.asked.Store(false)
		if l.revoked.Load() { // else whoever revokes asks after this
			break
		}
		before := used
		err = l.conn.ReceiveNow(parse)
		more = used > before
		if l.conn.Woken() {
			l.conn.ClearWake()
			more = true
		}
	}
	l.asked.Store(true)
	return err
}

// endCatchUp ends the context of the handlers.
func (l *Link) endCatchUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchingUp = false
	if l.cancel != nil {
		l.cancel()
	}
}
