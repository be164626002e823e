package breaking_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// TestCompatibleMeansCompatible makes random pairs of schemas, the second mostly the first with a few changes. Where
// Compare finds nothing, every random document of the one who sends must fit what the other one goes by.
func TestCompatibleMeansCompatible(t *testing.T) {
	compatible, findings, documents := 0, 0, 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := &schemas{r: r}
		old := g.schema(3)
		now := g.mutated(old, 3)
		if r.IntN(10) == 0 {
			now = g.schema(3)
		}
		publish := r.IntN(2) == 0
		list := breaking.Compare(carrying(old, publish), carrying(now, publish), breaking.Wire)
		if len(list) > 0 {
			findings++
			continue
		}
		compatible++
		from, to := old, now
		if !publish {
			from, to = now, old
		}
		for range 60 {
			doc := g.document(from, publish, 0)
			if !valid(from, doc) {
				continue
			}
			documents++
			if !valid(to, doc) {
				t.Fatalf("seed %d, publish %v: %s\nfits %s\nnot  %s", seed, publish, show(doc), describe(from), describe(to))
			}
		}
	}
	t.Logf("%d compatible, %d not, %d documents", compatible, findings, documents)
	if compatible < 500 || findings < 500 || documents < 10_000 {
		t.Errorf("too few: %d compatible pairs, %d others, %d documents", compatible, findings, documents)
	}
}

// carrying is a spec with one topic, on which one direction carries a schema.
func carrying(s *spec.Schema, publish bool) *spec.File {
	p, _ := topic.ParsePattern("a")
	payload := &spec.Payload{Name: "P", GoName: "P", Encoding: spec.EncodingJSON, Schema: s}
	d := &spec.Direction{Pos: spec.Pos{Line: 1}, Auth: []string{"lab"}, Payload: &spec.PayloadRef{Payload: payload}, Retain: spec.RetainForbidden}
	t := &spec.Topic{Name: "a", GoName: "A", Pattern: p, Publish: d}
	if !publish {
		t.Publish, t.Subscribe = nil, d
	}
	return &spec.File{
		Auth: []*spec.Auth{{Name: "lab", Method: spec.MethodAnonymous}}, Payloads: []*spec.Payload{payload}, Topics: []*spec.Topic{t},
	}
}

// schemas makes random schemas.
type schemas struct{ r *rand.Rand }

func (g *schemas) one(n int) bool { return g.r.IntN(n) == 0 }

func (g *schemas) schema(depth int) *spec.Schema {
	s := &spec.Schema{Nullable: g.one(6)}
	kinds := []spec.Kind{spec.KindString, spec.KindInteger, spec.KindNumber, spec.KindBoolean}
	if depth > 0 {
		kinds = append(kinds, spec.KindObject, spec.KindObject, spec.KindObject, spec.KindArray, spec.KindUnion, spec.KindRef)
	}
	s.Kind = kinds[g.r.IntN(len(kinds))]
	switch s.Kind {
	case spec.KindObject:
		g.object(s, depth)
	case spec.KindArray:
		g.array(s, depth)
	case spec.KindUnion:
		g.union(s, depth)
	case spec.KindRef:
		s.Ref = &spec.Payload{Name: "R", Schema: g.schema(depth - 1)}
	default:
		g.scalar(s)
	}
	return s
}

func (g *schemas) object(s *spec.Schema, depth int) {
	for _, name := range []string{"a", "b", "c"} {
		if g.one(2) {
			s.Properties = append(s.Properties, &spec.Property{Name: name, Required: g.one(2), Schema: g.schema(depth - 1)})
		}
	}
	switch g.r.IntN(4) {
	case 0:
		s.Closed = true
	case 1:
		s.Additional = g.schema(depth - 1)
	}
}

func (g *schemas) array(s *spec.Schema, depth int) {
	if g.one(2) {
		for range 1 + g.r.IntN(2) {
			s.PrefixItems = append(s.PrefixItems, &spec.Property{Schema: g.schema(depth - 1)})
		}
		s.Closed = g.one(2)
	}
	if !s.Closed && (s.PrefixItems == nil || g.one(2)) {
		s.Items = g.schema(depth - 1)
	}
	if g.one(3) {
		s.MinItems = &spec.Count{Value: g.r.IntN(3)}
	}
	if g.one(3) {
		s.MaxItems = &spec.Count{Value: 1 + g.r.IntN(4)}
	}
	s.UniqueItems = g.one(6)
}

func (g *schemas) union(s *spec.Schema, depth int) {
	s.AnyOf = g.one(2)
	if g.one(2) {
		s.Discriminator = "k"
	}
	for i := range 2 + g.r.IntN(2) {
		v := &spec.Variant{Schema: g.schema(depth - 1)}
		if s.Discriminator != "" {
			v.Schema = &spec.Schema{Kind: spec.KindObject}
			g.object(v.Schema, depth)
			value := string(rune('x' + i))
			k := &spec.Schema{Kind: spec.KindString}
			if g.one(2) {
				k.Const = text(value)
			}
			v.Values = []string{value}
			v.Schema.Properties = append(v.Schema.Properties, &spec.Property{Name: "k", Required: true, Schema: k})
		}
		s.Variants = append(s.Variants, v)
	}
}

func text(s string) *spec.Literal {
	return &spec.Literal{Kind: spec.KindString, Text: s, JSON: `"` + s + `"`}
}

func numeral(kind spec.Kind, n int64, over int64) *spec.Literal {
	rat := big.NewRat(n, over)
	return &spec.Literal{Kind: kind, JSON: rat.RatString(), Num: &spec.Number{Rat: rat, Text: rat.RatString()}}
}

func (g *schemas) scalar(s *spec.Schema) {
	switch s.Kind {
	case spec.KindString:
		s.Format = []spec.Format{"", "", "", spec.FormatUUID, spec.FormatDate}[g.r.IntN(5)]
		switch g.r.IntN(5) {
		case 0:
			s.Enum = []*spec.EnumValue{{Literal: *text("x")}, {Literal: *text("yy")}, {Literal: *text("z")}}[:1+g.r.IntN(3)]
			s.Format = ""
		case 1:
			s.MinLength, s.MaxLength = &spec.Count{Value: g.r.IntN(3)}, &spec.Count{Value: 2 + g.r.IntN(3)}
		case 2:
			p := []string{"^x", "y", "^[xyz]*$"}[g.r.IntN(3)]
			s.Pattern = &spec.Pattern{Text: p, Regexp: regexp.MustCompile(p)}
		}
	case spec.KindInteger:
		s.Format = []spec.Format{spec.FormatInt64, spec.FormatInt64, spec.FormatInt32, spec.FormatUint32, spec.FormatUint64}[g.r.IntN(5)]
		g.bounds(s, 1)
	case spec.KindNumber:
		s.Format = []spec.Format{spec.FormatDouble, spec.FormatDouble, spec.FormatFloat}[g.r.IntN(3)]
		g.bounds(s, 2)
	case spec.KindBoolean:
		if g.one(4) {
			s.Const = &spec.Literal{Kind: spec.KindBoolean, JSON: "true", Bool: true}
		}
	}
}

func (g *schemas) bounds(s *spec.Schema, over int64) {
	n := func(low int) *spec.Number { return numeral(s.Kind, int64(low+g.r.IntN(4)), over).Num }
	if g.one(5) {
		for i := range 1 + g.r.IntN(3) {
			s.Enum = append(s.Enum, &spec.EnumValue{Literal: *numeral(s.Kind, int64(i), over)})
		}
		return
	}
	switch g.r.IntN(4) {
	case 0:
		s.Minimum = n(-3)
	case 1:
		s.ExclusiveMinimum = n(-3)
	}
	switch g.r.IntN(4) {
	case 0:
		s.Maximum = n(1)
	case 1:
		s.ExclusiveMaximum = n(1)
	}
	if g.one(5) {
		s.MultipleOf = n(1)
	}
}

// mutated copies a schema with a few changes.
func (g *schemas) mutated(s *spec.Schema, depth int) *spec.Schema {
	if g.one(12) {
		return g.schema(depth)
	}
	c := *s
	if g.one(12) {
		c.Nullable = !c.Nullable
	}
	next := max(depth-1, 0)
	switch c.Kind {
	case spec.KindRef:
		c.Ref = &spec.Payload{Name: "R", Schema: g.mutated(c.Ref.Schema, next)}
		if g.one(3) {
			inner := *c.Ref.Schema
			inner.Nullable = inner.Nullable || c.Nullable
			return &inner
		}
	case spec.KindObject:
		g.mutateObject(&c, next)
	case spec.KindArray:
		c.PrefixItems = slices.Clone(c.PrefixItems)
		for i, p := range c.PrefixItems {
			c.PrefixItems[i] = &spec.Property{Schema: g.mutated(p.Schema, next)}
		}
		if c.Items != nil {
			c.Items = g.mutated(c.Items, next)
		}
		if g.one(8) {
			c.MaxItems = nil
		}
		if g.one(8) {
			c.MinItems = nil
		}
		if g.one(8) && c.PrefixItems != nil && c.Items == nil {
			c.Closed = !c.Closed
		}
	case spec.KindUnion:
		c.Variants = slices.Clone(c.Variants)
		for i, v := range c.Variants {
			c.Variants[i] = &spec.Variant{Schema: g.mutated(v.Schema, next), Values: v.Values}
			if c.Discriminator != "" && !discriminated(c.Variants[i].Schema, v.Values[0]) {
				c.Variants[i] = v
			}
		}
		if len(c.Variants) > 2 && g.one(4) {
			c.Variants = c.Variants[:2]
		}
		if g.one(8) {
			c.AnyOf = !c.AnyOf
		}
	case spec.KindInteger:
		if g.one(10) {
			return &spec.Schema{Kind: spec.KindNumber, Format: spec.FormatDouble, Nullable: c.Nullable, Minimum: c.Minimum, MultipleOf: c.MultipleOf}
		}
		g.mutateScalar(&c)
	default:
		g.mutateScalar(&c)
	}
	return &c
}

func discriminated(s *spec.Schema, value string) bool {
	for _, p := range s.Properties {
		if p.Name == "k" && s.Kind == spec.KindObject && p.Required && p.Schema.Kind == spec.KindString && !p.Schema.Nullable {
			return p.Schema.Const == nil || p.Schema.Const.Text == value
		}
	}
	return false
}

func (g *schemas) mutateObject(c *spec.Schema, depth int) {
	var list []*spec.Property
	for _, p := range c.Properties {
		q := &spec.Property{Name: p.Name, Required: p.Required, Schema: g.mutated(p.Schema, depth)}
		if g.one(8) {
			q.Required = !q.Required
		}
		if !g.one(10) {
			list = append(list, q)
		}
	}
	if name := string(rune('a' + g.r.IntN(4))); g.one(6) && !slices.ContainsFunc(list, func(p *spec.Property) bool { return p.Name == name }) {
		list = append(list, &spec.Property{Name: name, Schema: g.schema(depth)})
	}
	c.Properties = list
	if g.one(8) {
		c.Closed = !c.Closed && c.Additional == nil
	}
	if c.Additional != nil {
		c.Additional = g.mutated(c.Additional, depth)
	}
}

func (g *schemas) mutateScalar(c *spec.Schema) {
	if !g.one(3) {
		return
	}
	fresh := &spec.Schema{Kind: c.Kind}
	g.scalar(fresh)
	switch g.r.IntN(7) {
	case 0:
		c.Format = fresh.Format
	case 1:
		c.Enum, c.Const = fresh.Enum, fresh.Const
	case 2:
		c.Minimum, c.ExclusiveMinimum = fresh.Minimum, fresh.ExclusiveMinimum
	case 3:
		c.Maximum, c.ExclusiveMaximum = fresh.Maximum, fresh.ExclusiveMaximum
	case 4:
		c.MultipleOf = fresh.MultipleOf
	case 5:
		c.MinLength, c.MaxLength = fresh.MinLength, fresh.MaxLength
	case 6:
		c.Pattern = fresh.Pattern
	}
}

// Documents: nil, bool, *big.Rat, string, []any, map[string]any. A UUID begins with U:, a date with D:.

func (g *schemas) document(s *spec.Schema, extra bool, depth int) any {
	if s.Nullable && g.one(4) {
		return nil
	}
	switch s.Kind {
	case spec.KindRef:
		return g.document(s.Ref.Schema, extra, depth)
	case spec.KindUnion:
		v := s.Variants[g.r.IntN(len(s.Variants))]
		doc := g.document(v.Schema, extra, depth)
		if m, ok := doc.(map[string]any); ok && v.Values != nil {
			m[s.Discriminator] = v.Values[0]
		}
		return doc
	case spec.KindObject:
		out := map[string]any{}
		for _, p := range s.Properties {
			if p.Required || g.one(2) {
				out[p.Name] = g.document(p.Schema, extra, depth+1)
			}
		}
		switch {
		case s.Additional != nil && g.one(2): // any name, also one that the other schema has
			name := []string{"a", "b", "c", "d", "zz"}[g.r.IntN(5)]
			if _, ok := out[name]; !ok && !slices.ContainsFunc(s.Properties, func(p *spec.Property) bool { return p.Name == name }) {
				out[name] = g.document(s.Additional, extra, depth+1)
			}
		case s.Additional == nil && !s.Closed && extra && g.one(3):
			out["zz"] = "x" // a name that no schema has
		}
		return out
	case spec.KindArray:
		out := []any{}
		for i := range g.r.IntN(5) {
			switch {
			case i < len(s.PrefixItems):
				out = append(out, g.document(s.PrefixItems[i].Schema, extra, depth+1))
			case s.Items != nil:
				out = append(out, g.document(s.Items, extra, depth+1))
			case !s.Closed && extra:
				out = append(out, g.random())
			}
		}
		return out
	case spec.KindBoolean:
		return s.Const != nil || g.one(2)
	}
	if len(s.Enum) > 0 {
		v := s.Enum[g.r.IntN(len(s.Enum))]
		if v.Num != nil {
			return v.Num.Rat
		}
		return v.Text
	}
	if s.Const != nil {
		return s.Const.Text
	}
	switch {
	case s.Kind == spec.KindString:
		return map[spec.Format]string{spec.FormatUUID: "U:", spec.FormatDate: "D:"}[s.Format] + []string{"", "x", "y", "yy", "z", "xyz", "xxxx", "w", "xwwww"}[g.r.IntN(9)]
	case s.Kind == spec.KindInteger:
		return big.NewRat([]int64{-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 1 << 31, 1 << 40, -1 << 40}[g.r.IntN(13)], 1)
	}
	return big.NewRat(int64(g.r.IntN(17)-8), 4)
}

func (g *schemas) random() any {
	return []any{nil, true, "x", big.NewRat(1, 2), []any{}, map[string]any{}}[g.r.IntN(6)]
}

// valid is JSON Schema, plainly.
func valid(s *spec.Schema, doc any) bool {
	if doc == nil && s.Nullable {
		return true
	}
	switch s.Kind {
	case spec.KindRef:
		return valid(s.Ref.Schema, doc)
	case spec.KindUnion:
		return validUnion(s, doc)
	case spec.KindObject:
		return validObject(s, doc)
	case spec.KindArray:
		return validArray(s, doc)
	case spec.KindString:
		v, ok := doc.(string)
		return ok && validString(s, v)
	case spec.KindBoolean:
		v, ok := doc.(bool)
		return ok && (s.Const == nil || s.Const.Bool == v)
	}
	v, ok := doc.(*big.Rat)
	return ok && validNumber(s, v)
}

func validUnion(s *spec.Schema, doc any) bool {
	n := 0
	for _, v := range s.Variants {
		if m, ok := doc.(map[string]any); s.Discriminator != "" {
			k, _ := m[s.Discriminator].(string)
			if ok && slices.Contains(v.Values, k) {
				return valid(v.Schema, doc)
			}
			continue
		}
		if valid(v.Schema, doc) {
			n++
		}
	}
	return n == 1 || n > 0 && s.AnyOf
}

func validObject(s *spec.Schema, doc any) bool {
	m, ok := doc.(map[string]any)
	if !ok {
		return false
	}
	known := map[string]bool{}
	for _, p := range s.Properties {
		known[p.Name] = true
		v, there := m[p.Name]
		if !there && p.Required || there && !valid(p.Schema, v) {
			return false
		}
	}
	for name, v := range m {
		if !known[name] && (s.Closed || s.Additional != nil && !valid(s.Additional, v)) {
			return false
		}
	}
	return true
}

func validArray(s *spec.Schema, doc any) bool {
	list, ok := doc.([]any)
	if !ok || s.MinItems != nil && len(list) < s.MinItems.Value || s.MaxItems != nil && len(list) > s.MaxItems.Value {
		return false
	}
	seen := map[string]bool{}
	for i, v := range list {
		if s.UniqueItems && seen[show(v)] {
			return false
		}
		seen[show(v)] = true
		switch {
		case i < len(s.PrefixItems):
			ok = valid(s.PrefixItems[i].Schema, v)
		case s.Items != nil:
			ok = valid(s.Items, v)
		default:
			ok = !s.Closed
		}
		if !ok {
			return false
		}
	}
	return true
}

func validString(s *spec.Schema, v string) bool {
	n := utf8.RuneCountInString(v)
	if s.MinLength != nil && n < s.MinLength.Value || s.MaxLength != nil && n > s.MaxLength.Value || s.Pattern != nil && !s.Pattern.Regexp.MatchString(v) ||
		s.Format == spec.FormatUUID && !strings.HasPrefix(v, "U:") || s.Format == spec.FormatDate && !strings.HasPrefix(v, "D:") ||
		s.Const != nil && s.Const.Text != v {
		return false
	}
	return s.Enum == nil || slices.ContainsFunc(s.Enum, func(e *spec.EnumValue) bool { return e.Text == v })
}

func validNumber(s *spec.Schema, v *big.Rat) bool {
	low, high := map[spec.Format]int64{spec.FormatInt32: -1 << 31, spec.FormatInt64: -1 << 62}[s.Format], int64(1<<62)
	switch s.Format {
	case spec.FormatInt32:
		high = 1<<31 - 1
	case spec.FormatUint32:
		high = 1<<32 - 1
	}
	within := s.Kind == spec.KindNumber || v.IsInt() && v.Num().Int64() >= low && v.Num().Int64() <= high
	if !within || s.Minimum != nil && v.Cmp(s.Minimum.Rat) < 0 || s.Maximum != nil && v.Cmp(s.Maximum.Rat) > 0 ||
		s.ExclusiveMinimum != nil && v.Cmp(s.ExclusiveMinimum.Rat) <= 0 || s.ExclusiveMaximum != nil && v.Cmp(s.ExclusiveMaximum.Rat) >= 0 ||
		s.MultipleOf != nil && !new(big.Rat).Quo(v, s.MultipleOf.Rat).IsInt() {
		return false
	}
	return s.Enum == nil || slices.ContainsFunc(s.Enum, func(e *spec.EnumValue) bool { return e.Num.Rat.Cmp(v) == 0 })
}

func show(doc any) string {
	if r, ok := doc.(*big.Rat); ok {
		return r.RatString()
	}
	switch doc := doc.(type) {
	case []any:
		var parts []string
		for _, v := range doc {
			parts = append(parts, show(v))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for k, v := range doc {
			parts = append(parts, k+":"+show(v))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case string:
		return fmt.Sprintf("%q", doc)
	}
	return fmt.Sprint(doc)
}

// describe writes a schema for a message.
func describe(s *spec.Schema) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{kind %d %s", s.Kind, s.Format)
	if s.Nullable {
		b.WriteString(" null")
	}
	if s.Closed {
		b.WriteString(" closed")
	}
	if s.Pattern != nil {
		b.WriteString(" /" + s.Pattern.Text + "/")
	}
	for word, n := range map[string]*spec.Number{">=": s.Minimum, ">": s.ExclusiveMinimum, "<=": s.Maximum, "<": s.ExclusiveMaximum, "*": s.MultipleOf} {
		if n != nil {
			b.WriteString(" " + word + n.Text)
		}
	}
	for word, n := range map[string]*spec.Count{"minItems": s.MinItems, "maxItems": s.MaxItems, "minLength": s.MinLength, "maxLength": s.MaxLength} {
		if n != nil {
			fmt.Fprintf(&b, " %s %d", word, n.Value)
		}
	}
	for _, e := range s.Enum {
		b.WriteString(" =" + e.JSON)
	}
	if s.Const != nil {
		b.WriteString(" const " + s.Const.JSON)
	}
	for _, p := range s.Properties {
		fmt.Fprintf(&b, " %s(%v): %s", p.Name, p.Required, describe(p.Schema))
	}
	for _, p := range s.PrefixItems {
		b.WriteString(" prefix " + describe(p.Schema))
	}
	for _, v := range s.Variants {
		fmt.Fprintf(&b, " | anyOf=%v %s%v %s", s.AnyOf, s.Discriminator, v.Values, describe(v.Schema))
	}
	if s.Additional != nil {
		b.WriteString(" additional " + describe(s.Additional))
	}
	if s.Items != nil {
		b.WriteString(" items " + describe(s.Items))
	}
	if s.Ref != nil {
		b.WriteString(" ref " + describe(s.Ref.Schema))
	}
	return b.String() + "}"
}
