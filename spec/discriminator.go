package spec

import (
	"path"
	"slices"
	"strings"
)

// discriminatorDraft is a discriminator as it is written.
type discriminatorDraft struct {
	entry    entry
	property string
	pos      Pos // of property
	mapping  []mapped
}

// mapped is one entry of mapping.
type mapped struct {
	value, to  string
	pos, toPos Pos
	used       bool
}

func discriminatorObject() *object[discriminatorDraft] {
	return &object[discriminatorDraft]{
		fields: []field[discriminatorDraft]{
			{"propertyName", required, "text", "the property that every alternative requires", func(d *decoder, x *discriminatorDraft, e entry) {
				x.property, _ = d.text(e)
				x.pos = d.Pos(e.value)
			}},
			{"mapping", optional, "map of text", "the payload for each value; by default its const or enum, or else the payload's name", func(d *decoder, x *discriminatorDraft, e entry) {
				d.decodeMap(e, e.what(), true, func(value string, me entry) {
					me.where = e.what()
					if to, ok := d.text(me); ok {
						x.mapping = append(x.mapping, mapped{value: value, to: to, pos: d.Pos(me.key), toPos: d.Pos(me.value)})
					}
				})
			}},
		},
		hints: map[string]string{"property": `did you mean "propertyName"?`, "name": `did you mean "propertyName"?`},
	}
}

func (d *decoder) discriminatorKeyword(e entry) *discriminatorDraft {
	x := &discriminatorDraft{entry: e}
	if !decodeObject(d, e.value, d.Pos(e.key), e.what(), discriminatorObject(), x) || x.property == "" {
		return nil
	}
	return x
}

// discriminate finds the values of the property that tells the variants apart, as it is given.
func (d *decoder) discriminate(s *Schema) {
	x := s.draft.discriminator
	for _, v := range s.Variants {
		p := d.discriminating(s, v, x)
		if p == nil {
			return
		}
	}
	d.mapVariants(s, x)
	if d.distinct(s, x) {
		s.discriminateBy(x.property)
	}
}

// discriminateBy notes which property tells the variants apart.
func (s *Schema) discriminateBy(property string) {
	s.Discriminator = property
	for _, v := range s.Variants {
		for _, p := range v.Schema.Follow().Properties {
			p.tells = p.tells || p.Name == property
		}
	}
}

// discriminating returns the property of a variant, or reports what is wrong with it.
func (d *decoder) discriminating(s *Schema, v *Variant, x *discriminatorDraft) *Property {
	target := v.Schema.Follow()
	if target == nil || target.Kind == KindInvalid {
		return nil
	}
	if target.Kind != KindObject {
		d.Fail("MQX052", x.pos, "discriminator %q: schema %s is of type %s, not an object", x.property, v.Schema.Path, target.Kind).
			Also(v.Pos, "the alternative is here").Hint("leave out the discriminator: the kind of the value tells them apart")
		return nil
	}
	i := slices.IndexFunc(target.Properties, func(p *Property) bool { return p.Name == x.property })
	if i < 0 {
		var names []string
		for _, p := range target.Properties {
			names = append(names, p.Name)
		}
		d.Fail("MQX052", x.pos, "discriminator %q is no property of schema %s", x.property, target.Path).
			DidYouMean(x.property, names).Also(v.Pos, "the alternative is here")
		return nil
	}
	p := target.Properties[i]
	if ps := p.Schema.Follow(); ps != nil && (ps.Kind != KindString || ps.XGoType != "" || !isText(ps.Format) || p.Schema.Nullable || ps.Nullable || !p.Required) {
		d.Fail("MQX052", x.pos, "discriminator %q must be a required string of schema %s", x.property, target.Path).
			Hint("add it to required, with type: string").Also(p.Pos, "the property is here")
		return nil
	}
	return p
}

// mapVariants gives each variant its values: those of mapping, or of const and enum, or the name of the payload.
func (d *decoder) mapVariants(s *Schema, x *discriminatorDraft) {
	to := map[string][]int{} // what stands in mapping, also without #/payloads/
	for i, m := range x.mapping {
		to[m.to] = append(to[m.to], i)
		if short, cut := strings.CutPrefix(m.to, refPrefix); cut {
			to[short] = append(to[short], i)
		}
	}
	for _, v := range s.Variants {
		var mine []int
		for _, name := range v.names() {
			mine = append(mine, to[name]...)
		}
		slices.Sort(mine)
		for _, i := range slices.Compact(mine) {
			m := &x.mapping[i]
			v.Values, m.used = append(v.Values, m.value), true
			d.checkMapped(v, x, m)
		}
		if len(v.Values) == 0 {
			v.Values = v.Schema.Follow().Constants(x.property)
		}
		if len(v.Values) == 0 {
			if v.Schema.Ref == nil {
				d.Fail("MQX052", v.Pos, "nothing says for which %q schema %s stands", x.property, v.Schema.Path).
					Hint("give the property a const").Also(x.pos, "the discriminator is here")
				continue
			}
			v.Values = []string{v.names()[0]}
		}
	}
	for _, m := range x.mapping {
		if !m.used {
			var names []string
			for _, v := range s.Variants {
				names = append(names, v.names()...)
			}
			d.Fail("MQX052", m.toPos, "%q of mapping is none of the alternatives", m.to).DidYouMean(m.to, names)
		}
	}
}

// checkMapped reports a value of mapping that the variant's own schema forbids.
func (d *decoder) checkMapped(v *Variant, x *discriminatorDraft, m *mapped) {
	allowed := v.Schema.Follow().Constants(x.property)
	if len(allowed) > 0 && !slices.Contains(allowed, m.value) {
		d.Fail("MQX052", m.pos, "value %q of mapping can never stand: %q of %s is %s", m.value, x.property, m.to, strings.Join(allowed, " or ")).
			Also(v.Pos, "the alternative is here")
	}
}

// names are those by which mapping may name a variant: its payload first, then as $ref says it.
func (v *Variant) names() []string {
	if v.Schema.Ref == nil {
		return nil
	}
	text := v.Schema.draft.refText
	last := path.Base(text)
	if _, pointer, ok := strings.Cut(text, "#"); !ok || pointer == "" {
		last = strings.TrimSuffix(strings.TrimSuffix(last, "#"), path.Ext(last))
	}
	names := []string{v.Schema.Ref.Name, last, text}
	if v.Schema.Ref.Definition {
		names[0], names[1] = last, names[0]
	}
	return names
}

// distinct reports values that stand for two variants.
func (d *decoder) distinct(s *Schema, x *discriminatorDraft) bool {
	owner := map[string]*Variant{}
	ok := true
	for _, v := range s.Variants {
		for _, value := range v.Values {
			other := owner[value]
			if other != nil && other != v {
				d.Fail("MQX052", v.Pos, "%s %q stands for two alternatives", x.property, value).
					Hint("give the property a const in each, or add a mapping").Also(other.Pos, "the other is here")
				ok = false
			}
			owner[value] = v
		}
		ok = ok && len(v.Values) > 0
	}
	return ok
}

// findDiscriminator looks for a property that every variant requires with constants of its own.
func findDiscriminator(s *Schema) {
	first := s.Variants[0].Schema.Follow()
	if first == nil || first.Kind != KindObject {
		return
	}
	for _, p := range first.Properties {
		values, ok := ownConstants(s, p.Name)
		if !ok {
			continue
		}
		s.discriminateBy(p.Name)
		for i, v := range s.Variants {
			v.Values = values[i]
		}
		return
	}
}

// ownConstants returns what a property may be in each variant, if that is listed in all of them and no value stands twice.
func ownConstants(s *Schema, property string) (values [][]string, ok bool) {
	seen := map[string]bool{}
	for _, v := range s.Variants {
		list := v.Schema.Follow().Constants(property)
		for _, value := range list {
			if seen[value] {
				return nil, false
			}
			seen[value] = true
		}
		if len(list) == 0 {
			return nil, false
		}
		values = append(values, list)
	}
	return values, true
}

// Constants returns the texts that a required property of an object may have, or nil if they are not listed.
func (s *Schema) Constants(property string) []string {
	if s == nil || s.Kind != KindObject {
		return nil
	}
	i := slices.IndexFunc(s.Properties, func(p *Property) bool { return p.Name == property })
	if i < 0 || !s.Properties[i].Required {
		return nil
	}
	p := s.Properties[i].Schema.Follow()
	if p == nil || p.Kind != KindString || p.Nullable || s.Properties[i].Schema.Nullable {
		return nil
	}
	if p.Const != nil {
		return []string{p.Const.Text}
	}
	var list []string
	for _, v := range p.Enum {
		list = append(list, v.Text)
	}
	return list
}
