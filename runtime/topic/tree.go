package topic

import "sync"

// Tree maps topic filters to values and finds the values of all filters that
// match a name. The zero value is an empty tree. Safe for use by many
// goroutines; Match and Get only take a read lock.
type Tree[V any] struct {
	mu sync.RWMutex
	// mu guards the following.
	exact map[string]V // filters without a wildcard: most of them
	root  node[V]      // filters with one
	size  int
}

// node is one level of the filters with wildcards.
type node[V any] struct {
	children map[string]*node[V] // by level; "+" among them
	value    V                   // of the filter that ends here
	rest     V                   // of the filter that ends here with /#
	has      bool
	hasRest  bool
}

// Update sets the value of a valid filter to what change returns, or removes
// the filter where keep is false. change gets the present value, or the zero
// value and false; it runs under the tree's lock and must not call the tree.
func (t *Tree[V]) Update(filter string, change func(old V, ok bool) (v V, keep bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !HasWildcard(filter) {
		t.updateExact(filter, change)
		return
	}
	t.update(&t.root, filter, change)
}

func (t *Tree[V]) updateExact(filter string, change func(V, bool) (V, bool)) {
	old, ok := t.exact[filter]
	v, keep := change(old, ok)
	switch {
	case keep && t.exact == nil:
		t.exact = map[string]V{filter: v}
	case keep:
		t.exact[filter] = v
	case ok:
		delete(t.exact, filter)
	}
	t.count(ok, keep)
}

// update walks to the node of filter, changes it, and drops the nodes on the
// way back that hold nothing any more.
func (t *Tree[V]) update(n *node[V], filter string, change func(V, bool) (V, bool)) {
	if filter == "#" {
		had := n.hasRest
		n.rest, n.hasRest = set(change, n.rest, n.hasRest)
		t.count(had, n.hasRest)
		return
	}
	level, more := cutLevel(&filter)
	child := n.children[level]
	if child == nil {
		child = &node[V]{}
		if n.children == nil {
			n.children = map[string]*node[V]{}
		}
		n.children[level] = child
	}
	if more {
		t.update(child, filter, change)
	} else {
		had := child.has
		child.value, child.has = set(change, child.value, child.has)
		t.count(had, child.has)
	}
	if !child.has && !child.hasRest && len(child.children) == 0 {
		delete(n.children, level)
	}
}

func set[V any](change func(V, bool) (V, bool), old V, ok bool) (V, bool) {
	v, keep := change(old, ok)
	if !keep {
		var zero V
		return zero, false
	}
	return v, true
}

func (t *Tree[V]) count(had, has bool) {
	switch {
	case has && !had:
		t.size++
	case had && !has:
		t.size--
	}
}

// Get returns the value of exactly this filter.
func (t *Tree[V]) Get(filter string) (v V, ok bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !HasWildcard(filter) {
		v, ok = t.exact[filter]
		return v, ok
	}
	n := &t.root
	for {
		if filter == "#" {
			return n.rest, n.hasRest
		}
		level, more := cutLevel(&filter)
		if n = n.children[level]; n == nil {
			return v, false
		}
		if !more {
			return n.value, n.has
		}
	}
}

// Match appends to dst the values of all filters that match a valid name, in
// no particular order, and returns the longer slice.
func (t *Tree[V]) Match(name string, dst []V) []V {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if v, ok := t.exact[name]; ok {
		dst = append(dst, v)
	}
	if name[0] != '$' {
		return t.root.match(name, dst)
	}
	// No wildcard at the first level matches $SYS and its like [MQTT-4.7.2-1].
	level, more := cutLevel(&name)
	if child := t.root.children[level]; child != nil {
		return child.matchBelow(name, more, dst)
	}
	return dst
}

func (n *node[V]) match(name string, dst []V) []V {
	if n.hasRest {
		dst = append(dst, n.rest)
	}
	if len(n.children) == 0 {
		return dst
	}
	level, more := cutLevel(&name)
	if child := n.children[level]; child != nil && level != "+" {
		dst = child.matchBelow(name, more, dst)
	}
	if child := n.children["+"]; child != nil {
		dst = child.matchBelow(name, more, dst)
	}
	return dst
}

// matchBelow matches what is left of a name after the level of n.
func (n *node[V]) matchBelow(name string, more bool, dst []V) []V {
	if more {
		return n.match(name, dst)
	}
	if n.has {
		dst = append(dst, n.value)
	}
	if n.hasRest { // sport/# matches sport
		dst = append(dst, n.rest)
	}
	return dst
}

// Len returns how many filters the tree holds.
func (t *Tree[V]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.size
}
