package topic

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestDeepFilterIsNoDeepStack: a filter of as many levels as fit takes no more stack than a short one,
// which the goroutine of its connection would keep.
func TestDeepFilterIsNoDeepStack(t *testing.T) {
	const levels = 32_000
	var tree Tree[int]
	set := func(filter string, keep bool) {
		tree.Update(filter, func(int, bool) (int, bool) { return 1, keep })
	}
	deep := strings.Repeat("+/", levels)
	name := strings.Repeat("a/", levels) + "z"
	grown := make(chan uint64)
	go func() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, filter := range []string{deep + "#", deep + "z", strings.Repeat("a/", levels) + "+"} {
			set(filter, true)
		}
		if n := len(tree.Match(name, nil)); n != 3 {
			t.Errorf("%d filters match", n)
		}
		for _, filter := range []string{deep + "#", deep + "z", strings.Repeat("a/", levels) + "+"} {
			set(filter, false)
		}
		runtime.ReadMemStats(&after)
		grown <- after.StackInuse - min(before.StackInuse, after.StackInuse)
	}()
	if n := <-grown; n > 1<<20 {
		t.Errorf("the stack has grown by %d bytes", n)
	}
	if tree.Len() != 0 || len(tree.root.children) != 0 {
		t.Errorf("%d filters and %d branches are left", tree.Len(), len(tree.root.children))
	}
}

// TestTreeDropsWhatIsEmpty: filters that share a part of their way come and go in every order, and
// leave nothing behind.
func TestTreeDropsWhatIsEmpty(t *testing.T) {
	filters := []string{"#", "+", "+/#", "+/b", "+/b/c/#", "+/b/c/+", "a/+", "a/+/c", "a/#", "+/b/c/d/e"}
	for start := range filters {
		for stride := range len(filters) {
			var tree Tree[string]
			for _, f := range filters {
				tree.Update(f, func(string, bool) (string, bool) { return f, true })
			}
			for i := range filters {
				f := filters[(start+i*(2*stride+1))%len(filters)]
				tree.Update(f, func(string, bool) (string, bool) { return "", false })
				if _, ok := tree.Get(f); ok {
					t.Fatalf("%s is still there", f)
				}
			}
			for _, f := range filters {
				tree.Update(f, func(string, bool) (string, bool) { return "", false })
			}
			if left := fmt.Sprint(tree.Len(), len(tree.root.children), tree.root.has, tree.root.hasRest); left != "0 0 false false" {
				t.Errorf("from %d by %d: %s", start, 2*stride+1, left)
			}
		}
	}
}
