package gen

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/templates"
)

// module is the Go module that a spec lies in.
type module struct {
	root string // absolute path of the folder with go.mod
	path string // module path
	file []byte // what go.mod holds
}

// findModule looks for go.mod in dir, which is absolute, and the folders above it.
func findModule(dir string) (*module, error) {
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, "go.mod")
		data, err := readFile(file)
		switch {
		case err == nil:
			p, err := ModulePath(data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			return &module{root: at, path: p, file: data}, nil
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

// The modules that generated code imports, or the leaves that it calls, in the versions that mqttx-gen is built with.
const (
	protobufModule  = "google.golang.org/protobuf"
	protobufVersion = "v1.36.12"
	joseModule      = "github.com/go-jose/go-jose/v4"
	joseVersion     = "v4.1.8"
	scramModule     = "github.com/xdg-go/scram"
	scramVersion    = "v1.4.0"
)

// requires returns an error if the generated package imports a module that go.mod does not have.
func (m *module) requires(p *templates.Package) error {
	if m.path == Module {
		return nil
	}
	var lacking, lines []string
	need := func(path, version, what string) {
		line := "\n\tgo get " + path + "@" + version
		if !m.has(path) && !slices.Contains(lines, line) {
			lacking, lines = append(lacking, what), append(lines, line)
		}
	}
	for _, payload := range p.Payloads {
		if payload.Encoding == templates.Protobuf {
			need(protobufModule, protobufVersion, fmt.Sprintf("payload %q is written in protobuf", payload.Name))
		}
	}
	for _, a := range p.Auth {
		switch a.Needs() {
		case "jwt":
			need(joseModule, joseVersion, fmt.Sprintf("auth method %q takes JSON Web Tokens", a.Name))
		case "scram":
			need(scramModule, scramVersion, fmt.Sprintf("auth method %q is one of SCRAM", a.Name))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%s, and %s lacks the module for it; run this, then generate again:%s",
		strings.Join(lacking, "; "), ShortPath(filepath.Join(m.root, "go.mod")), strings.Join(lines, ""))
}

// has says whether go.mod requires a module.
func (m *module) has(path string) bool {
	block := false
	for line := range strings.Lines(string(m.file)) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "require" && len(words) == 2 && words[1] == "(":
			block = true
		case words[0] == ")":
			block = false
		case words[0] == "require" && len(words) == 3 && strings.Trim(words[1], "\"`") == path,
			block && len(words) == 2 && strings.Trim(words[0], "\"`") == path:
			return true
		}
	}
	return false
}

// importPath returns the import path of a folder of the module.
func (m *module) importPath(dir string) (string, error) {
	rel, err := filepath.Rel(m.root, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s lies outside of the module %s in %s", dir, m.path, m.root)
	}
	return path.Join(m.path, filepath.ToSlash(rel)), nil
}
