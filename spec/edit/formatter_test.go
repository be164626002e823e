package edit_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mqttx-gen/mqttx-gen/spec/edit"
	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the goldens")

// TestFormat reads testdata/format: what is written under "in" has to become what stands under "out".
func TestFormat(t *testing.T) {
	paths, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			in := strings.NewReplacer("␉", "\t", "·", " ").Replace(string(a.Files[0].Data))
			got, err := edit.Format([]byte(in))
			if err != nil {
				t.Fatal(err)
			}
			if *update && len(a.Files) == 1 {
				a.Files = append(a.Files, txtar.File{Name: "out"})
			}
			if *update {
				a.Files[1].Data = got
				if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(a.Files[1].Data), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			again, err := edit.Format(got)
			if err != nil || string(again) != string(got) {
				t.Errorf("a second run: %v\n%s", err, cmp.Diff(string(got), string(again)))
			}
		})
	}
}

// sameTree compares what two sources decode to, without a look at the nodes that Format compares itself.
func sameTree(t *testing.T, a, b []byte) {
	t.Helper()
	var x, y any
	if yaml.Unmarshal(a, &x) != nil { // a key that stands twice, for example
		return
	}
	if err := yaml.Unmarshal(b, &y); err != nil {
		t.Fatalf("the result is no YAML: %v\n%s", err, b)
	}
	if diff := cmp.Diff(x, y, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the result says something else: %s", diff)
	}
}

func specs(t testing.TB) map[string][]byte {
	files := map[string][]byte{}
	for _, pattern := range []string{"../testdata/valid/*.yaml", "../../examples/*/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no specs in %s", pattern)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = data
		}
	}
	return files
}

// TestFormatForms writes specs in other forms and wants them back in the one form.
func TestFormatForms(t *testing.T) {
	wider := func(n int) func(string) string {
		return func(s string) string {
			rest := strings.TrimLeft(s, " ")
			indent := strings.Repeat(" ", n*(len(s)-len(rest))/2)
			if item, ok := strings.CutPrefix(rest, "- "); ok {
				rest = "-" + strings.Repeat(" ", n-1) + item
			}
			return indent + rest
		}
	}
	forms := map[string]func(string) string{
		"four":     wider(4),
		"three":    wider(3),
		"CR LF":    func(s string) string { return s + "\r" },
		"trailing": func(s string) string { return s + strings.Repeat(" \t", min(1, len(s))) },
	}
	for path, data := range specs(t) {
		want, err := edit.Format(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		sameTree(t, data, want)
		if strings.Contains(string(want), ": |") || strings.Contains(string(want), ": >") {
			continue // wider would change the text
		}
		for name, form := range forms {
			lines := strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")
			for i := range lines {
				lines[i] = form(lines[i])
			}
			got, err := edit.Format([]byte(strings.Join(lines, "\n") + "\n"))
			if err != nil {
				t.Errorf("%s, %s: %v", path, name, err)
			} else if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s, %s: (-want +got)\n%s", path, name, diff)
			}
		}
	}
}

// TestFormatRefuses wants an error, and no other file, where the form cannot be had.
func TestFormatRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"a: [":                  "MQX001",
		"a: 1\n---\nb: 1\n":     "more than one",
		"? a\n: 1\n":            "line 1 is written in a way",
		"a:\n  ? {b: c}\n  : 1": "line 2 is written in a way",
	} {
		got, err := edit.Format([]byte(source))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q becomes %q, %v; want an error with %s", source, got, err, want)
		}
	}
	for _, source := range []string{"", "\n", "# nothing\n"} {
		if got, err := edit.Format([]byte(source)); err != nil || string(got) != source {
			t.Errorf("%q becomes %q, %v", source, got, err)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, data := range specs(f) {
		f.Add(data)
	}
	for _, source := range []string{
		"a: |\n    x\n   \n\n\nb: >+2\n     y\n\n\n", "a: &x !!str\n  \"b\n\n c\" \t# d\n", "- - a\n  -   b: |-\n        c\n", "a:\n- b\n# c\n- {d: [e,\n'f'\n]}\n",
		"a: b\n   c\n\n\n   d\n#e\nf: *g\n", "a: |+\n\n\n", "--- # x\na: 1\n...\n", "a:\t'b'\t# c\n'd': \"e\\\n  f\"\n",
	} {
		f.Add([]byte(source))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 1<<12 {
			return
		}
		got, err := edit.Format(source)
		if err != nil {
			if got != nil {
				t.Error("an error and a result")
			}
			return
		}
		sameTree(t, source, got)
		again, err := edit.Format(got)
		if err != nil || string(again) != string(got) {
			t.Errorf("a second run: %v\n%s", err, cmp.Diff(string(got), string(again)))
		}
	})
}

// TestShippedSpecsAreFormatted wants the specs that people copy from to be in the form.
func TestShippedSpecsAreFormatted(t *testing.T) {
	for _, pattern := range []string{"../../examples/*/mqttx.yaml", "../../templates/scaffold/files/*/mqttx.yaml.txt"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no specs in %s", pattern)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := edit.Format(data)
			if diff := cmp.Diff(string(data), string(got)); err != nil || diff != "" {
				t.Errorf("%s: %v (-is +has to be)\n%s", path, err, diff)
			}
		}
	}
}
