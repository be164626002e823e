package broker

import (
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// ErrRevoked is an error of Attach: the rights of clients have changed since this one began to
// authenticate, so it has to do so again.
var ErrRevoked = errors.New("attach session: rights were revoked while the client authenticated")

// Claimant is a Peer that says at which state of the rights it began to
// authenticate: Attach refuses it with ErrRevoked where they have changed since.
type Claimant interface {
	Peer
	Rights() uint64
}

// Rights counts how often the rights of clients, of this one among them, were
// revoked.
func (b *Broker) Rights(clientID string) uint64 {
	sh := b.registry.shard(clientID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.rights
}

// Revoke discards the session of a client together with its will. Where it is
// connected, the session ends with the connection, which is returned for the
// caller to end. owner, where it is not nil, is whose session alone is meant.
// found reports whether there was one.
func (b *Broker) Revoke(clientID string, owner *session.Owner) (p Peer, found bool) {
	sh := b.registry.shard(clientID)
	sh.mu.Lock()
	sh.rights++
	m := sh.members[clientID]
	var left []session.Returned
	switch {
	case m == nil || owner != nil && m.Owner != *owner:
		sh.mu.Unlock()
		return nil, false
	case m.peer != nil:
		m.revoked = true
		p = m.peer
	default:
		b.dropWill(m) // who may do nothing any more has no last word
		left = b.remove(sh, m)
	}
	sh.mu.Unlock()
	handOverAll(left)
	if p == nil && b.sessionExpired != nil {
		b.sessionExpired(clientID)
	}
	return p, true
}

// Recheck has all who authenticate meanwhile do so again, and returns whose
// sessions there are, by client identifier, shard by shard. Nothing is locked
// while they are looked at.
func (b *Broker) Recheck() iter.Seq2[string, session.Owner] {
	return func(yield func(string, session.Owner) bool) {
		for i := range b.registry.shards {
			for _, m := range b.registry.shards[i].recheck() {
				if !yield(m.ClientID, m.Owner) {
					return
				}
			}
		}
	}
}

// recheck refuses who is not attached yet, and returns who is: nobody is missed.
func (sh *shard) recheck() []*Member {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.rights++
	return slices.Collect(maps.Values(sh.members))
}
