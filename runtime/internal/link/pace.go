package link

import (
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/limit"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
)

// pace is how fast the client may send, where that is bounded. Owned by the
// read loop.
type pace struct {
	limit.Pace
	late  bool // nothing is read until Wait is over
	timer *time.Timer
	until time.Time // when the last pause was over
}

// startPace begins to measure a client that has been let in.
func (l *Link) startPace() {
	if rates := l.host.Settings.Rates; rates.Any() {
		if _, exempt := l.host.Door.exempt(l.conn.RemoteAddr()); !exempt {
			l.pace = &pace{Pace: limit.NewPace(rates, time.Now())}
		}
	}
}

// spend notes a packet that was obeyed.
func (p *pace) spend(h packet.Header, now time.Time) {
	p.Packet(h.Size+h.Length, h.Type == packet.TypePublish, now)
	p.late = p.Exceeded()
}

// stalled reports whether no further packet may be obeyed now.
func (l *Link) stalled() bool {
	return l.heavy || l.hungry || l.held.full() || l.pace != nil && l.pace.late
}

const (
	// calm is how long a client must be in time before one that is late again
	// counts again.
	calm = time.Second
	// logLate is how often the log names a client that sends too fast.
	logLate = time.Minute
)

// keepPace holds the link while its client has sent too much: nothing is read,
// so that TCP slows it down, but letters and the wish to end reach it.
func (l *Link) keepPace() {
	p := l.pace
	if p == nil || !p.late {
		return
	}
	p.late = false
	woken := l.wakes() // first: whoever woke the link before does not know of it, and is obeyed before any sleep
	for began := false; l.end == nil && !l.cut.Load(); {
		now := time.Now()
		wait := p.Wait(now)
		if wait == 0 {
			break
		}
		if l.host.Settings.CloseFast {
			l.host.Counters.ClosedFast.Add(1)
			l.stop(errTooFast)
			return
		}
		switch {
		case began:
			l.pause(func() { p.sleep(wait, woken) })
		case now.Sub(p.until) >= calm:
			l.slowedDown(wait)
		}
		began = true
		l.conn.ClearWake()
		l.openMail()
		l.goOnSending()
	}
	p.until = time.Now()
}

// sleep waits, until woken at most.
func (p *pace) sleep(wait time.Duration, woken <-chan struct{}) {
	if p.timer == nil {
		p.timer = time.NewTimer(wait)
	} else {
		p.timer.Reset(wait)
	}
	select {
	case <-p.timer.C:
	case <-woken:
		p.timer.Stop()
	}
}

// slowedDown counts and logs that nothing is read of a client for a while.
func (l *Link) slowedDown(wait time.Duration) {
	h, name := l.host, "Limits.PublishRate"
	if !l.pace.Messages() {
		name = "Limits.ByteRate"
	}
	h.Counters.Paused.Add(1)
	h.Log.Debug("client sends too fast; it is read no more for a while", "client", shown(l.clientID), "wait", wait)
	if held, ok := h.late.Allow(time.Now(), logLate); ok {
		h.Log.Info("client sends too fast; it is slowed down", "client", shown(l.clientID), "addr", l.conn.RemoteAddr(), "limit", name, "more", held)
	}
}
