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
	t.update(filter, change)
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
// way that hold nothing any more. It does not call itself, and neither does
// match on a single way: a filter may have 32,767 levels.
func (t *Tree[V]) update(filter string, change func(V, bool) (V, bool)) {
	n, ends := &t.root, false
	stays, edge := n, "" // the last node on the way that stays without this filter, and where the way goes on from it
	for !ends && filter != "#" {
		level, more := cutLevel(&filter)
		child := n.children[level]
		if child == nil {
			child = &node[V]{}
			if n.children == nil {
				n.children = map[string]*node[V]{}
			}
			n.children[level] = child
		}
		if n == &t.root || n.has || n.hasRest || len(n.children) > 1 {
			stays, edge = n, level
		}
		n, ends = child, !more
	}
	if ends {
		had := n.has
		n.value, n.has = set(change, n.value, n.has)
		t.count(had, n.has)
	} else {
		had := n.hasRest
		n.rest, n.hasRest = set(change, n.rest, n.hasRest)
		t.count(had, n.hasRest)
	}
	if n != &t.root && !n.has && !n.hasRest && len(n.children) == 0 {
		delete(stays.children, edge)
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
		return t.root.match(name, true, dst)
	}
	// No wildcard at the first level matches $SYS and its like [MQTT-4.7.2-1].
	level, more := cutLevel(&name)
	if child := t.root.children[level]; child != nil {
		return child.match(name, more, dst)
	}
	return dst
}

// match appends what matches below n; name is what is left behind its level,
// and more says whether that is anything.
func (n *node[V]) match(name string, more bool, dst []V) []V {
	for {
		if n.hasRest { // sport/# matches sport
			dst = append(dst, n.rest)
		}
		if !more {
			if n.has {
				dst = append(dst, n.value)
			}
			return dst
		}
		if len(n.children) == 0 {
			return dst
		}
		var level string
		level, more = cutLevel(&name)
		exact, plus := n.children[level], n.children["+"]
		switch {
		case plus == nil && exact == nil:
			return dst
		case plus == nil:
			n = exact
		case exact == nil || exact == plus:
			n = plus
		default:
			dst = exact.match(name, more, dst)
			n = plus
		}
	}
}

// Len returns how many filters the tree holds.
func (t *Tree[V]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.size
}
