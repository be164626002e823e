package broker

import (
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Waits reports whether what from publishes with QoS 1 or 2 would have to wait
// in the queue of a client, for that is away or slow.
func (r *Route) Waits(from *session.Session) bool {
	for i := range r.receivers {
		to := &r.receivers[i]
		if (!to.noLocal || to.session != from) && to.waits() {
			return true
		}
	}
	for i := range r.shares {
		free := len(r.shares[i].members) == 0
		for j := range r.shares[i].members {
			free = free || !r.shares[i].members[j].waits()
		}
		if !free {
			return true
		}
	}
	return false
}

// waits is Waits of one receiver.
func (r *receiver) waits() bool {
	return r.wish.QoS > mqtt.QoS0 && (!r.session.Online() || r.session.Backlog())
}

// Relieves reports whether a CONNECT of a client makes memory free, or costs none:
// it takes the place of another connection, its session is to be discarded, or
// something waits for it.
func (b *Broker) Relieves(clientID string, clean bool) bool {
	sh := b.registry.shard(clientID)
	sh.mu.Lock()
	m := sh.members[clientID]
	taken := m != nil && (m.peer != nil || clean)
	sh.mu.Unlock()
	if m == nil || taken {
		return taken
	}
	queue, inflight := m.Waiting()
	return queue+inflight > 0
}
