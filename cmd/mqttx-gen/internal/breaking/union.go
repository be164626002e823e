package breaking

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// fromUnion wants every alternative of a to fit b.
func (d *differ) fromUnion(a, b *spec.Schema) {
	if b.Kind != spec.KindUnion {
		for _, v := range a.Variants {
			d.compare(v.Schema, b)
		}
		return
	}
	if a.Discriminator != "" && a.Discriminator == b.Discriminator {
		for _, v := range a.Variants {
			d.variant(a, b, v.Schema, v.Values)
		}
		return
	}
	if text := canon(a, nil); len(text) < canonLimit && text == canon(b, nil) {
		return
	}
	for _, v := range a.Variants {
		d.intoUnion(v.Schema, b)
	}
}

// variant compares documents that the discriminator of b tells apart with the alternatives that it picks.
func (d *differ) variant(a, b, from *spec.Schema, values []string) {
	var told []*spec.Variant
	for _, value := range values {
		i := slices.IndexFunc(b.Variants, func(w *spec.Variant) bool { return slices.Contains(w.Values, value) })
		if i < 0 {
			d.add("MQX230", a, b, fmt.Sprintf("the alternative with %s: %q", b.Discriminator, value), "there", "")
			continue
		}
		if w := b.Variants[i]; !slices.Contains(told, w) {
			told = append(told, w)
			d.compare(from, w.Schema)
		}
	}
}

// intoUnion wants a to fit one alternative of b, and no other where only one may fit.
func (d *differ) intoUnion(a, b *spec.Schema) {
	ra, _ := resolve(a)
	if ra.Kind == spec.KindUnion {
		d.fromUnion(ra, b)
		return
	}
	if b.Discriminator != "" {
		if values := texts(ra, b.Discriminator); values != nil {
			d.variant(a, b, ra, values)
			return
		}
		d.add("MQX230", a, b, "the alternative "+variantName(ra), "there", "")
		return
	}
	for i, v := range b.Variants {
		if !d.fits(a, v.Schema) {
			continue
		}
		if b.AnyOf || d.alone(ra, b, i) {
			return
		}
	}
	d.add("MQX230", a, b, "the alternative "+variantName(ra), "there", "")
}

// alone says whether what fits a surely fits no alternative of b but that of the given index.
func (d *differ) alone(a, b *spec.Schema, index int) bool {
	for j, w := range b.Variants {
		if j != index && !disjoint(a, w.Schema, 0) {
			return false
		}
	}
	return true
}

// texts returns the values that a required field of an object may have; nil if that is not known.
func texts(s *spec.Schema, name string) []string {
	p := property(s, name)
	if s.Kind != spec.KindObject || p == nil || !p.Required {
		return nil
	}
	field, null := resolve(p.Schema)
	if null || field.Kind != spec.KindString {
		return nil
	}
	var list []string
	for _, v := range constants(field) {
		list = append(list, v.Text)
	}
	return list
}

// maxDepth bounds how deep disjoint looks into unions of unions.
const maxDepth = 8

// disjoint says whether surely no document fits both schemas.
func disjoint(a, b *spec.Schema, depth int) bool {
	a, aNull := resolve(a)
	b, bNull := resolve(b)
	if aNull && bNull || depth > maxDepth || a.Kind == spec.KindAny || b.Kind == spec.KindAny {
		return false
	}
	if a.Kind == spec.KindUnion || b.Kind == spec.KindUnion {
		if a.Kind != spec.KindUnion {
			a, b = b, a
		}
		return !slices.ContainsFunc(a.Variants, func(v *spec.Variant) bool { return !disjoint(v.Schema, b, depth+1) })
	}
	common := false
	for word := range words(a) {
		common = common || words(b)[word]
	}
	if !common {
		return true
	}
	if a.Kind == spec.KindObject {
		return disjointObjects(a, b, depth)
	}
	return a.XGoType == "" && b.XGoType == "" && disjointValues(a, b)
}

func disjointObjects(a, b *spec.Schema, depth int) bool {
	for _, p := range a.Properties {
		q := property(b, p.Name)
		if q == nil && p.Required && b.Closed || q != nil && (p.Required && q.Required) && disjoint(p.Schema, q.Schema, depth+1) {
			return true
		}
	}
	return a.Closed && slices.ContainsFunc(b.Properties, func(q *spec.Property) bool { return q.Required && property(a, q.Name) == nil })
}

// disjointValues says whether two schemas of a few values have none in common.
func disjointValues(a, b *spec.Schema) bool {
	left, right := constants(a), constants(b)
	if left == nil || right == nil {
		return false
	}
	for _, l := range left {
		for _, r := range right {
			same := l.JSON == r.JSON
			if l.Num != nil && r.Num != nil {
				same = l.Num.Rat.Cmp(r.Num.Rat) == 0
			}
			if same {
				return false
			}
		}
	}
	return true
}

// words are the types that JSON knows among the values of a schema. A whole number is a number.
func words(s *spec.Schema) map[string]bool {
	s, _ = resolve(s)
	out := map[string]bool{}
	if s.Kind != spec.KindUnion {
		out[kindWord(s.Kind)] = true
		return out
	}
	for _, v := range s.Variants {
		for word := range words(v.Schema) {
			out[word] = true
		}
	}
	return out
}

func kindWord(k spec.Kind) string {
	if k == spec.KindInteger {
		k = spec.KindNumber
	}
	return typeName(&spec.Schema{Kind: k})
}

func variantName(s *spec.Schema) string {
	if s.GoType != "" {
		return s.GoType
	}
	return typeName(s)
}

// canonLimit bounds the text that canon is good for.
const canonLimit = 1 << 16

// canon writes a schema so that two with the same text allow the same documents. A schema that holds itself is written
// as how far up it stands.
func canon(s *spec.Schema, up []*spec.Schema) string {
	s, null := resolve(s)
	if i := slices.Index(up, s); i >= 0 {
		return fmt.Sprintf("^%d,%v", len(up)-i, null)
	}
	up = append(up, s)
	var b strings.Builder
	low, high := explicit(s)
	fmt.Fprintf(&b, "{%d %s %s %v|%v %v %v %v|%s %s %s %s|%s %s|%v %s|", s.Kind, s.Format, s.XGoType, null, s.Closed, s.UniqueItems, s.AnyOf,
		s.Discriminator, countText(s.MinItems), countText(s.MaxItems), countText(s.MinLength), countText(s.MaxLength), low, high, s.MultipleOf != nil, literal(s.Const))
	if s.MultipleOf != nil {
		b.WriteString(s.MultipleOf.Rat.String())
	}
	if s.Pattern != nil {
		fmt.Fprintf(&b, "%q", s.Pattern.Text)
	}
	for _, v := range s.Enum {
		b.WriteString("," + v.JSON)
	}
	for _, p := range s.Properties {
		fmt.Fprintf(&b, "%q%v:%s", p.Name, p.Required, canon(p.Schema, up))
	}
	for _, p := range s.PrefixItems {
		b.WriteString("[" + canon(p.Schema, up))
	}
	for _, v := range s.Variants {
		fmt.Fprintf(&b, "|%q%s", v.Values, canon(v.Schema, up))
		if b.Len() > canonLimit {
			break
		}
	}
	for _, part := range []*spec.Schema{s.Additional, s.Items} {
		if part != nil {
			b.WriteString("+" + canon(part, up))
		} else {
			b.WriteString("-")
		}
	}
	return b.String() + "}"
}
