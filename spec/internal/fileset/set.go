package fileset

import (
	"errors"
	"fmt"
	"io/fs"
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

// Set is the files of one spec, and what is wrong with any of them.
type Set struct {
	*syntax.Reader // of the spec itself; what is wrong with any file gathers there

	Main     *Source
	Sources  []*Source                              // the spec itself, then those that it takes in, in the order in which they are read
	ReadFile func(name string) ([]byte, error)      // nil: there is only the spec itself
	Glob     func(pattern string) ([]string, error) // nil: no file matches

	byName map[string]*Source     // all but the spec itself
	total  int                    // bytes of all
	Of     map[*yaml.Node]*Source // of the nodes of all but the spec itself
}

// New makes a set of the spec itself, and of what may be read.
func New(name string, data []byte, read func(name string) ([]byte, error), glob func(pattern string) ([]string, error)) *Set {
	f := &Set{Reader: syntax.NewReader(name, data), ReadFile: read, Glob: glob, total: len(data)}
	f.Main = NewSource(name, name, data, true)
	f.Main.text = f.Reader
	f.Sources = []*Source{f.Main}
	return f
}

// SourceOf returns the file in which a node stands.
func (f *Set) SourceOf(n *yaml.Node) *Source {
	if s := f.Of[n]; s != nil {
		return s
	}
	return f.Main
}

// LineAt returns the line of a place.
func (f *Set) LineAt(pos report.Pos) string {
	if s := f.byName[pos.File]; s != nil {
		return s.text.Line(pos.Line)
	}
	return f.Line(pos.Line)
}

// Inside is Inside of a Reader for a node of any file.
func (f *Set) Inside(n *yaml.Node, start, end int) report.Pos {
	s := f.SourceOf(n)
	pos := s.text.Inside(n, start, end)
	pos.File = s.PosFile()
	return pos
}

// Pos is Pos of a Reader for a node of any file.
func (f *Set) Pos(n *yaml.Node) report.Pos {
	s := f.Of[n]
	if s == nil {
		return f.Reader.Pos(n)
	}
	pos := s.text.Pos(n)
	pos.File = s.Name
	return pos
}

// Fail is Fail of a Reader for a place in any file.
func (f *Set) Fail(code string, pos report.Pos, format string, args ...any) *report.Diagnostic {
	wrong := f.Reader.Fail(code, pos, format, args...)
	if pos.File != "" {
		wrong.File = f.show(pos.File)
	}
	return wrong
}

// Open returns a file that is named at a place, or nil if it cannot be read, which it reports.
func (f *Set) Open(name string, at report.Pos, why string) *Source {
	s := f.Opened(name)
	if s == nil {
		if s = f.load(name, at, why); s == nil {
			return nil
		}
	}
	if s.Problem != "" {
		wrong := f.Fail("MQX026", at, "file %q cannot be read: %s", name, s.Problem)
		if s.missing {
			f.suggestFile(wrong, name)
		}
		return nil
	}
	if s.Root == nil {
		return nil
	}
	return s
}

// Opened returns a file that was read before.
func (f *Set) Opened(name string) *Source {
	name = syntax.Canonical(f.Name, name)
	if name == path.Base(filepath.ToSlash(f.Name)) {
		return f.Main
	}
	return f.byName[name]
}

// show returns the name for diagnostics: as that of the spec, from where the program runs.
func (f *Set) show(name string) string { return syntax.Shown(f.Name, name) }

func (f *Set) load(name string, at report.Pos, why string) *Source {
	if len(f.Sources) >= maxSources {
		f.Fail("MQX026", at, "the spec has more than %d files", maxSources)
		return nil
	}
	name = syntax.Canonical(f.Name, name)
	s := &Source{Name: name, shown: f.show(name), from: at, why: why}
	s.text = syntax.NewReader(s.shown, nil)
	f.Sources = append(f.Sources, s)
	if f.byName == nil {
		f.byName = map[string]*Source{}
	}
	f.byName[name] = s
	if f.ReadFile == nil {
		s.Problem = "only one file is at hand here"
		return s
	}
	data, err := f.ReadFile(name)
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Problem, s.missing = "there is no such file", true
		return s
	case err != nil:
		s.Problem = err.Error()
		return s
	}
	if f.total += len(data); f.total > maxTotal {
		s.Problem = fmt.Sprintf("the files of this spec have more than %d bytes together", maxTotal)
		return s
	}
	s.Data = data
	s.text = syntax.NewReader(s.shown, data)
	if s.Root = s.text.Parse(name, data); s.Root != nil {
		s.Root = syntax.Target(s.Root)
		f.own(s, s.Root)
	}
	for _, wrong := range s.text.Found {
		if wrong.Related != nil {
			wrong.Related.File = s.Name
		}
	}
	f.Found = append(f.Found, s.text.Found...)
	return s
}

// own notes of each node in which file it stands.
func (f *Set) own(s *Source, n *yaml.Node) {
	if f.Of == nil {
		f.Of = map[*yaml.Node]*Source{}
	}
	f.Of[n] = s
	for _, child := range n.Content {
		f.own(s, child)
	}
}

// suggestFile names a file that is there, and that is probably meant.
func (f *Set) suggestFile(wrong *report.Diagnostic, name string) {
	if f.Glob == nil {
		return
	}
	names, err := f.Glob(escapeGlob(path.Dir(name)) + "/*")
	if near := report.Nearest(name, names); err == nil && near != "" {
		wrong.Hint("did you mean %q?", near)
	}
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// Finish gives everything that was reported the text of its file and a second place, who names the file, and sorts it.
func (f *Set) Finish() report.ErrorList {
	names := make([]string, len(f.Sources))
	for i, s := range f.Sources {
		names[i] = s.shown
	}
	list := make(report.ErrorList, len(f.Found))
	for i, wrong := range f.Found {
		s := f.Sources[max(0, slices.Index(names, wrong.File))]
		if wrong.Related == nil && s.from.Line > 0 {
			wrong.Also(s.from, "%s", s.why)
		}
		wrong.Source = s.Data
		if r := wrong.Related; r != nil {
			r.File, r.Source = showIn(f.Sources, r.File)
		}
		list[i] = *wrong
	}
	return list.Sort(names...)
}

// Locate gives findings, whose files are those of a Pos, the names that are shown and the text of their files, and sorts
// them.
func Locate(sources []*Source, list report.ErrorList) report.ErrorList {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.shown
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
func showIn(sources []*Source, name string) (shown string, data []byte) {
	for _, s := range sources {
		if s.PosFile() == name {
			return s.shown, s.Data
		}
	}
	return name, nil
}
