package spec

import (
	"fmt"
	"slices"
	"strings"
)

// clone copies a schema and what stands in it, but not what it refers to: each place has Go names of its own.
func (s *Schema) clone() *Schema {
	if s == nil {
		return nil
	}
	c := *s
	c.Items, c.Additional = s.Items.clone(), s.Additional.clone()
	c.Properties, c.PrefixItems = cloneProperties(s.Properties), cloneProperties(s.PrefixItems)
	c.Variants = nil
	for _, v := range s.Variants {
		one := *v
		one.Schema = v.Schema.clone()
		c.Variants = append(c.Variants, &one)
	}
	c.Enum = nil
	for _, v := range s.Enum {
		one := *v
		c.Enum = append(c.Enum, &one)
	}
	return &c
}

// move gives a schema and what stands in it the path of another object.
func (s *Schema) move(from, to string) {
	s.Each(func(in *Schema) {
		if rest, ok := strings.CutPrefix(in.Path, from); ok {
			in.Path = to + rest
		}
	})
}

func cloneProperties(list []*Property) []*Property {
	var c []*Property
	for _, p := range list {
		one := *p
		one.Schema = p.Schema.clone()
		c = append(c, &one)
	}
	return c
}

// Same says whether two schemas allow the same values, as they are written.
func (s *Schema) Same(other *Schema) bool {
	if s == nil || other == nil {
		return s == other
	}
	return s.Kind == other.Kind && s.Format == other.Format && s.XGoType == other.XGoType && s.Nullable == other.Nullable && s.Ref == other.Ref &&
		s.Closed == other.Closed && s.UniqueItems == other.UniqueItems && s.AnyOf == other.AnyOf &&
		s.SameBounds(other) && sameConstants(s, other) &&
		s.Items.Same(other.Items) && s.Additional.Same(other.Additional) &&
		slices.EqualFunc(s.Properties, other.Properties, sameProperty) && slices.EqualFunc(s.PrefixItems, other.PrefixItems, sameProperty) &&
		slices.EqualFunc(s.Variants, other.Variants, func(x, y *Variant) bool { return x.Schema.Same(y.Schema) })
}

// outline is the same text for schemas that are the same, and mostly another one for others.
func (s *Schema) outline() string {
	var b strings.Builder
	one := func(s *Schema) {
		fmt.Fprintf(&b, "%d %s %p %d", s.Kind, s.Format, s.Ref, len(s.Enum))
		if s.Const != nil {
			b.WriteString(s.Const.value())
		}
		if len(s.Enum) > 0 {
			b.WriteString(s.Enum[0].value())
		}
	}
	one(s)
	for _, p := range s.Properties {
		b.WriteString(" " + p.Name + " ")
		one(p.Schema)
	}
	return b.String()
}

func sameProperty(a, b *Property) bool {
	return a.Name == b.Name && a.Required == b.Required && a.Schema.Same(b.Schema)
}

// SameBounds says whether two schemas have the same bounds of lengths and numbers, and the same pattern.
func (s *Schema) SameBounds(other *Schema) bool {
	text := func(p *Pattern) string {
		if p == nil {
			return ""
		}
		return p.Text
	}
	return sameCount(s.MinItems, other.MinItems) && sameCount(s.MaxItems, other.MaxItems) &&
		sameCount(s.MinLength, other.MinLength) && sameCount(s.MaxLength, other.MaxLength) && text(s.Pattern) == text(other.Pattern) &&
		sameNumber(s.Minimum, other.Minimum) && sameNumber(s.Maximum, other.Maximum) && sameNumber(s.MultipleOf, other.MultipleOf) &&
		sameNumber(s.ExclusiveMinimum, other.ExclusiveMinimum) && sameNumber(s.ExclusiveMaximum, other.ExclusiveMaximum)
}

func sameConstants(a, b *Schema) bool {
	return sameLiteral(a.Const, b.Const) && sameLiteral(a.Default, b.Default) &&
		slices.EqualFunc(a.Enum, b.Enum, func(x, y *EnumValue) bool { return x.Same(&y.Literal) })
}

func sameCount(a, b *Count) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Value == b.Value
}

func sameNumber(a, b *Number) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Rat.Cmp(b.Rat) == 0
}

func sameLiteral(a, b *Literal) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Same(b)
}
