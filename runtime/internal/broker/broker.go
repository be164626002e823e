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

	limits   session.Limits
	registry registry
	filters  topic.Tree[*audience]
	retained retained
	// generations change with the subscriptions: a Route holds while those of
	// its name are unchanged.
	generations generations
	noWills     atomic.Bool // the server ends: no will is held any more
	// SessionExpired is told of each session that ended while its client was
	// away; nil: nobody is.
	sessionExpired func(clientID string)
}

// New returns an empty broker, whose timers run until Close.
func New(limits session.Limits, sessionExpired func(clientID string)) *Broker {
	b := &Broker{Timers: newWheel(), limits: limits, sessionExpired: sessionExpired}
	b.registry.init()
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
