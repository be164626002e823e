package fileset

import (
	"path"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// Source is one file of a spec.
type Source struct {
	Name  string // as SourceFile.Name; as Pos.File, which is empty for the spec itself
	shown string // as Diagnostic.File
	Data  []byte
	text  *syntax.Reader
	Root  *yaml.Node // nil if it cannot be read
	Main  bool       // it is the spec itself
	Spec  bool       // it is the spec or included by it; other files hold schemas

	Problem string // why it cannot be read, for everyone who names it; empty if the file itself tells
	missing bool   // there is no such file

	from report.Pos // who names it first
	why  string

	Parents map[*yaml.Node]*yaml.Node // made when it is first needed
}

// NewSource makes a file of a spec, which is not read here.
func NewSource(spec, name string, data []byte, isMain bool) *Source {
	shown := name
	if !isMain {
		shown = syntax.Shown(spec, name)
	}
	return &Source{Name: name, shown: shown, Data: data, Main: isMain, Spec: isMain}
}

// PosFile is the name in a Pos.
func (s *Source) PosFile() string {
	if s.Main {
		return ""
	}
	return s.Name
}

// NameFrom returns the name of a file that another one names, or what is wrong with it.
func (s *Source) NameFrom(given string) (name, problem, hint string) {
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
	return path.Join(path.Dir(s.PosFile()), given), "", ""
}
