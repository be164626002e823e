package breaking

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// difference is why a document that fits one schema may not fit another.
type difference struct {
	code     string
	a, b     *spec.Schema // b's counterpart may be nil
	place    string       // "Reading.position.lat"
	what     string       // "maximum"
	aIs, bIs string       // empty: none
	at       [2]spec.Pos  // of a and b where that is not the schemas' own place
}

// differ looks for documents that fit the schema a and not the schema b.
type differ struct {
	// extra says that a document may also hold what an open object or tuple merely does not forbid.
	extra bool
	out   []difference

	open map[pair]bool // being compared: taken to fit, as in every proof about types that hold themselves
	done map[pair]bool // compared and told of; nil while something is only tried
}

type pair struct {
	a, b *spec.Schema
	null bool // a may be null, which b allows
}

func newDiffer(extra bool) *differ {
	return &differ{extra: extra, open: map[pair]bool{}, done: map[pair]bool{}}
}

func (d *differ) add(code string, a, b *spec.Schema, what, aIs, bIs string) *difference {
	place := ""
	if b != nil {
		place = b.Path
	}
	if place == "" && a != nil {
		place = a.Path
	}
	d.out = append(d.out, difference{code: code, a: a, b: b, place: place, what: what, aIs: aIs, bIs: bIs})
	return &d.out[len(d.out)-1]
}

// fits says whether every document that fits a fits b.
func (d *differ) fits(a, b *spec.Schema) bool {
	try := &differ{extra: d.extra, open: d.open}
	try.compare(a, b)
	return len(try.out) == 0
}

// resolve follows references; null says whether one on the way, or the schema itself, allows null.
func resolve(s *spec.Schema) (out *spec.Schema, null bool) {
	for {
		null = null || s.Nullable
		if s.Kind != spec.KindRef || s.Ref == nil || s.Ref.Schema == nil {
			return s, null
		}
		s = s.Ref.Schema
	}
}

// compare adds what may be by a and may not be by b.
func (d *differ) compare(a, b *spec.Schema) {
	ra, aNull := resolve(a)
	rb, bNull := resolve(b)
	if aNull && !bNull {
		d.add("MQX229", a, b, "null", allowed, "refused")
	}
	key := pair{ra, rb, aNull && bNull}
	if d.open[key] || d.done[key] {
		return
	}
	d.open[key] = true
	d.kinds(ra, rb)
	delete(d.open, key)
	if d.done != nil {
		d.done[key] = true
	}
}

func (d *differ) kinds(a, b *spec.Schema) {
	if values := constants(a); values != nil && d.constants(a, b, values) {
		return
	}
	switch {
	case b.XGoType != "" && b.XGoType != a.XGoType:
		d.add("MQX221", a, b, "x-go-type", orWord(a.XGoType, typeName(a)), b.XGoType)
	case a.Kind == spec.KindUnion:
		d.fromUnion(a, b)
	case b.Kind == spec.KindUnion:
		d.intoUnion(a, b)
	case a.Kind != b.Kind && !(a.Kind == spec.KindInteger && b.Kind == spec.KindNumber):
		d.add("MQX221", a, b, "type", typeName(a), typeName(b))
	case a.Kind == spec.KindObject:
		d.objects(a, b)
	case a.Kind == spec.KindArray:
		d.arrays(a, b)
	default:
		d.scalars(a, b)
	}
}

// objects compares fields by name.
func (d *differ) objects(a, b *spec.Schema) {
	for _, p := range a.Properties {
		switch q := property(b, p.Name); {
		case q != nil:
			d.compare(p.Schema, q.Schema)
			d.defaults(p.Schema, q.Schema)
		case b.Closed:
			d.add("MQX224", a, b, fmt.Sprintf("field %q", p.Name), "there", "").at[0] = p.Pos
		case b.Additional != nil:
			d.compare(p.Schema, b.Additional)
		}
	}
	for _, q := range b.Properties {
		p := property(a, q.Name)
		if q.Required && (p == nil || !p.Required) {
			was := "optional"
			if p == nil {
				was = ""
			}
			d.add("MQX223", a, b, fmt.Sprintf("field %q", q.Name), was, "required").at[1] = q.Pos
		}
		if p == nil && a.Additional != nil {
			d.compare(a.Additional, q.Schema)
		}
	}
	switch {
	case a.Closed || a.Additional == nil && !d.extra:
	case b.Closed || a.Additional == nil && b.Additional != nil:
		d.add("MQX225", a, b, "additionalProperties", additional(a), additional(b))
	case a.Additional != nil && b.Additional != nil:
		d.compare(a.Additional, b.Additional)
	}
}

func property(s *spec.Schema, name string) *spec.Property {
	i := slices.IndexFunc(s.Properties, func(p *spec.Property) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return s.Properties[i]
}

// defaults compares what a field means that is left out. While something is only tried that does not matter.
func (d *differ) defaults(a, b *spec.Schema) {
	if d.done != nil && a.Default != nil && b.Default != nil && a.Default.JSON != b.Default.JSON {
		d.add("MQX235", a, b, "default", a.Default.JSON, b.Default.JSON)
	}
}

func additional(s *spec.Schema) string {
	switch {
	case s.Closed:
		return "false"
	case s.Additional != nil:
		r, _ := resolve(s.Additional)
		return typeName(r)
	}
	return "true"
}

// element returns the schema of one element of an array, nil for anything; ok is false if there is none.
func (d *differ) element(s *spec.Schema, i int, sent bool) (item *spec.Schema, ok bool) {
	switch {
	case i < len(s.PrefixItems):
		return s.PrefixItems[i].Schema, true
	case s.Items != nil:
		return s.Items, true
	case len(s.PrefixItems) == 0:
		return nil, true
	}
	return nil, !s.Closed && (!sent || d.extra)
}

// longest is how many elements a document may have; -1: any number.
func (d *differ) longest(a *spec.Schema) int {
	n := -1
	if a.MaxItems != nil {
		n = a.MaxItems.Value
	}
	if _, more := d.element(a, len(a.PrefixItems), true); !more && (n < 0 || n > len(a.PrefixItems)) {
		n = len(a.PrefixItems)
	}
	return n
}

func (d *differ) arrays(a, b *spec.Schema) {
	longest := d.longest(a)
	for i := range max(len(a.PrefixItems), len(b.PrefixItems)) + 1 {
		if longest >= 0 && i >= longest {
			break
		}
		from, ok := d.element(a, i, true)
		if !ok {
			break
		}
		to, ok := d.element(b, i, false)
		if !ok {
			d.add("MQX231", a, b, fmt.Sprintf("element %d", i), allowed, "")
			break
		}
		switch {
		case to == nil:
		case from == nil:
			d.add("MQX231", a, b, fmt.Sprintf("element %d", i), "anything", typeName(to))
		default:
			d.compare(from, to)
		}
	}
	if b.MinItems != nil && count(a.MinItems) < b.MinItems.Value {
		d.add("MQX227", a, b, "minItems", countText(a.MinItems), countText(b.MinItems))
	}
	if b.MaxItems != nil && (longest < 0 || longest > b.MaxItems.Value) {
		d.add("MQX227", a, b, "maxItems", countText(a.MaxItems), countText(b.MaxItems))
	}
	if b.UniqueItems && !a.UniqueItems && (longest < 0 || longest > 1) {
		d.add("MQX227", a, b, "uniqueItems", "false", "true")
	}
}

func count(c *spec.Count) int {
	if c == nil {
		return 0
	}
	return c.Value
}

func countText(c *spec.Count) string {
	if c == nil {
		return "none"
	}
	return strconv.Itoa(c.Value)
}

func orWord(word, other string) string {
	if word == "" {
		return other
	}
	return word
}

// typeName is a schema's type in the words of the language.
func typeName(s *spec.Schema) string {
	s, _ = resolve(s)
	switch s.Kind {
	case spec.KindObject:
		return "object"
	case spec.KindArray:
		if len(s.PrefixItems) > 0 {
			return "array of fixed elements"
		}
		return "array"
	case spec.KindString:
		return "string"
	case spec.KindInteger:
		return "integer"
	case spec.KindNumber:
		return "number"
	case spec.KindBoolean:
		return "boolean"
	case spec.KindUnion:
		if s.AnyOf {
			return "anyOf"
		}
		return "oneOf"
	}
	return "anything"
}
