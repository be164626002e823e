package spec

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// jsonNumber is the syntax of a number in JSON; YAML has more, with other meanings.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?$`)

// maxDigits bounds the text of a number, and maxExponent what it can grow to.
const (
	maxDigits   = 100
	maxExponent = 400
)

// number reads a number as JSON writes it.
func (d *decoder) number(e entry) (*Number, bool) {
	n := e.value
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" {
		wrong := d.wrongKind(n, d.Pos(e.key), e.what(), "a number")
		if jsonNumber.MatchString(n.Value) {
			wrong.Hint("write %s without quotes", n.Value)
		}
		return nil, false
	}
	number, problem := parseNumber(n.Value)
	if problem != "" {
		wrong := d.Fail("MQX014", d.Pos(n), "%s: %s", e.what(), problem)
		if plain := strings.TrimLeft(strings.ReplaceAll(n.Value, "_", ""), "+0"); jsonNumber.MatchString(plain) {
			wrong.Hint("write %s", plain)
		}
		return nil, false
	}
	number.Pos = d.Pos(n)
	return number, true
}

// parseNumber reads the text of a number; problem is empty if it is right.
func parseNumber(text string) (number *Number, problem string) {
	if !jsonNumber.MatchString(text) {
		return nil, fmt.Sprintf("%s is not a number as JSON writes it", text)
	}
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp, _ := strconv.Atoi(exponent)
	if len(text) > maxDigits || exp > maxExponent || exp < -maxExponent {
		return nil, fmt.Sprintf("number %.20s has too many digits", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Sprintf("%s is not a number", text)
	}
	if f, _ := r.Float64(); math.IsInf(f, 0) {
		return nil, fmt.Sprintf("number %s is too large", text)
	}
	return &Number{Text: text, Rat: r}, ""
}

func (d *decoder) count(e entry) *Count {
	v, ok := d.whole(e, 0, maxCount)
	if !ok {
		return nil
	}
	return &Count{v, d.Pos(e.value)}
}

// ranges is the least and the largest value of the formats. Those of a double are checked when a number is read.
var ranges = map[Format][2]*big.Rat{
	FormatInt32:  {big.NewRat(math.MinInt32, 1), big.NewRat(math.MaxInt32, 1)},
	FormatInt64:  {big.NewRat(math.MinInt64, 1), big.NewRat(math.MaxInt64, 1)},
	FormatUint32: {new(big.Rat), big.NewRat(math.MaxUint32, 1)},
	FormatUint64: {new(big.Rat), new(big.Rat).SetUint64(math.MaxUint64)},
	FormatFloat:  {new(big.Rat).SetFloat64(-math.MaxFloat32), new(big.Rat).SetFloat64(math.MaxFloat32)},
}

// bound reads a bound of an integer or a number.
func (d *decoder) bound(s *Schema, e entry) *Number {
	if e.value.ShortTag() == "!!bool" {
		d.Fail("MQX010", d.Pos(e.value), "%s must be a number, not the boolean %s", e.what(), e.value.Value).
			Hint("in JSON Schema 2020-12 it stands instead of %q, with the value", strings.ToLower(strings.TrimPrefix(e.name, "exclusive")))
		return nil
	}
	n, ok := d.number(e)
	if !ok {
		return nil
	}
	if problem := fitsFormat(s, n); problem != "" {
		d.Fail("MQX048", n.Pos, "%s: %s", e.what(), problem)
		return nil
	}
	return n
}

// multipleOf reads a number greater than 0, which is whole for an integer.
func (d *decoder) multipleOf(s *Schema, e entry) *Number {
	n, ok := d.number(e)
	switch {
	case !ok:
		return nil
	case n.Rat.Sign() <= 0:
		d.Fail("MQX048", n.Pos, "%s must be greater than 0, not %s", e.what(), n.Text)
		return nil
	case s.Kind == KindInteger && !n.Rat.IsInt():
		d.Fail("MQX048", n.Pos, "%s: %s is not a whole number", e.what(), n.Text).Hint("write type: number, or a whole number")
		return nil
	}
	return n
}

// fitsFormat says why a number is no value of its format, or "".
func fitsFormat(s *Schema, n *Number) string {
	if s.Kind == KindInteger && !n.Rat.IsInt() {
		return n.Text + " is not a whole number"
	}
	if r, ok := ranges[s.Format]; ok && (n.Rat.Cmp(r[0]) < 0 || n.Rat.Cmp(r[1]) > 0) {
		return fmt.Sprintf("%s is outside of %s", n.Text, s.Format)
	}
	return ""
}

// checkBounds reports bounds that leave no value.
func (d *decoder) checkBounds(s *Schema) {
	d.checkCounts(s, "Items", s.MinItems, s.MaxItems)
	d.checkCounts(s, "Length", s.MinLength, s.MaxLength)
	d.checkTwice(s, "inimum", s.Minimum, s.ExclusiveMinimum)
	d.checkTwice(s, "aximum", s.Maximum, s.ExclusiveMaximum)
	d.checkMultiple(s)
	low, lowKey := either(s.Minimum, s.ExclusiveMinimum, "inimum")
	high, highKey := either(s.Maximum, s.ExclusiveMaximum, "aximum")
	if low == nil || high == nil {
		return
	}
	least, largest := new(big.Rat).Set(low.Rat), new(big.Rat).Set(high.Rat)
	exclusive := s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil
	if s.Kind == KindInteger {
		one := big.NewRat(1, 1)
		if s.ExclusiveMinimum != nil {
			least.Add(least, one)
		}
		if s.ExclusiveMaximum != nil {
			largest.Sub(largest, one)
		}
		exclusive = false
	}
	if c := least.Cmp(largest); c > 0 || c == 0 && exclusive {
		first, second, firstKey, secondKey := low, high, lowKey, highKey
		if before(second.Pos, first.Pos) {
			first, second, firstKey, secondKey = second, first, secondKey, firstKey
		}
		d.Fail("MQX043", second.Pos, "no value is left in schema %s: %s is %s and %s is %s", s.Path, lowKey, low.Text, highKey, high.Text).
			Also(first.Pos, "%s is here, %s above", firstKey, secondKey)
	}
}

func before(a, b Pos) bool { return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column }

func either(inclusive, exclusive *Number, name string) (*Number, string) {
	if inclusive != nil {
		return inclusive, "m" + name
	}
	return exclusive, "exclusiveM" + name
}

func (d *decoder) checkTwice(s *Schema, name string, inclusive, exclusive *Number) {
	if inclusive != nil && exclusive != nil {
		d.Fail("MQX043", exclusive.Pos, "schema %s has both m%s and exclusiveM%s", s.Path, name, name).
			Also(inclusive.Pos, "m%s is here", name).Hint("keep the narrower of the two")
	}
}

func (d *decoder) checkCounts(s *Schema, name string, low, high *Count) {
	if low != nil && high != nil && low.Value > high.Value {
		d.Fail("MQX043", high.Pos, "no value is left in schema %s: min%s is %d and max%s is %d", s.Path, name, low.Value, name, high.Value).
			Also(low.Pos, "min%s is here", name)
	}
}

// checkMultiple reports bounds between which no multiple lies.
func (d *decoder) checkMultiple(s *Schema) {
	low, lowKey := either(s.Minimum, s.ExclusiveMinimum, "inimum")
	high, highKey := either(s.Maximum, s.ExclusiveMaximum, "aximum")
	if s.MultipleOf == nil || low == nil || high == nil || low.Rat.Cmp(high.Rat) > 0 {
		return
	}
	quotient := new(big.Rat).Quo(low.Rat, s.MultipleOf.Rat)
	times := new(big.Int).Div(quotient.Num(), quotient.Denom()) // rounded down
	first := new(big.Rat).Mul(new(big.Rat).SetInt(times), s.MultipleOf.Rat)
	if c := first.Cmp(low.Rat); c < 0 || c == 0 && s.ExclusiveMinimum != nil {
		first.Add(first, s.MultipleOf.Rat)
	}
	if c := first.Cmp(high.Rat); c > 0 || c == 0 && s.ExclusiveMaximum != nil {
		d.Fail("MQX043", s.MultipleOf.Pos, "no value is left in schema %s: no multiple of %s lies between %s %s and %s %s",
			s.Path, s.MultipleOf.Text, lowKey, low.Text, highKey, high.Text).Also(low.Pos, "%s is here", lowKey)
	}
}
