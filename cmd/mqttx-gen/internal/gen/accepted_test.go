package gen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestAcceptedCompiles makes random specs: what package spec accepts has to compile.
func TestAcceptedCompiles(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 40
	}
	accepted := 0
	for seed := range n {
		if accepts(t, uint64(seed)) {
			accepted++
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d of %d random specs were accepted", accepted, n)
	if accepted < n/3 {
		t.Errorf("%d of %d random specs were accepted: the others test nothing", accepted, n)
	}
}

// FuzzAccepted does so for more of them: its input only seeds the random numbers.
func FuzzAccepted(f *testing.F) {
	f.Add([]byte("seed"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := fnv.New64a()
		_, _ = h.Write(data)
		accepts(t, binary.LittleEndian.Uint64(h.Sum(nil)))
	})
}

// shopWithFiles is a folder with the files that random specs refer to.
func shopWithFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	lay(t, dir, otherFiles)
	return dir
}

// accepts makes the spec of a seed and says whether it was accepted; then it must compile.
func accepts(t *testing.T, seed uint64) bool {
	t.Helper()
	w := &author{Rand: rand.New(rand.NewPCG(seed, 1))}
	source := w.spec()
	files, err := Render(source, shopWithFiles(t), "example.com/shop")
	var wrong *SpecError
	if errors.As(err, &wrong) {
		return false
	}
	if err == nil {
		err = compiles(files)
	}
	if err != nil {
		name := filepath.Join(os.TempDir(), fmt.Sprintf("accepted-%d.json", seed))
		_ = os.WriteFile(name, source, 0o600)
		t.Errorf("seed %d, spec in %s: %v", seed, name, err)
	}
	return true
}

// exports finds the compiled form of the packages that generated code may import.
var exports = sync.OnceValues(func() (map[string]string, error) {
	const runtime = Module + "/runtime/"
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}",
		runtime+"...", "regexp", "strconv", "fmt", "errors", "encoding/json", "net/netip", "math/big", "time").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	files := map[string]string{}
	for line := range strings.SplitSeq(string(bytes.TrimSpace(out)), "\n") {
		path, file, _ := strings.Cut(line, "=")
		files[path] = file
	}
	return files, nil
})

// shared is what all checks import from: it keeps what it has read.
var shared = sync.OnceValues(func() (*importing, error) {
	paths, err := exports()
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	open := func(path string) (io.ReadCloser, error) { return os.Open(paths[path]) }
	return &importing{fset: fset, Importer: importer.ForCompiler(fset, "gc", open)}, nil
})

type importing struct {
	sync.Mutex
	types.Importer
	fset *token.FileSet
}

// compiles type-checks one generated package.
func compiles(files map[string][]byte) error {
	from, err := shared()
	if err != nil {
		return err
	}
	from.Lock()
	defer from.Unlock()
	var parsed []*ast.File
	for _, path := range sortedKeys(files) {
		f, err := parser.ParseFile(from.fset, path, files[path], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, f)
	}
	var failed []error
	conf := types.Config{Importer: from, Error: func(err error) { failed = append(failed, err) }}
	_, err = conf.Check("example.com/shop/out", from.fset, parsed, nil)
	if err != nil && len(failed) == 0 {
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
