package spec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// literal reads a constant of a schema's kind, or reports it.
func (d *decoder) literal(s *Schema, n *yaml.Node, what string) *Literal {
	l, problem, hint := parseLiteral(s.Kind, n)
	if problem != "" {
		wrong := d.fail("MQX047", d.pos(n), "%s: %s", what, problem)
		if hint != "" {
			wrong.hint("%s", hint)
		}
		return nil
	}
	l.Pos = d.pos(n)
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
			return nil, kindOf(n) + " is not text", hint
		}
		l.Text, l.JSON = n.Value, quoteJSON(n.Value)
	case KindBoolean:
		if actual != KindBoolean {
			return nil, kindOf(n) + " is not true or false", ""
		}
		l.Bool, l.JSON = strings.EqualFold(n.Value, "true"), strings.ToLower(n.Value)
	case KindInteger, KindNumber:
		if actual != KindInteger && actual != KindNumber {
			return nil, kindOf(n) + " is not a number", ""
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

func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // cannot be: every string has a form in JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (d *decoder) enumKeyword(s *Schema, e entry) {
	items, ok := d.items(e, e.what())
	if !ok {
		return
	}
	if len(items) == 0 {
		d.fail("MQX047", d.pos(e.value), "%s has no values", e.what())
	}
	first := map[string]Pos{}
	for _, item := range items {
		l := d.literal(s, item, e.what())
		if l == nil {
			continue
		}
		if pos, ok := first[l.JSON]; ok {
			d.fail("MQX047", l.Pos, "%s stands twice in %s", l.JSON, e.what()).also(pos, "it stands here first")
			continue
		}
		first[l.JSON] = l.Pos
		s.Enum = append(s.Enum, &EnumValue{Literal: *l})
	}
}

// checkLiterals reports constants that the rest of the schema forbids.
func (d *decoder) checkLiterals(s *Schema) {
	for _, v := range s.Enum {
		if problem := fits(s, &v.Literal); problem != "" {
			d.fail("MQX047", v.Pos, "value %s of enum in schema %s can never stand: %s", v.JSON, s.Path, problem)
		}
	}
	if s.Const == nil {
		return
	}
	problem := fits(s, s.Const)
	if problem == "" {
		problem = inEnum(s, s.Const)
	}
	if problem != "" {
		d.fail("MQX047", s.Const.Pos, "const %s in schema %s can never stand: %s", s.Const.JSON, s.Path, problem)
	}
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
		if v.JSON == l.JSON {
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
	}
	return ""
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

func fitsText(s *Schema, text string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && n < s.MinLength.Value:
		return fmt.Sprintf("%s is shorter than %d characters", quoteJSON(text), s.MinLength.Value)
	case s.MaxLength != nil && n > s.MaxLength.Value:
		return fmt.Sprintf("%s is longer than %d characters", quoteJSON(text), s.MaxLength.Value)
	case s.Pattern != nil && !s.Pattern.Regexp.MatchString(text):
		return fmt.Sprintf("%s does not match %s", quoteJSON(text), s.Pattern.Text)
	}
	ok := true
	switch s.Format {
	case FormatDateTime:
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = err == nil
	case FormatDate:
		_, err := time.Parse(time.DateOnly, text)
		ok = err == nil
	case FormatUUID:
		ok = uuidText.MatchString(text)
	}
	if !ok {
		return fmt.Sprintf("%s is not a %s", quoteJSON(text), s.Format)
	}
	return ""
}
