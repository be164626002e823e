package edit

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// sections is where the things that have names stand, and what one of them is called.
var sections = map[string]string{"topic": "topics", "auth": "auth", "payload": "payloads", "event": "events"}

// payloadsRef begins a $ref to a payload.
const payloadsRef = "#/payloads/"

// Renamed is a file of a spec in which something has got another name.
type Renamed struct {
	Name   string // of the file, as SourceFile.Name
	Source []byte
	Lines  []int  // that have changed, in order
	GoName string // what x-go-name says, where the Go name does not follow from the name; else ""
}

// Rename is RenameFiles for a spec that is one file.
func Rename(source []byte, kind, from, to string) (*Renamed, error) {
	list, err := RenameFiles([]spec.SourceFile{{Name: "mqttx.yaml", Data: source}}, kind, from, to)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// RenameFiles gives a topic, an auth method, a payload or an event another name in all files of a spec: its key, and every
// reference to it. Kind is "topic", "auth", "payload" or "event". Not a byte changes but those of the names. Only the place
// of what is renamed is looked at, so that Parse has to say whether the result is a spec. Files in which nothing changes are
// left out.
//
// The error is an ErrorList if a file is no YAML.
func RenameFiles(sources []spec.SourceFile, kind, from, to string) ([]*Renamed, error) {
	if !spec.IsName(to) {
		return nil, fmt.Errorf("%q cannot be a name: it has letters, digits, _ and -, and starts with a letter", to)
	}
	files, err := newRenamers(sources, from, to)
	if err != nil {
		return nil, err
	}
	found, err := renameKey(files, kind)
	if err != nil {
		return nil, err
	}
	var list []*Renamed
	for _, r := range files {
		switch {
		case r.schemas && kind == "payload":
			r.refs(r.root, 0)
		case r.schemas:
		case kind == "topic":
			r.topic(r.root)
		case kind == "auth":
			r.auth(r.root)
		case kind == "payload":
			r.payload(r.root)
		}
		if len(r.scalars) == 0 {
			continue
		}
		out := &Renamed{Name: r.name, GoName: goNameOf(found)}
		if out.Source, out.Lines, err = r.apply(); err != nil {
			return nil, err
		}
		list = append(list, out)
	}
	return list, nil
}

// newRenamers reads the files of a spec.
func newRenamers(sources []spec.SourceFile, from, to string) ([]*renamer, error) {
	main := sources[0].Name
	specs := map[string]bool{path.Base(filepath.ToSlash(main)): true}
	for _, s := range sources[1:] {
		specs[s.Name] = !s.Schemas
	}
	var list []*renamer
	for i, s := range sources {
		root, err := readNodesOf(s)
		if err != nil {
			return nil, err
		}
		r := &renamer{text: newText(string(s.Data)), main: main, name: s.Name, shown: s.Name, schemas: s.Schemas, specs: specs, root: root, from: from, to: to}
		r.folder = path.Dir(s.Name)
		if i == 0 {
			r.folder = "."
		} else {
			r.shown = syntax.Shown(main, s.Name)
		}
		list = append(list, r)
	}
	return list, nil
}

// renameKey notes the key of what is renamed, and returns what stands there.
func renameKey(files []*renamer, kind string) (found *yaml.Node, err error) {
	var names []string
	for _, r := range files {
		if r.schemas {
			continue
		}
		for _, e := range fieldsOf(fieldOf(r.root, sections[kind])) {
			names = append(names, e[0].Value)
			switch e[0].Value {
			case r.from:
				found = e[1]
				r.named(e[0])
			case r.to:
				return nil, fmt.Errorf("%s: there is a %s %q already", r.where(e[0]), kind, r.to)
			}
		}
	}
	if found == nil {
		from := files[0].from
		return nil, fmt.Errorf("%s", strings.TrimSuffix(fmt.Sprintf("there is no %s %q; %s", kind, from, choices(from, names)), "; "))
	}
	return found, nil
}

// choices says what could have been meant.
func choices(text string, names []string) string {
	d := &report.Diagnostic{}
	return d.DidYouMean(text, names).Suggestion
}

// goNameOf is the x-go-name of a topic or an auth method, or that of the schema of a payload.
func goNameOf(n *yaml.Node) string {
	for _, at := range []*yaml.Node{n, fieldOf(n, "schema")} {
		if name := fieldOf(at, "x-go-name"); name != nil {
			return name.Value
		}
	}
	return ""
}

// fieldsOf returns the keys and values of a mapping, with aliases followed; nothing for any other node.
func fieldsOf(n *yaml.Node) [][2]*yaml.Node {
	if n == nil || syntax.Target(n).Kind != yaml.MappingNode {
		return nil
	}
	content := syntax.Target(n).Content
	var list [][2]*yaml.Node
	for i := 0; i+1 < len(content); i += 2 {
		list = append(list, [2]*yaml.Node{syntax.Target(content[i]), syntax.Target(content[i+1])})
	}
	return list
}

func fieldOf(n *yaml.Node, name string) *yaml.Node {
	for _, e := range fieldsOf(n) {
		if e[0].Value == name {
			return e[1]
		}
	}
	return nil
}

// renamer collects the scalars of one file that name what is renamed.
type renamer struct {
	*text
	main     string // where the spec lies
	name     string // as SourceFile.Name
	shown    string
	folder   string // of the file, from that of the spec
	schemas  bool   // the file holds schemas, and is no part of the spec
	specs    map[string]bool
	root     *yaml.Node
	from, to string
	scalars  []*yaml.Node
	prefix   []string // of each scalar: what stands before the name
}

// where is the file and the line of a node.
func (r *renamer) where(n *yaml.Node) string { return fmt.Sprintf("%s:%d", r.shown, n.Line) }

// ref notes the name in a $ref: to a payload of the spec, or to one in a file of the spec.
func (r *renamer) ref(n *yaml.Node) {
	if prefix, ok := r.payloads(n); ok {
		r.behind(prefix, n)
	}
}

// payloads returns what stands in front of the name in a $ref to a payload of the spec; ok is false for any other.
func (r *renamer) payloads(n *yaml.Node) (prefix string, ok bool) {
	file, _, cut := strings.Cut(n.Value, "#")
	return file + payloadsRef, cut && (file != "" && r.specs[syntax.Canonical(r.main, path.Join(r.folder, file))] || file == "" && !r.schemas)
}

// mapping follows the mapping of a discriminator: as $ref, or by the name alone, which in a file of schemas is that of a payload
// of the spec only if an alternative is that payload.
func (r *renamer) mapping(schema, discriminator *yaml.Node) {
	plain := !r.schemas
	for _, key := range []string{"oneOf", "anyOf"} {
		list := fieldOf(schema, key)
		if list == nil || list.Kind != yaml.SequenceNode {
			continue
		}
		for _, item := range list.Content {
			if ref := fieldOf(item, "$ref"); ref != nil {
				prefix, ok := r.payloads(ref)
				plain = plain || ok && ref.Value == prefix+r.from
			}
		}
	}
	for _, m := range fieldsOf(fieldOf(discriminator, "mapping")) {
		if r.ref(m[1]); plain {
			r.named(m[1])
		}
	}
}

// named notes a scalar that is the name.
func (r *renamer) named(n *yaml.Node) { r.behind("", n) }

// behind notes a scalar that is prefix and the name, and perhaps a slash and more.
func (r *renamer) behind(prefix string, n *yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return
	}
	rest, ok := strings.CutPrefix(n.Value, prefix+r.from)
	if !ok || rest != "" && (prefix == "" || rest[0] != '/') || slices.Contains(r.scalars, n) {
		return
	}
	r.scalars, r.prefix = append(r.scalars, n), append(r.prefix, prefix)
}

// names notes the name in a scalar, or in a list of them.
func (r *renamer) names(n *yaml.Node) {
	r.named(n)
	if n != nil && n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			r.named(syntax.Target(item))
		}
	}
}

// directions returns what can say who may send or get something: topics, their publish and subscribe, and events.
func directions(root *yaml.Node) []*yaml.Node {
	var list []*yaml.Node
	for _, t := range fieldsOf(fieldOf(root, "topics")) {
		list = append(list, t[1])
		for _, name := range []string{"publish", "subscribe"} {
			if n := fieldOf(t[1], name); n != nil {
				list = append(list, n)
			}
		}
	}
	for _, e := range fieldsOf(fieldOf(root, "events")) {
		list = append(list, e[1])
	}
	return list
}

// topic follows reply, with the name alone or as the topic of a map.
func (r *renamer) topic(root *yaml.Node) {
	for _, n := range directions(root) {
		reply := fieldOf(n, "reply")
		r.named(reply)
		r.named(fieldOf(reply, "topic"))
	}
}

// auth follows the lists of auth methods, and the maps of is.
func (r *renamer) auth(root *yaml.Node) {
	for _, n := range directions(root) {
		r.names(fieldOf(n, "auth"))
		for _, p := range fieldsOf(fieldOf(n, "params")) {
			for _, e := range fieldsOf(fieldOf(p[1], "is")) {
				r.named(e[0])
			}
		}
	}
}

// payload follows payload, with the name alone or in the map of several, and every $ref.
func (r *renamer) payload(root *yaml.Node) {
	for _, n := range directions(root) {
		payload := fieldOf(n, "payload")
		r.named(payload)
		for _, e := range fieldsOf(fieldOf(payload, "map")) {
			r.named(e[1])
			r.named(fieldOf(e[1], "payload"))
		}
	}
	for _, section := range []string{"auth", "payloads", "topics", "events"} {
		for _, e := range fieldsOf(fieldOf(root, section)) {
			r.refs(e[1], 0)
		}
	}
}

// literals are the keys under which values stand, and no schemas.
var literals = []string{"examples", "example", "default", "const", "enum"}

// refs follows $ref, and the mapping of a discriminator, in everything below a node.
func (r *renamer) refs(n *yaml.Node, depth int) {
	if depth > syntax.MaxDepth {
		return
	}
	for _, e := range fieldsOf(n) {
		key, value := e[0].Value, e[1]
		switch {
		case key == "$ref" && value.Kind == yaml.ScalarNode:
			r.ref(value)
		case key == "properties":
			for _, p := range fieldsOf(value) { // their names are the user's
				r.refs(p[1], depth+1)
			}
		case key == "discriminator":
			r.mapping(n, value)
			r.refs(value, depth+1) // it may be the name of a definition
		case !slices.Contains(literals, key):
			r.refs(value, depth+1)
		}
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			r.refs(syntax.Target(item), depth+1)
		}
	}
}

// apply puts the new name in the place of the old one.
func (r *renamer) apply() (source []byte, lines []int, err error) {
	type place struct {
		start, end int
		text       string
	}
	var places []place
	for i, n := range r.scalars {
		start, text, err := r.token(n, r.prefix[i])
		if err != nil {
			return nil, nil, err
		}
		places = append(places, place{start, start + len(r.from), text})
	}
	slices.SortFunc(places, func(a, b place) int { return a.start - b.start })
	at := 0
	for _, p := range places {
		source = append(append(source, r.source[at:p.start]...), p.text...)
		at = p.end
		lines = append(lines, r.lineAt(p.start)+1)
	}
	return append(source, r.source[at:]...), slices.Compact(lines), nil
}

// token finds where the name stands within a scalar, and what to write there.
func (r *renamer) token(n *yaml.Node, prefix string) (start int, text string, err error) {
	start, text = r.begin(n), r.to
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	if quoted {
		start++
	} else if words := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}; prefix == "" && slices.Contains(words, strings.ToLower(r.to)) {
		text = `"` + r.to + `"` // else it is a word of YAML
	}
	if !strings.HasPrefix(r.source[start:], prefix+r.from) || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0, "", fmt.Errorf("%s: %q is written in a way that is not understood: write it as it is, without escapes", r.where(n), n.Value)
	}
	return start + len(prefix), text, nil
}
