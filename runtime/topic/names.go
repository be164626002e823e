package topic

import "sync"

// Names maps topic names to values and finds the values of all names that a
// filter matches: the mirror image of Tree, for retained messages. The zero
// value is empty. Safe for use by many goroutines.
type Names[V any] struct {
	mu sync.RWMutex
	// mu guards the following.
	root nameNode[V]
	size int
}

type nameNode[V any] struct {
	children map[string]*nameNode[V]
	value    V
	has      bool
}

// Set stores v under a valid topic name, in the place of what was there.
func (s *Names[V]) Set(name string, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.root
	for more := true; more; {
		var level string
		level, more = cutLevel(&name)
		child := n.children[level]
		if child == nil {
			child = &nameNode[V]{}
			if n.children == nil {
				n.children = map[string]*nameNode[V]{}
			}
			n.children[level] = child
		}
		n = child
	}
	if !n.has {
		s.size++
	}
	n.value, n.has = v, true
}

// Delete removes what is stored under name, and reports whether there was
// anything.
func (s *Names[V]) Delete(name string) bool {
	return s.DeleteIf(name, func(V) bool { return true })
}

// DeleteIf removes what is stored under name where condition says so, and
// reports whether it did. condition runs under the lock and must not call s.
func (s *Names[V]) DeleteIf(name string, condition func(v V) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(&s.root, name, condition)
}

func (s *Names[V]) remove(n *nameNode[V], name string, condition func(V) bool) (removed bool) {
	level, more := cutLevel(&name)
	child := n.children[level]
	switch {
	case child == nil:
		return false
	case more:
		removed = s.remove(child, name, condition)
	case child.has && condition(child.value):
		var zero V
		child.value, child.has = zero, false
		s.size--
		removed = true
	}
	if !child.has && len(child.children) == 0 {
		delete(n.children, level)
	}
	return removed
}

// Visit calls visit with every value whose name a valid filter matches, in no
// particular order. It holds the read lock meanwhile, so that no Set comes
// between the visits: visit must be short and must not call s.
func (s *Names[V]) Visit(filter string, visit func(v V)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.root.visit(filter, true, visit)
}

func (n *nameNode[V]) visit(filter string, first bool, visit func(v V)) {
	if filter == "#" {
		n.visitAll(first, visit)
		return
	}
	level, more := cutLevel(&filter)
	if level != "+" {
		n.children[level].visitBelow(filter, more, visit)
		return
	}
	for name, child := range n.children {
		if !hidden(first, name) {
			child.visitBelow(filter, more, visit)
		}
	}
}

func (n *nameNode[V]) visitBelow(filter string, more bool, visit func(v V)) {
	switch {
	case n == nil:
	case more:
		if filter == "#" && n.has { // sport/# matches sport
			visit(n.value)
		}
		n.visit(filter, false, visit)
	case n.has:
		visit(n.value)
	}
}

func (n *nameNode[V]) visitAll(first bool, visit func(v V)) {
	for name, child := range n.children {
		if hidden(first, name) {
			continue
		}
		if child.has {
			visit(child.value)
		}
		child.visitAll(false, visit)
	}
}

// hidden reports whether a wildcard passes over the level [MQTT-4.7.2-1].
func hidden(first bool, level string) bool {
	return first && level != "" && level[0] == '$'
}

// Len returns how many names are stored.
func (s *Names[V]) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}
