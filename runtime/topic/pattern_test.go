package topic_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

func TestParsePattern(t *testing.T) {
	tests := []struct {
		pattern, filter string
		params          []string
	}{
		{"fleet/{tenant}/{device}/log/{path...}", "fleet/+/+/log/#", []string{"tenant", "device", "path"}},
		{"a", "a", nil},
		{"/a//b/", "/a//b/", nil},
		{"{x}", "+", []string{"x"}},
		{"{x_1...}", "#", []string{"x_1"}},
		{"$SYS/{x}", "$SYS/+", []string{"x"}},
		{"é/{x}", "é/+", []string{"x"}},
	}
	for _, tt := range tests {
		p, err := topic.ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("ParsePattern(%q): %v", tt.pattern, err)
			continue
		}
		if p.String() != tt.pattern || p.Filter() != tt.filter || !slices.Equal(p.Params(), tt.params) {
			t.Errorf("ParsePattern(%q) = %q, filter %q, params %q", tt.pattern, p, p.Filter(), p.Params())
		}
		if len(p.Levels()) != strings.Count(tt.pattern, "/")+1 {
			t.Errorf("ParsePattern(%q): levels %v", tt.pattern, p.Levels())
		}
	}
}

func TestParsePatternErrors(t *testing.T) {
	tests := []struct{ pattern, at, reason string }{
		{"", "", "at least one"},
		{"a/+/b", "+", "named parameters"},
		{"a/#", "#", "named parameters"},
		{"a/b+/c", "b+", "wildcard"},
		{"a/x{id}/c", "x{id}", "whole level"},
		{"a/{id}{n}/c", "{id}{n}", "whole level"},
		{"a/{id", "{id", "whole level"},
		{"a/{}", "{}", "not the name"},
		{"a/{device-id}", "{device-id}", "not the name"},
		{"a/{1x}", "{1x}", "not the name"},
		{"a/{...}/b", "{...}", "not the name"},
		{"a/{x}/{x}", "{x}", "twice"},
		{"a/{rest...}/b", "{rest...}", "stands last"},
		{"a\x00", "a\x00", "NUL"},
		{"a\xff", "a\xff", "UTF-8"},
		{strings.Repeat("a", 65536), strings.Repeat("a", 65536), "65535"},
	}
	for _, tt := range tests {
		_, err := topic.ParsePattern(tt.pattern)
		var pe *topic.PatternError
		if !errors.As(err, &pe) {
			t.Errorf("ParsePattern(%.20q): error %v, want one about %q", tt.pattern, err, tt.reason)
			continue
		}
		if !strings.Contains(err.Error(), tt.reason) || tt.pattern[pe.Start:pe.End] != tt.at {
			t.Errorf("ParsePattern(%.20q): %.80v at %.20q, want %q at %.20q", tt.pattern, err, tt.pattern[pe.Start:pe.End], tt.reason, tt.at)
		}
	}
}

func TestParsePatternHint(t *testing.T) {
	for pattern, want := range map[string]string{"a/{my-id}": "{my_id}", "a/{my.id...}": "{my_id...}", "a/+": "{name}"} {
		_, err := topic.ParsePattern(pattern)
		var pe *topic.PatternError
		if !errors.As(err, &pe) || !strings.Contains(pe.Hint, want) {
			t.Errorf("ParsePattern(%q): hint of %#v, want %q", pattern, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, name string
		values        []string
		ok            bool
	}{
		{"a/{x}/b", "a/1/b", []string{"1"}, true},
		{"a/{x}/b", "a//b", nil, false},
		{"a/{x}/b", "a/1", nil, false},
		{"a/{x}", "a/1/2", nil, false},
		{"a/{r...}", "a", nil, false},
		{"a/{r...}", "a/", nil, false},
		{"a/{r...}", "a/1//2", nil, false},
		{"a/{x}/{r...}", "a/1/2/3", []string{"1", "2/3"}, true},
		{"a//b", "a//b", nil, true},
	}
	for _, tt := range tests {
		values, ok := must(t, tt.pattern).Match(tt.name)
		if ok != tt.ok || ok && !slices.Equal(values, tt.values) {
			t.Errorf("%q.Match(%q) = %q, %v", tt.pattern, tt.name, values, ok)
		}
	}
}

// TestCompareAgainstNames holds Compare to its meaning for all patterns of up to three levels: it must say what the
// sets of names say, where the names are enumerated.
func TestCompareAgainstNames(t *testing.T) {
	patterns := enumeratePatterns(t, []string{"", "a", "{}", "{...}"}, 3)
	names := enumerate([]string{"", "a", "z"}, 5)
	sets := make([][]bool, len(patterns))
	for i, p := range patterns {
		sets[i] = make([]bool, len(names))
		for k, name := range names {
			_, sets[i][k] = p.Match(name)
		}
	}
	for i, p := range patterns {
		for j, q := range patterns {
			if got, want := p.Compare(q), relate(sets[i], sets[j]); got != want {
				t.Errorf("%q.Compare(%q) = %d, want %d", p, q, got, want)
			}
			name, ok := p.Common(q)
			if ok != p.Overlaps(q) {
				t.Errorf("%q.Common(%q) = %v, Overlaps = %v", p, q, ok, !ok)
			}
			_, inP := p.Match(name)
			if _, inQ := q.Match(name); ok && !(inP && inQ) {
				t.Errorf("%q.Common(%q) = %q, which is not common", p, q, name)
			}
		}
	}
}

func relate(p, q []bool) topic.Relation {
	var both, onlyP, onlyQ bool
	for k := range p {
		both = both || p[k] && q[k]
		onlyP = onlyP || p[k] && !q[k]
		onlyQ = onlyQ || q[k] && !p[k]
	}
	switch {
	case !both:
		return topic.Disjoint
	case onlyP && onlyQ:
		return topic.Conflict
	case onlyP:
		return topic.LessSpecific
	case onlyQ:
		return topic.MoreSpecific
	}
	return topic.Same
}

func must(t testing.TB, s string) topic.Pattern {
	t.Helper()
	p, err := topic.ParsePattern(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// enumerate returns all names of one to depth of the levels.
func enumerate(levels []string, depth int) []string {
	all := slices.Clone(levels)
	last := all
	for range depth - 1 {
		var next []string
		for _, head := range last {
			for _, level := range levels {
				next = append(next, head+"/"+level)
			}
		}
		all = append(all, next...)
		last = next
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// enumeratePatterns does so for patterns, and gives the parameters names: "{}" becomes "{p0}".
func enumeratePatterns(t testing.TB, levels []string, depth int) []topic.Pattern {
	var patterns []topic.Pattern
	for _, s := range enumerate(levels, depth) {
		parts := strings.Split(s, "/")
		for i := range parts {
			parts[i] = strings.Replace(parts[i], "{", "{p"+string(rune('0'+i)), 1)
		}
		if i := slices.IndexFunc(parts, func(p string) bool { return strings.HasSuffix(p, "...}") }); i >= 0 && i < len(parts)-1 {
			continue
		}
		patterns = append(patterns, must(t, strings.Join(parts, "/")))
	}
	return patterns
}

func FuzzParsePattern(f *testing.F) {
	for _, s := range []string{"fleet/{a}/{b...}", "{", "a/{x}/{x}", "a/{r...}/b", "+", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := topic.ParsePattern(s)
		if err != nil {
			var pe *topic.PatternError
			if !errors.As(err, &pe) || pe.Start > pe.End || pe.End > len(s) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		if !topic.ValidFilter(p.Filter()) {
			t.Fatalf("filter %q of %q is not valid", p.Filter(), s)
		}
		if name, ok := p.Common(p); !ok || !topic.ValidName(name) || !topic.Match(p.Filter(), name) && name[0] != '$' {
			t.Fatalf("%q: name %q does not match filter %q", s, name, p.Filter())
		}
	})
}
