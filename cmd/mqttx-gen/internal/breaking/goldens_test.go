package breaking_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestCodes renders what is found between the two specs of every code, and compares it with testdata/codes/CODE.txt, so
// that there is a golden for every code. -update writes them.
func TestCodes(t *testing.T) {
	known := map[string]bool{}
	for _, code := range breaking.Codes() {
		if ofProto[code] {
			continue
		}
		name := filepath.Join("testdata", "codes", code+".txt")
		known[name] = true
		t.Run(code, func(t *testing.T) {
			got := renderedFindings(t, code)
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatalf("%s has no golden: %v", code, err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if !strings.Contains(got, "["+code+"]") || !strings.Contains(got, "^") {
				t.Errorf("there is no %s with a caret:\n%s", code, got)
			}
		})
	}
	files, err := filepath.Glob("testdata/codes/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !known[name] {
			t.Errorf("%s is the golden of no code", name)
		}
	}
}

func renderedFindings(t *testing.T, code string) string {
	doc, _ := breaking.Explain(code)
	before, after := parse(t, doc.Before), parse(t, doc.After)
	level := breaking.Wire
	if code >= "MQX250" {
		level = breaking.Source
	}
	var list spec.ErrorList
	for _, f := range breaking.Compare(before, after, level) {
		source := after.Sources[0]
		if f.Gone {
			source = spec.SourceFile{Name: "before.yaml", Data: before.Sources[0].Data}
		}
		list = append(list, spec.Diagnostic{
			File: source.Name, Line: f.Pos.Line, Column: f.Pos.Column, EndColumn: f.Pos.EndColumn, Source: source.Data,
			Code: f.Code, Message: f.Message + "; breaks " + f.Breaks, Suggestion: f.Hint,
		})
	}
	var out bytes.Buffer
	if err := report.Render(&out, list, nil, report.RenderOptions{Max: -1}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
