package limit

import (
	"sync"
	"time"
)

// SharedBucket is a Bucket for many goroutines.
type SharedBucket struct {
	mu sync.Mutex
	// mu guards the following.
	bucket Bucket
}

// NewSharedBucket returns a bucket that is full now; nil, which bounds nothing,
// where rate is 0.
func NewSharedBucket(rate float64, now time.Time) *SharedBucket {
	if rate <= 0 {
		return nil
	}
	return &SharedBucket{bucket: NewBucket(rate, now)}
}

// Take takes a token, and reports false where there is none.
func (b *SharedBucket) Take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bucket.Take(now)
}
