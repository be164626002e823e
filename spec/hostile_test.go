package spec_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyOverlaps reads topics of which each overlaps with most others: the list of errors must not grow with their square.
func TestManyOverlaps(t *testing.T) {
	var source strings.Builder
	source.WriteString("topics:\n")
	for i := range 1 << 9 {
		levels := make([]string, 9)
		for bit := range levels {
			levels[bit] = "l"
			if i>>bit&1 == 1 {
				levels[bit] = fmt.Sprintf("{p%d}", bit)
			}
		}
		fmt.Fprintf(&source, "  t%d: {pattern: %q, publish: {}}\n", i, strings.Join(levels, "/"))
	}
	list := diagnose(t, complete(source.String()))
	if n := len(list); n < 1000 || n > 1000+1<<9 || list[0].Code != "MQX061" {
		t.Errorf("%d errors, the first is %s %s", n, list[0].Code, list[0].Message)
	}
}
