package vet

import (
	"slices"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
)

// unions finds alternatives that nothing tells apart.
func (v *finder) unions() {
	look := func(p *spec.Payload) {
		if p == nil || p.Schema == nil {
			return
		}
		p.Schema.Each(func(s *spec.Schema) {
			if s.Kind == spec.KindUnion && s.Discriminator == "" && len(s.Variants) <= maxAlternatives {
				v.union(p, s)
			}
		})
	}
	for _, p := range v.file.Payloads {
		look(p)
	}
	for _, e := range v.file.Events {
		look(e.Payload)
	}
}

// maxAlternatives is how many alternatives are compared with each other: their pairs grow with the square.
const maxAlternatives = 200

// union reports the first pair of a union that has no discriminator.
func (v *finder) union(p *spec.Payload, s *spec.Schema) {
	for i, later := range s.Variants {
		for _, first := range s.Variants[:i] {
			why, hint := likeness(s, first.Schema.Follow(), later.Schema.Follow())
			if why == "" {
				continue
			}
			v.find(p.VetIgnore, "MQX119", later.Pos, "two alternatives of schema %s: %s", s.Path, why).
				Hint("%s", hint).Also(first.Pos, "the other is here")
			return
		}
	}
}

// likeness says why two alternatives may be taken for each other, or "".
func likeness(s *spec.Schema, first, later *spec.Schema) (why, hint string) {
	if first == nil || later == nil {
		return "", ""
	}
	if property, value := sameConstant(s, first, later); property != "" {
		return property + " is " + syntax.Quote(value) + " in both, and does not tell them apart", "give " + property + " a const of its own in each"
	}
	hint = "require a property with a const of its own in each, or make them one"
	switch {
	case within(later, first) && s.AnyOf:
		return "what fits this one may fit the other, which is tried before it", hint
	case !s.AnyOf && (within(later, first) || within(first, later)):
		return "a value that fits one may fit both, and such a value is refused", hint
	}
	return "", ""
}

// sameConstant looks for a property that is a constant in every alternative, and the same in two.
func sameConstant(s, first, later *spec.Schema) (property, value string) {
	for _, p := range first.Properties {
		mine := first.Constants(p.Name)
		everywhere := !slices.ContainsFunc(s.Variants, func(v *spec.Variant) bool { return len(v.Schema.Follow().Constants(p.Name)) == 0 })
		if len(mine) == 0 || !everywhere {
			continue
		}
		theirs := later.Constants(p.Name)
		if i := slices.IndexFunc(theirs, func(value string) bool { return slices.Contains(mine, value) }); i >= 0 {
			return p.Name, theirs[i]
		}
	}
	return "", ""
}

// within says whether the least that fits a, no more than its required fields, surely fits b.
func within(a, b *spec.Schema) bool {
	switch {
	case a.XGoType != "" || b.XGoType != "":
		return false
	case a.Kind == spec.KindObject && b.Kind == spec.KindObject:
		return withinObject(a, b)
	case b.Kind == spec.KindAny:
		return true
	case a.Kind == spec.KindInteger && b.Kind == spec.KindNumber:
		return bare(b)
	}
	return a.Kind == b.Kind && a.Kind.Scalar() && (bare(b) || shareConstant(a, b))
}

func withinObject(a, b *spec.Schema) bool {
	for _, p := range b.Properties {
		if p.Required && !slices.ContainsFunc(a.Properties, func(q *spec.Property) bool { return q.Required && q.Name == p.Name }) {
			return false
		}
	}
	for _, p := range a.Properties {
		if !p.Required {
			continue
		}
		i := slices.IndexFunc(b.Properties, func(q *spec.Property) bool { return q.Name == p.Name })
		switch {
		case i >= 0 && !p.Schema.Same(b.Properties[i].Schema) && !likeProperty(p, b.Properties[i]):
			return false
		case i < 0 && (b.Closed || b.Additional != nil):
			return false
		}
	}
	return true
}

func likeProperty(p, q *spec.Property) bool {
	a, b := p.Schema.Follow(), q.Schema.Follow()
	return a != nil && b != nil && a.Kind != spec.KindObject && a.Kind != spec.KindUnion && within(a, b)
}

// bare says whether a schema has no bounds: every value of its kind fits.
func bare(s *spec.Schema) bool {
	plain := spec.Schema{Kind: s.Kind}
	return (s.Kind != spec.KindString || s.Format == spec.FormatNone) && s.SameBounds(&plain) && s.Const == nil && len(s.Enum) == 0
}

// shareConstant says whether two schemas list a value that is the same.
func shareConstant(a, b *spec.Schema) bool {
	list := func(s *spec.Schema) (all []*spec.Literal) {
		if s.Const != nil {
			all = append(all, s.Const)
		}
		for _, one := range s.Enum {
			all = append(all, &one.Literal)
		}
		return all
	}
	for _, x := range list(a) {
		if slices.ContainsFunc(list(b), x.Same) {
			return true
		}
	}
	return false
}
