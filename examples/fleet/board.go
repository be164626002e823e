package main

import (
	"fmt"
	"slices"
	"sync"
)

// Board notes which typed method was called how often, and what it got last.
// Safe for use by many goroutines.
type Board struct {
	mu   sync.Mutex
	rows []row // mu
}

type row struct {
	method string
	calls  int
	last   string
}

// Note notes one call.
func (b *Board) Note(method, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.rows, func(r row) bool { return r.method == method })
	if i < 0 {
		i = len(b.rows)
		b.rows = append(b.rows, row{method: method})
	}
	b.rows[i].calls++
	b.rows[i].last = fmt.Sprintf(format, args...)
}

// Calls returns how often a method was called.
func (b *Board) Calls(method string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		if r.method == method {
			return r.calls
		}
	}
	return 0
}

// Last returns what a method noted last, "" where it was never called.
func (b *Board) Last(method string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		if r.method == method {
			return r.last
		}
	}
	return ""
}

// Table returns the board as lines of text.
func (b *Board) Table() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := []string{fmt.Sprintf("%-22s %6s  %s", "typed method", "calls", "last")}
	for _, r := range b.rows {
		lines = append(lines, fmt.Sprintf("%-22s %6d  %.50s", r.method, r.calls, r.last))
	}
	return lines
}
