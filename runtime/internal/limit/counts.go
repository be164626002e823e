package limit

import "sync"

// Counts counts what is there of each key, up to a bound. Safe for concurrent
// use. Its memory is that of the keys that are there.
type Counts[K comparable] struct {
	most int

	mu sync.Mutex
	// mu guards the following.
	n map[K]int
}

// NewCounts returns counts that let in most of each key; nil, which bounds
// nothing, where most is 0.
func NewCounts[K comparable](most int) *Counts[K] {
	if most <= 0 {
		return nil
	}
	return &Counts[K]{most: most, n: map[K]int{}}
}

// Enter counts one more of k, and reports false where there are enough. beyond
// is how many more than the bound are let in.
func (c *Counts[K]) Enter(k K, beyond int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[k] >= c.most+beyond {
		return false
	}
	c.n[k]++
	return true
}

// Leave takes back what one Enter has counted.
func (c *Counts[K]) Leave(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[k]--; c.n[k] <= 0 {
		delete(c.n, k)
	}
}

// Len returns how many keys there are.
func (c *Counts[K]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.n)
}
