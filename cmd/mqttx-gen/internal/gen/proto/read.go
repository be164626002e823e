package proto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// read is the .proto files of a spec.
type read struct {
	files linker.Files // those that payloads name

	mu      sync.Mutex
	sources map[string][]byte // of all files that were read: not the ones that every compiler of .proto files has built in
	found   []reporter.ErrorWithPos
}

// compile reads files and what they import.
func compile(f *spec.File, payloads []*spec.Payload, names []string, dir string) (*read, error) {
	r := &read{sources: map[string][]byte{}}
	open := func(name string) (io.ReadCloser, error) {
		data, err := readFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sources[name] = data
		return io.NopCloser(strings.NewReader(string(data))), nil
	}
	c := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: open}),
		SourceInfoMode: protocompile.SourceInfoStandard,
		Reporter: reporter.NewReporter(func(err reporter.ErrorWithPos) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.found = append(r.found, err)
			return nil
		}, nil),
	}
	if list := missing(f, payloads, dir); len(list) > 0 {
		return nil, &Error{List: list}
	}
	files, err := c.Compile(context.Background(), names...)
	if at := reporter.ErrorWithPos(nil); len(r.found) == 0 && errors.As(err, &at) {
		r.found = append(r.found, at)
	}
	if len(r.found) > 0 {
		return nil, r.errors()
	}
	if err != nil {
		return nil, fmt.Errorf("read the .proto files: %w", err)
	}
	r.files = files
	return r, nil
}

// readFile reads a regular file of UTF-8.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe would wait for its writer
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not a regular file")}
	}
	data, err := os.ReadFile(path)
	if err == nil && !utf8.Valid(data) {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not UTF-8")}
	}
	return data, err
}

// missing reports the payloads whose file is not there.
func missing(f *spec.File, payloads []*spec.Payload, dir string) spec.ErrorList {
	var list spec.ErrorList
	for _, p := range payloads {
		_, err := readFile(filepath.Join(dir, filepath.FromSlash(p.File)))
		if err == nil || strings.HasPrefix(p.File, "google/protobuf/") {
			continue
		}
		reason := err.Error()
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			reason = at.Err.Error()
		}
		missing := errors.Is(err, fs.ErrNotExist)
		if missing {
			reason = "it is not there"
		}
		wrong := diagnostic(f, p, p.FilePos, "MQX073", fmt.Sprintf("cannot read %s: %s", p.File, reason))
		if missing {
			wrong.Suggestion = meantFile(dir, p)
		}
		list = append(list, wrong)
	}
	return list
}

// meantFile says where a file of a payload is looked for, and what to write if it lies beside the file that names it.
func meantFile(dir string, p *spec.Payload) string {
	beside := path.Join(path.Dir(p.FilePos.File), p.File)
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(beside))); p.FilePos.File != "" && err == nil {
		return fmt.Sprintf("the path is relative to the folder of the spec: write %s", beside)
	}
	return "the path is relative to the folder of the spec"
}

// errors returns an Error for each file with something wrong in it.
func (r *read) errors() error {
	lists := map[string]spec.ErrorList{}
	for _, e := range r.found {
		name := e.GetPosition().Filename
		d := r.diagnostic(e)
		// Where the reader of words has found something, the parser only says that it has.
		same := func(o spec.Diagnostic) bool {
			return o.Line == d.Line && o.Column == d.Column && o.Message == d.Message
		}
		if d.Message != "syntax error: unexpected error" && !slices.ContainsFunc(lists[name], same) {
			lists[name] = append(lists[name], d)
		}
	}
	var all []error
	for _, name := range slices.Sorted(keys(lists)) {
		slices.SortStableFunc(lists[name], func(a, b spec.Diagnostic) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		all = append(all, &Error{List: lists[name]})
	}
	return errors.Join(all...)
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// diagnostic turns a finding of the compiler into one of ours.
func (r *read) diagnostic(e reporter.ErrorWithPos) spec.Diagnostic {
	start, end := e.Start(), e.End()
	source := r.sources[start.Filename]
	d := spec.Diagnostic{
		File: start.Filename, Line: start.Line, Column: column(source, start), Code: "MQX073", Message: e.Unwrap().Error(),
	}
	d.Source = append([]byte{}, source...)
	d.EndColumn = d.Column + 1
	if end.Line == start.Line && end.Offset > start.Offset {
		d.EndColumn = column(source, end) + 1 // it is the last character, not the one behind it
	}
	if pe := (*fs.PathError)(nil); errors.As(e, &pe) {
		name, reason := path.Base(filepath.ToSlash(pe.Path)), pe.Err.Error()
		if errors.Is(e, fs.ErrNotExist) {
			reason = "it is not there"
			d.Suggestion = "imports are relative to the folder of the spec"
		}
		d.Message = fmt.Sprintf("cannot read the import %s: %s", name, reason)
	}
	return d
}

// column counts in characters; the compiler takes a tab for several.
func column(source []byte, at ast.SourcePos) int {
	if at.Offset > len(source) {
		return at.Col
	}
	line := source[:at.Offset]
	line = line[strings.LastIndexByte(string(line), '\n')+1:]
	return utf8.RuneCount(line) + 1
}
