package topic

import (
	"iter"
	"slices"
	"strings"
)

// chunkSize is how many nodes a chunk holds at most.
const chunkSize = 256

// chunks are the nodes of one level in the order of their names, in pieces: so
// one that comes or goes moves few others.
type chunks[V any] struct {
	pieces [][]*nameNode[V]
	// index finds a node where there is more than one piece: a search would
	// touch memory all over the place.
	index map[string]*nameNode[V]
}

func (c *chunks[V]) empty() bool { return len(c.pieces) == 0 }

func (c *chunks[V]) single() bool { return len(c.pieces) == 1 && len(c.pieces[0]) == 1 }

func compareLevel[V any](n *nameNode[V], level string) int { return strings.Compare(n.level, level) }

// find returns where level is, or where it belongs.
func (c *chunks[V]) find(level string) (piece, at int, ok bool) {
	// The last piece that does not begin behind it.
	piece, ok = slices.BinarySearchFunc(c.pieces, level, func(nodes []*nameNode[V], level string) int {
		return compareLevel(nodes[0], level)
	})
	switch {
	case ok:
		return piece, 0, true
	case piece == 0:
		return 0, 0, false
	}
	at, ok = slices.BinarySearchFunc(c.pieces[piece-1], level, compareLevel[V])
	return piece - 1, at, ok
}

func (c *chunks[V]) get(level string) *nameNode[V] {
	if c.index != nil {
		return c.index[level]
	}
	piece, at, ok := c.find(level)
	if !ok {
		return nil
	}
	return c.pieces[piece][at]
}

// make returns the node of a level, a new one where there is none.
func (c *chunks[V]) make(level string) *nameNode[V] {
	if n := c.get(level); n != nil {
		return n
	}
	n := &nameNode[V]{level: level}
	if c.empty() {
		c.pieces = [][]*nameNode[V]{{n}}
		return n
	}
	piece, at, _ := c.find(level)
	nodes := slices.Insert(c.pieces[piece], at, n)
	c.pieces[piece] = nodes
	if len(nodes) > chunkSize {
		c.split(piece, at)
	}
	if c.index != nil {
		c.index[level] = n
	}
	return n
}

// split makes two of a piece whose node at is new.
func (c *chunks[V]) split(piece, at int) {
	nodes := c.pieces[piece]
	half := len(nodes) / 2
	if at == len(nodes)-1 { // in order, as names often come: full pieces
		half = at
	}
	behind := slices.Clone(nodes[half:])
	clear(nodes[half:])
	c.pieces[piece] = nodes[:half]
	c.pieces = slices.Insert(c.pieces, piece+1, behind)
	if c.index == nil {
		c.index = map[string]*nameNode[V]{}
		for n := range c.from("") {
			c.index[n.level] = n
		}
	}
}

func (c *chunks[V]) remove(level string) {
	piece, at, ok := c.find(level)
	if !ok {
		return
	}
	delete(c.index, level)
	if nodes := slices.Delete(c.pieces[piece], at, at+1); len(nodes) > 0 {
		c.pieces[piece] = nodes
		return
	}
	c.pieces = slices.Delete(c.pieces, piece, piece+1)
	switch len(c.pieces) {
	case 0:
		c.pieces, c.index = nil, nil
	case 1:
		c.index = nil
	}
}

// from yields the nodes from a level on, in order.
func (c *chunks[V]) from(level string) iter.Seq[*nameNode[V]] {
	return func(yield func(*nameNode[V]) bool) {
		piece, at, _ := c.find(level)
		for ; piece < len(c.pieces); piece, at = piece+1, 0 {
			for _, n := range c.pieces[piece][at:] {
				if !yield(n) {
					return
				}
			}
		}
	}
}
