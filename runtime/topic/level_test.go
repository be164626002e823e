package topic_test

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

func TestOverlapLevels(t *testing.T) {
	set := topic.MustSet("a/{x}/b/{y...}")
	for filter, want := range map[string][2]topic.Level{
		"a/1/b/c":   {{Value: "1"}, {Value: "c"}},
		"a/1/b/c/d": {{Value: "1"}, {Value: "c/d"}},
		"a/+/b/c/+": {{Any: true}, {Any: true}},
		"a/1/b/c/#": {{Value: "1"}, {Any: true}},
		"a/1/b/+":   {{Value: "1"}, {Any: true}},
		"a/1/#":     {{Value: "1"}, {Any: true}},
		"#":         {{Any: true}, {Any: true}},
	} {
		touched := false
		set.Touched(filter, func(_ int, o topic.Overlap) bool {
			touched = true
			if x, y := o.Param(1), o.Rest(3); x != want[0] || y != want[1] {
				t.Errorf("%s: %+v %+v", filter, x, y)
			}
			return true
		})
		if !touched {
			t.Errorf("%s touches nothing", filter)
		}
	}
}
