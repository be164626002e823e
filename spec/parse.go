package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Load reads a spec from a file. Its error is an ErrorList if the file could be read.
func Load(path string) (*File, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load spec: %w", err)
	}
	return Parse(path, source)
}

// Parse reads a spec. The name stands in diagnostics and is not opened. The error, if any, is an ErrorList with
// everything that is wrong; the file is nil then.
func Parse(name string, source []byte) (*File, error) {
	sum := sha256.Sum256(source)
	d := &decoder{
		name: name, lines: splitLines(source),
		auth: map[string]*Auth{}, payloads: map[string]*Payload{},
		file:     &File{Name: name, Hash: hex.EncodeToString(sum[:]), Server: Server{Unmatched: UnmatchedReject}},
		examples: func() {},
		tables:   newTables(),
	}
	for _, line := range d.lines {
		d.ascii = append(d.ascii, !strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }))
	}
	d.read(source)
	if len(d.list) == 0 {
		return d.file, nil
	}
	list := make(ErrorList, len(d.list))
	for i, diagnostic := range d.list {
		list[i] = *diagnostic
	}
	return nil, list.sort()
}

// read runs the passes: text to nodes, nodes to the model, names to what they name, and what only the whole can say.
func (d *decoder) read(source []byte) {
	root := d.parseYAML(source)
	if root == nil || !d.walk(root) {
		return
	}
	if root = target(root); root.Kind != yaml.MappingNode {
		d.wrongKind(root, Pos{Line: 1, Column: 1, EndColumn: 2}, "the spec", "an object")
		return
	}
	decodeObject(d, root, Pos{Line: 1, Column: 1, EndColumn: 2}, "the spec", fileObject(), d.file)
	for len(d.after) > 0 {
		next := d.after
		d.after = nil
		for _, resolve := range next {
			resolve()
		}
	}
	for _, check := range d.checks {
		check()
	}
	d.goDefaults()
	d.checkAuth()
	d.goNames()
	if d.layouts() {
		d.examples()
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
