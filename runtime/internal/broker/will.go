package broker

import (
	"context"
	"sync"
	"time"
)

// Will is a will that waits: for the end of its Will Delay Interval, or of its
// session, whichever comes first (MQTT 5.0 section 3.1.3.2.2).
type Will struct {
	Delay time.Duration
	// Send is called once, on a goroutine of its own, unless the session is
	// resumed before, or its rights are revoked: then Drop is, if it is not nil.
	// Drop must not block.
	Send, Drop func()

	timer Timer
}

// HoldWill keeps the will of a session whose connection is about to be
// detached. It is not held after EndWills: the caller sends it at once then.
func (b *Broker) HoldWill(m *Member, w *Will) (held bool) {
	sh := b.registry.shard(m.ClientID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if b.noWills.Load() {
		return false
	}
	m.will = w
	b.Timers.Set(&w.timer, w.Delay, func() { b.willDue(sh, m, w) })
	return true
}

// willDue sends a will at the end of its delay, unless it was cancelled and
// another one is held meanwhile.
func (b *Broker) willDue(sh *shard, m *Member, w *Will) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if m.will == w {
		b.sendWill(m)
	}
}

// takeWill takes the will that m holds, nil without one. The shard's lock is
// held.
func (b *Broker) takeWill(m *Member) *Will {
	w := m.will
	if w != nil {
		m.will = nil
		b.Timers.Stop(&w.timer)
	}
	return w
}

// dropWill lets go of the will that m holds, if any, and does not send it. The
// shard's lock is held.
func (b *Broker) dropWill(m *Member) {
	if w := b.takeWill(m); w != nil && w.Drop != nil {
		w.Drop()
	}
}

// sendWill sends the will that m holds, if any. The shard's lock is held.
func (b *Broker) sendWill(m *Member) {
	if w := b.takeWill(m); w != nil {
		go w.Send()
	}
}

// sendFirst sends the will of a session that a clean start has ended, and waits for
// that until ctx ends: what the client publishes next, such as that it is online,
// comes after it. w may be nil.
func (w *Will) sendFirst(ctx context.Context) {
	if w == nil {
		return
	}
	sent := make(chan struct{})
	go func() {
		w.Send()
		close(sent)
	}()
	select {
	case <-sent:
	case <-ctx.Done():
	}
}

// EndWills sends all wills that are held, for the server ends and its sessions
// with it, and lets no more be held. The channel is closed when they are sent.
func (b *Broker) EndWills() <-chan struct{} {
	b.noWills.Store(true)
	var sending sync.WaitGroup
	for i := range b.registry.shards {
		sh := &b.registry.shards[i]
		sh.mu.Lock()
		for _, m := range sh.members {
			if w := b.takeWill(m); w != nil {
				sending.Go(w.Send)
			}
		}
		sh.mu.Unlock()
	}
	sent := make(chan struct{})
	go func() {
		sending.Wait()
		close(sent)
	}()
	return sent
}
