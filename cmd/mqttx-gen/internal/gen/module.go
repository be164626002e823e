package gen

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// module is the Go module that a spec lies in.
type module struct {
	root string // absolute path of the folder with go.mod
	path string // module path
}

// findModule looks for go.mod in dir, which is absolute, and the folders above it.
func findModule(dir string) (*module, error) {
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, "go.mod")
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			p, err := ModulePath(data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			return &module{root: at, path: p}, nil
		case !errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("find the Go module: %w", err)
		case at == filepath.Dir(at):
			return nil, fmt.Errorf("find the Go module: no go.mod in %s or above it; `go mod init NAME` makes one", dir)
		}
	}
}

// ModulePath reads the module line of a go.mod.
func ModulePath(data []byte) (string, error) {
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "//")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "module")
		if !ok || rest == "" || !strings.ContainsAny(rest[:1], " \t\"`") {
			continue
		}
		rest = strings.TrimSpace(rest)
		if p, err := strconv.Unquote(rest); err == nil {
			rest = p
		}
		if rest != "" && rest != "(" {
			return rest, nil
		}
	}
	return "", errors.New("no module line")
}

// importPath returns the import path of a folder of the module.
func (m *module) importPath(dir string) (string, error) {
	rel, err := filepath.Rel(m.root, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s lies outside of the module %s in %s", dir, m.path, m.root)
	}
	return path.Join(m.path, filepath.ToSlash(rel)), nil
}
