package password

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
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
	running      map[digest]*flight   // pairs that somebody is verifying now
}

// flight is a pair that is verified once for all who come with it meanwhile.
type flight struct {
	done  chan struct{} // closed when the following is there
	right bool
	err   error // it came to no end
}

func newCache(key []byte, ttl time.Duration) *cache {
	return &cache{key: key, ttl: ttl, newer: map[digest]time.Time{}, began: time.Now(), running: map[digest]*flight{}}
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

// once has one caller at a time verify a pair; others wait for what comes out,
// and try again where that is an error.
func (c *cache) once(ctx context.Context, d digest, verify func() (bool, error)) (bool, error) {
	for {
		c.mu.Lock()
		f, joined := c.running[d]
		if !joined {
			f = &flight{done: make(chan struct{}), err: errPanic}
			c.running[d] = f
		}
		c.mu.Unlock()
		if !joined {
			return c.lead(d, f, verify)
		}
		select {
		case <-f.done:
			if f.err == nil {
				return f.right, nil
			}
		case <-ctx.Done():
			return false, fmt.Errorf("password: wait for another client of this user: %w", context.Cause(ctx))
		}
	}
}

var errPanic = errors.New("password: it could not be verified")

func (c *cache) lead(d digest, f *flight, verify func() (bool, error)) (bool, error) {
	defer func() {
		c.mu.Lock()
		delete(c.running, d)
		c.mu.Unlock()
		close(f.done)
	}()
	f.right, f.err = verify()
	if f.err == nil && f.right {
		c.add(d)
	}
	return f.right, f.err
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
