package spec

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// allOf reads objects that are joined when every reference is resolved, or the only schema there is.
func (d *decoder) allOf(s *schemaDraft, e entry) *Schema {
	s.Nullable = s.asksNull
	list, ok := d.items(e, e.what())
	if !ok {
		return s.Schema
	}
	if len(list) == 0 {
		d.Fail("MQX053", d.Pos(e.key), "%s has no schema", e.what()).Hint("add the schemas that are joined")
		return s.Schema
	}
	if len(list) == 1 && !s.hasObjectKeyword() {
		only := d.readSchema(entry{e.key, list[0], e.where, e.name}, s.Path, false)
		return d.adopt(s, only, e, []string{"type", "default"})
	}
	d.onlyBeside(s, e, append([]string{"type"}, objectKeywords...))
	s.Kind = KindObject
	if te, ok := s.keys["type"]; ok && !d.isObject(s, te) {
		s.Kind = KindInvalid
	}
	for _, key := range s.order {
		if slices.Contains(objectKeywords, key) {
			d.objectKeyword(s, s.keys[key])
		}
	}
	for i, item := range list {
		branch := d.readSchema(entry{item, item, e.where, e.name}, fmt.Sprintf("%s.allOf[%d]", s.Path, i), true)
		s.branches = append(s.branches, branch)
	}
	return s.Schema
}

// isObject reads the type beside allOf.
func (d *decoder) isObject(s *schemaDraft, e entry) bool {
	kind := d.typeKeyword(s, e)
	if kind != KindObject && kind != KindInvalid {
		d.Fail("MQX053", d.Pos(e.value), "%s is %s: allOf joins objects only", e.what(), kind).Hint("write type: object, or keep one schema")
	}
	return kind == KindObject
}

// maxCopies is how many schemas allOf may take over from others: objects that are joined from joined objects can double
// with each step.
const maxCopies = 1 << 16

// part is one of the objects that are joined.
type part struct {
	*Schema
	pos      Pos
	shared   bool         // it is a payload's own: its properties are copied
	typed    bool         // it says that it is an object
	required []*yaml.Node // names that may be another's
}

// join makes one object of the branches of allOf and what stands beside them.
func (d *settler) join(s *Schema) {
	parts := d.parts(s)
	if d.copies > maxCopies {
		if !d.grown {
			d.Fail("MQX053", s.Pos, "the objects that allOf joins grow to more than %d schemas", maxCopies).Hint("refer to them without allOf")
		}
		d.grown, parts = true, nil
	}
	if parts == nil || s.Kind == KindInvalid {
		s.Kind, s.Properties, s.Additional = KindInvalid, nil, nil
		return
	}
	joined := &Schema{Path: s.Path}
	null, typed := true, false
	for _, p := range parts {
		d.addProperties(joined, p)
		typed = typed || p.typed
		null = null && (p.Nullable || !p.typed)
		if s.Description == "" && !p.shared {
			s.Description = p.Description
		}
	}
	if !typed {
		d.Fail("MQX049", s.Pos, "no schema under allOf of %s says its type", s.Path).Hint("add type: object")
	}
	for _, p := range parts {
		if len(p.required) > 0 {
			d.require(joined, p.required, fmt.Sprintf("%q of schema %s", "required", p.Path))
		}
	}
	d.joinRest(joined, parts)
	s.Properties, s.Closed, s.Additional, s.AdditionalGoName = joined.Properties, joined.Closed, joined.Additional, joined.AdditionalGoName
	s.Nullable = s.draft.asksNull || null && typed
}

// parts returns what is joined, or nil where a part is wrong, which is reported.
func (d *settler) parts(s *Schema) []part {
	var list []part
	ok := true
	for _, b := range s.draft.branches {
		d.settle(b)
		p, right := d.part(s, b)
		list = append(list, p)
		ok = ok && right
	}
	if !ok {
		return nil
	}
	own := *s
	_, typed := s.draft.keys["type"]
	own.Nullable = s.draft.nullType != nil
	return append(list, part{Schema: &own, pos: s.Pos, typed: typed, required: s.draft.required})
}

func (d *settler) part(s, branch *Schema) (part, bool) {
	target := branch.Follow()
	if target == nil || target.Kind == KindInvalid {
		return part{}, false
	}
	if branch.draft.goName != "" {
		d.Fail("MQX053", branch.Pos, "x-go-name of one of the schemas that allOf joins names nothing").
			Hint("write it beside allOf: what is joined has one Go name")
	}
	if branch.Kind == KindRef {
		s.draft.madeOf = append(s.draft.madeOf, branch.Ref)
		if d.settle(target); d.state[target] == 1 {
			d.Fail("MQX042", branch.RefPos, "schema %s is joined from itself", s.Path).
				Hint("refer to it without allOf").Also(target.Pos, "it begins here")
			return part{}, false
		}
	}
	if target.Kind != KindObject || target.XGoType != "" {
		what := "of type " + target.Kind.String()
		if target.XGoType != "" {
			what = "of the Go type " + target.XGoType
		}
		d.Fail("MQX053", branch.Pos, "allOf joins objects only: schema %s is %s", target.Path, what).
			Hint("keep one schema under allOf, or write the type out").Also(s.Pos, "the joined schema is here")
		return part{}, false
	}
	_, typed := branch.draft.keys["type"]
	p := part{Schema: target, pos: branch.Pos, shared: branch.Kind == KindRef, typed: typed || branch.Kind == KindRef || len(branch.draft.branches) > 0}
	if !p.shared && len(branch.draft.branches) == 0 {
		p.required = branch.draft.required
	}
	return p, true
}

// addProperties adds those of one part. One that stands twice must be the same both times.
func (d *settler) addProperties(joined *Schema, from part) {
	for _, p := range from.Properties {
		i := slices.IndexFunc(joined.Properties, func(o *Property) bool { return o.Name == p.Name })
		if i < 0 {
			added := *p
			if from.shared {
				added.Schema = p.Schema.clone()
				added.Schema.Each(func(*Schema) { d.copies++ })
			}
			added.Schema.move(from.Path, joined.Path)
			joined.Properties = append(joined.Properties, &added)
			continue
		}
		first := joined.Properties[i]
		first.Required = first.Required || p.Required
		if !first.Schema.Same(p.Schema) {
			d.Fail("MQX053", p.Pos, "property %q of schema %s stands twice in allOf, with different schemas", p.Name, joined.Path).
				Hint("write it once, or both times the same").Also(first.Pos, "the other is here")
		}
	}
}

// joinRest settles what becomes of fields that no property describes.
func (d *settler) joinRest(joined *Schema, parts []part) {
	for _, p := range parts {
		if !p.Closed && p.Additional == nil {
			continue
		}
		i := slices.IndexFunc(joined.Properties, func(o *Property) bool {
			return !slices.ContainsFunc(p.Properties, func(own *Property) bool { return own.Name == o.Name })
		})
		switch {
		case i >= 0 && p.Closed:
			d.Fail("MQX053", p.pos, "schema %s allows no other fields, and allOf joins it with property %q", p.Path, joined.Properties[i].Name).
				Hint("leave out additionalProperties: false in what is joined").Also(joined.Properties[i].Pos, "the property is here")
		case i >= 0:
			d.Fail("MQX053", p.pos, "schema %s describes all other fields, and allOf joins it with property %q", p.Path, joined.Properties[i].Name).
				Hint("leave out additionalProperties in what is joined").Also(joined.Properties[i].Pos, "the property is here")
		case joined.Additional != nil && p.Additional != nil && !joined.Additional.Same(p.Additional):
			d.Fail("MQX053", p.Additional.Pos, "additionalProperties of schema %s stands twice in allOf, with different schemas", joined.Path).
				Also(joined.Additional.Pos, "the other is here")
		case p.Additional != nil && joined.Additional == nil:
			joined.Additional, joined.AdditionalGoName = p.Additional.clone(), p.AdditionalGoName
			joined.Additional.move(p.Path, joined.Path)
		}
		joined.Closed = joined.Closed || p.Closed
	}
	if joined.Closed {
		joined.Additional, joined.AdditionalGoName = nil, ""
	}
}
