// Package proto reads .proto files and prints Go for them, both in this process: no other program is needed. The Go is that
// of protoc-gen-go, but for the first lines.
package proto

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// Place says where .proto files lie and where their Go goes.
type Place struct {
	Dir     string // folder of the spec; files and imports are relative to it
	Out     string // folder of the generated package
	OutPath string // its import path
	Header  string // line 1 of every file
}

// Output is the Go of all messages that a spec names.
type Output struct {
	Files    map[string][]byte // by path; each lies in a folder of its protobuf package, below Place.Out
	Messages map[*spec.Payload]templates.Type
	Sources  []spec.SourceFile // the .proto files that were read, by name: those of payloads, and what they import
}

// Error is what is wrong in one file: the spec or a .proto file.
type Error struct {
	List spec.ErrorList // those of the spec itself have no Source
}

// Error returns the first diagnostics.
func (e *Error) Error() string { return e.List.Error() }

// Generate prints the Go of the messages of payloads, and of all that they import. The error is made of an Error for each
// file with something wrong in it. A payload with a Go type of the user's is not looked at.
func Generate(f *spec.File, at Place) (*Output, error) {
	names, payloads := ofProto(f)
	out := &Output{Files: map[string][]byte{}, Messages: map[*spec.Payload]templates.Type{}}
	if len(payloads) == 0 {
		return out, nil
	}
	read, err := compile(f, payloads, names, at.Dir)
	if err != nil {
		return nil, err
	}
	if err := read.find(f, payloads); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(read.sources)) {
		out.Sources = append(out.Sources, spec.SourceFile{Name: name, Data: read.sources[name]})
	}
	return out, read.print(at, payloads, out)
}

// ofProto lists the payloads whose messages are read from .proto files, and these files.
func ofProto(f *spec.File) (names []string, payloads []*spec.Payload) {
	for _, p := range f.Payloads {
		if p.Encoding != spec.EncodingProtobuf || p.XGoType != "" {
			continue
		}
		payloads = append(payloads, p)
		if name := path.Clean(p.File); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, payloads
}

// Inputs lists the .proto files of a spec, and what they import as far as they can be read, relative to the folder of the
// spec: also those that are not there.
func Inputs(f *spec.File, dir string) []string {
	var list []string
	for _, p := range f.Payloads {
		if p.File != "" {
			list = append(list, path.Clean(p.File))
		}
	}
	for i := 0; i < len(list); i++ {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(list[i])))
		if err != nil {
			continue
		}
		for _, m := range importLine.FindAllSubmatch(data, -1) {
			if name := path.Clean(string(m[1])); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

var importLine = regexp.MustCompile(`(?m)^\s*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']`)

// find makes sure that all messages are there.
func (r *read) find(f *spec.File, payloads []*spec.Payload) error {
	var list spec.ErrorList
	for _, p := range payloads {
		fd := r.files.FindFileByPath(path.Clean(p.File))
		d := fd.FindDescriptorByName(protoreflect.FullName(p.Message))
		if _, ok := d.(protoreflect.MessageDescriptor); ok {
			continue
		}
		wrong := diagnostic(f, p, p.MessagePos, "MQX074", fmt.Sprintf("%s has no message %q", p.File, p.Message))
		switch all := messages(fd.Messages()); {
		case len(all) == 0:
			wrong.Suggestion = "it has no messages at all"
		case near(p.Message, all) != "":
			wrong.Suggestion = fmt.Sprintf("did you mean %q?", near(p.Message, all))
		default:
			wrong.Suggestion = "it has " + strings.Join(all[:min(len(all), 5)], ", ")
		}
		list = append(list, wrong)
	}
	if len(list) > 0 {
		return &Error{List: list}
	}
	return nil
}

// diagnostic is a finding in the spec, or in a file that it includes.
func diagnostic(f *spec.File, p *spec.Payload, pos spec.Pos, code, message string) spec.Diagnostic {
	if pos == (spec.Pos{}) {
		pos = p.Pos
	}
	d := spec.Diagnostic{
		File: f.Name, Line: pos.Line, Column: pos.Column, EndColumn: pos.EndColumn, Code: code, Message: message,
	}
	if pos.File == "" {
		return d
	}
	d.File = filepath.Join(filepath.Dir(f.Name), filepath.FromSlash(pos.File))
	for _, s := range f.Sources {
		if s.Name == pos.File {
			d.Source = s.Data
		}
	}
	return d
}

// messages lists the full names of messages, and of those in them.
func messages(list protoreflect.MessageDescriptors) []string {
	var names []string
	for i := range list.Len() {
		if m := list.Get(i); !m.IsMapEntry() {
			names = append(append(names, string(m.FullName())), messages(m.Messages())...)
		}
	}
	return names
}

// near returns the name that is most like another, if there is any like it: in whole, or in its last part.
func near(name string, all []string) string {
	for _, other := range all {
		if last(other) == last(name) {
			return other
		}
	}
	return report.Nearest(name, all)
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// folder returns the name of the Go package, and of its folder, for a .proto file.
func folder(fd protoreflect.FileDescriptor) string {
	name := string(fd.Package())
	if name == "" {
		name = strings.TrimSuffix(path.Base(fd.Path()), ".proto")
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, name)
	if name == "" || '0' <= name[0] && name[0] <= '9' || reserved[name] {
		return "pb" + name
	}
	return name
}

// file is the path of the Go file of a .proto file.
func (at Place) file(fd protoreflect.FileDescriptor) string {
	return filepath.Join(at.Out, folder(fd), strings.TrimSuffix(path.Base(fd.Path()), ".proto")+".pb.go")
}
