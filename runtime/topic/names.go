package topic

import (
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
	w.from, w.resumed = from, true
	return w.run(&s.root, filter)
}

// walk is one walk over the names. It keeps its way in a slice: a call for each
// level would leave a deep stack on the goroutine of whoever subscribes.
type walk[V any] struct {
	steps int
	visit func(V) bool
	hides bool // wildcards at the first level pass over $SYS and its like

	// The way to the place where the walk goes on.
	from    string // its levels that are still to be entered
	start   string // the level that was entered last
	resumed bool   // the next nodes to be entered are on that way
	deeper  bool   // the place is below start
}

// stage is one level of a walk: the nodes that are left of it, and what the
// filter wants below them.
type stage[V any] struct {
	among  *chunks[V] // nil: node is the only one
	piece  int        // of among: where the next node is
	at     int
	node   *nameNode[V]
	filter string // behind this level
	more   bool   // there is such a filter
	all    bool   // it is # that matches here
	hides  bool
	fresh  bool // the only node has not had its turn
}

// run walks over what is below root, and returns where it has stopped.
func (w *walk[V]) run(root *nameNode[V], filter string) (next string, done bool) {
	var few [4]stage[V]
	way := append(few[:0], w.enter(root, filter, w.hides))
	for len(way) > 0 {
		here := &way[len(way)-1]
		if !here.step() {
			way, w.deeper = way[:len(way)-1], false
			continue
		}
		n := here.node
		// Below n it goes on: n itself was visited before.
		w.resumed, w.deeper = w.deeper && n.level == w.start, false
		if !w.resumed && !w.take(here) {
			return place(way), false
		}
		if here.more && !n.children.empty() {
			way = append(way, w.enter(n, here.filter, false))
		}
	}
	return "", true
}

// take is one step of the walk; false: the walk stops before it.
func (w *walk[V]) take(at *stage[V]) bool {
	w.steps--
	matches := at.node.has && (at.all || !at.more || at.filter == "#") // sport/# matches sport
	return w.steps >= 0 && (!matches || w.visit(at.node.value))
}

// enter begins with the nodes below n that a filter matches.
func (w *walk[V]) enter(n *nameNode[V], filter string, hides bool) stage[V] {
	start := ""
	if w.resumed {
		start, w.deeper = cutLevel(&w.from)
		w.start = start
	}
	level, more := cutLevel(&filter)
	switch level {
	case "#":
		filter, more = "#", true
		fallthrough
	case "+":
		s := stage[V]{among: &n.children, filter: filter, more: more, all: level == "#", hides: hides}
		if start != "" {
			s.piece, s.at, _ = n.children.find(start)
		}
		return s
	}
	child := n.children.get(level)
	return stage[V]{node: child, filter: filter, more: more, fresh: child != nil && level >= start}
}

// step goes to the next node; false: there is none.
func (s *stage[V]) step() bool {
	if s.among == nil {
		fresh := s.fresh
		s.fresh = false
		return fresh
	}
	for pieces := s.among.pieces; s.piece < len(pieces); s.piece, s.at = s.piece+1, 0 {
		for nodes := pieces[s.piece]; s.at < len(nodes); {
			s.node = nodes[s.at]
			s.at++
			if !s.hides || s.node.level == "" || s.node.level[0] != '$' { // [MQTT-4.7.2-1]
				return true
			}
		}
	}
	return false
}

// place is the name of the node that the walk is at.
func place[V any](way []stage[V]) string {
	var b strings.Builder
	for i := range way {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(way[i].node.level)
	}
	return b.String()
}

// Len returns how many names are stored.
func (s *Names[V]) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}
