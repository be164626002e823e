package overlap

import (
	"maps"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// Index finds the patterns that may describe a name which another describes too, without a look at all of them.
type Index struct {
	literals map[string]*Index
	param    *Index
	ends     []int // numbers of the patterns that end here
	rests    []int // of those whose {name...} stands here
}

// Add gives a pattern a number; they must grow.
func (x *Index) Add(p topic.Pattern, number int) {
	for _, seg := range p.Levels() {
		next := x.param
		switch seg.Kind {
		case topic.Rest:
			x.rests = append(x.rests, number)
			return
		case topic.Literal:
			next = x.literals[seg.Text]
		}
		if next == nil {
			next = &Index{}
			switch {
			case seg.Kind == topic.Param:
				x.param = next
			case x.literals == nil:
				x.literals = map[string]*Index{seg.Text: next}
			default:
				x.literals[seg.Text] = next
			}
		}
		x = next
	}
	x.ends = append(x.ends, number)
}

// Near returns the numbers of all patterns that may overlap with one, in order; Compare says whether they do.
func (x *Index) Near(p topic.Pattern) []int {
	var found []int
	x.collect(p.Levels(), &found)
	slices.Sort(found)
	return found
}

func (x *Index) collect(levels []topic.Segment, found *[]int) {
	if x == nil {
		return
	}
	if len(levels) == 0 {
		*found = append(*found, x.ends...)
		return
	}
	*found = append(*found, x.rests...)
	switch seg := levels[0]; seg.Kind {
	case topic.Rest:
		x.below(found)
	case topic.Literal:
		x.literals[seg.Text].collect(levels[1:], found)
		x.param.collect(levels[1:], found)
	default:
		for _, next := range x.literals {
			next.collect(levels[1:], found)
		}
		x.param.collect(levels[1:], found)
	}
}

// below collects everything that has a level more.
func (x *Index) below(found *[]int) {
	next := slices.Collect(maps.Values(x.literals))
	if x.param != nil {
		next = append(next, x.param)
	}
	for _, child := range next {
		*found = append(append(*found, child.ends...), child.rests...)
		child.below(found)
	}
}
