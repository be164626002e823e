package session

import (
	"math/bits"
	"sync/atomic"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/packet"
)

// Traffic counts packets and bytes in one direction. It is written once for
// each read and each flush, never for each packet, by goroutines that seldom
// meet: see [Tally].
type Traffic struct {
	next   atomic.Uint32
	shards [16]trafficShard
}

type trafficShard struct {
	packets [kinds]atomic.Int64
	bytes   atomic.Int64
	_       [40]byte // the next shard begins on another cache line
}

// kinds are the packet types, 3 being PUBLISH of QoS 0, and behind them PUBLISH
// of QoS 1 and 2.
const (
	kinds       = 18
	publishQoS1 = 16
	publishQoS2 = 17
)

// kindOf is the kind of a packet by its first byte.
var kindOf = func() (table [256]uint8) {
	for b := range table {
		switch table[b] = uint8(b >> 4); {
		case packet.Type(b>>4) != packet.TypePublish:
		case b>>1&3 == 1:
			table[b] = publishQoS1
		case b>>1&3 == 2:
			table[b] = publishQoS2
		}
	}
	return table
}()

// Counted is what a Traffic has counted.
type Counted struct {
	Bytes   int64
	Packets [16]int64 // by packet type
	QoS     [3]int64  // of PUBLISH
}

// Counted returns the sums. Any goroutine.
func (t *Traffic) Counted() (c Counted) {
	for i := range t.shards {
		s := &t.shards[i]
		c.Bytes += s.bytes.Load()
		for k := range s.packets {
			n := s.packets[k].Load()
			switch k {
			case publishQoS1:
				c.QoS[1] += n
			case publishQoS2:
				c.QoS[2] += n
			default:
				c.Packets[k] += n
			}
		}
	}
	publish := &c.Packets[packet.TypePublish]
	c.QoS[0] = *publish
	*publish += c.QoS[1] + c.QoS[2]
	return c
}

// Tally counts for a Traffic. The zero value counts nothing. Owned by one
// goroutine at a time.
type Tally struct {
	shard *trafficShard
	seen  uint32 // bits: kinds that were counted since the last Fold
	n     [kinds]uint8
}

// Tally returns a Tally, one for each goroutine or connection.
func (t *Traffic) Tally() Tally {
	return Tally{shard: &t.shards[t.next.Add(1)%uint32(len(t.shards))]}
}

// Count counts a packet, of which b is at least the first byte.
func (t *Tally) Count(b []byte) {
	if len(b) == 0 {
		return
	}
	k := kindOf[b[0]]
	t.seen |= 1 << k
	if t.n[k]++; t.n[k] == 0 && t.shard != nil {
		t.shard.packets[k].Add(1 << 8)
	}
}

// Fold adds what was counted since the last call, and so many bytes.
func (t *Tally) Fold(bytes int) {
	if t.shard == nil {
		return
	}
	for ; t.seen != 0; t.seen &= t.seen - 1 {
		k := bits.TrailingZeros32(t.seen)
		t.shard.packets[k].Add(int64(t.n[k]))
		t.n[k] = 0
	}
	if bytes > 0 {
		t.shard.bytes.Add(int64(bytes))
	}
}

// dropped takes back QoS 0 messages that were counted and are not sent.
func (t *Tally) dropped(n int) {
	if t.shard != nil {
		t.shard.packets[packet.TypePublish].Add(int64(-n))
	}
}
