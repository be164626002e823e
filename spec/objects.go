package spec

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// objectKeywords make an object of what stands beside allOf, and of a branch of it.
var objectKeywords = []string{"properties", "required", "additionalProperties"}

func (s *schemaDraft) hasObjectKeyword() bool {
	return slices.ContainsFunc(objectKeywords, func(key string) bool { _, ok := s.keys[key]; return ok })
}

func (d *decoder) objectKeyword(s *schemaDraft, e entry) {
	switch {
	case e.name == "properties":
		d.properties(s, e)
	case e.name == "additionalProperties":
		d.additional(s, e)
	case s.branch || s.keys["allOf"].key != nil: // it may name properties of another branch
		if items, ok := d.items(e, e.what()); ok {
			s.required = items
		}
	default:
		d.after = append(d.after, func() { d.requiredKeyword(s.Schema, e) })
	}
}

func (d *decoder) properties(s *schemaDraft, e entry) {
	d.decodeMap(e, fmt.Sprintf("%q of schema %s", "properties", s.Path), false, func(name string, pe entry) {
		p := &Property{Name: name, Pos: d.Pos(pe.key)}
		pe.where = e.where
		p.Schema, p.GoName = d.schema(pe, s.Path+"."+name)
		s.Properties = append(s.Properties, p)
	})
}

// additional reads false, true or a schema; {} is the schema of everything.
func (d *decoder) additional(s *schemaDraft, e entry) {
	if e.value.Kind != yaml.MappingNode {
		if open, ok := d.boolean(e); ok {
			s.Closed = !open
		}
		return
	}
	if len(e.value.Content) > 0 {
		s.Additional, s.AdditionalGoName = d.schema(e, s.Path+".*")
	}
}

// requiredKeyword runs when all properties are read.
func (d *decoder) requiredKeyword(s *Schema, e entry) {
	if e.value.Kind == yaml.ScalarNode && e.value.ShortTag() == "!!bool" {
		d.Fail("MQX010", d.Pos(e.value), "%s must be a list of names", e.what()).
			Hint(`a field is required if its name stands in the "required" list of the object around it`)
		return
	}
	if items, ok := d.items(e, e.what()); ok {
		d.require(s, items, e.what())
	}
}

// require marks the properties that must stand.
func (d *decoder) require(s *Schema, items []*yaml.Node, what string) {
	var names []string
	for _, p := range s.Properties {
		names = append(names, p.Name)
	}
	seen := map[string]bool{}
	for _, item := range items {
		i := slices.Index(names, item.Value)
		switch {
		case item.Kind != yaml.ScalarNode:
			d.wrongKind(item, d.Pos(item), "each item of "+what, "text")
			continue
		case i < 0:
			d.Fail("MQX045", d.Pos(item), "schema %s requires %q, which is none of its properties", s.Path, item.Value).
				DidYouMean(item.Value, names)
			continue
		case seen[item.Value]:
			d.Fail("MQX003", d.Pos(item), "%q stands twice in %s", item.Value, what)
		}
		seen[item.Value] = true
		s.Properties[i].Required = true
	}
}
