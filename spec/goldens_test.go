package spec_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// TestCodes renders what Parse or Vet says of the wrong example of every code, and compares it with testdata/codes/CODE.txt,
// so that there is a golden for every code. -update writes them.
func TestCodes(t *testing.T) {
	known := map[string]bool{}
	for _, code := range spec.Codes() {
		if ofGenerate[code] {
			continue
		}
		name := filepath.Join("testdata", "codes", code+".txt")
		known[name] = true
		t.Run(code, func(t *testing.T) {
			doc, _ := spec.Explain(code)
			source := complete(doc.Wrong)
			f, err := spec.Parse("mqttx.yaml", []byte(source))
			var list spec.ErrorList
			if err == nil {
				list = spec.Vet(f)
			} else if !errors.As(err, &list) {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := spec.Render(&got, list, []byte(source), spec.RenderOptions{Max: -1}); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(name, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatalf("%s has no golden: %v", code, err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.String(), "["+code+"]") || !strings.Contains(got.String(), "^") {
				t.Errorf("there is no %s with a caret:\n%s", code, got.String())
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

// TestMapOfFiles wants the package comment to name every file.
func TestMapOfFiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.FieldsFunc(string(doc), func(r rune) bool { return strings.ContainsRune(" ,\t\n", r) })
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") && name != "doc.go" && !slices.Contains(words, name) {
			t.Errorf("%s is not on the map of doc.go", name)
		}
	}
}
