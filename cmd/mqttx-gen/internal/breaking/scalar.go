package breaking

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// constants are the only values of a schema; nil if there are others.
func constants(s *spec.Schema) []*spec.Literal {
	if s.Const != nil {
		return []*spec.Literal{s.Const}
	}
	var list []*spec.Literal
	for _, v := range s.Enum {
		list = append(list, &v.Literal)
	}
	return list
}

// constants compares a schema of a few values with another. It returns false where other keywords say more.
func (d *differ) constants(a, b *spec.Schema, values []*spec.Literal) bool {
	var refused []string
	for _, v := range values {
		if !accepts(b, v, a.Format) {
			refused = append(refused, v.JSON)
		}
	}
	if refused == nil {
		return true
	}
	if constants(b) == nil || a.Kind != b.Kind {
		return false
	}
	d.add("MQX226", a, b, "value "+strings.Join(refused, ", "), allowed, "")
	return true
}

// accepts says whether a value, of a string in the given format, surely fits a schema.
func accepts(s *spec.Schema, v *spec.Literal, format spec.Format) bool {
	s, _ = resolve(s)
	if s.XGoType != "" {
		return false
	}
	switch s.Kind {
	case spec.KindUnion:
		n := 0
		for _, variant := range s.Variants {
			if accepts(variant.Schema, v, format) {
				n++
			} else if !s.AnyOf && overlaps(variant.Schema, v) {
				return false // it may fit after all, as one too many
			}
		}
		return s.Discriminator == "" && (n == 1 || n > 0 && s.AnyOf)
	case spec.KindString:
		return v.Kind == spec.KindString && acceptsText(s, v, format)
	case spec.KindInteger, spec.KindNumber:
		return v.Num != nil && acceptsNumber(s, v.Num.Rat)
	case spec.KindBoolean:
		return v.Kind == spec.KindBoolean && (s.Const == nil || s.Const.Bool == v.Bool)
	}
	return false
}

// overlaps says whether values of v's kind may fit a schema at all.
func overlaps(s *spec.Schema, v *spec.Literal) bool {
	s, _ = resolve(s)
	kind := v.Kind
	if kind == spec.KindInteger {
		kind = spec.KindNumber
	}
	return words(s)[kindWord(kind)] || s.Kind == spec.KindAny
}

func acceptsText(s *spec.Schema, v *spec.Literal, format spec.Format) bool {
	n := utf8.RuneCountInString(v.Text)
	switch {
	case s.Format != spec.FormatNone && s.Format != format,
		s.MinLength != nil && n < s.MinLength.Value, s.MaxLength != nil && n > s.MaxLength.Value,
		s.Pattern != nil && !s.Pattern.Regexp.MatchString(v.Text):
		return false
	}
	return among(s, func(l *spec.Literal) bool { return l.Text == v.Text })
}

func acceptsNumber(s *spec.Schema, v *big.Rat) bool {
	if s.Kind == spec.KindInteger && !v.IsInt() || s.Format == spec.FormatFloat {
		return false
	}
	low, high := explicit(s)
	fLow, fHigh := formatRange(s.Format)
	if !low.allows(v, 1) || !high.allows(v, -1) || !fLow.allows(v, 1) || !fHigh.allows(v, -1) {
		return false
	}
	if s.MultipleOf != nil && !new(big.Rat).Quo(v, s.MultipleOf.Rat).IsInt() {
		return false
	}
	return among(s, func(l *spec.Literal) bool { return l.Num != nil && l.Num.Rat.Cmp(v) == 0 })
}

// among says whether a value is one of a schema's constants, if it has any.
func among(s *spec.Schema, is func(*spec.Literal) bool) bool {
	values := constants(s)
	for _, l := range values {
		if is(l) {
			return true
		}
	}
	return values == nil
}

func (d *differ) scalars(a, b *spec.Schema) {
	if values := constants(b); values != nil {
		var list []string
		for _, v := range values {
			list = append(list, v.JSON)
		}
		d.add("MQX226", a, b, "values", "any", strings.Join(list, ", "))
		return
	}
	switch a.Kind {
	case spec.KindString:
		d.strings(a, b)
	case spec.KindInteger, spec.KindNumber:
		d.numbers(a, b)
	}
}

func (d *differ) strings(a, b *spec.Schema) {
	if b.Format != spec.FormatNone && a.Format != b.Format {
		d.add("MQX222", a, b, "format", orWord(string(a.Format), "none"), string(b.Format))
	}
	if b.MinLength != nil && count(a.MinLength) < b.MinLength.Value {
		d.add("MQX227", a, b, "minLength", countText(a.MinLength), countText(b.MinLength))
	}
	if b.MaxLength != nil && (a.MaxLength == nil || a.MaxLength.Value > b.MaxLength.Value) {
		d.add("MQX227", a, b, "maxLength", countText(a.MaxLength), countText(b.MaxLength))
	}
	if b.Pattern != nil && (a.Pattern == nil || a.Pattern.Text != b.Pattern.Text) {
		from := "none"
		if a.Pattern != nil {
			from = a.Pattern.Text
		}
		d.add("MQX228", a, b, "pattern", from, b.Pattern.Text)
	}
}

func (d *differ) numbers(a, b *spec.Schema) {
	low, high := explicit(a)
	fLow, fHigh := formatRange(a.Format)
	low, high = low.tighter(fLow, 1), high.tighter(fHigh, -1)
	toLow, toHigh := formatRange(b.Format)
	float := b.Format == spec.FormatFloat && a.Format != spec.FormatFloat
	if float || !low.within(toLow, 1) || !high.within(toHigh, -1) {
		d.add("MQX222", a, b, "format", string(a.Format), string(b.Format))
	}
	toLow, toHigh = explicit(b)
	if a.Kind == spec.KindInteger {
		toLow, toHigh = toLow.whole(1), toHigh.whole(-1)
		low, high = low.whole(1), high.whole(-1)
	}
	aLow, aHigh := explicit(a)
	bLow, bHigh := explicit(b)
	if !low.within(toLow, 1) {
		d.add("MQX227", a, b, "minimum", aLow.String(), bLow.String())
	}
	if !high.within(toHigh, -1) {
		d.add("MQX227", a, b, "maximum", aHigh.String(), bHigh.String())
	}
	d.multiples(a, b)
}

func (d *differ) multiples(a, b *spec.Schema) {
	if b.MultipleOf == nil {
		return
	}
	step, from := big.NewRat(1, 1), "none"
	if a.MultipleOf != nil {
		step, from = a.MultipleOf.Rat, a.MultipleOf.Text
	}
	known := a.MultipleOf != nil || a.Kind == spec.KindInteger
	if !known || !new(big.Rat).Quo(step, b.MultipleOf.Rat).IsInt() {
		d.add("MQX227", a, b, "multipleOf", from, b.MultipleOf.Text)
	}
}

// limit is the lowest or the highest value of a number; nil: there is none.
type limit struct {
	at        *big.Rat
	exclusive bool
	text      string
}

func (l *limit) String() string {
	switch {
	case l == nil:
		return "none"
	case l.exclusive:
		return "exclusive " + l.text
	}
	return l.text
}

// allows says whether v is on the right side; side is 1 for a minimum, -1 for a maximum.
func (l *limit) allows(v *big.Rat, side int) bool {
	if l == nil {
		return true
	}
	c := v.Cmp(l.at) * side
	return c > 0 || c == 0 && !l.exclusive
}

// within says whether what l allows, other allows too.
func (l *limit) within(other *limit, side int) bool {
	if other == nil || l == nil {
		return other == nil
	}
	c := l.at.Cmp(other.at) * side
	return c > 0 || c == 0 && (l.exclusive || !other.exclusive)
}

// tighter returns the one that allows less.
func (l *limit) tighter(other *limit, side int) *limit {
	if l.within(other, side) {
		return l
	}
	return other
}

// whole returns the same limit for whole numbers, inclusive.
func (l *limit) whole(side int) *limit {
	if l == nil {
		return nil
	}
	floor := new(big.Int).Div(l.at.Num(), l.at.Denom()) // Euclidean: the denominator is positive
	switch {
	case l.at.IsInt() && l.exclusive:
		floor.Add(floor, big.NewInt(int64(side)))
	case !l.at.IsInt() && side > 0:
		floor.Add(floor, big.NewInt(1))
	}
	return &limit{at: new(big.Rat).SetInt(floor), text: l.text}
}

// explicit returns the bounds that a schema says.
func explicit(s *spec.Schema) (low, high *limit) {
	pick := func(inclusive, exclusive *spec.Number) *limit {
		switch {
		case inclusive != nil:
			return &limit{at: inclusive.Rat, text: inclusive.Text}
		case exclusive != nil:
			return &limit{at: exclusive.Rat, exclusive: true, text: exclusive.Text}
		}
		return nil
	}
	return pick(s.Minimum, s.ExclusiveMinimum), pick(s.Maximum, s.ExclusiveMaximum)
}

// formatRange returns the bounds of a format.
func formatRange(f spec.Format) (low, high *limit) {
	whole := func(low int64, high uint64) (*limit, *limit) {
		return &limit{at: new(big.Rat).SetInt64(low)}, &limit{at: new(big.Rat).SetUint64(high)}
	}
	switch f {
	case spec.FormatInt32:
		return whole(math.MinInt32, math.MaxInt32)
	case spec.FormatInt64:
		return whole(math.MinInt64, math.MaxInt64)
	case spec.FormatUint32:
		return whole(0, math.MaxUint32)
	case spec.FormatUint64:
		return whole(0, math.MaxUint64)
	}
	return nil, nil
}

func literal(l *spec.Literal) string {
	if l == nil {
		return ""
	}
	return l.JSON
}
