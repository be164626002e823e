package topic

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind says what one level of a pattern stands for. A smaller kind is more specific.
type Kind uint8

const (
	// Literal is a level that a name must hold as written. It may be empty: "a//b" has an empty level.
	Literal Kind = iota
	// Param is {name}: exactly one level that is not empty.
	Param
	// Rest is {name...}: one or more levels, none of them empty. It stands last.
	Rest
)

// Segment is one level of a pattern.
type Segment struct {
	Kind Kind
	// Text is the literal, or the name of the parameter without braces and dots.
	Text string
}

// Pattern describes topic names, such as "fleet/{tenant}/{device}/log/{path...}". It is a value that never changes
// and may be used from any goroutine.
type Pattern struct {
	text   string
	levels []Segment
}

// PatternError says what is wrong with a pattern, and where.
type PatternError struct {
	Pattern string
	// Start and End are byte offsets in Pattern; End is exclusive.
	Start, End int
	// Reason is what is wrong, Hint a way out; Hint may be empty.
	Reason, Hint string
}

// Error returns the pattern and the reason.
func (e *PatternError) Error() string {
	return fmt.Sprintf("topic: pattern %q: %s", e.Pattern, e.Reason)
}

// ParsePattern reads a pattern. Its errors are of type *PatternError.
func ParsePattern(s string) (Pattern, error) {
	fail := func(start, end int, reason, hint string) (Pattern, error) {
		return Pattern{}, &PatternError{Pattern: s, Start: start, End: end, Reason: reason, Hint: hint}
	}
	switch {
	case s == "":
		return fail(0, 0, "a pattern has at least one character", `write a topic, such as "fleet/{device}/reading"`)
	case len(s) > MaxBytes:
		return fail(0, len(s), "a pattern has at most 65535 bytes", "")
	case !utf8.ValidString(s):
		return fail(0, len(s), "a pattern is UTF-8", "")
	}
	p := Pattern{text: s}
	seen := map[string]bool{}
	start := 0
	for _, level := range strings.Split(s, "/") {
		end := start + len(level)
		if n := len(p.levels); n > 0 && p.levels[n-1].Kind == Rest {
			return fail(start-len(p.levels[n-1].Text)-6, start-1, "a {name...} parameter stands last",
				"write {"+p.levels[n-1].Text+"} for one level")
		}
		seg, reason, hint := parseSegment(level)
		if reason != "" {
			return fail(start, end, reason, hint)
		}
		if seg.Kind != Literal {
			if seen[seg.Text] {
				return fail(start, end, fmt.Sprintf("parameter %q stands twice", seg.Text), "give each parameter its own name")
			}
			seen[seg.Text] = true
		}
		p.levels = append(p.levels, seg)
		start = end + 1
	}
	return p, nil
}

// parseSegment reads one level; reason is empty if it is right.
func parseSegment(level string) (seg Segment, reason, hint string) {
	if strings.ContainsRune(level, 0) {
		return seg, "a pattern holds no NUL character", ""
	}
	inner, ok := strings.CutPrefix(level, "{")
	if ok {
		inner, ok = strings.CutSuffix(inner, "}")
	}
	if !ok || strings.ContainsAny(inner, "{}") {
		return parseLiteral(level)
	}
	name, rest := strings.CutSuffix(inner, "...")
	if !validParam(name) {
		hint = "a name has letters, digits and _, and starts with a letter"
		if fixed := strings.Map(dashToUnderscore, name); fixed != name && validParam(fixed) {
			hint = "write {" + fixed + strings.TrimPrefix(inner, name) + "}"
		}
		return seg, fmt.Sprintf("%q is not the name of a parameter", name), hint
	}
	if rest {
		return Segment{Rest, name}, "", ""
	}
	return Segment{Param, name}, "", ""
}

func parseLiteral(level string) (seg Segment, reason, hint string) {
	switch {
	case level == "+":
		return seg, "a pattern has named parameters instead of wildcards", "write {name} for one level"
	case level == "#":
		return seg, "a pattern has named parameters instead of wildcards", "write {name...} for the rest of the levels"
	case strings.ContainsAny(level, "+#"):
		return seg, fmt.Sprintf("level %q holds a wildcard", level), "leave + and # out of topic names [MQTT-4.7.0-1]"
	case strings.ContainsAny(level, "{}"):
		return seg, fmt.Sprintf("a parameter is a whole level, %q is not", level), "write {name} alone between two slashes"
	}
	return Segment{Literal, level}, "", ""
}

func dashToUnderscore(r rune) rune {
	if r == '-' || r == ' ' || r == '.' {
		return '_'
	}
	return r
}

func validParam(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Levels returns the levels in order. The slice belongs to the pattern: do not change it.
func (p Pattern) Levels() []Segment { return p.levels }

// Params returns the names of the parameters in order.
func (p Pattern) Params() []string {
	var names []string
	for _, seg := range p.levels {
		if seg.Kind != Literal {
			names = append(names, seg.Text)
		}
	}
	return names
}

// Filter returns the narrowest topic filter that matches every name of the pattern: "fleet/+/+/log/#". It may match
// names that the pattern does not describe: # also matches the parent level, + an empty one.
func (p Pattern) Filter() string {
	levels := make([]string, len(p.levels))
	for i, seg := range p.levels {
		levels[i] = [...]string{Literal: seg.Text, Param: "+", Rest: "#"}[seg.Kind]
	}
	return strings.Join(levels, "/")
}

// Match says whether the pattern describes name, and returns the values of its parameters in order.
// It is the plain reading of the rules; generated code has a faster router.
func (p Pattern) Match(name string) (values []string, ok bool) {
	levels := strings.Split(name, "/")
	for i, seg := range p.levels {
		if i >= len(levels) {
			return nil, false
		}
		switch {
		case seg.Kind == Literal && levels[i] != seg.Text, seg.Kind == Param && levels[i] == "":
			return nil, false
		case seg.Kind == Param:
			values = append(values, levels[i])
		case seg.Kind == Rest:
			for _, level := range levels[i:] {
				if level == "" {
					return nil, false
				}
			}
			return append(values, strings.Join(levels[i:], "/")), true
		}
	}
	return values, len(levels) == len(p.levels)
}

// Relation is how the names of one pattern lie to those of another.
type Relation uint8

const (
	// Disjoint patterns have no name in common.
	Disjoint Relation = iota
	// MoreSpecific: each level is at least as specific as the other's, and one is more so. This pattern wins.
	MoreSpecific
	// LessSpecific is the reverse of MoreSpecific: the other pattern wins.
	LessSpecific
	// Same patterns describe the same names.
	Same
	// Conflict: both describe some names, and neither is more specific.
	Conflict
)

// Compare compares level by level: a literal is more specific than {name}, and {name} than {name...}.
func (p Pattern) Compare(q Pattern) Relation {
	var pWins, qWins bool
	for i := 0; ; i++ {
		switch {
		case i == len(p.levels) && i == len(q.levels):
			return relation(pWins, qWins)
		case i >= len(p.levels) || i >= len(q.levels):
			return Disjoint
		}
		a, b := p.levels[i], q.levels[i]
		if a.Kind == Literal && b.Kind == Literal && a.Text != b.Text {
			return Disjoint
		}
		if a.Kind != b.Kind {
			pWins, qWins = pWins || a.Kind < b.Kind, qWins || b.Kind < a.Kind
			if emptyLevel(a) || emptyLevel(b) {
				return Disjoint
			}
		}
		if a.Kind == Rest || b.Kind == Rest {
			// The one that goes on lies within the other's rest, unless a level of it is empty.
			if hasEmpty(p.levels[i:]) || hasEmpty(q.levels[i:]) {
				return Disjoint
			}
			return relation(pWins, qWins)
		}
	}
}

func relation(pWins, qWins bool) Relation {
	switch {
	case pWins && qWins:
		return Conflict
	case pWins:
		return MoreSpecific
	case qWins:
		return LessSpecific
	}
	return Same
}

func emptyLevel(s Segment) bool { return s.Kind == Literal && s.Text == "" }

func hasEmpty(levels []Segment) bool {
	for _, seg := range levels {
		if emptyLevel(seg) {
			return true
		}
	}
	return false
}

// Overlaps says whether the patterns have a name in common.
func (p Pattern) Overlaps(q Pattern) bool { return p.Compare(q) != Disjoint }

// Common returns a name that both patterns describe, to show in a message. Parameters stand as their own names.
func (p Pattern) Common(q Pattern) (name string, ok bool) {
	if !p.Overlaps(q) {
		return "", false
	}
	levels := make([]string, max(len(p.levels), len(q.levels)))
	for i := range levels {
		switch {
		case i < len(p.levels) && (p.levels[i].Kind == Literal || i >= len(q.levels) || q.levels[i].Kind != Literal):
			levels[i] = p.levels[i].Text
		default:
			levels[i] = q.levels[i].Text
		}
	}
	return strings.Join(levels, "/"), true
}
