package spec_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/google/go-cmp/cmp"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// parse reads a spec that must be right.
func parse(t testing.TB, source string) *spec.File {
	t.Helper()
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	if err != nil {
		t.Fatalf("Parse:\n%s", rendered(t, err, source))
	}
	return f
}

// diagnose reads a spec that must be wrong.
func diagnose(t testing.TB, source string) spec.ErrorList {
	t.Helper()
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	var list spec.ErrorList
	if !errors.As(err, &list) || len(list) == 0 || f != nil {
		t.Fatalf("Parse = %v, %v, want an ErrorList", f, err)
	}
	return list
}

func rendered(t testing.TB, err error, source string) string {
	t.Helper()
	var list spec.ErrorList
	if !errors.As(err, &list) {
		return err.Error()
	}
	var out bytes.Buffer
	if err := report.Render(&out, list, []byte(source), report.RenderOptions{Max: -1}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestValid(t *testing.T) {
	files, err := filepath.Glob("testdata/valid/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, _, err := spec.Load(name)
			if err != nil {
				source, _ := os.ReadFile(name)
				t.Fatalf("Load:\n%s", rendered(t, err, string(source)))
			}
			if f.Name != name || len(f.Hash) != 64 || len(f.Auth) == 0 {
				t.Errorf("file %q, hash %q, %d auth methods", f.Name, f.Hash, len(f.Auth))
			}
		})
	}
}

// filesOf is the files of an archive beside the spec.
func filesOf(list []txtar.File) spec.Files {
	return spec.Files{
		ReadFile: func(name string) ([]byte, error) {
			for _, f := range list {
				if f.Name == name {
					return f.Data, nil
				}
			}
			return nil, fs.ErrNotExist
		},
		Glob: func(pattern string) ([]string, error) {
			var names []string
			for _, f := range list {
				if ok, err := path.Match(pattern, f.Name); err != nil {
					return nil, err
				} else if ok {
					names = append(names, f.Name)
				}
			}
			return names, nil
		},
	}
}

// TestInvalid renders what is wrong with the file mqttx.yaml of each archive, which may take in the others, and compares it
// with the file want, the last. -update writes want.
func TestInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil || len(archive.Files) == 0 || archive.Files[0].Name != "mqttx.yaml" {
				t.Fatalf("archive without mqttx.yaml: %v", err)
			}
			want := ""
			if last := archive.Files[len(archive.Files)-1]; last.Name == "want" {
				want = string(last.Data)
				archive.Files = archive.Files[:len(archive.Files)-1]
			}
			f, _, err := spec.ParseFiles("mqttx.yaml", archive.Files[0].Data, filesOf(archive.Files[1:]))
			var list spec.ErrorList
			if !errors.As(err, &list) || len(list) == 0 || f != nil {
				t.Fatalf("ParseFiles = %v, %v, want an ErrorList", f, err)
			}
			var got bytes.Buffer
			if err := report.Render(&got, list, nil, report.RenderOptions{Max: -1}); err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: got.Bytes()})
				if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}
