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
	s.each(func(in *Schema) {
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

// sameSchema says whether two schemas allow the same values, as they are written.
func sameSchema(a, b *Schema) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Format == b.Format && a.XGoType == b.XGoType && a.Nullable == b.Nullable && a.Ref == b.Ref &&
		a.Closed == b.Closed && a.UniqueItems == b.UniqueItems && a.AnyOf == b.AnyOf &&
		sameBounds(a, b) && sameConstants(a, b) &&
		sameSchema(a.Items, b.Items) && sameSchema(a.Additional, b.Additional) &&
		slices.EqualFunc(a.Properties, b.Properties, sameProperty) && slices.EqualFunc(a.PrefixItems, b.PrefixItems, sameProperty) &&
		slices.EqualFunc(a.Variants, b.Variants, func(x, y *Variant) bool { return sameSchema(x.Schema, y.Schema) })
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
	return a.Name == b.Name && a.Required == b.Required && sameSchema(a.Schema, b.Schema)
}

func sameBounds(a, b *Schema) bool {
	text := func(p *Pattern) string {
		if p == nil {
			return ""
		}
		return p.Text
	}
	return sameCount(a.MinItems, b.MinItems) && sameCount(a.MaxItems, b.MaxItems) &&
		sameCount(a.MinLength, b.MinLength) && sameCount(a.MaxLength, b.MaxLength) && text(a.Pattern) == text(b.Pattern) &&
		sameNumber(a.Minimum, b.Minimum) && sameNumber(a.Maximum, b.Maximum) && sameNumber(a.MultipleOf, b.MultipleOf) &&
		sameNumber(a.ExclusiveMinimum, b.ExclusiveMinimum) && sameNumber(a.ExclusiveMaximum, b.ExclusiveMaximum)
}

func sameConstants(a, b *Schema) bool {
	return sameLiteral(a.Const, b.Const) && sameLiteral(a.Default, b.Default) &&
		slices.EqualFunc(a.Enum, b.Enum, func(x, y *EnumValue) bool { return x.same(&y.Literal) })
}

func sameCount(a, b *Count) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Value == b.Value
}

func sameNumber(a, b *Number) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Rat.Cmp(b.Rat) == 0
}

func sameLiteral(a, b *Literal) bool {
	return a == nil && b == nil || a != nil && b != nil && a.same(b)
}
