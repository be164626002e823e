package payload_test

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

func TestFieldText(t *testing.T) {
	for document, want := range map[string]string{
		`{"kind":"a"}`: "a", `{"x":{"kind":"b"},"kind":"a","y":`: "a", ` { "x" : [1,"kind"] , "kind" : "a" } `: "a",
		`{"k\u0069nd":"\u0061"}`: "a", `{"kind":7}`: "7", `{"kind":true }`: "true", `{"kind":""}`: "", `{"kind": [1, 2]}`: "[1, 2]",
	} {
		if got, err := payload.FieldText([]byte(document), "kind"); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", document, got, err)
		}
	}
	for document, want := range map[string]string{
		`{}`: "kind: is missing", `{"x":1}`: "kind: is missing", `[]`: "an array is not an object", `{"x":`: "", `{"kind":`: "", ``: "", `{"kind":"a`: "", `{"kind"`: "",
	} {
		if got, err := payload.FieldText([]byte(document), "kind"); err == nil || want != "" && err.Error() != want {
			t.Errorf("%s: %q, %v", document, got, err)
		}
	}
	b := []byte(`{"level":2,"kind":"alarm"}`)
	if n := testing.AllocsPerRun(100, func() {
		if text, _ := payload.FieldText(b, "kind"); string(text) != "alarm" {
			t.Fatal("wrong")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
