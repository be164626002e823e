package spec

// slowUnions reports unions whose alternatives can only be told apart by reading all of them, where two of these hold the
// union again: each level would double the time to read a message.
func (d *decoder) slowUnions() {
	for _, p := range d.allPayloads() {
		if p.Schema != nil {
			p.Schema.Each(func(s *Schema) { d.slowUnion(p, s) })
		}
	}
}

func (d *decoder) slowUnion(p *Payload, s *Schema) {
	if s.Kind != KindUnion || s.Discriminator != "" {
		return
	}
	first := map[Kind]*Variant{}
	for _, v := range s.Variants {
		target := v.Schema.Follow()
		if target == nil || target.Kind != KindObject && target.Kind != KindArray || !v.Schema.reaches(p, map[*Payload]bool{}) {
			continue
		}
		if other := first[target.Kind]; other != nil {
			d.Fail("MQX051", v.Pos, "two alternatives of schema %s are of type %s and hold it again: each level would double the time to read a message", s.Path, target.Kind).
				Hint("require a property with a const of its own in each").Also(other.Pos, "the other is here")
			return
		}
		first[target.Kind] = v
	}
}

// reaches says whether a schema refers to a payload, by whatever way.
func (s *Schema) reaches(p *Payload, seen map[*Payload]bool) bool {
	if s.Ref != nil {
		if s.Ref == p {
			return true
		}
		if seen[s.Ref] || s.Ref.Schema == nil {
			return false
		}
		seen[s.Ref] = true
		return s.Ref.Schema.reaches(p, seen)
	}
	for _, child := range s.children() {
		if child.reaches(p, seen) {
			return true
		}
	}
	return false
}
