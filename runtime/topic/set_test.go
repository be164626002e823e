package topic_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

func TestNewSetErrors(t *testing.T) {
	for _, patterns := range [][]string{{"a/{x}", "{y}/b"}, {"a/{x}", "a/{y}"}, {"a", "a"}, {"a/{x...}", "{y}/b"}, {"{"}} {
		if _, err := topic.NewSet(patterns...); err == nil {
			t.Errorf("NewSet(%q): no error", patterns)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustSet did not panic")
		}
	}()
	topic.MustSet("{")
}

func TestTouched(t *testing.T) {
	set := topic.MustSet(
		"fleet/{tenant}/{device}/reading",   // 0
		"fleet/{tenant}/{device}/command",   // 1
		"fleet/{tenant}/{device}/{rest...}", // 2: what the others leave
		"fleet/{tenant}/t-0/command",        // 3
		"$SYS/{x}",                          // 4
		"{a}/{b}",                           // 5
	)
	tests := []struct {
		filter string
		want   string // pattern:level 2 of the overlap
	}{
		{"fleet/+/t-17/command", "1:t-17"},
		{"fleet/+/t-0/command", "3:t-0"},
		{"fleet/+/+/command", "1:* 3:t-0"},
		{"fleet/acme/+/+", "0:* 1:* 2:* 3:t-0"},
		{"fleet/acme/t-1/#", "0:t-1 1:t-1 2:t-1"},
		{"#", "0:* 1:* 2:* 3:t-0 5:*"},
		{"+/+", "5:*"},
		{"$SYS/#", "4:*"},
		{"$SYS/+", "4:*"},
		{"$SYS/uptime", "4:*"},
		{"fleet/a/b/command/x", "2:b"},
		{"fleet/a//command", ""},
		{"fleet//+/command", ""},
		{"other/#", "5:*"},
		{"fleet", ""},
		{"a/#/b", ""},
		{"a+/b", ""},
		{"", ""},
	}
	for _, tt := range tests {
		var got []string
		set.Touched(tt.filter, func(i int, o topic.Overlap) bool {
			literal, ok := o.Level(2)
			if !ok {
				literal = "*"
			}
			got = append(got, fmt.Sprintf("%d:%s", i, literal))
			return true
		})
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("Touched(%q) = %q, want %q", tt.filter, s, tt.want)
		}
	}
}

func TestTouchedStops(t *testing.T) {
	calls := 0
	topic.MustSet("a", "b", "c").Touched("#", func(int, topic.Overlap) bool { calls++; return false })
	if calls != 1 {
		t.Errorf("visited %d patterns after false", calls)
	}
}

// TestTouchedAgainstNames asks for every filter of up to three levels, and for many random sets of patterns, what an
// enumeration of all names says. The names have level texts, "y" and "z", that no pattern
// and no filter has, as real names do.
func TestTouchedAgainstNames(t *testing.T) {
	patterns := enumeratePatterns(t, []string{"", "a", "$", "{}", "{...}"}, 3)
	names := enumerate([]string{"", "a", "$", "y", "z"}, 4)
	var filters []string
	for _, f := range enumerate([]string{"", "a", "$", "+", "#"}, 3) {
		if topic.ValidFilter(f) {
			filters = append(filters, f)
		}
	}
	matched := make([][]int, len(filters)) // filter -> indexes of names
	for k, f := range filters {
		for n, name := range names {
			if topic.Match(f, name) {
				matched[k] = append(matched[k], n)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for sets := 0; sets < 250; {
		texts := make([]string, 1+random.IntN(6))
		for i := range texts {
			texts[i] = patterns[random.IntN(len(patterns))].String()
		}
		set, err := topic.NewSet(texts...)
		if err != nil {
			continue
		}
		sets++
		owner := owners(t, set, names)
		for k, f := range filters {
			compareTouched(t, set, f, matched[k], names, owner)
		}
		if t.Failed() {
			t.Fatalf("set %q", texts)
		}
	}
}

// owners returns the pattern that each name belongs to, or -1.
func owners(t *testing.T, set *topic.Set, names []string) []int {
	owner := make([]int, len(names))
	for n, name := range names {
		owner[n] = -1
		for i := range set.Len() {
			if _, ok := set.Pattern(i).Match(name); !ok {
				continue
			}
			if o := owner[n]; o < 0 || set.Pattern(i).Compare(set.Pattern(o)) == topic.MoreSpecific {
				owner[n] = i
			}
		}
	}
	return owner
}

func compareTouched(t *testing.T, set *topic.Set, filter string, matched []int, names []string, owner []int) {
	want := make([][]string, set.Len())
	for _, n := range matched {
		if o := owner[n]; o >= 0 {
			want[o] = append(want[o], names[n])
		}
	}
	got := make([]bool, set.Len())
	set.Touched(filter, func(i int, o topic.Overlap) bool {
		got[i] = true
		for level := range 5 {
			literal, ok := o.Level(level)
			if same, all := common(want[i], level); ok != all || ok && literal != same {
				t.Errorf("Touched(%q), pattern %q: Level(%d) = %q, %v, names say %q, %v", filter, set.Pattern(i), level, literal, ok, same, all)
			}
		}
		return true
	})
	for i := range got {
		if got[i] != (want[i] != nil) {
			t.Errorf("Touched(%q), pattern %q: %v, but its names are %.100q", filter, set.Pattern(i), got[i], want[i])
		}
	}
}

// common returns the text that all names have at a level.
func common(names []string, level int) (text string, ok bool) {
	for i, name := range names {
		levels := strings.Split(name, "/")
		if level >= len(levels) || i > 0 && levels[level] != text {
			return "", false
		}
		text = levels[level]
	}
	return text, len(names) > 0
}

func BenchmarkTouched(b *testing.B) {
	var texts []string
	for i := range 600 {
		texts = append(texts, fmt.Sprintf("fleet/{tenant}/{device}/t%d", i))
	}
	set := topic.MustSet(texts...)
	b.ReportAllocs()
	for b.Loop() {
		set.Touched("fleet/acme/t-17/t300", func(int, topic.Overlap) bool { return true })
	}
}
