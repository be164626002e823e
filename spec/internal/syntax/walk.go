package syntax

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Bounds of the tree: a spec that a person wrote stays far below them.
const (
	maxNodes = 1 << 20 // with every alias followed
	MaxDepth = 100
)

// walker goes over every node once for each way to it, before anything is decoded.
type walker struct {
	d     *Reader
	nodes int
	open  map[*yaml.Node]bool // aliases that are being followed
	outer *yaml.Node          // the first of them
}

// walk reports what Node mode of yaml.v3 lets through: keys that stand twice, aliases that contain themselves or grow
// without bound, merge keys and tags. Where it returns false, the tree cannot be decoded.
func (r *Reader) walk(root *yaml.Node) bool {
	w := walker{d: r, open: map[*yaml.Node]bool{}}
	return w.node(root, 0)
}

func (w *walker) node(n *yaml.Node, depth int) bool {
	if w.nodes++; w.nodes > maxNodes {
		if w.outer != nil {
			n = w.outer
		}
		w.d.Fail("MQX004", w.d.Pos(n), "the aliases of this file grow to more than %d values", maxNodes).Hint("use $ref to #/payloads instead of aliases")
		return false
	}
	if depth > MaxDepth {
		w.d.Fail("MQX001", w.d.Pos(n), "values are nested more than %d deep", MaxDepth)
		return false
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.alias(n, depth)
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if !w.node(item, depth+1) {
				return false
			}
		}
	}
	return w.tag(n)
}

func (w *walker) alias(n *yaml.Node, depth int) bool {
	if w.open[n.Alias] {
		w.d.Fail("MQX004", w.d.Pos(n), "alias *%s contains itself", n.Value).Hint("use $ref to #/payloads for a schema that contains itself")
		return false
	}
	if len(w.open) == 0 {
		w.outer = n
	}
	w.open[n.Alias] = true
	ok := w.node(n.Alias, depth+1)
	delete(w.open, n.Alias)
	if len(w.open) == 0 {
		w.outer = nil
	}
	return ok
}

func (w *walker) mapping(n *yaml.Node, depth int) bool {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := Target(n.Content[i])
		switch {
		case key.Kind != yaml.ScalarNode:
			w.d.Fail("MQX010", w.d.Pos(key), "a key must be text, not %s", KindOf(key))
			return false
		case key.ShortTag() == "!!merge" || key.Value == "<<" && key.Style == 0:
			w.d.Fail("MQX004", w.d.Pos(key), "merge keys are not part of this language").Hint("write the fields out, or use $ref")
		case first[key.Value] != nil:
			w.d.Fail("MQX003", w.d.Pos(n.Content[i]), "key %q stands twice", key.Value).
				Also(w.d.Pos(first[key.Value]), "it stands here first")
		default:
			first[key.Value] = key
		}
		if !w.node(key, depth+1) || !w.node(n.Content[i+1], depth+1) {
			return false
		}
	}
	return w.tag(n)
}

// tag reports tags that change what a value is.
func (w *walker) tag(n *yaml.Node) bool {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!map", "!!seq", "!!merge":
	default:
		if n.Style&yaml.TaggedStyle != 0 || !strings.HasPrefix(tag, "!!") {
			w.d.Fail("MQX010", w.d.Pos(n), "tag %s is not part of this language", tag).Hint("remove the tag")
		}
	}
	return true
}
