package topic

import (
	"fmt"
	"strings"
)

// Set is the patterns of one spec. It never changes and may be used from any goroutine.
type Set struct {
	patterns []Pattern
	// winners[i] are the patterns that win over pattern i where both describe a name.
	winners [][]int
	// longest is the largest number of levels of a pattern.
	longest int
}

// NewSet makes a set of patterns. Two patterns that overlap with neither more specific are an error.
func NewSet(patterns ...string) (*Set, error) {
	s := &Set{patterns: make([]Pattern, len(patterns)), winners: make([][]int, len(patterns))}
	for i, text := range patterns {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		s.patterns[i] = p
		s.longest = max(s.longest, len(p.levels))
		for j, q := range s.patterns[:i] {
			switch p.Compare(q) {
			case MoreSpecific:
				s.winners[j] = append(s.winners[j], i)
			case LessSpecific:
				s.winners[i] = append(s.winners[i], j)
			case Same, Conflict:
				return nil, fmt.Errorf("topic: patterns %q and %q overlap and neither is more specific", q.text, text)
			}
		}
	}
	return s, nil
}

// MustSet is NewSet for patterns that are known to be right, as in generated code. It panics if they are not.
func MustSet(patterns ...string) *Set {
	s, err := NewSet(patterns...)
	if err != nil {
		panic(err)
	}
	return s
}

// Len returns the number of patterns.
func (s *Set) Len() int { return len(s.patterns) }

// Pattern returns pattern i, in the order of NewSet.
func (s *Set) Pattern(i int) Pattern { return s.patterns[i] }

// Overlap is what the names of a filter and those of a pattern have in common. It is valid for as long as it is kept.
type Overlap struct {
	filter []string
	levels []Segment
}

// Level returns the literal that level n, counted from 0, has in every name of the overlap. It is not ok if the
// names differ there or if some have no such level.
func (o Overlap) Level(n int) (literal string, ok bool) {
	if n < 0 {
		return "", false
	}
	if n < len(o.levels) && o.levels[n].Kind == Literal {
		return o.levels[n].Text, true
	}
	if n < len(o.filter) && o.filter[n] != "+" && o.filter[n] != "#" {
		return o.filter[n], true
	}
	return "", false
}

// Level is what the names of an overlap have for a parameter: one value, or any.
type Level struct {
	Value string // empty with Any
	Any   bool   // the names differ
}

// Param returns what the names of the overlap have at level n, where the pattern has {name}.
//
//go:noinline
func (o Overlap) Param(n int) Level {
	value, ok := o.Level(n)
	return Level{value, !ok}
}

// Rest returns what they have from level n on, where the pattern has {name...}.
func (o Overlap) Rest(n int) Level {
	if n >= len(o.filter) {
		return Level{Any: true}
	}
	for _, level := range o.filter[n:] {
		if level == "+" || level == "#" {
			return Level{Any: true}
		}
	}
	return Level{Value: strings.Join(o.filter[n:], "/")}
}

// Touched calls visit for each pattern, in order, that owns at least one name which filter matches: the pattern
// describes the name, and no more specific pattern of the set does. It stops when visit returns false. The filter is
// without "$share/group/"; one that is not valid touches nothing.
func (s *Set) Touched(filter string, visit func(i int, o Overlap) bool) {
	if !ValidFilter(filter) {
		return
	}
	levels := strings.Split(filter, "/")
	for i, p := range s.patterns {
		o := Overlap{filter: levels, levels: p.levels}
		if shortest, endless, ok := o.lengths(); ok && s.owns(i, o, shortest, endless) && !visit(i, o) {
			return
		}
	}
}

// lengths returns how many levels the names of the overlap have: exactly shortest, or shortest and more if endless.
// It is not ok if the overlap has no names at all.
func (o Overlap) lengths() (shortest int, endless, ok bool) {
	nf, np := len(o.filter), len(o.levels)
	deep := o.filter[nf-1] == "#"
	if deep {
		nf-- // "a/#" also matches "a" (section 4.7.1.2)
	}
	rest := o.levels[np-1].Kind == Rest
	switch {
	case deep && rest:
		shortest, endless = max(nf, np), true
	case deep && nf > np, rest && np > nf, !deep && !rest && nf != np:
		return 0, false, false
	case deep:
		shortest = np
	default:
		shortest = nf
	}
	for i := range shortest {
		if !o.meets(i) {
			return 0, false, false
		}
	}
	return shortest, endless, true
}

// meets says whether filter and pattern agree on level i.
func (o Overlap) meets(i int) bool {
	free := i >= len(o.filter) || o.filter[i] == "+" || o.filter[i] == "#"
	if i < len(o.levels) && o.levels[i].Kind == Literal {
		text := o.levels[i].Text
		if free {
			// A wildcard in front does not match names that begin with $ [MQTT-4.7.2-1].
			return i > 0 || !strings.HasPrefix(text, "$")
		}
		return o.filter[i] == text
	}
	return free || o.filter[i] != ""
}

// owns says whether some name of the overlap is left to pattern i by the patterns that win over it. A level that is
// free in the overlap can hold a text that no pattern has, and such a name is the hardest to win: it is enough to
// ask for one name of each length. Beyond the longest pattern nothing changes any more.
func (s *Set) owns(i int, o Overlap, shortest int, endless bool) bool {
	longest := shortest
	if endless {
		longest = max(shortest, s.longest+1)
	}
	for n := shortest; n <= longest; n++ {
		taken := false
		for _, j := range s.winners[i] {
			if taken = o.within(s.patterns[j].levels, n); taken {
				break
			}
		}
		if !taken {
			return true
		}
	}
	return false
}

// within says whether a pattern describes every name of the overlap that has n levels.
func (o Overlap) within(pattern []Segment, n int) bool {
	rest := pattern[len(pattern)-1].Kind == Rest
	if n < len(pattern) || n > len(pattern) && !rest {
		return false
	}
	for i := range n {
		literal, fixed := o.Level(i)
		switch {
		case i < len(pattern) && pattern[i].Kind == Literal:
			if !fixed || literal != pattern[i].Text {
				return false
			}
		case fixed && literal == "":
			return false
		}
	}
	return true
}
