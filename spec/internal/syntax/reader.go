package syntax

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// MaxSource is how many bytes one file may have: one that people wrote stays far below.
const MaxSource = 4 << 20

// Reader turns the text of one file into nodes, and collects what is wrong with it.
type Reader struct {
	Name  string
	lines []string
	ascii []bool // of each line: a column is a byte
	Found []*report.Diagnostic
}

// NewReader makes a reader that knows the lines of a file.
func NewReader(name string, data []byte) *Reader {
	r := &Reader{Name: name, lines: report.Lines(data)}
	for _, line := range r.lines {
		r.ascii = append(r.ascii, isASCII(line))
	}
	return r
}

// maxSuggested is how many errors may say what was probably meant: to find it takes a look at every name that there is.
const maxSuggested = 200

// Fail collects a diagnostic, which may be filled in further.
func (r *Reader) Fail(code string, pos report.Pos, format string, args ...any) *report.Diagnostic {
	wrong := report.New(code, pos, format, args...)
	wrong.File = r.Name
	wrong.Terse = len(r.Found) >= maxSuggested
	r.Found = append(r.Found, wrong)
	return wrong
}

// Parse returns the root of a file, or nil if it is at fault, which is reported.
func (r *Reader) Parse(name string, data []byte) *yaml.Node {
	root := r.parseText(name, data)
	if root == nil || !r.walk(root) {
		return nil
	}
	return root
}

// parseText reads JSON or YAML, as the name of the file says.
func (r *Reader) parseText(name string, data []byte) *yaml.Node {
	if IsJSON(name) {
		return r.ParseJSON(data)
	}
	return r.ParseYAML(data)
}

// IsJSON says whether a file holds JSON, by its name.
func IsJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// KindOf says in words what a node is.
func KindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "an object"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool":
		return "the boolean " + n.Value
	case "!!int", "!!float":
		return "the number " + n.Value
	}
	return fmt.Sprintf("the text %q", n.Value)
}

// Target follows an alias. The tree was walked before: aliases end.
func Target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// IsNull says whether a node is null, or nothing at all.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// Canonical returns the one name of a file: "../api/a.yaml" is "a.yaml" where the spec lies in api, wherever the program runs.
func Canonical(spec, name string) string {
	dir, err := filepath.Abs(filepath.Dir(spec))
	if err != nil {
		dir = filepath.Dir(spec)
	}
	rel, err := filepath.Rel(dir, filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return name
	}
	return filepath.ToSlash(rel)
}

// Shown returns the name of a file from where the program runs, as that of the spec.
func Shown(spec, name string) string {
	return filepath.Join(filepath.Dir(spec), filepath.FromSlash(name))
}
