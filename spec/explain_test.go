package spec_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// complete adds the lines that an example leaves out.
func complete(example string) string {
	for _, line := range []string{"auth: {device: {method: password}}", "go: {package: fleet}", "mqttx: 1"} {
		key, _, _ := strings.Cut(line, " ")
		if !regexp.MustCompile(`(?m)^` + key).MatchString(example) {
			example = line + "\n" + example
		}
	}
	return example
}

// codesOf returns the codes of everything that Parse and Vet say.
func codesOf(t *testing.T, source string) []string {
	t.Helper()
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	var list spec.ErrorList
	if err != nil && !errors.As(err, &list) {
		t.Fatal(err)
	}
	if err == nil {
		list = vet.Check(f)
	}
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	return codes
}

// TestExplainExamples runs the wrong example of every code, which must have it, and the right one, which must be a spec
// without an error and without this finding.
func TestExplainExamples(t *testing.T) {
	for _, code := range report.Codes() {
		t.Run(code, func(t *testing.T) {
			doc, ok := report.Explain(code)
			if !ok || doc.Title == "" || doc.Meaning == "" || doc.Wrong == "" || doc.Right == "" {
				t.Fatalf("Explain = %+v, %v", doc, ok)
			}
			if codes := codesOf(t, complete(doc.Wrong)); !slices.Contains(codes, code) && !ofGenerate[code] {
				t.Errorf("the wrong example has %v", codes)
			}
			for _, c := range codesOf(t, complete(doc.Right)) {
				if c == code || !strings.HasPrefix(c, "MQX1") {
					t.Errorf("the right example has %s", c)
				}
			}
			if text := doc.String(); !strings.Contains(text, code+": "+doc.Title) || !strings.Contains(text, "\n    ") {
				t.Errorf("String = %q", text)
			}
		})
	}
}

func TestExplainUnknown(t *testing.T) {
	for _, code := range []string{"", "MQX999", "MQX02", "mqx021"} {
		if doc, ok := report.Explain(code); ok {
			t.Errorf("Explain(%q) = %+v", code, doc)
		}
	}
}

// ofGenerate are the codes of what is found when .proto files are read, which package spec does not do.
var ofGenerate = map[string]bool{"MQX073": true, "MQX074": true}

// TestExplainIsComplete looks for codes in the source that Explain does not know, and the other way round.
func TestExplainIsComplete(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "*/*.go", "internal/*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(MQX\d{3})"`).FindAllSubmatch(source, -1) {
			used[string(m[1])] = true
		}
	}
	for code := range used {
		if _, ok := report.Explain(code); !ok {
			t.Errorf("%s is used and not explained", code)
		}
	}
	for _, code := range report.Codes() {
		if !used[code] && !ofGenerate[code] {
			t.Errorf("%s is explained and not used", code)
		}
	}
	if !slices.IsSorted(report.Codes()) {
		t.Errorf("codes are out of order: %v", report.Codes())
	}
}
