package spec

import (
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// String returns the word of JSON Schema.
func (k Kind) String() string {
	for _, name := range typeNames {
		if kinds[name] == k {
			return name
		}
	}
	switch k {
	case KindRef:
		return "$ref"
	case KindUnion:
		return "oneOf"
	case KindAny:
		return "any"
	}
	return "invalid"
}

// schemaKind finds the kind from type, $ref, x-go-type, enum or const.
func (d *decoder) schemaKind(s *schemaDraft, quiet bool, place Pos) Kind {
	if _, ok := s.keys["$ref"]; ok {
		return KindRef
	}
	if e, ok := s.keys["type"]; ok {
		return d.typeKeyword(s, e)
	}
	if _, ok := s.keys["x-go-type"]; ok {
		return KindAny
	}
	for _, key := range []string{"enum", "const"} {
		e, ok := s.keys[key]
		if !ok {
			continue
		}
		if kind := literalKind(e.value); kind != KindInvalid {
			return kind
		}
	}
	if s.branch && s.hasObjectKeyword() {
		return KindObject
	}
	if !quiet {
		d.noType(s, place)
	}
	return KindInvalid
}

// noType reports a schema that does not say what it is.
func (d *decoder) noType(s *schemaDraft, place Pos) {
	if e, ok := s.keys["const"]; ok && syntax.IsNull(e.value) {
		d.onlyNull(s, d.Pos(e.key))
		return
	}
	if e, ok := s.keys["enum"]; ok && e.value.Kind == yaml.SequenceNode && len(e.value.Content) > 0 {
		if syntax.IsNull(syntax.Target(e.value.Content[0])) {
			d.onlyNull(s, d.Pos(e.key))
			return
		}
	}
	missing := d.Fail("MQX049", place, "schema %s has no type", s.Path)
	for _, key := range s.order {
		if k := keywordKinds[key]; len(k) > 0 && len(k) < len(scalarKinds) {
			missing.Hint("add type: %s", k[0])
			return
		}
	}
	missing.Hint("add type: %s; %s", strings.Join(typeNames, " | "), anyJSON)
}

// onlyNull reports a schema that allows nothing but null.
func (d *decoder) onlyNull(s *schemaDraft, pos Pos) {
	d.Fail("MQX054", pos, "schema %s allows nothing but null", s.Path).
		Hint(`write type: [string, "null"] for a string or null, or leave the field out of "required"`)
}

// literalKind is the kind of a scalar, or of all the scalars in a list.
func literalKind(n *yaml.Node) Kind {
	if n.Kind != yaml.SequenceNode {
		return scalarKind(n)
	}
	kind := KindInvalid
	for _, item := range n.Content {
		k := scalarKind(syntax.Target(item))
		if kind == KindInvalid || kind == KindInteger && k == KindNumber {
			kind = k
		}
	}
	return kind
}

func scalarKind(n *yaml.Node) Kind {
	if n.Kind != yaml.ScalarNode {
		return KindInvalid
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return KindString
	case "!!int":
		return KindInteger
	case "!!float":
		return KindNumber
	case "!!bool":
		return KindBoolean
	}
	return KindInvalid
}

// typeKeyword reads one type, or a list of one type and "null".
func (d *decoder) typeKeyword(s *schemaDraft, e entry) Kind {
	if e.value.Kind == yaml.SequenceNode {
		return d.typeList(s, e)
	}
	if syntax.IsNull(e.value) || e.value.Value == "null" {
		d.onlyNull(s, d.Pos(e.key))
		return KindInvalid
	}
	word, ok := d.text(e)
	if !ok {
		return KindInvalid
	}
	return d.typeWord(e, word)
}

func (d *decoder) typeWord(e entry, word string) Kind {
	if kind, ok := kinds[word]; ok {
		return kind
	}
	unknown := d.Fail("MQX012", d.Pos(e.value), "%s cannot be %q", e.what(), word).DidYouMean(word, typeNames)
	if meant := typeWords[strings.ToLower(word)]; meant != "" {
		unknown.Hint("write type: %s", meant)
	}
	return KindInvalid
}

// typeList reads [T, "null"].
func (d *decoder) typeList(s *schemaDraft, e entry) Kind {
	kind := KindInvalid
	var first *yaml.Node
	for _, item := range e.value.Content {
		item = syntax.Target(item)
		switch {
		case item.Kind != yaml.ScalarNode:
			d.wrongKind(item, d.Pos(item), "each item of "+e.what(), "text")
			return KindInvalid
		case syntax.IsNull(item):
			d.Fail("MQX010", d.Pos(item), "%s has null, which is no text", e.what()).Hint(`write "null" in quotes`)
			s.nullType = item
		case item.Value == "null":
			s.nullType = item
		case first != nil:
			d.Fail("MQX054", d.Pos(item), "%s lists %s and %s: only null may stand beside a type", e.what(), first.Value, item.Value).
				Hint("write oneOf: [{type: %s}, {type: %s}]", first.Value, item.Value)
			return KindInvalid
		default:
			first = item
			if kind = d.typeWord(entry{e.key, item, e.where, e.name}, item.Value); kind == KindInvalid {
				return KindInvalid
			}
		}
	}
	if kind == KindInvalid {
		d.onlyNull(s, d.Pos(e.key))
	}
	return kind
}
