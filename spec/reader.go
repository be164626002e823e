package spec

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// maxSource is how many bytes one file may have: one that people wrote stays far below.
const maxSource = 4 << 20

// reader turns the text of one file into nodes, and collects what is wrong with it.
type reader struct {
	name  string
	lines []string
	ascii []bool // of each line: a column is a byte
	found []*Diagnostic
}

// newReader makes a reader that knows the lines of a file.
func newReader(name string, data []byte) *reader {
	d := &reader{name: name, lines: report.Lines(data)}
	for _, line := range d.lines {
		d.ascii = append(d.ascii, isASCII(line))
	}
	return d
}

// maxSuggested is how many errors may say what was probably meant: to find it takes a look at every name that there is.
const maxSuggested = 200

// fail collects a diagnostic, which may be filled in further.
func (d *reader) fail(code string, pos Pos, format string, args ...any) *Diagnostic {
	wrong := report.New(code, pos, format, args...)
	wrong.File = d.name
	wrong.Terse = len(d.found) >= maxSuggested
	d.found = append(d.found, wrong)
	return wrong
}

// parse returns the root of a file, or nil if it is at fault, which is reported.
func (d *reader) parse(name string, data []byte) *yaml.Node {
	root := d.parseText(name, data)
	if root == nil || !d.walk(root) {
		return nil
	}
	return root
}

// parseText reads JSON or YAML, as the name of the file says.
func (d *reader) parseText(name string, data []byte) *yaml.Node {
	if isJSON(name) {
		return d.parseJSON(data)
	}
	return d.parseYAML(data)
}

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// kindOf says in words what a node is.
func kindOf(n *yaml.Node) string {
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

// target follows an alias. The tree was walked before: aliases end.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// canonical returns the one name of a file: "../api/a.yaml" is "a.yaml" where the spec lies in api, wherever the program runs.
func canonical(spec, name string) string {
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

// shownAs returns the name of a file from where the program runs, as that of the spec.
func shownAs(spec, name string) string {
	return filepath.Join(filepath.Dir(spec), filepath.FromSlash(name))
}
