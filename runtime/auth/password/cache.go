package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// maxKnown is how many pairs of user and password a cache holds, in each of
// its two halves.
const maxKnown = 1 << 15

type digest [sha256.Size]byte

// cache remembers pairs of user and password that were right. It belongs to
// one version of a file, so that a new one begins with nothing. It may be used
// from any goroutine.
type cache struct {
	key []byte        // of the process; never leaves it
	ttl time.Duration // negative: nothing is kept

	mu sync.Mutex
	// mu guards the following. What is in older leaves with it, when newer is
	// full or as old as ttl.
	newer, older map[digest]time.Time // until when
	began        time.Time            // newer
}

func newCache(key []byte, ttl time.Duration) *cache {
	return &cache{key: key, ttl: ttl, newer: map[digest]time.Time{}, began: time.Now()}
}

// digest names a pair.
func (c *cache) digest(user string, password []byte) (d digest) {
	mac := hmac.New(sha256.New, c.key)
	var length [8]byte // keeps "ab" with "c" apart from "a" with "bc"
	binary.BigEndian.PutUint64(length[:], uint64(len(user)))
	_, _ = mac.Write(length[:])
	_, _ = mac.Write([]byte(user))
	_, _ = mac.Write(password)
	mac.Sum(d[:0])
	return d
}

func (c *cache) has(d digest) bool {
	if c.ttl < 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.newer[d]
	if !ok {
		until, ok = c.older[d]
	}
	return ok && time.Now().Before(until)
}

func (c *cache) add(d digest) {
	if c.ttl < 0 {
		return
	}
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.newer) >= maxKnown || now.Sub(c.began) >= c.ttl {
		c.older, c.newer, c.began = c.newer, map[digest]time.Time{}, now
	}
	c.newer[d] = now.Add(c.ttl)
}
