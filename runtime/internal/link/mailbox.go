package link

import (
	"context"
	"errors"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/transport"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// mailboxSize is how many letters wait for a connection at most.
const mailboxSize = 256

// Errors of Post.
var (
	ErrBusy         = errors.New("mailbox of the connection is full")
	ErrNotConnected = errors.New("client is not connected")
)

// End asks the link to end, with a reason for its client. It returns at once
// and may be called by any goroutine, also from a handler. The context of a
// handler that runs is cancelled.
func (l *Link) End(code mqtt.ReasonCode, user ...mqtt.UserProperty) {
	l.EndWith(&mqtt.Refusal{Code: code, Properties: user})
}

// EndWith is End with all that a Refusal may say.
func (l *Link) EndWith(why *mqtt.Refusal) {
	own := *why
	own.Disconnect = true
	l.mu.Lock()
	if l.ending == nil && !l.closed {
		l.ending = &own
	}
	if l.cancel != nil {
		l.cancel()
	}
	l.mu.Unlock()
	l.mailed.Store(true) // first: parse leaves when it stops for the other
	l.asked.Store(true)
	l.wake()
}

// Revoke is End for a client that may do nothing any more: its will is not sent.
// The broker has been told that its session ends.
func (l *Link) Revoke() {
	l.revoked.Store(true)
	l.EndWith(&mqtt.Refusal{Code: mqtt.NotAuthorized, Reason: "the rights of the client were revoked"})
}

// Rights says at which state of the rights the client began to authenticate.
func (l *Link) Rights() uint64 { return l.rights }

// CutOff ends the connection without waiting for anything, even for a handler
// that is stuck. Any goroutine.
func (l *Link) CutOff() {
	l.conn.CutOff()
	l.cut.Store(true)
	l.wake()
}

// wake makes the link look into its mailbox, wherever it waits.
func (l *Link) wake() {
	l.conn.Wake()
	if woken := l.woken.Load(); woken != nil {
		select {
		case *woken <- struct{}{}:
		default: // somebody else has
		}
	}
}

// wakes returns the channel that wake fills, from the first call on. Only the
// link's goroutine calls it.
func (l *Link) wakes() <-chan struct{} {
	if l.woken.Load() == nil {
		woken := make(chan struct{}, 1)
		l.woken.Store(&woken)
	}
	return *l.woken.Load()
}

// Post has f run by the link's goroutine, in turn with the packets. It returns
// at once: ErrBusy when too many wait, ErrNotConnected at the connection's end.
func (l *Link) Post(f func()) error {
	l.mu.Lock()
	switch {
	case l.closed || l.ending != nil:
		l.mu.Unlock()
		return ErrNotConnected
	case len(l.mail) >= mailboxSize:
		l.mu.Unlock()
		return ErrBusy
	}
	l.mail = append(l.mail, f)
	l.mu.Unlock()
	l.mailed.Store(true)
	l.wake()
	return nil
}

// openMail runs what was posted. Only the link's goroutine calls it.
func (l *Link) openMail() {
	l.mailed.Store(false)
	l.mu.Lock()
	mail, end := l.mail, l.ending
	l.mail = nil
	l.mu.Unlock()
	if len(mail) > 0 || l.held.ready() {
		l.pause(func() { l.read(mail) })
	}
	l.sendAskedWill()
	if end != nil {
		if end.Code == mqtt.SessionTakenOver {
			l.obeyRest()
		}
		l.stop(end)
	}
}

// restTime is how long a client that has connected anew waits for what it had
// sent on its former connection to be obeyed.
const restTime = 100 * time.Millisecond

// obeyRest obeys what a client that is taken over had sent before: its next
// connection may have been faster than the last packets of this one. Without it a
// DISCONNECT that has arrived would not count, and the will would be sent.
func (l *Link) obeyRest() {
	if !l.accepted.Load() {
		return
	}
	l.mu.Lock()
	l.rest, l.ctx, l.cancel = time.Now().Add(restTime), nil, nil // that of a handler that was under way is cancelled
	l.mu.Unlock()
	for l.mayObey() && time.Now().Before(l.rest) {
		l.conn.ClearWake() // letters that come now are not read any more
		if err := l.conn.ReceiveRest(l.parse); err != nil && !errors.Is(err, transport.ErrWoken) {
			break
		}
	}
	l.mu.Lock()
	l.rest = time.Time{}
	l.mu.Unlock()
}

// mayObey reports whether packets are obeyed: not once somebody has asked for the
// end, but for the rest.
func (l *Link) mayObey() bool {
	return l.end == nil && (!l.asked.Load() || !l.rest.IsZero() && !l.revoked.Load()) && !l.stalled()
}

// read runs the letters that have come, up to one that panics.
func (l *Link) read(mail []func()) {
	l.borrow()
	defer func() { l.giveBack(recover()) }()
	l.releaseHeld()
	for _, f := range mail {
		l.work.watch.arm()
		f()
	}
}

// Context returns the context of the connection's handlers. It ends with the
// connection, and when somebody asks for that end.
func (l *Link) Context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx == nil {
		ctx := context.WithValue(context.Background(), handlerKey{}, l)
		if l.rest.IsZero() {
			l.ctx, l.cancel = context.WithCancel(ctx)
		} else {
			l.ctx, l.cancel = context.WithDeadline(ctx, l.rest)
		}
		if l.ending != nil && l.rest.IsZero() || l.closed {
			l.cancel()
		}
	}
	return l.ctx
}

// handlerKey is the key under which a context of handlers has its link.
type handlerKey struct{}

// HandlerOf returns the link whose handlers ctx was given to, nil where it is
// none of theirs.
func HandlerOf(ctx context.Context) *Link {
	l, _ := ctx.Value(handlerKey{}).(*Link)
	return l
}

// closeMailbox lets nothing more in, and ends the context.
func (l *Link) closeMailbox() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.mail = true, nil
	if l.cancel != nil {
		l.cancel()
	}
}

func (l *Link) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// Fail takes an error of user code that answers no packet: a Disconnect ends
// the connection, anything else is logged. Only the link's goroutine calls it.
func (l *Link) Fail(where string, err error) {
	if r := asRefusal(err); r.Disconnect {
		l.stop(r)
		return
	}
	l.host.Log.Warn("handler failed", "client", shown(l.clientID), "in", where, "error", err)
}
