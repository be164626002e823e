package spec

// unite settles a union: what its variants refer to, whether null fits, and what tells them apart.
func (d *settler) unite(s *Schema) {
	if s.Kind != KindUnion {
		return
	}
	for _, v := range s.Variants {
		if !d.variant(s, v) {
			return
		}
	}
	alike := map[string][]*Variant{} // so that not each is compared with each
	for _, v := range s.Variants {
		look := v.Schema.outline()
		for _, other := range alike[look] {
			if other.Schema.Same(v.Schema) {
				d.Fail("MQX051", v.Pos, "this alternative of schema %s stands twice", s.Path).Also(other.Pos, "it stands here first")
				return
			}
		}
		alike[look] = append(alike[look], v)
	}
	if s.draft != nil && s.draft.discriminator != nil {
		d.discriminate(s)
		return
	}
	findDiscriminator(s)
}

// variant follows an alternative to the payload that is declared in Go, and moves its null to the union.
func (d *settler) variant(s *Schema, v *Variant) bool {
	target := v.Schema.Follow()
	if target == nil || target.Kind == KindInvalid {
		return false
	}
	null := v.Schema.Nullable
	for v.Schema.Kind == KindRef && v.Schema.Ref.Schema.Kind == KindRef {
		null = null || v.Schema.Ref.Schema.Nullable
		v.Schema.draft.madeOf = append(v.Schema.draft.madeOf, v.Schema.Ref)
		v.Schema.Ref = v.Schema.Ref.Schema.Ref
	}
	if null = null || target.Nullable; null {
		if s.Nullable && !s.AnyOf && s.draft != nil && !s.draft.asksNull {
			d.Fail("MQX051", v.Pos, "null fits more than one alternative of schema %s", s.Path).
				Hint(`allow null once: {type: "null"}`).Also(s.Pos, "the union is here")
		}
		s.Nullable, v.Schema.Nullable = true, false
	}
	if target.XGoType != "" {
		d.Fail("MQX056", v.Pos, "an alternative of schema %s has x-go-type: such a value cannot be told apart", s.Path).
			Hint("put it into a property of an object").Also(target.Pos, "the schema is here")
		return false
	}
	return true
}
