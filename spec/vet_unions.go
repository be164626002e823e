package spec

import "slices"

// unions finds alternatives that nothing tells apart.
func (v *vet) unions() {
	look := func(p *Payload) {
		if p == nil || p.Schema == nil {
			return
		}
		p.Schema.each(func(s *Schema) {
			if s.Kind == KindUnion && s.Discriminator == "" && len(s.Variants) <= maxAlternatives {
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
func (v *vet) union(p *Payload, s *Schema) {
	for i, later := range s.Variants {
		for _, first := range s.Variants[:i] {
			why, hint := likeness(s, first.Schema.follow(), later.Schema.follow())
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
func likeness(s *Schema, first, later *Schema) (why, hint string) {
	if first == nil || later == nil {
		return "", ""
	}
	if property, value := sameConstant(s, first, later); property != "" {
		return property + " is " + quoteJSON(value) + " in both, and does not tell them apart", "give " + property + " a const of its own in each"
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
func sameConstant(s, first, later *Schema) (property, value string) {
	for _, p := range first.Properties {
		mine := constants(first, p.Name)
		everywhere := !slices.ContainsFunc(s.Variants, func(v *Variant) bool { return len(constants(v.Schema.follow(), p.Name)) == 0 })
		if len(mine) == 0 || !everywhere {
			continue
		}
		theirs := constants(later, p.Name)
		if i := slices.IndexFunc(theirs, func(value string) bool { return slices.Contains(mine, value) }); i >= 0 {
			return p.Name, theirs[i]
		}
	}
	return "", ""
}

// within says whether the least that fits a, no more than its required fields, surely fits b.
func within(a, b *Schema) bool {
	switch {
	case a.XGoType != "" || b.XGoType != "":
		return false
	case a.Kind == KindObject && b.Kind == KindObject:
		return withinObject(a, b)
	case b.Kind == KindAny:
		return true
	case a.Kind == KindInteger && b.Kind == KindNumber:
		return bare(b)
	}
	return a.Kind == b.Kind && slices.Contains(scalarKinds, a.Kind) && (bare(b) || shareConstant(a, b))
}

func withinObject(a, b *Schema) bool {
	for _, p := range b.Properties {
		if p.Required && !slices.ContainsFunc(a.Properties, func(q *Property) bool { return q.Required && q.Name == p.Name }) {
			return false
		}
	}
	for _, p := range a.Properties {
		if !p.Required {
			continue
		}
		i := slices.IndexFunc(b.Properties, func(q *Property) bool { return q.Name == p.Name })
		switch {
		case i >= 0 && !sameSchema(p.Schema, b.Properties[i].Schema) && !likeProperty(p, b.Properties[i]):
			return false
		case i < 0 && (b.Closed || b.Additional != nil):
			return false
		}
	}
	return true
}

func likeProperty(p, q *Property) bool {
	a, b := p.Schema.follow(), q.Schema.follow()
	return a != nil && b != nil && a.Kind != KindObject && a.Kind != KindUnion && within(a, b)
}

// bare says whether a schema has no bounds: every value of its kind fits.
func bare(s *Schema) bool {
	plain := Schema{Kind: s.Kind}
	return (s.Kind != KindString || s.Format == FormatNone) && sameBounds(s, &plain) && s.Const == nil && len(s.Enum) == 0
}

// shareConstant says whether two schemas list a value that is the same.
func shareConstant(a, b *Schema) bool {
	list := func(s *Schema) (all []*Literal) {
		if s.Const != nil {
			all = append(all, s.Const)
		}
		for _, one := range s.Enum {
			all = append(all, &one.Literal)
		}
		return all
	}
	for _, x := range list(a) {
		if slices.ContainsFunc(list(b), x.same) {
			return true
		}
	}
	return false
}
