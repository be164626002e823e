package spec

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/textformat"
	"gopkg.in/yaml.v3"
)

// literal reads a constant of a schema's kind, or reports it.
func (d *decoder) literal(s *Schema, n *yaml.Node, what string) *Literal {
	l, problem, hint := parseLiteral(s.Kind, n)
	if problem != "" {
		wrong := d.Fail("MQX047", d.Pos(n), "%s: %s", what, problem)
		if hint != "" {
			wrong.Hint("%s", hint)
		}
		return nil
	}
	l.Pos = d.Pos(n)
	return l
}

// parseLiteral reads a scalar as a value of a kind; problem is empty if it is one.
func parseLiteral(kind Kind, n *yaml.Node) (l *Literal, problem, hint string) {
	actual := scalarKind(n)
	l = &Literal{Kind: kind}
	switch kind {
	case KindString:
		if actual != KindString {
			if n.Kind == yaml.ScalarNode {
				hint = fmt.Sprintf("write %q in quotes", n.Value)
			}
			return nil, syntax.KindOf(n) + " is not text", hint
		}
		l.Text, l.JSON = n.Value, syntax.Quote(n.Value)
	case KindBoolean:
		if actual != KindBoolean {
			return nil, syntax.KindOf(n) + " is not true or false", ""
		}
		l.Bool, l.JSON = strings.EqualFold(n.Value, "true"), strings.ToLower(n.Value)
	case KindInteger, KindNumber:
		if actual != KindInteger && actual != KindNumber {
			return nil, syntax.KindOf(n) + " is not a number", ""
		}
		if l.Num, problem = parseNumber(n.Value); problem != "" {
			return nil, problem, ""
		}
		if kind == KindInteger && !l.Num.Rat.IsInt() {
			return nil, n.Value + " is not a whole number", ""
		}
		l.JSON = l.Num.Text
		if kind == KindInteger {
			l.JSON = l.Num.Rat.Num().String() // 1.0 is the integer 1
		}
	}
	return l, "", ""
}

// Same says whether two constants are one value: 1.50 is 1.5.
func (l *Literal) Same(other *Literal) bool {
	if l.Num != nil && other.Num != nil {
		return l.Num.Rat.Cmp(other.Num.Rat) == 0
	}
	return l.JSON == other.JSON
}

// value is the same text for constants that are the same.
func (l *Literal) value() string {
	if l.Num != nil {
		return l.Num.Rat.RatString()
	}
	return l.JSON
}

func (d *decoder) enumKeyword(s *schemaDraft, e entry) {
	items, ok := d.items(e, e.what())
	if !ok {
		return
	}
	if len(items) == 0 {
		d.Fail("MQX047", d.Pos(e.value), "%s has no values", e.what())
	}
	first := map[string]*EnumValue{}
	for _, item := range items {
		if syntax.IsNull(item) && item.Value != "" {
			d.enumNull(s, item, e)
			continue
		}
		l := d.literal(s.Schema, item, e.what())
		if l == nil {
			continue
		}
		if known := first[l.value()]; known != nil {
			d.Fail("MQX047", l.Pos, "%s stands twice in %s", l.JSON, e.what()).Also(known.Pos, "it stands here first")
			continue
		}
		one := &EnumValue{Literal: *l}
		s.Enum, first[l.value()] = append(s.Enum, one), one
	}
	if s.nullType != nil && !s.enumNull {
		d.Fail("MQX047", d.Pos(s.nullType), "null in the type of schema %s can never stand: enum does not have it", s.Path).
			Hint("add null to enum").Also(d.Pos(e.value), "enum is here")
	}
}

// enumNull reads null as a value of enum: JSON Schema wants it in the type too, if there is one.
func (d *decoder) enumNull(s *schemaDraft, item *yaml.Node, e entry) {
	switch typed, ok := s.keys["type"]; {
	case s.enumNull:
		d.Fail("MQX047", d.Pos(item), "null stands twice in %s", e.what())
	case ok && s.nullType == nil && !s.asksNull:
		d.Fail("MQX047", d.Pos(item), "value null of enum in schema %s can never stand: the type is %s", s.Path, s.Kind).
			Hint(`write type: [%s, "null"]`, s.Kind).Also(d.Pos(typed.value), "the type is here")
	}
	s.enumNull, s.Nullable = true, true
}

func (d *decoder) constKeyword(s *schemaDraft, e entry) {
	if syntax.IsNull(e.value) && e.value.Value != "" {
		d.onlyNull(s, d.Pos(e.key))
		return
	}
	s.Const = d.literal(s.Schema, e.value, e.what())
	if s.nullType != nil && s.Const != nil {
		d.Fail("MQX047", d.Pos(s.nullType), "null in the type of schema %s can never stand: const is %s", s.Path, s.Const.JSON).
			Hint("write type: %s", s.Kind).Also(s.Const.Pos, "const is here")
	}
}

// defaultKeyword reads the value of a property that is left out. That it is a property is checked by settle.
func (d *decoder) defaultKeyword(s *Schema, e entry) {
	if syntax.IsNull(e.value) && e.value.Value != "" {
		d.Fail("MQX055", d.Pos(e.value), "%s cannot be null", e.what()).
			Hint("leave it out: a property that is left out is told from one that is null")
		return
	}
	s.Default = d.literal(s, e.value, e.what())
}

// checkLiterals reports constants that the rest of the schema forbids.
func (d *decoder) checkLiterals(s *schemaDraft) {
	for _, v := range s.Enum {
		if problem := fits(s.Schema, &v.Literal); problem != "" {
			d.Fail("MQX047", v.Pos, "value %s of enum in schema %s can never stand: %s", v.JSON, s.Path, problem)
		}
	}
	if s.Const != nil {
		problem := fits(s.Schema, s.Const)
		also := s.Const.Pos
		if problem == "" && inEnum(s.Schema, s.Const) != "" {
			problem, also = inEnum(s.Schema, s.Const), s.Enum[0].Pos
		}
		if problem != "" {
			wrong := d.Fail("MQX047", s.Const.Pos, "const %s in schema %s can never stand: %s", s.Const.JSON, s.Path, problem)
			if also != s.Const.Pos {
				wrong.Also(also, "enum is here")
			}
		}
	}
	d.checkDefault(s.Schema)
	simplify(s.Schema)
}

func (d *decoder) checkDefault(s *Schema) {
	if s.Default == nil {
		return
	}
	if problem := fitsLiteral(s, s.Default); problem != "" {
		d.Fail("MQX055", s.Default.Pos, "default %s does not fit schema %s: %s", s.Default.JSON, s.Path, problem)
	}
}

// simplify leaves out what constants say already: the format of text that is written out, and an enum of booleans.
func simplify(s *Schema) {
	if s.Kind == KindString && (len(s.Enum) > 0 || s.Const != nil) {
		s.Format = FormatNone
	}
	if s.Kind == KindBoolean {
		if len(s.Enum) == 1 && s.Const == nil {
			s.Const = &s.Enum[0].Literal
		}
		s.Enum = nil
	}
}

// fitsLiteral says what is wrong with a value, or "".
func fitsLiteral(s *Schema, l *Literal) string {
	problem := fits(s, l)
	if problem == "" {
		problem = inEnum(s, l)
	}
	if problem == "" && s.Const != nil && !s.Const.Same(l) {
		problem = fmt.Sprintf("%s is not %s", l.JSON, s.Const.JSON)
	}
	return problem
}

// fits says what is wrong with a value by everything but enum and const, or "".
func fits(s *Schema, l *Literal) string {
	switch s.Kind {
	case KindString:
		return fitsText(s, l.Text)
	case KindInteger, KindNumber:
		return fitsNumber(s, l.Num)
	}
	return ""
}

func inEnum(s *Schema, l *Literal) string {
	if len(s.Enum) == 0 {
		return ""
	}
	var words []string
	for _, v := range s.Enum {
		if v.Same(l) {
			return ""
		}
		words = append(words, v.JSON)
	}
	return fmt.Sprintf("%s is none of %s", l.JSON, strings.Join(words, ", "))
}

func fitsNumber(s *Schema, n *Number) string {
	if problem := fitsFormat(s, n); problem != "" {
		return problem
	}
	switch {
	case s.Minimum != nil && n.Rat.Cmp(s.Minimum.Rat) < 0:
		return fmt.Sprintf("%s is less than %s", n.Text, s.Minimum.Text)
	case s.Maximum != nil && n.Rat.Cmp(s.Maximum.Rat) > 0:
		return fmt.Sprintf("%s is more than %s", n.Text, s.Maximum.Text)
	case s.ExclusiveMinimum != nil && n.Rat.Cmp(s.ExclusiveMinimum.Rat) <= 0:
		return fmt.Sprintf("%s is not more than %s", n.Text, s.ExclusiveMinimum.Text)
	case s.ExclusiveMaximum != nil && n.Rat.Cmp(s.ExclusiveMaximum.Rat) >= 0:
		return fmt.Sprintf("%s is not less than %s", n.Text, s.ExclusiveMaximum.Text)
	case s.MultipleOf != nil && !new(big.Rat).Quo(n.Rat, s.MultipleOf.Rat).IsInt():
		return fmt.Sprintf("%s is not a multiple of %s", n.Text, s.MultipleOf.Text)
	}
	return ""
}

func fitsText(s *Schema, text string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && n < s.MinLength.Value:
		return fmt.Sprintf("%s is shorter than %d characters", syntax.Quote(text), s.MinLength.Value)
	case s.MaxLength != nil && n > s.MaxLength.Value:
		return fmt.Sprintf("%s is longer than %d characters", syntax.Quote(text), s.MaxLength.Value)
	case s.Pattern != nil && !s.Pattern.Regexp.MatchString(text):
		return fmt.Sprintf("%s does not match %s", syntax.Quote(text), s.Pattern.Text)
	}
	if check := textformat.Checks[string(s.Format)]; check != nil && !check(text) {
		article := "a"
		if strings.ContainsRune("ei", rune(s.Format[0])) {
			article = "an"
		}
		return fmt.Sprintf("%s is not %s %s", syntax.Quote(text), article, s.Format)
	}
	return ""
}
