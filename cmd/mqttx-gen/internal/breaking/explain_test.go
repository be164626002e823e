package breaking_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// parse reads a spec after adding the lines that an example leaves out. It skips the test where this version of the
// language does not have what stands in it.
func parse(t *testing.T, source string) *spec.File {
	t.Helper()
	for _, line := range []string{"auth: {device: {method: password}}", "go: {package: fleet}", "mqttx: 1"} {
		key, _, _ := strings.Cut(line, " ")
		if !regexp.MustCompile(`(?m)^` + key).MatchString(source) {
			source = line + "\n" + source
		}
	}
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	return f
}

// ofProto are the codes of what is found in .proto files: TestMessages and the scripts of the command have them.
var ofProto = map[string]bool{"MQX237": true}

// TestExplainExamples compares the two specs of every code, which must have it, and each with itself, which must not.
func TestExplainExamples(t *testing.T) {
	for _, code := range breaking.Codes() {
		t.Run(code, func(t *testing.T) {
			doc, ok := breaking.Explain(code)
			if !ok || doc.Title == "" || doc.Meaning == "" || !strings.Contains(doc.String(), code+": "+doc.Title) {
				t.Fatalf("Explain = %+v, %v", doc, ok)
			}
			before, after := parse(t, doc.Before), parse(t, doc.After)
			if ofProto[code] {
				return
			}
			var codes []string
			level := breaking.Wire
			if code >= "MQX250" {
				level = breaking.Source
			}
			for _, f := range breaking.Compare(before, after, level) {
				codes = append(codes, f.Code)
				if f.Pos.Line == 0 || f.Message == "" || f.Breaks == "" {
					t.Errorf("no place or text: %+v", f)
				}
			}
			if !slices.Contains(codes, code) {
				t.Errorf("found %v", codes)
			}
			if len(codes) > 1 && level == breaking.Wire {
				t.Errorf("found more than that: %v", codes)
			}
			for _, f := range []*spec.File{before, after} {
				if list := breaking.Compare(f, f, breaking.Source); list != nil {
					t.Errorf("compared with itself: %+v", list)
				}
			}
		})
	}
	if _, ok := breaking.Explain("MQX299"); ok {
		t.Error("MQX299 is explained")
	}
}

// TestExplainIsComplete looks for codes in the source that Explain does not know, and the other way round.
func TestExplainIsComplete(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`"(MQX\d{3})"`).FindAllSubmatch(source, -1) {
			used[string(m[1])] = true
		}
	}
	for code := range used {
		if _, ok := breaking.Explain(code); !ok {
			t.Errorf("%s is used and not explained", code)
		}
	}
	for _, code := range breaking.Codes() {
		if !used[code] {
			t.Errorf("%s is explained and not used", code)
		}
	}
	if !slices.IsSorted(breaking.Codes()) {
		t.Errorf("codes are out of order: %v", breaking.Codes())
	}
}
