package spec

import (
	"fmt"
	"path/filepath"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// Load reads a spec, and the files that it takes in, from disk. Its error is an ErrorList if the file could be read. The
// sources are what was read, also where there is an error.
func Load(path string) (*File, []SourceFile, error) {
	source, err := readRegular(path)
	if err != nil {
		return nil, nil, fmt.Errorf("load spec: %w", err)
	}
	return ParseFiles(path, source, Dir(filepath.Dir(path)))
}

// Parse reads a spec that is one file: that it takes in another is an error. The name stands in diagnostics and is not
// opened. The error, if any, is an ErrorList with everything that is wrong; the file is nil then.
func Parse(name string, source []byte) (*File, error) {
	f, _, err := ParseFiles(name, source, Files{})
	return f, err
}

// ParseFiles is Parse for a spec that may take in other files.
func ParseFiles(name string, source []byte, files Files) (*File, []SourceFile, error) {
	d := &decoder{Set: fileset.New(name, source, files.ReadFile, files.Glob)}
	d.auth, d.payloads = map[string]*Auth{}, map[string]*Payload{}
	d.targets = map[*yaml.Node]*Payload{}
	d.file = &File{Name: name, Server: Server{Unmatched: UnmatchedReject}}
	d.examples, d.tables = func() {}, newTables()
	d.read(source)
	sources := d.sourceFiles()
	if len(d.Found) > 0 {
		return nil, sources, d.Finish()
	}
	d.file.Sources, d.file.Hash = sources, hashOf(sources)
	return d.file, sources, nil
}

// read runs the passes: text to nodes, nodes to the model, names to what they name, and what only the whole can say.
func (d *decoder) read(source []byte) {
	root := d.Parse(d.Name, source)
	if root == nil {
		return
	}
	if root = syntax.Target(root); root.Kind != yaml.MappingNode {
		d.wrongKind(root, Pos{Line: 1, Column: 1, EndColumn: 2}, "the spec", "an object")
		return
	}
	d.Main.Root = root
	root = d.include(root)
	decodeObject(d, root, Pos{Line: 1, Column: 1, EndColumn: 2}, "the spec", fileObject(), d.file)
	d.resolve()
	d.checkDefs()
	d.settleAll()
	for _, check := range d.checks {
		check()
	}
	d.goDefaults()
	d.checkAuth()
	d.goNames()
	if d.layouts() {
		d.schemaExamples()
		d.examples()
	}
}

// resolve follows references, and runs what waits for the whole spec, until nothing is left.
func (d *decoder) resolve() {
	for len(d.refs) > 0 || len(d.after) > 0 {
		d.resolveRefs()
		next := d.after
		d.after = nil
		for _, resolve := range next {
			resolve()
		}
	}
}

// tables is the tables of objects that stand many times in a file. They refer to each other through the decoder, so
// that they cannot be variables of the package.
type tables struct {
	schema             *object[schemaDraft]
	payload            *object[payloadDraft]
	topic              *object[topicDraft]
	param              *object[paramDraft]
	publish, subscribe *object[directionDraft]
	example            *object[exampleDraft]
}

func newTables() tables {
	return tables{
		schema: schemaObject(), payload: payloadObject(), topic: topicObject(), param: paramObject(),
		publish: publishObject(), subscribe: subscribeObject(), example: exampleObject(),
	}
}
