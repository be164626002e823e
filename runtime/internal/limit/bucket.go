package limit

import "time"

// Bucket is a token bucket that holds the tokens of a second, and one at least.
// The zero value bounds nothing. Not safe for concurrent use.
type Bucket struct {
	rate   float64 // tokens a second; 0: no bound
	full   float64
	tokens float64 // less than 0: a debt
	at     time.Time
}

// NewBucket returns a bucket that is full now; of rate 0 it bounds nothing.
func NewBucket(rate float64, now time.Time) Bucket {
	return Bucket{rate: rate, full: max(rate, 1), tokens: max(rate, 1), at: now}
}

// fill adds what has come since the last call.
func (b *Bucket) fill(now time.Time) {
	if d := now.Sub(b.at); d > 0 {
		b.at = now
		b.tokens = min(b.tokens+float64(d)*1e-9*b.rate, b.full)
	}
}

// Take takes a token, and reports false where there is none.
func (b *Bucket) Take(now time.Time) bool {
	if b.rate <= 0 {
		return true
	}
	b.fill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// Spend takes n tokens, which may leave a debt.
func (b *Bucket) Spend(n float64, now time.Time) {
	if b.rate > 0 {
		b.fill(now)
		b.tokens -= n
	}
}

// breath is how long a bucket in debt fills beyond the debt, so that of a fast
// client a few packets are taken at a time.
const breath = 20 * time.Millisecond

// Wait returns how long it takes until a debt is paid, 0 where there is none.
func (b *Bucket) Wait(now time.Time) time.Duration {
	if b.rate <= 0 || b.tokens >= 0 {
		return 0
	}
	if b.fill(now); b.tokens >= 0 {
		return 0
	}
	seconds := -b.tokens/b.rate + breath.Seconds()
	return time.Duration(min(seconds*1e9, float64(longest))) + 1
}

// longest is how long a wait is at most: who waits looks again then.
const longest = time.Hour

// filledAt returns when the bucket is full again.
func (b *Bucket) filledAt() time.Time {
	if b.rate <= 0 {
		return time.Time{}
	}
	lacking := b.full - b.tokens
	return b.at.Add(time.Duration(min(lacking/b.rate*1e9, float64(24*longest))))
}
