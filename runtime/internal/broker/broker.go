package broker

import (
	"sync/atomic"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// Broker is the shared state of one server.
type Broker struct {
	// Timers is the one wheel of the server.
	Timers *Wheel
	// Counters are shared by all sessions.
	Counters session.Counters
	// StickyShares has each member of a shared subscription get all messages of
	// some publishers; else members take turns. Set it before the first link.
	StickyShares bool
	// Quotas bound what is kept. Set them before the first link.
	Quotas Quotas

	limits   session.Limits
	registry registry
	filters  topic.Tree[*audience]
	retained retained
	// generations change with the subscriptions: a Route holds while those of
	// its name are unchanged.
	generations generations
	noWills     atomic.Bool  // the server ends: no will is held any more
	kept        atomic.Int64 // sessions that outlive their connections
	subscribed  atomic.Int64 // subscriptions: each session and filter
	shared      atomic.Int64 // of them, those that are shared
	// SessionExpired is told of each session that ended while its client was
	// away; nil: nobody is.
	sessionExpired func(clientID string)
}

// New returns an empty broker, whose timers run until Close.
func New(limits session.Limits, sessionExpired func(clientID string)) *Broker {
	b := &Broker{Timers: newWheel(), limits: limits, sessionExpired: sessionExpired}
	b.registry.init()
	b.retained.held = limits.Memory.Account()
	return b
}

// Limits returns the bounds of sessions and outboxes.
func (b *Broker) Limits() *session.Limits { return &b.limits }

// Close stops the timers.
func (b *Broker) Close() { b.Timers.stop() }

// Size returns how many sessions, filters and retained messages there are.
func (b *Broker) Size() (sessions, filters, retained int) {
	return b.registry.size(), b.filters.Len(), b.retained.Len()
}

// Load is what a broker holds.
type Load struct {
	Subscriptions, Shared int
	RetainedBytes         int64
	Kept                  int // sessions that outlive their connections
	Queued, Inflight      int
	QueuedBytes           int64
}

// Load counts; it visits every session.
func (b *Broker) Load() Load {
	l := Load{Subscriptions: int(b.subscribed.Load()), Shared: int(b.shared.Load()), RetainedBytes: b.retained.size(), Kept: int(b.kept.Load())}
	var all []*Member
	for i := range b.registry.shards {
		all = b.registry.shards[i].list(all[:0])
		for _, m := range all {
			queue, bytes, inflight := m.Load()
			l.Queued += queue
			l.QueuedBytes += int64(bytes)
			l.Inflight += inflight
		}
	}
	return l
}

// list appends the members to dst.
func (sh *shard) list(dst []*Member) []*Member {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, m := range sh.members {
		dst = append(dst, m)
	}
	return dst
}

// count notes that a subscription came or went.
func (b *Broker) count(s *Subscription, n int64) {
	b.subscribed.Add(n)
	if s.Share != "" {
		b.shared.Add(n)
	}
}
