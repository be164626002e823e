package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Bounds of what is read: a spec that people wrote stays far below them.
const (
	maxSource  = 4 << 20  // bytes of one file
	maxSources = 500      // files
	maxTotal   = 32 << 20 // bytes of all files
)

// Files is where the other files of a spec are read. Names are relative to the folder of the spec, with slashes; they
// may begin with "..". Dir reads from disk.
type Files struct {
	// ReadFile returns what a file holds. One that does not exist is an error that is fs.ErrNotExist. If it is nil, a spec
	// that speaks of another file is wrong.
	ReadFile func(name string) ([]byte, error)
	// Glob returns the names of the files that match a pattern as path.Match has it. If it is nil, none does.
	Glob func(pattern string) ([]string, error)
}

// Dir returns the files on disk of a spec that lies in a folder.
func Dir(folder string) Files {
	at := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
	return Files{
		ReadFile: func(name string) ([]byte, error) { return readRegular(at(name)) },
		Glob: func(pattern string) ([]string, error) {
			found, err := filepath.Glob(at(pattern))
			var names []string
			for _, f := range found {
				info, statErr := os.Stat(f)
				rel, relErr := filepath.Rel(folder, f)
				if statErr == nil && relErr == nil && info.Mode().IsRegular() {
					names = append(names, filepath.ToSlash(rel))
				}
			}
			return names, err
		},
	}
}

// readRegular reads a file, and no more of it than a spec may have: a device has no end.
func readRegular(name string) ([]byte, error) {
	switch info, err := os.Stat(name); { // before it is opened: a pipe waits for its writer
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is a folder")}
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSource+1))
}

// source is one file of a spec.
type source struct {
	name  string // as SourceFile.Name; as Pos.File, which is empty for the spec itself
	shown string // as Diagnostic.File
	data  []byte
	text  *decoder   // knows its lines
	root  *yaml.Node // nil if it cannot be read
	main  bool       // it is the spec itself
	spec  bool       // it is the spec or included by it; other files hold schemas

	problem string // why it cannot be read, for everyone who names it; empty if the file itself tells
	missing bool   // there is no such file

	from Pos // who names it first
	why  string

	parents map[*yaml.Node]*yaml.Node // made when it is first needed
}

// newDecoder makes a decoder that knows the lines of a file.
func newDecoder(name string, data []byte) *decoder {
	d := &decoder{name: name, lines: splitLines(data)}
	for _, line := range d.lines {
		d.ascii = append(d.ascii, isASCII(line))
	}
	return d
}

// sourceOf returns the file in which a node stands.
func (d *decoder) sourceOf(n *yaml.Node) *source {
	if s := d.of[n]; s != nil {
		return s
	}
	return d.main
}

// lineAt returns the line of a place.
func (d *decoder) lineAt(pos Pos) string {
	if s := d.byName[pos.File]; s != nil {
		return s.text.line(pos.Line)
	}
	return d.line(pos.Line)
}

// file is the name in a Pos.
func (s *source) file() string {
	if s.main {
		return ""
	}
	return s.name
}

// nameFrom returns the name of a file that another one names, or what is wrong with it.
func (s *source) nameFrom(given string) (name, problem, hint string) {
	switch {
	case strings.Contains(given, "://"):
		return "", "files are read from disk, not from the network", "download it, and write its path"
	case strings.Contains(given, `\`):
		return "", "a path has slashes", "write " + strings.ReplaceAll(given, `\`, "/")
	case path.IsAbs(given) || len(given) > 1 && given[1] == ':':
		return "", "the path is not relative to this file", ""
	case strings.TrimSpace(given) == "" || strings.ContainsFunc(given, func(r rune) bool { return r < ' ' }):
		return "", "that is no path", ""
	}
	return path.Join(path.Dir(s.file()), given), "", ""
}

// open returns a file that is named at a place, or nil if it cannot be read, which it reports.
func (d *decoder) open(name string, at Pos, why string) *source {
	s := d.opened(name)
	if s == nil {
		if s = d.load(name, at, why); s == nil {
			return nil
		}
	}
	if s.problem != "" {
		wrong := d.fail("MQX026", at, "file %q cannot be read: %s", name, s.problem)
		if s.missing {
			d.suggestFile(wrong, name)
		}
		return nil
	}
	if s.root == nil {
		return nil
	}
	return s
}

// opened returns a file that was read before.
func (d *decoder) opened(name string) *source {
	name = d.canonical(name)
	if name == path.Base(filepath.ToSlash(d.name)) {
		return d.main
	}
	return d.byName[name]
}

// canonical returns the one name of a file: "../api/a.yaml" is "a.yaml" where the spec lies in api, wherever the program runs.
func (d *decoder) canonical(name string) string {
	dir, err := filepath.Abs(filepath.Dir(d.name))
	if err != nil {
		dir = filepath.Dir(d.name)
	}
	rel, err := filepath.Rel(dir, filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return name
	}
	return filepath.ToSlash(rel)
}

// show returns the name for diagnostics: as that of the spec, from where the program runs.
func (d *decoder) show(name string) string { return shownAs(d.name, name) }

func shownAs(spec, name string) string {
	return filepath.Join(filepath.Dir(spec), filepath.FromSlash(name))
}

func (d *decoder) load(name string, at Pos, why string) *source {
	if len(d.sources) >= maxSources {
		d.fail("MQX026", at, "the spec has more than %d files", maxSources)
		return nil
	}
	name = d.canonical(name)
	s := &source{name: name, shown: d.show(name), from: at, why: why}
	s.text = newDecoder(s.shown, nil)
	d.sources = append(d.sources, s)
	if d.byName == nil {
		d.byName = map[string]*source{}
	}
	d.byName[name] = s
	if d.files.ReadFile == nil {
		s.problem = "only one file is at hand here"
		return s
	}
	data, err := d.files.ReadFile(name)
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.problem, s.missing = "there is no such file", true
		return s
	case err != nil:
		s.problem = err.Error()
		return s
	}
	if d.total += len(data); d.total > maxTotal {
		s.problem = fmt.Sprintf("the files of this spec have more than %d bytes together", maxTotal)
		return s
	}
	s.data = data
	s.text = newDecoder(s.shown, data)
	if s.root = s.text.parse(name, data); s.root != nil {
		s.root = target(s.root)
		d.own(s, s.root)
	}
	for _, wrong := range s.text.list {
		if wrong.Related != nil {
			wrong.Related.File = s.name
		}
	}
	d.list = append(d.list, s.text.list...)
	return s
}

// parse returns the root of a file, or nil if it is at fault, which is reported.
func (d *decoder) parse(name string, data []byte) *yaml.Node {
	root := d.parseText(name, data)
	if root == nil || !d.walk(root) {
		return nil
	}
	return root
}

// parseText reads JSON or YAML, as the name of the file says.
func (d *decoder) parseText(name string, data []byte) *yaml.Node {
	if isJSON(name) {
		return d.parseJSON(data)
	}
	return d.parseYAML(data)
}

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// own notes of each node in which file it stands.
func (d *decoder) own(s *source, n *yaml.Node) {
	if d.of == nil {
		d.of = map[*yaml.Node]*source{}
	}
	d.of[n] = s
	for _, child := range n.Content {
		d.own(s, child)
	}
}

// suggestFile names a file that is there, and that is probably meant.
func (d *decoder) suggestFile(wrong *Diagnostic, name string) {
	if d.files.Glob == nil {
		return
	}
	names, err := d.files.Glob(escapeGlob(path.Dir(name)) + "/*")
	if near := nearest(name, names); err == nil && near != "" {
		wrong.hint("did you mean %q?", near)
	}
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// sourceFiles returns what was read.
func (d *decoder) sourceFiles() []SourceFile {
	var list []SourceFile
	for _, s := range d.sources {
		if s.problem == "" {
			list = append(list, SourceFile{Name: s.name, Data: s.data, Schemas: !s.main && !s.spec})
		}
	}
	return list
}

// hashOf covers the bytes of all files and, where there are several, their names.
func hashOf(sources []SourceFile) string {
	h := sha256.New()
	for i, s := range sources {
		if i > 0 {
			fmt.Fprintf(h, "\n%s %d\n", s.Name, len(s.Data))
		}
		h.Write(s.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// finish sorts what was reported, and gives each the text of its file and a second place: who names the file.
func (d *decoder) finish() ErrorList {
	names := make([]string, len(d.sources))
	for i, s := range d.sources {
		names[i] = s.shown
	}
	list := make(ErrorList, len(d.list))
	for i, wrong := range d.list {
		s := d.sources[max(0, slices.Index(names, wrong.File))]
		if wrong.Related == nil && s.from.Line > 0 {
			wrong.also(s.from, "%s", s.why)
		}
		wrong.Source = s.data
		if r := wrong.Related; r != nil {
			r.in(d.sources)
		}
		list[i] = *wrong
	}
	return list.sort(names...)
}

// in turns the File of a Pos into the one that is shown.
func (r *Related) in(sources []*source) {
	for _, s := range sources {
		if s.file() == r.File {
			r.File, r.Source = s.shown, s.data
			return
		}
	}
}

// newMain makes the source of the spec itself.
func newMain(d *decoder, data []byte) *source {
	return &source{name: d.name, shown: d.name, data: data, text: d, main: true, spec: true}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
