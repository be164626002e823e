package spec

import (
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

func (d *decoder) arrayKeyword(s *schemaDraft, e entry) {
	switch e.name {
	case "items":
		d.itemsKeyword(s, e)
	case "prefixItems":
		d.prefixItems(s, e)
	case "uniqueItems":
		if unique, ok := d.boolean(e); ok {
			s.UniqueItems = unique
		}
	case "minItems":
		s.MinItems = d.count(e)
	case "maxItems":
		s.MaxItems = d.count(e)
	}
}

// itemsKeyword reads the schema of the items, or false beside prefixItems.
func (d *decoder) itemsKeyword(s *schemaDraft, e entry) {
	_, tuple := s.keys["prefixItems"]
	switch {
	case e.value.Kind == yaml.SequenceNode:
		d.Fail("MQX050", d.Pos(e.key), "a list as %s is of an older JSON Schema", e.what()).Hint(`write "prefixItems" for a schema for each item`)
	case tuple && isBoolNode(e.value):
		open, _ := d.boolean(e)
		s.Closed = !open
	case isBoolNode(e.value) && e.value.Value == "false":
		d.Fail("MQX043", d.Pos(e.value), "no item may stand in schema %s: items is false", s.Path).Hint(`say what the items are, or add "prefixItems"`)
	default:
		s.Items, s.RestGoName = d.schema(e, s.Path+"[]")
	}
}

// prefixItems reads a schema for each of the first items.
func (d *decoder) prefixItems(s *schemaDraft, e entry) {
	list, ok := d.items(e, e.what())
	if !ok {
		return
	}
	if len(list) == 0 {
		d.Fail("MQX043", d.Pos(e.value), "%s has no schema", e.what()).Hint("add a schema for each item, or leave it out")
	}
	for i, item := range list {
		p := &Property{Name: strconv.Itoa(i), Pos: d.Pos(item)}
		p.Schema, p.GoName = d.schema(entry{item, item, e.where, e.name}, fmt.Sprintf("%s[%d]", s.Path, i))
		s.PrefixItems = append(s.PrefixItems, p)
	}
}

// checkArray reports what is missing in an array, and bounds that its items cannot reach.
func (d *decoder) checkArray(s *schemaDraft) {
	_, items := s.keys["items"]
	prefix, tuple := s.keys["prefixItems"]
	if !items && !tuple {
		d.Fail("MQX011", s.Pos, "schema %s has no \"items\"", s.Path).Hint("add items: {type: ...}")
		return
	}
	if !tuple {
		s.RestGoName = ""
		return
	}
	n := len(s.PrefixItems)
	for i, p := range s.PrefixItems {
		p.Required = s.MinItems != nil && i < s.MinItems.Value
	}
	if unique, ok := s.keys["uniqueItems"]; ok && s.UniqueItems {
		d.Fail("MQX044", d.Pos(unique.key), "\"uniqueItems\" stands beside \"prefixItems\", in schema %s", s.Path).
			Hint("leave it out: the items of a tuple are told apart by their place").Also(d.Pos(prefix.key), "prefixItems is here")
	}
	if s.MinItems != nil && s.Closed && s.MinItems.Value > n {
		d.Fail("MQX043", s.MinItems.Pos, "no value is left in schema %s: minItems is %d, and no more than %d items may stand", s.Path, s.MinItems.Value, n).
			Also(d.Pos(prefix.key), "prefixItems has %d, and items is false", n)
	}
	if s.MaxItems != nil && s.MaxItems.Value < n {
		d.Fail("MQX043", s.MaxItems.Pos, "item %d of schema %s can never stand: maxItems is %d", s.MaxItems.Value, s.Path, s.MaxItems.Value).
			Also(s.PrefixItems[s.MaxItems.Value].Pos, "the schema of this item is here")
	}
}

// checkUnique reports a list of different items that cannot be as long as it must be.
func (d *decoder) checkUnique(s *Schema) {
	if !s.UniqueItems || s.MinItems == nil || s.Items == nil {
		return
	}
	items := s.Items.Follow()
	n := 0
	switch {
	case items == nil:
		return
	case items.Const != nil:
		n = 1
	case len(items.Enum) > 0:
		n = len(items.Enum)
	case items.Kind == KindBoolean:
		n = 2
	default:
		return
	}
	if s.Items.Nullable || items.Nullable {
		n++
	}
	if s.MinItems.Value > n {
		d.Fail("MQX043", s.MinItems.Pos, "no value is left in schema %s: minItems is %d, and there are %d different items", s.Path, s.MinItems.Value, n).
			Also(s.Items.Pos, "the items are described here")
	}
}

// isBoolNode says whether true or false stands there.
func isBoolNode(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" }
