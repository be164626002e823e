package limit

import (
	"sync"
	"time"
)

// Seldom lets a line of the log through once in a while, so that a flood cannot
// fill the disk. The zero value is ready. Safe for concurrent use.
type Seldom struct {
	mu sync.Mutex
	// mu guards the following.
	next time.Time
	held int
}

// Allow reports whether the line may be written now, as none was for a while,
// and how many were not since the last one.
func (s *Seldom) Allow(now time.Time, every time.Duration) (held int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.next) {
		s.held++
		return 0, false
	}
	held, s.held, s.next = s.held, 0, now.Add(every)
	return held, true
}
