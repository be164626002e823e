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
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// TestCodes renders what Parse or Vet says of the wrong example of every code, and compares it with testdata/codes/CODE.txt,
// so that there is a golden for every code. -update writes them.
func TestCodes(t *testing.T) {
	known := map[string]bool{}
	for _, code := range report.Codes() {
		if ofGenerate[code] {
			continue
		}
		name := filepath.Join("testdata", "codes", code+".txt")
		known[name] = true
		t.Run(code, func(t *testing.T) {
			doc, _ := report.Explain(code)
			source := complete(doc.Wrong)
			f, err := spec.Parse("mqttx.yaml", []byte(source))
			var list spec.ErrorList
			if err == nil {
				list = vet.Check(f)
			} else if !errors.As(err, &list) {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := report.Render(&got, list, []byte(source), report.RenderOptions{Max: -1}); err != nil {
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

// TestMapOfFiles wants the package comment of every room to name every file.
func TestMapOfFiles(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*/*.go", "internal/*/*.go"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, name := range files {
		folder, base := filepath.Split(name)
		doc, err := os.ReadFile(folder + "doc.go")
		if err != nil {
			t.Fatal(err)
		}
		words := strings.FieldsFunc(string(doc), func(r rune) bool { return strings.ContainsRune(" ,;\t\n", r) })
		if !strings.HasSuffix(base, "_test.go") && base != "doc.go" && !slices.Contains(words, base) {
			t.Errorf("%s is not on the map of %sdoc.go", name, folder)
		}
	}
}
