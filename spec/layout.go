package spec

import "slices"

// layouts reports schemas that contain themselves by value: no Go type could hold them. An array, a map or a union breaks
// the circle, an optional field does not. Where it returns false, references cannot be followed to an end.
func (d *decoder) layouts() bool {
	l := layout{d: d, state: map[*Payload]uint8{}, union: map[*Payload]uint8{}, ok: true}
	n := nesting{d: d, heights: map[*Payload]int{}}
	for _, p := range d.allPayloads() {
		l.payload(p)
		l.unions(p)
	}
	if l.ok {
		d.slowUnions()
	}
	for _, p := range d.allPayloads() {
		n.payload(p)
	}
	return l.ok
}

type layout struct {
	d     *decoder
	state map[*Payload]uint8 // 1: on the way, 2: done
	union map[*Payload]uint8 // so for alternatives of alternatives
	ok    bool
}

func (l *layout) payload(p *Payload) {
	if p.Schema == nil || l.state[p] != 0 {
		return
	}
	l.state[p] = 1
	if p.Schema != nil {
		l.schema(p.Schema)
	}
	l.state[p] = 2
}

// unions looks for a union that is an alternative of itself: to read it would have no end.
func (l *layout) unions(p *Payload) {
	if p.Schema == nil || l.union[p] != 0 {
		return
	}
	l.union[p] = 1
	l.alternatives(p.Schema)
	l.union[p] = 2
}

func (l *layout) alternatives(s *Schema) {
	for _, v := range s.Variants {
		l.alternatives(v.Schema)
	}
	if s.Ref == nil {
		return
	}
	if l.union[s.Ref] == 1 {
		if l.state[s.Ref] == 2 && s.Ref.Schema.Kind == KindUnion {
			l.ok = false
			l.d.Fail("MQX042", s.RefPos, "payload %q is an alternative of itself", s.Ref.Name).
				Hint("take it out of the list").Also(s.Ref.Pos, "%q begins here", s.Ref.Name)
		}
		return
	}
	l.unions(s.Ref)
}

func (l *layout) schema(s *Schema) {
	for _, p := range s.PrefixItems {
		l.schema(p.Schema)
	}
	for _, p := range s.Properties {
		l.schema(p.Schema)
	}
	if s.Ref == nil {
		return
	}
	switch l.state[s.Ref] {
	case 0:
		l.payload(s.Ref)
	case 1:
		l.ok = false
		l.d.Fail("MQX042", s.RefPos, "%s %q contains itself: a Go value of it would have no end", s.Ref.what(), s.Ref.Name).
			Hint("put an array or a map between, or name the other by an id").
			Also(s.Ref.Pos, "%q begins here", s.Ref.Name)
	}
}

// maxNesting is how deep arrays and objects of a payload may lie in each other: package payload reads no more.
const maxNesting = 64

// nesting reports schemas that lie deeper than any payload that could be read.
type nesting struct {
	d       *decoder
	heights map[*Payload]int // arrays and objects in each other; 0 on the way, and where it is reported
}

// payload counts what a payload contains itself but once: its values end somewhere.
func (n *nesting) payload(p *Payload) int {
	if height, known := n.heights[p]; known {
		return height
	}
	n.heights[p] = 0
	if p.Schema == nil {
		return 0
	}
	before := len(n.d.Found)
	if height := n.schema(p.Schema, 0); len(n.d.Found) == before {
		n.heights[p] = height
	}
	return n.heights[p]
}

// schema returns the height of a schema that lies in some open arrays and objects.
func (n *nesting) schema(s *Schema, open int) int {
	height, pos := 0, s.Pos
	switch s.Kind {
	case KindRef:
		if s.Ref != nil {
			height, pos = n.payload(s.Ref), s.RefPos
		}
	case KindArray, KindObject:
		height = 1
	}
	if open+height > maxNesting {
		n.d.Fail("MQX042", pos, "arrays and objects lie in each other more than %d deep here: no such payload is read", maxNesting).
			Hint("make the payload flatter")
		return 0
	}
	if s.Items != nil {
		height = max(height, 1+n.schema(s.Items, open+1))
	}
	if s.Additional != nil {
		height = max(height, 1+n.schema(s.Additional, open+1))
	}
	for _, p := range slices.Concat(s.PrefixItems, s.Properties) {
		height = max(height, 1+n.schema(p.Schema, open+1))
	}
	for _, v := range s.Variants {
		height = max(height, n.schema(v.Schema, open))
	}
	return height
}
