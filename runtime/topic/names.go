package topic

import (
	"slices"
	"strings"
	"sync"
)

// Names maps topic names to values and finds the values of all names that a
// filter matches: the mirror image of Tree, for retained messages. The zero
// value is empty. Safe for use by many goroutines.
type Names[V any] struct {
	mu sync.RWMutex
	// mu guards the following.
	root nameNode[V]
	size int
}

// nameNode is one level of the names. Its children are in order, so that a walk
// can end anywhere and go on later from there.
type nameNode[V any] struct {
	level    string
	children chunks[V]
	value    V
	has      bool
}

// Set stores v under a valid topic name, in the place of old, where there was
// something.
func (s *Names[V]) Set(name string, v V) (old V, had bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.root
	for more := true; more; {
		var level string
		level, more = cutLevel(&name)
		n = n.children.make(level)
	}
	old, had = n.value, n.has
	if !had {
		s.size++
	}
	n.value, n.has = v, true
	return old, had
}

// Delete removes what is stored under name, and returns it.
func (s *Names[V]) Delete(name string) (old V, had bool) {
	return s.DeleteIf(name, func(V) bool { return true })
}

// DeleteIf removes what is stored under name where condition says so, and
// returns it. condition runs under the lock and must not call s.
func (s *Names[V]) DeleteIf(name string, condition func(v V) bool) (old V, had bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Nodes above keep are needed by other names: what is below it on the way to
	// name goes in one piece.
	n, keep, top := &s.root, &s.root, ""
	for more, first := true, true; more; first = false {
		parent := n
		var level string
		level, more = cutLevel(&name)
		if n = n.children.get(level); n == nil {
			return old, false
		}
		if first || parent.has || !parent.children.single() {
			keep, top = parent, level
		}
	}
	if !n.has || !condition(n.value) {
		return old, false
	}
	old = n.value
	var zero V
	n.value, n.has = zero, false
	s.size--
	if n.children.empty() {
		keep.children.remove(top)
	}
	return old, true
}

// Get returns what is stored under name.
func (s *Names[V]) Get(name string) (v V, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := &s.root
	for more := true; more; {
		var level string
		level, more = cutLevel(&name)
		if n = n.children.get(level); n == nil {
			return v, false
		}
	}
	return n.value, n.has
}

// Walk calls visit with the values whose names a valid filter matches, in an
// order that does not change, from a place on: "" is the beginning. It stops
// after so many steps, or where visit says no, and returns where to go on:
// first is what visit did not take. done says that nothing is left. Names that
// come or go meanwhile are no harm. It holds the read lock, so that no Set
// comes between the visits: visit must be short and must not call s.
func (s *Names[V]) Walk(filter, from string, steps int, visit func(v V) bool) (next string, done bool) {
	return s.walk(filter, from, &walk[V]{steps: steps, visit: visit, hides: true})
}

// WalkAll is Walk over all names, those that begin with $ too.
func (s *Names[V]) WalkAll(from string, steps int, visit func(v V) bool) (next string, done bool) {
	return s.walk("#", from, &walk[V]{steps: steps, visit: visit})
}

func (s *Names[V]) walk(filter, from string, w *walk[V]) (next string, done bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !w.below(&s.root, filter, w.hides, from, true) {
		return "", true
	}
	slices.Reverse(w.stop)
	return strings.Join(w.stop, "/"), false
}

// walk is one walk over the names.
type walk[V any] struct {
	steps int
	visit func(V) bool
	hides bool     // wildcards at the first level pass over $SYS and its like
	stop  []string // levels of where it has stopped, the last one first
}

// below walks over the children of n that filter matches, and what is below
// them. resumed says that it goes on from a place among them. It reports
// whether the walk has stopped.
func (w *walk[V]) below(n *nameNode[V], filter string, first bool, from string, resumed bool) (stopped bool) {
	level, more := cutLevel(&filter)
	start, deeper := "", false
	if resumed {
		start, deeper = cutLevel(&from)
	}
	if level != "+" && level != "#" {
		child := n.children.get(level)
		if child == nil || level < start {
			return false
		}
		return w.at(child, filter, more, false, from, deeper && level == start)
	}
	for child := range n.children.from(start) {
		if first && child.level != "" && child.level[0] == '$' { // [MQTT-4.7.2-1]
			continue
		}
		if w.at(child, filter, more, level == "#", from, deeper && child.level == start) {
			return true
		}
	}
	return false
}

// at visits n and walks over what is below it. filter is what is left behind
// the level of n; all says that it was #. inside says that the walk was below n
// when it stopped.
func (w *walk[V]) at(n *nameNode[V], filter string, more, all bool, from string, inside bool) (stopped bool) {
	if !inside {
		matches := n.has && (all || !more || filter == "#") // sport/# matches sport
		if w.steps--; w.steps < 0 || matches && !w.visit(n.value) {
			w.stop = append(w.stop, n.level)
			return true
		}
	}
	switch {
	case all:
		stopped = w.below(n, "#", false, from, inside)
	case more:
		stopped = w.below(n, filter, false, from, inside)
	}
	if stopped {
		w.stop = append(w.stop, n.level)
	}
	return stopped
}

// Len returns how many names are stored.
func (s *Names[V]) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}
