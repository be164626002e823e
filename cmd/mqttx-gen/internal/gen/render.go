package gen

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// render prints the model. As a check on ourselves every file has to begin with the header.
func (p *place) render(f *spec.File) (map[string][]byte, error) {
	printed, err := templates.Print(p.model)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n") // the whole file may follow
		return nil, fmt.Errorf("package %s: %s", f.Go.Package, first)
	}
	files := maps.Clone(p.messages)
	for _, file := range printed {
		files[filepath.Join(p.out, file.Name)] = file.Source
	}
	for path, source := range files {
		if !generated(source) {
			return nil, fmt.Errorf("print %s: internal error, please report it: the first line is not %q", filepath.Base(path), Header)
		}
	}
	return files, nil
}

// ofPackage returns the files of the generated package itself, without those of protobuf messages.
func (p *place) ofPackage(files map[string][]byte) map[string][]byte {
	own := map[string][]byte{}
	for path, source := range files {
		if filepath.Dir(path) == p.out {
			own[path] = source
		}
	}
	return own
}

// packageOf returns the import path of the package that a generated file belongs to.
func (p *place) packageOf(file string) string {
	path, err := p.module.importPath(filepath.Dir(file))
	if err != nil {
		return p.outPath
	}
	return path
}

// messageType takes "example.com/fleet/fleetv1.Frame" apart.
func messageType(s string) templates.Type {
	dot := strings.LastIndexByte(s, '.')
	path := s[:dot]
	return templates.Type{Prefix: "*", Path: path, Package: path[strings.LastIndexByte(path, '/')+1:], Name: s[dot+1:]}
}

// Messages reads what the protobuf messages of the spec at path look like on the wire.
func Messages(path string, f *spec.File) (map[*spec.Payload]*proto.Message, error) {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("find the folder of the spec: %w", err)
	}
	messages, err := proto.Messages(f, dir)
	if err != nil {
		return nil, inSource(protoErrors(err), f.Sources[0].Data)
	}
	return messages, nil
}

// protoErrors turns what is wrong with .proto files into errors of specs, one for each file.
func protoErrors(err error) error {
	list := Errors(err)
	for i := range list {
		if wrong := (*proto.Error)(nil); errors.As(list[i], &wrong) {
			list[i] = &SpecError{List: wrong.List}
		}
	}
	return errors.Join(list...)
}

// inSource notes what the spec holds in the errors about it; those about other files have theirs.
func inSource(err error, source []byte) error {
	for _, one := range Errors(err) {
		wrong := (*SpecError)(nil)
		if !errors.As(one, &wrong) {
			continue
		}
		for i := range wrong.List {
			if wrong.List[i].Source == nil {
				wrong.List[i].Source = source
			}
		}
	}
	return err
}

// Errors returns the errors that one is made of, as errors.Join does.
func Errors(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, one := range joined.Unwrap() {
		list = append(list, Errors(one)...)
	}
	return list
}
