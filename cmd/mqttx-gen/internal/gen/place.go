package gen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// place is where the files of one spec lie.
type place struct {
	module *module
	dir    string // folder of the spec; like all folders here an absolute path

	out     string // folder of the generated package
	outPath string // its import path

	handler  Handler
	model    *templates.Package
	messages map[string][]byte // the Go of protobuf messages, by path
	protos   []spec.SourceFile // the .proto files that were read
}

// Handler says where the user's handler is written.
type Handler struct {
	Dir    string // folder of the package
	Path   string // its import path
	Module string // path of the module that it belongs to
	Type   string // name of the handler type
	File   string // base name of the file that stubs go to
}

// locate resolves the paths of a spec that lies in dir. A folder outside of the module is an error.
func locate(file *spec.File, dir string, m *module) (*place, error) {
	h := file.Go.Handler
	p := &place{module: m, dir: dir, out: filepath.Join(dir, filepath.FromSlash(file.Go.Out))}
	p.handler = Handler{Dir: filepath.Join(dir, filepath.FromSlash(h.Package)), Module: m.path, Type: h.Type, File: h.File}
	var err error
	if p.outPath, err = p.module.importPath(p.out); err != nil {
		return nil, fmt.Errorf("go: out: %w", err)
	}
	if p.handler.Path, err = p.module.importPath(p.handler.Dir); err != nil {
		return nil, fmt.Errorf("go: handler: package: %w", err)
	}
	out, err := proto.Generate(file, proto.Place{Dir: dir, Out: p.out, OutPath: p.outPath, Header: Header})
	if err != nil {
		return nil, protoErrors(err)
	}
	p.messages, p.protos = out.Files, out.Sources
	p.model = plan(file, p.outPath, out.Messages)
	p.model.Hash = hash(file.Hash, p.protos)
	if p.handler.Dir == p.out && declares(p.model, h.Type) {
		return nil, fmt.Errorf("go: handler: type: package %s declares %s itself, and the handler is in the same package; give it another name", file.Go.Package, h.Type)
	}
	return p, nil
}

// hash is that of the spec, and of the .proto files where it has any.
func hash(ofSpec string, protos []spec.SourceFile) string {
	if len(protos) == 0 {
		return ofSpec
	}
	h := sha256.New()
	h.Write([]byte(ofSpec))
	for _, s := range protos {
		fmt.Fprintf(h, "\n%s %d\n%s", s.Name, len(s.Data), s.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// declares says whether a generated package declares a name.
func declares(m *templates.Package, name string) bool {
	return slices.Contains(templates.Reserved(), name) ||
		slices.ContainsFunc(templates.Names(m), func(n templates.Name) bool { return n.Name == name })
}
