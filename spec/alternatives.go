package spec

import (
	"fmt"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// alternativesOf returns oneOf or anyOf.
func (d *decoder) alternativesOf(s *schemaDraft) (entry, bool) {
	one, isOne := s.keys["oneOf"]
	several, isAny := s.keys["anyOf"]
	if isOne && isAny {
		d.Fail("MQX051", d.Pos(several.key), "schema %s has both oneOf and anyOf", s.Path).
			Hint("keep one of them").Also(d.Pos(one.key), "oneOf is here")
	}
	if isOne {
		return one, true
	}
	return several, isAny
}

// alternatives reads oneOf and anyOf: a union of two or more schemas, or the only one there is beside null.
func (d *decoder) alternatives(s *schemaDraft, e entry) *Schema {
	s.Nullable = s.asksNull
	list, ok := d.items(e, e.what())
	if !ok {
		return s.Schema
	}
	if list = d.withoutNull(s, list, e); len(list) == 0 {
		return s.Schema
	}
	if len(list) == 1 {
		only := d.readSchema(entry{e.key, list[0], e.where, e.name}, s.Path, false)
		return d.adopt(s, only, e, []string{"default"})
	}
	d.onlyBeside(s, e, []string{"discriminator"})
	s.Kind, s.AnyOf = KindUnion, e.name == "anyOf"
	for i, item := range list {
		v := &Variant{Pos: d.Pos(item)}
		v.Schema = d.readSchema(entry{item, item, e.where, e.name}, fmt.Sprintf("%s.%s[%d]", s.Path, e.name, i), false)
		if v.Schema.Kind != KindInvalid {
			s.Variants = append(s.Variants, v)
		}
	}
	if len(s.Variants) < len(list) { // what is wrong is reported
		s.Kind, s.Variants = KindInvalid, nil
		return s.Schema
	}
	if de, ok := s.keys["discriminator"]; ok {
		s.discriminator = d.discriminatorKeyword(de)
	}
	return s.Schema
}

// withoutNull takes {type: "null"} out of the alternatives.
func (d *decoder) withoutNull(s *schemaDraft, list []*yaml.Node, e entry) []*yaml.Node {
	var rest []*yaml.Node
	var null *yaml.Node
	for _, item := range list {
		if !isNullSchema(item) {
			rest = append(rest, item)
			continue
		}
		if null != nil {
			d.Fail("MQX051", d.Pos(item), "null stands twice in %s", e.what()).Also(d.Pos(null), "it stands here first")
		}
		null, s.Nullable = item, true
	}
	switch {
	case len(rest) > 0:
	case null != nil:
		d.onlyNull(s, d.Pos(e.key))
	default:
		d.Fail("MQX051", d.Pos(e.key), "%s has no schema", e.what()).Hint("add two alternatives or more")
	}
	return rest
}

// isNullSchema says whether a schema is that of null alone.
func isNullSchema(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		value := syntax.Target(n.Content[i+1])
		switch syntax.Target(n.Content[i]).Value {
		case "type":
			return value.Kind == yaml.ScalarNode && value.Value == "null"
		case "const":
			return syntax.IsNull(value) && value.Value != ""
		}
	}
	return false
}

// onlyBeside reports keywords beside oneOf, anyOf or allOf that do not belong there.
func (d *decoder) onlyBeside(s *schemaDraft, e entry, allowed []string) {
	for _, key := range s.order {
		if key == e.name || slices.Contains(allowed, key) || key == "anyOf" && e.name == "oneOf" {
			continue
		}
		wrong := d.Fail("MQX044", d.Pos(s.keys[key].key), "%q stands beside %q, in schema %s", key, e.name, s.Path).
			Also(d.Pos(e.key), "%s is here", e.name)
		switch key {
		case "oneOf", "anyOf", "allOf":
			wrong.Hint("keep one of them, and put the other in a payload of its own")
		case "discriminator":
			wrong.Hint("it belongs beside oneOf with two alternatives or more")
		default:
			wrong.Hint("say it in each of the schemas under %s", e.name)
		}
	}
}

// adopt makes the only schema of oneOf, anyOf or allOf stand for the schema around it.
func (d *decoder) adopt(outer *schemaDraft, s *Schema, e entry, allowed []string) *Schema {
	d.onlyBeside(outer, e, allowed)
	inner := s.draft
	if outer.Title != "" {
		s.Title = outer.Title
	}
	if outer.Description != "" {
		s.Description = outer.Description
	}
	s.Deprecated = s.Deprecated || outer.Deprecated
	s.ReadOnly = s.ReadOnly || outer.ReadOnly
	s.WriteOnly = s.WriteOnly || outer.WriteOnly
	s.Nullable = s.Nullable || outer.Nullable
	inner.examples = append(inner.examples, outer.examples...)
	if outer.goName != "" {
		inner.goName = outer.goName
	}
	if typed, ok := outer.keys["type"]; ok {
		inner.mustBe = &typed
	}
	if e, ok := outer.keys["default"]; ok && s.Kind != KindInvalid {
		if d.belongs(inner, "default", e) {
			d.defaultKeyword(s, e)
			d.checkDefault(s)
		}
	}
	return s
}
