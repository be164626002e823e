package overlap

import (
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// TestNear compares Near with a look at every pair: what has a name in common has to be near.
func TestNear(t *testing.T) {
	levels := []string{"a", "b", "{p}", "{q...}"}
	var patterns []topic.Pattern
	for _, first := range levels {
		for _, second := range append([]string{""}, levels...) {
			for _, third := range append([]string{""}, levels...) {
				text := strings.TrimRight(first+"/"+second+"/"+third, "/")
				if p, err := topic.ParsePattern(text); err == nil && !slices.ContainsFunc(patterns, func(o topic.Pattern) bool { return o.String() == text }) {
					patterns = append(patterns, p)
				}
			}
		}
	}
	if len(patterns) < 20 {
		t.Fatalf("only %d patterns", len(patterns))
	}
	var x Index
	for i, p := range patterns {
		x.Add(p, i)
	}
	for _, p := range patterns {
		near := x.Near(p)
		if !slices.IsSorted(near) {
			t.Errorf("near %s: %v is out of order", p, near)
		}
		for i, other := range patterns {
			if _, common := p.Common(other); common && !slices.Contains(near, i) {
				t.Errorf("%s is not near %s", other, p)
			}
		}
	}
}
