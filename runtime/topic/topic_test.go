package topic

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "/": true, "a//b": true, "$SYS/x": true, "ä/😀": true, "\ufeffx": true,
		"": false, "a/+": false, "#": false, "a\x00": false, "\xff": false, "a\xed\xa0\x80": false,
		strings.Repeat("x", MaxBytes): true, strings.Repeat("x", MaxBytes+1): false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%.20q) = %v, want %v", name, got, want)
		}
		if got := ValidName([]byte(name)); got != want {
			t.Errorf("ValidName([]byte(%.20q)) = %v, want %v", name, got, want)
		}
	}
}

func TestValidFilter(t *testing.T) {
	for filter, want := range map[string]bool{
		"a": true, "#": true, "+": true, "a/#": true, "+/a/#": true, "/+": true, "+/+": true, "/": true,
		"": false, "a#": false, "#/a": false, "a+": false, "+a/b": false, "a/b#": false, "a/#/b": false,
		"a\x00": false, "\xc0": false, "##": false, "++": false,
	} {
		if got := ValidFilter(filter); got != want {
			t.Errorf("ValidFilter(%q) = %v, want %v", filter, got, want)
		}
	}
}

func TestSplitShare(t *testing.T) {
	for _, c := range []struct {
		filter, share, rest string
		ok                  bool
	}{
		{"a/b", "", "a/b", true},
		{"$share/g/a/+", "g", "a/+", true},
		{"$share/g//x", "g", "/x", true},
		{"$share/g", "", "", false},
		{"$share/g/", "g", "", false},
		{"$share//a", "", "a", false},
		{"$share/+/a", "", "", false},
		{"$share/a#/a", "", "", false},
		{"$shared/a", "", "$shared/a", true},
	} {
		share, rest, ok := SplitShare(c.filter)
		if ok != c.ok || (ok && (share != c.share || rest != c.rest)) {
			t.Errorf("SplitShare(%q) = %q, %q, %v", c.filter, share, rest, ok)
		}
	}
}

// matches are the examples of MQTT 5.0 section 4.7, and the corners around them.
var matches = []struct {
	filter, name string
	want         bool
}{
	{"sport/tennis/player1/#", "sport/tennis/player1", true},
	{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
	{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
	{"sport/#", "sport", true},
	{"#", "a/b", true},
	{"sport/tennis/+", "sport/tennis/player1", true},
	{"sport/tennis/+", "sport/tennis/player1/ranking", false},
	{"sport/+", "sport", false},
	{"sport/+", "sport/", true},
	{"+/+", "/finance", true},
	{"/+", "/finance", true},
	{"+", "/finance", false},
	{"#", "$SYS/x", false},
	{"+/monitor/Clients", "$SYS/monitor/Clients", false},
	{"$SYS/#", "$SYS/monitor", true},
	{"$SYS/monitor/+", "$SYS/monitor/Clients", true},
	{"/a", "a", false},
	{"A", "a", false},
	{"+/#", "a", true},
	{"a//#", "a/", true},
	{"a/+/#", "a/", true},
}

func TestMatch(t *testing.T) {
	for _, c := range matches {
		if got := Match(c.filter, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v, want %v", c.filter, c.name, got, c.want)
		}
		var tree Tree[string]
		tree.Update(c.filter, func(string, bool) (string, bool) { return c.filter, true })
		if got := len(tree.Match(c.name, nil)) == 1; got != c.want {
			t.Errorf("Tree %q: match of %q = %v, want %v", c.filter, c.name, got, c.want)
		}
		var names Names[string]
		names.Set(c.name, c.name)
		n := 0
		names.Walk(c.filter, "", 1000, func(string) bool { n++; return true })
		if (n == 1) != c.want {
			t.Errorf("Names %q: %d visits of %q, want %v", c.filter, n, c.name, c.want)
		}
	}
}

// randomLevels makes names and filters that meet often.
func randomLevels(r *rand.Rand, wild bool) string {
	words := []string{"a", "b", "", "$x", "c"}
	if wild {
		words = append(words, "+", "+")
	}
	levels := make([]string, 1+r.IntN(4))
	for i := range levels {
		levels[i] = words[r.IntN(len(words))]
	}
	if wild && r.IntN(3) == 0 {
		levels = append(levels, "#")
	}
	if s := strings.Join(levels, "/"); s != "" {
		return s
	}
	return "a"
}

// TestAgainstBruteForce holds both trees against Match, level by level, while
// filters and names come and go.
func TestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tree Tree[string]
	var names Names[string]
	filters, stored := map[string]bool{}, map[string]bool{}
	for range 20_000 {
		filter, name := randomLevels(r, true), randomLevels(r, false)
		keep := r.IntN(2) == 0
		tree.Update(filter, func(string, bool) (string, bool) { return filter, keep })
		filters[filter] = keep
		if keep {
			names.Set(name, name)
		} else if _, had := names.Delete(name); had != stored[name] {
			t.Fatalf("Delete(%q) disagrees", name)
		}
		stored[name] = keep

		name = randomLevels(r, false)
		got := tree.Match(name, nil)
		want := keysThat(filters, func(f string) bool { return Match(f, name) })
		if !sameSet(got, want) {
			t.Fatalf("Match(%q) = %q, want %q", name, got, want)
		}
		filter = randomLevels(r, true)
		got = inTurns(r, func(from string, steps int, visit func(string) bool) (string, bool) {
			return names.Walk(filter, from, steps, visit)
		})
		want = keysThat(stored, func(n string) bool { return Match(filter, n) })
		if !sameSet(got, want) {
			t.Fatalf("Walk(%q) = %q, want %q", filter, got, want)
		}
		if v, ok := tree.Get(filter); ok != filters[filter] || ok && v != filter {
			t.Fatalf("Get(%q) = %q, %v", filter, v, ok)
		}
	}
	if n := len(keysThat(filters, func(string) bool { return true })); tree.Len() != n {
		t.Errorf("tree.Len() = %d, want %d", tree.Len(), n)
	}
	if n := len(keysThat(stored, func(string) bool { return true })); names.Len() != n {
		t.Errorf("names.Len() = %d, want %d", names.Len(), n)
	}
	for f := range filters {
		tree.Update(f, func(string, bool) (string, bool) { return "", false })
	}
	if len(tree.root.children) != 0 || len(tree.exact) != 0 || tree.Len() != 0 {
		t.Error("an emptied tree keeps nodes")
	}
}

func keysThat(m map[string]bool, keep func(string) bool) (keys []string) {
	for k, present := range m {
		if present && keep(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func BenchmarkTreeMatch(b *testing.B) {
	var tree Tree[int]
	for i := range 100_000 {
		filter := "site/" + string(rune('a'+i%26)) + "/dev" + strings.Repeat("x", i%7) + string(rune('0'+i%10))
		if i%10 == 0 {
			filter = "site/+/dev" + strings.Repeat("y", i%97) + "/#"
		}
		tree.Update(filter, func(int, bool) (int, bool) { return i, true })
	}
	dst := make([]int, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		dst = tree.Match("site/c/devxx2", dst[:0])
	}
}
