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

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// Bounds of what is read: a spec that people wrote stays far below them.
const (
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
	return io.ReadAll(io.LimitReader(f, syntax.MaxSource+1))
}

// source is one file of a spec.
type source struct {
	name  string // as SourceFile.Name; as Pos.File, which is empty for the spec itself
	shown string // as Diagnostic.File
	data  []byte
	text  *syntax.Reader
	root  *yaml.Node // nil if it cannot be read
	main  bool       // it is the spec itself
	spec  bool       // it is the spec or included by it; other files hold schemas

	problem string // why it cannot be read, for everyone who names it; empty if the file itself tells
	missing bool   // there is no such file

	from Pos // who names it first
	why  string

	parents map[*yaml.Node]*yaml.Node // made when it is first needed
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
		return s.text.Line(pos.Line)
	}
	return d.Line(pos.Line)
}

// inside is reader.inside for a node of any file.
func (d *decoder) inside(n *yaml.Node, start, end int) Pos {
	s := d.sourceOf(n)
	pos := s.text.Inside(n, start, end)
	pos.File = s.file()
	return pos
}

// pos is reader.pos for a node of any file.
func (d *decoder) pos(n *yaml.Node) Pos {
	s := d.of[n]
	if s == nil {
		return d.Reader.Pos(n)
	}
	pos := s.text.Pos(n)
	pos.File = s.name
	return pos
}

// fail is reader.fail for a place in any file.
func (d *decoder) fail(code string, pos Pos, format string, args ...any) *Diagnostic {
	wrong := d.Reader.Fail(code, pos, format, args...)
	if pos.File != "" {
		wrong.File = d.show(pos.File)
	}
	return wrong
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
	name = syntax.Canonical(d.Name, name)
	if name == path.Base(filepath.ToSlash(d.Name)) {
		return d.main
	}
	return d.byName[name]
}

// show returns the name for diagnostics: as that of the spec, from where the program runs.
func (d *decoder) show(name string) string { return syntax.Shown(d.Name, name) }

func (d *decoder) load(name string, at Pos, why string) *source {
	if len(d.sources) >= maxSources {
		d.fail("MQX026", at, "the spec has more than %d files", maxSources)
		return nil
	}
	name = syntax.Canonical(d.Name, name)
	s := &source{name: name, shown: d.show(name), from: at, why: why}
	s.text = syntax.NewReader(s.shown, nil)
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
	s.text = syntax.NewReader(s.shown, data)
	if s.root = s.text.Parse(name, data); s.root != nil {
		s.root = syntax.Target(s.root)
		d.own(s, s.root)
	}
	for _, wrong := range s.text.Found {
		if wrong.Related != nil {
			wrong.Related.File = s.name
		}
	}
	d.Found = append(d.Found, s.text.Found...)
	return s
}

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
	if near := report.Nearest(name, names); err == nil && near != "" {
		wrong.Hint("did you mean %q?", near)
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
	list := make(ErrorList, len(d.Found))
	for i, wrong := range d.Found {
		s := d.sources[max(0, slices.Index(names, wrong.File))]
		if wrong.Related == nil && s.from.Line > 0 {
			wrong.Also(s.from, "%s", s.why)
		}
		wrong.Source = s.data
		if r := wrong.Related; r != nil {
			r.File, r.Source = showIn(d.sources, r.File)
		}
		list[i] = *wrong
	}
	return list.Sort(names...)
}

// Locate gives findings in a spec, whose files are those of a Pos, the names that are shown and the text of their files,
// and sorts them.
func (f *File) Locate(list ErrorList) ErrorList {
	var sources []*source
	var names []string
	for i, file := range f.Sources {
		s := &source{name: file.Name, shown: file.Name, data: file.Data, main: i == 0}
		if i > 0 {
			s.shown = syntax.Shown(f.Name, file.Name)
		}
		sources, names = append(sources, s), append(names, s.shown)
	}
	for i := range list {
		d := &list[i]
		d.File, d.Source = showIn(sources, d.File)
		if r := d.Related; r != nil {
			r.File, r.Source = showIn(sources, r.File)
		}
	}
	return list.Sort(names...)
}

// showIn turns the File of a Pos into the one that is shown, and returns what it holds.
func showIn(sources []*source, name string) (shown string, data []byte) {
	for _, s := range sources {
		if s.file() == name {
			return s.shown, s.data
		}
	}
	return name, nil
}

// newMain makes the source of the spec itself.
func newMain(d *decoder, data []byte) *source {
	return &source{name: d.Name, shown: d.Name, data: data, text: d.Reader, main: true, spec: true}
}
