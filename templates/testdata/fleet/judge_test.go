package fleet

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

// TestJudge has another implementation of JSON Schema judge made-up documents: see package codecs.
func TestJudge(t *testing.T) {
	j := judge.New(t, "schema.json")
	judge.Payload[Reading](j, "Reading", 5000)
	judge.Payload[Position](j, "Position", 1000)
	judge.Payload[Command](j, "Command", 5000)
	j.Report()
	judge.Broken[Command](j, "Command", 3000)
}
