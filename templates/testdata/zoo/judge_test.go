package zoo

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

// TestJudge has another implementation of JSON Schema judge made-up documents: see package codecs.
func TestJudge(t *testing.T) {
	j := judge.New(t, "schema.json")
	const n = 1000
	judge.Payload[Everything](j, "Everything", 5*n)
	judge.Payload[Track](j, "Track", n)
	judge.Payload[Same](j, "Same", n)
	judge.Payload[Level](j, "Level", n)
	judge.Payload[Ratio](j, "Ratio", n)
	judge.Payload[Flag](j, "Flag", n)
	judge.Payload[Note](j, "Note", n)
	judge.Payload[When](j, "When", n)
	judge.Payload[Day](j, "Day", n)
	judge.Payload[Key](j, "Key", n)
	judge.Payload[Mode](j, "Mode", n)
	judge.Payload[Closed](j, "Closed", n)
	judge.Payload[Node](j, "Node", n)
	judge.Payload[Wide](j, "Wide", n)
	j.Report()
	judge.Broken[Everything](j, "Everything", n)
}
