package session

import (
	"bytes"
	"hash/maphash"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
)

const (
	aliasFrom = 8       // bytes of the shortest topic name that gets an alias: a shorter one saves next to nothing
	aliasTo   = 1 << 10 // and of the longest: names are kept for each connection
	// aliasCredit is how many rounds of the hand a name that does not come
	// again keeps its alias.
	aliasCredit = 15
)

// aliases are the topic aliases that the server has set on one connection
// (MQTT 5.0 section 3.3.2.3.4). Guarded by the outbox's lock.
//
// A name gets an alias when it comes first, as long as there are any: it costs
// three bytes once. Then a hand goes round: each packet that has none takes a
// credit from the name under the hand, which gets all its credit back when it
// is used, and gives its place away when it has none left. So names that are
// in use keep theirs, others are replaced in the end, and where very many
// names take turns, an alias is set in vain for one packet in sixteen at most.
type aliases struct {
	max     int // the client's Topic Alias Maximum, or what the server sets at most
	maximum int // the client's Maximum Packet Size in bytes; 0: none
	seed    maphash.Seed
	bySum   map[uint64]uint16
	slots   []aliased // by alias - 1
	hand    int
	buf     []byte
}

type aliased struct {
	name   []byte
	sum    uint64 // of name
	credit uint8
}

// head returns a head of a PUBLISH as this connection gets it: with an alias
// where that pays. It is valid until the next call.
func (a *aliases) head(head []byte, payload int) []byte {
	name := packet.HeadName(head)
	if len(name) < aliasFrom || len(name) > aliasTo {
		return head
	}
	alias, set := a.use(name, a.fits(len(head)+payload+packet.AliasCost))
	if alias == 0 {
		return head
	}
	a.buf = packet.AppendAliased(a.buf[:0], head, payload, alias, set)
	return a.buf
}

// fits reports whether a packet of so many bytes may be sent. Whether a
// message is too large for the client is decided before, by its size without
// an alias: so it does not depend on what was sent earlier.
func (a *aliases) fits(size int) bool {
	return size <= packet.MaxRemainingLength && (a.maximum == 0 || size <= a.maximum)
}

// use returns the alias of a name, and whether the packet has to set it; 0:
// the name has none. fits says that the packet may be longer by that.
func (a *aliases) use(name []byte, fits bool) (alias uint16, set bool) {
	sum := maphash.Bytes(a.seed, name)
	if alias = a.bySum[sum]; alias != 0 {
		s := &a.slots[alias-1]
		if !bytes.Equal(s.name, name) {
			return 0, false
		}
		s.credit = aliasCredit
		return alias, false
	}
	if !fits {
		return 0, false
	}
	if alias = a.free(); alias == 0 {
		return 0, false
	}
	s := &a.slots[alias-1]
	s.name, s.sum, s.credit = append(s.name[:0], name...), sum, aliasCredit
	a.bySum[sum] = alias
	return alias, true
}

// free returns an alias that may be set anew; 0: there is none yet.
func (a *aliases) free() uint16 {
	if len(a.slots) < a.max {
		if a.bySum == nil {
			a.bySum = map[uint64]uint16{}
		}
		a.slots = append(a.slots, aliased{})
		return uint16(len(a.slots))
	}
	at := a.hand
	a.hand = (at + 1) % a.max
	s := &a.slots[at]
	if s.credit > 0 {
		s.credit--
		return 0
	}
	delete(a.bySum, s.sum)
	return uint16(at + 1)
}

// allowAliases lets the outbox set topic aliases. Call it before the first
// PUBLISH.
func (o *Outbox) allowAliases(n, maximum int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.aliases = &aliases{max: n, maximum: maximum, seed: maphash.MakeSeed()}
}
