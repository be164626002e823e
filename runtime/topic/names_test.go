package topic

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// inTurns collects what a walk visits, in turns of random length, some of
// which end because visit says so.
func inTurns(r *rand.Rand, walk func(from string, steps int, visit func(string) bool) (string, bool)) (got []string) {
	for from, done := "", false; !done; {
		room := 1 + r.IntN(4)
		from, done = walk(from, 1+r.IntN(5), func(n string) bool {
			if room--; room < 0 {
				return false
			}
			got = append(got, n)
			return true
		})
	}
	return got
}

// TestWalkInTurns walks over names that come and go between the turns: what is
// there all the time is visited once, in order, and what is gone is not.
func TestWalkInTurns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var names Names[string]
	stored := map[string]bool{}
	for range 3000 {
		n := randomName(r)
		names.Set(n, n)
		stored[n] = true
	}
	for range 100 {
		filter := randomLevels(r, true)
		steady, fresh := map[string]bool{}, map[string]bool{}
		for n, is := range stored {
			steady[n] = is && Match(filter, n)
		}
		got := inTurns(r, func(from string, steps int, visit func(string) bool) (string, bool) {
			for range 3 {
				n := randomName(r)
				if stored[n] {
					names.Delete(n)
					delete(steady, n)
					fresh[n] = true // perhaps it was visited before
					stored[n] = false
				} else {
					names.Set(n, n)
					fresh[n] = true
					stored[n] = true
				}
			}
			return names.Walk(filter, from, steps, visit)
		})
		seen := map[string]bool{}
		for _, n := range got {
			if seen[n] || !Match(filter, n) || !steady[n] && !fresh[n] {
				t.Fatalf("%q: visited %q, seen %v, there all the time %v", filter, n, seen[n], steady[n])
			}
			seen[n] = true
		}
		for n, matches := range steady {
			if matches && !fresh[n] && !seen[n] {
				t.Fatalf("%q: %q was not visited", filter, n)
			}
		}
	}
}

// randomName makes names with wide levels, so that there are many chunks.
func randomName(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return randomLevels(r, false)
	}
	return fmt.Sprintf("%s/%d/%s", []string{"a", "b", "", "$x"}[r.IntN(4)], r.IntN(1000), []string{"a", "b"}[r.IntN(2)])
}

// TestWalkAll passes over nothing, and each turn costs no more steps than said.
func TestWalkAll(t *testing.T) {
	var names Names[string]
	var want []string
	for i := range 2000 {
		n := fmt.Sprintf("%s/%d", []string{"$s", "a"}[i%2], i*7919%2000)
		names.Set(n, n)
		want = append(want, n)
	}
	var got []string
	turns := 0
	for from, done := "", false; !done; turns++ {
		before := len(got)
		from, done = names.WalkAll(from, 100, func(n string) bool { got = append(got, n); return true })
		if len(got)-before > 100 {
			t.Fatalf("%d visits in one turn", len(got)-before)
		}
	}
	if slices.Sort(want); !sameSet(got, want) || turns != 21 { // 2000 names and 2 first levels
		t.Errorf("%d names in %d turns", len(got), turns)
	}
	if n := 0; true {
		_, done := names.Walk("+/none", "", 1, func(string) bool { n++; return true })
		if _, all := names.Walk("a/none", "", 1, func(string) bool { n++; return true }); n > 0 || !all || !done {
			t.Errorf("%d visits, done %v, %v", n, done, all)
		}
	}
	if v, ok := names.Get("a/1"); !ok || v != "a/1" {
		t.Errorf("Get: %q, %v", v, ok)
	}
	if _, ok := names.Get("a"); ok {
		t.Error("a level is no name")
	}
	for _, n := range want {
		names.Delete(n)
	}
	if names.root.children.pieces != nil || names.root.children.index != nil || names.Len() != 0 {
		t.Error("emptied names keep nodes")
	}
}

func BenchmarkNamesSet(b *testing.B) {
	for _, order := range []string{"in order", "at random"} {
		b.Run(order, func(b *testing.B) {
			const n = 200_000
			all := make([]string, n)
			for i := range all {
				all[i] = fmt.Sprintf("site/%06d/state", i)
			}
			if strings.HasSuffix(order, "random") {
				rand.New(rand.NewPCG(1, 1)).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
			}
			var names Names[int]
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				names.Set(all[i%n], i)
			}
		})
	}
}

// TestNamesDeleteDeep: a name of many levels goes with all its nodes, others
// that share some of them stay.
func TestNamesDeleteDeep(t *testing.T) {
	var s Names[int]
	deep := strings.Repeat("a/", 32_000)
	s.Set(deep+"x", 1)
	s.Set(deep+"y", 2)
	s.Set("a/a", 3)
	for _, name := range []string{deep + "x", deep + "y"} {
		if _, had := s.Delete(name); !had {
			t.Errorf("%d bytes: not there", len(name))
		}
	}
	if _, had := s.Delete("a/a/a"); had {
		t.Error("what was never set was deleted")
	}
	n := s.root.children.get("a").children.get("a")
	if v, ok := s.Get("a/a"); !ok || v != 3 || s.Len() != 1 || !n.children.empty() {
		t.Errorf("%d names, %v %v", s.Len(), v, ok)
	}
	s.Delete("a/a")
	if !s.root.children.empty() {
		t.Error("nodes are left")
	}
}

// TestWalkDeepIsNoDeepStack: a name of many levels takes no more stack than a short one, which the
// goroutine of whoever subscribes would keep; it is visited once, in turns or in one go.
func TestWalkDeepIsNoDeepStack(t *testing.T) {
	const levels = 30_000
	var names Names[int]
	deep := strings.Repeat("a/", levels)
	for i, name := range []string{"a", "a/a/a", deep + "x", deep + "y", "b"} {
		names.Set(name, i)
	}
	filters := map[string]string{
		"#": "[0 1 2 3 4]", "a/#": "[0 1 2 3]", "+/a/+/#": "[1 2 3]", deep + "#": "[2 3]",
		deep + "+": "[2 3]", strings.Repeat("+/", levels) + "y": "[3]",
	}
	grown := make(chan uint64)
	go func() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for filter, want := range filters {
			for _, steps := range []int{10 * levels, levels / 7} {
				var got []int
				for from, done := "", false; !done; {
					from, done = names.Walk(filter, from, steps, func(v int) bool { got = append(got, v); return true })
				}
				if fmt.Sprint(got) != want {
					t.Errorf("%.20q, %d steps: %v, want %v", filter, steps, got, want)
				}
			}
		}
		runtime.ReadMemStats(&after)
		grown <- after.StackInuse - min(before.StackInuse, after.StackInuse)
	}()
	if n := <-grown; n > 1<<20 {
		t.Errorf("the stack has grown by %d bytes", n)
	}
}

func BenchmarkNamesWalk(b *testing.B) {
	var names Names[int]
	for i := range 20_000 {
		names.Set(fmt.Sprintf("site/%06d/state", i), i)
	}
	for _, filter := range []string{"#", "site/+/state", "site/000007/state"} {
		b.Run(filter, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for from, done := "", false; !done; {
					from, done = names.Walk(filter, from, 256, func(int) bool { return true })
				}
			}
		})
	}
}
