package codecs

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

// TestJudge has another implementation of JSON Schema judge documents that are made up for every payload. Where the
// codecs are stricter on purpose no documents are made up, and other tests say so: a field that is there twice, nesting
// deeper than 64, integers of more than 64 bits and numbers beyond a float64, durations of more than nine digits, and
// URIs and e-mail addresses that the other lets pass ("@a", a "é" that is not escaped). They are laxer for fractions of
// seconds in durations, which ISO 8601 has and RFC 3339 has not.
func TestJudge(t *testing.T) {
	j := judge.New(t, "schema.json")
	const n = 2100
	judge.Payload[Report](j, "Report", n)
	judge.Payload[Nulls](j, "Nulls", 2*n)
	judge.Payload[Labels](j, "Labels", n)
	judge.Payload[Bag](j, "Bag", n)
	judge.Payload[Extras](j, "Extras", n)
	judge.Payload[Tree](j, "Tree", n)
	judge.Payload[Maps](j, "Maps", n)
	judge.Payload[Pair](j, "Pair", n)
	judge.Payload[Line](j, "Line", n)
	judge.Payload[Open](j, "Open", n)
	judge.Payload[Distinct](j, "Distinct", n)
	judge.Payload[Shape](j, "Shape", n)
	judge.Payload[Mixed](j, "Mixed", n)
	judge.Payload[Trial](j, "Trial", 2*n)
	judge.Payload[First](j, "First", 2*n)
	judge.Payload[OrNull](j, "OrNull", n)
	judge.Payload[Value](j, "Value", n)
	judge.Payload[Expr](j, "Expr", n)
	judge.Payload[Holder](j, "Holder", n)
	judge.Payload[Formats](j, "Formats", 3*n)
	judge.Payload[At](j, "At", n)
	judge.Payload[Wait](j, "Wait", n)
	judge.Payload[Host](j, "Host", n)
	judge.Payload[Link](j, "Link", n)
	judge.Payload[Data](j, "Data", n)
	judge.Payload[Numbers](j, "Numbers", 3*n)
	judge.Payload[Sets](j, "Sets", 2*n)
	judge.Payload[Unique](j, "Unique", n)
	judge.Payload[Defaults](j, "Defaults", n)
	judge.Payload[Own](j, "Own", n)
	judge.Payload[Net](j, "Net", n)
	j.Report()
	judge.Broken[Report](j, "Report", n)
	judge.Broken[Holder](j, "Holder", n)
	judge.Broken[Line](j, "Line", n)
	judge.Broken[Trial](j, "Trial", n)
	judge.Broken[Own](j, "Own", n)
}
