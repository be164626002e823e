package gen

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// snapshot reads every file below dir.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, at)
		if e.IsDir() {
			files[filepath.ToSlash(rel)] = "folder"
			return nil
		}
		data, err := os.ReadFile(at)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"a": "old", "gone": "x", "empty": ""})
	if err := os.Chmod(filepath.Join(dir, "a"), 0o640); err != nil {
		t.Fatal(err)
	}
	err := WriteAll([]Change{
		{Path: filepath.Join(dir, "a"), Old: []byte("old"), New: []byte("new")},
		{Path: filepath.Join(dir, "empty"), Old: []byte{}, New: []byte("full")},
		{Path: filepath.Join(dir, "sub", "deep", "b"), New: []byte("b")},
		{Path: filepath.Join(dir, "gone"), Old: []byte("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{".": "folder", "a": "new", "empty": "full", "sub": "folder", "sub/deep": "folder", "sub/deep/b": "b"}
	if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode().Perm()&0o077 != 0o040 && os.PathSeparator == '/' {
		t.Errorf("permissions of a: %v, %v", info.Mode(), err)
	}
}

// TestWriteNothing provokes every kind of failure after other changes have been staged.
func TestWriteNothing(t *testing.T) {
	before := map[string]string{"a": "old", "file": "x", "dir/in": "y"}
	for _, tt := range []struct {
		name  string
		last  Change
		stale bool
	}{
		{"folder is a file", Change{Path: "file/deep/b", New: []byte("b")}, false},
		{"file is a folder", Change{Path: "dir", New: []byte("b")}, false},
		{"changed meanwhile", Change{Path: "file", Old: []byte("other"), New: []byte("b")}, true},
		{"made meanwhile", Change{Path: "file", New: []byte("b")}, true},
		{"removed meanwhile", Change{Path: "none", Old: []byte("b"), New: []byte("c")}, true},
		{"removed twice", Change{Path: "none", Old: []byte("b")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			lay(t, dir, before)
			want := snapshot(t, dir)
			changes := []Change{
				{Path: "a", Old: []byte("old"), New: []byte("new")},
				{Path: "new/b", New: []byte("b")},
				tt.last,
			}
			for i := range changes {
				changes[i].Path = filepath.Join(dir, filepath.FromSlash(changes[i].Path))
			}
			err := WriteAll(changes)
			if err == nil || errors.Is(err, ErrStale) != tt.stale {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestMoveFails lets the last move fail, when others have been made.
func TestMoveFails(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"a": "old", "gone": "x"})
	want := snapshot(t, dir)
	w := &writer{}
	err := w.stage([]Change{
		{Path: filepath.Join(dir, "a"), Old: []byte("old"), New: []byte("new")},
		{Path: filepath.Join(dir, "gone"), Old: []byte("x")},
		{Path: filepath.Join(dir, "new", "b"), New: []byte("b")},
		{Path: filepath.Join(dir, "c"), New: []byte("c")},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.staged[3].place = filepath.Join(dir, "nowhere", "c")
	if err := w.move(); err == nil {
		t.Fatal("the move went well")
	}
	if err := w.undo(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"real/a": "old"})
	link := filepath.Join(dir, "a")
	if err := os.Symlink(filepath.Join("real", "a"), link); err != nil {
		t.Skip(err)
	}
	if err := WriteAll([]Change{{Path: link, Old: []byte("old"), New: []byte("new")}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if got := snapshot(t, filepath.Join(dir, "real"))["a"]; got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestModulePath(t *testing.T) {
	for text, want := range map[string]string{
		"module example.com/a\n":                     "example.com/a",
		"// c\n\nmodule  \"example.com/a b\" // x\n": "example.com/a b",
		"modules x\nmodule\ta\r\n":                   "a",
		"go 1.26\n":                                  "",
		"module `a`\n":                               "a",
	} {
		got, err := ModulePath([]byte(text))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestImportPath(t *testing.T) {
	root := t.TempDir()
	m := &module{root: root, path: "example.com/a"}
	for dir, want := range map[string]string{".": "example.com/a", "b/c": "example.com/a/b/c", "..b": "example.com/a/..b", "../b": "", "..": ""} {
		got, err := m.importPath(filepath.Join(root, filepath.FromSlash(dir)))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", dir, got, err, want)
		}
	}
}

// TestWriteErrorNamesTheFile does not tell of the temporary file.
func TestWriteErrorNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a_gen.go")
	lay(t, filepath.Dir(path), map[string]string{filepath.Base(tempName(path)): ""})
	t.Chdir(filepath.Dir(path))
	err := WriteAll([]Change{{Path: path, New: []byte("new")}})
	if err == nil || err.Error() != "write a_gen.go: file exists" && runtime.GOOS != "windows" || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("got %v", err)
	}
}
