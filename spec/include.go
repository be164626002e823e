package spec

import (
	"path"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// mapPrefix begins the value of a field that is a map from names.
const mapPrefix = "map"

// isMap says whether a field of the top level is a map from names: these may stand in several files.
func (f *field[T]) isMap() bool { return strings.HasPrefix(f.value, mapPrefix) }

// fragmentObject is the table of the top level of an included file: what the spec itself has, without what is said once.
// What stands there is read when the files are joined.
func fragmentObject() *object[File] {
	table := &object[File]{hints: map[string]string{}}
	for _, f := range fileObject().fields {
		switch {
		case f.isMap() || f.name == "include":
			f.read = func(*decoder, *File, entry) {}
		case f.name != "mqttx":
			table.hints[f.name] = "it stands in the spec itself, not in a file that it includes"
			continue
		}
		f.need = optional
		table.fields = append(table.fields, f)
	}
	return table
}

// includes joins the files of a spec.
type includes struct {
	d        *decoder
	done     map[*fileset.Source]bool
	sections map[string]*yaml.Node            // by name: the map that is made
	keys     map[string]*yaml.Node            // by name: the first key that said so
	names    map[string]map[string]*yaml.Node // by section and name: its key
}

// include returns the top level of the spec with everything that the included files say: first the including file, then
// those that it includes, in their order.
func (d *decoder) include(root *yaml.Node) *yaml.Node {
	if _, ok := topLevel(root, "include"); !ok {
		return root
	}
	in := &includes{
		d: d, done: map[*fileset.Source]bool{}, sections: map[string]*yaml.Node{},
		keys: map[string]*yaml.Node{}, names: map[string]map[string]*yaml.Node{},
	}
	in.file(d.Main, root)
	joined := *root
	joined.Content = nil
	for i := 0; i+1 < len(root.Content); i += 2 {
		if in.sections[syntax.Target(root.Content[i]).Value] == nil {
			joined.Content = append(joined.Content, root.Content[i], root.Content[i+1])
		}
	}
	for _, f := range fileObject().fields {
		if section := in.sections[f.name]; section != nil {
			joined.Content = append(joined.Content, in.keys[f.name], section)
		}
	}
	return &joined
}

// file adds what a file says, and then the files that it includes.
func (in *includes) file(s *fileset.Source, root *yaml.Node) {
	in.done[s] = true
	for _, f := range fileObject().fields {
		if e, ok := topLevel(root, f.name); ok && f.isMap() {
			in.section(e)
		}
	}
	e, ok := topLevel(root, "include")
	if !ok {
		return
	}
	for _, next := range in.files(s, e) {
		if in.done[next] {
			continue
		}
		next.Spec = true
		if next.Root.Kind != yaml.MappingNode {
			in.d.wrongKind(next.Root, in.d.Pos(next.Root), "an included file", "an object")
			continue
		}
		decodeObject(in.d, next.Root, in.d.Pos(next.Root), "an included file", fragmentObject(), &File{})
		in.file(next, next.Root)
	}
}

// section adds the names of one map.
func (in *includes) section(e entry) {
	d := in.d
	if syntax.IsNull(e.value) && d.eaten(e.key, e.value) == "" {
		return
	}
	if e.value.Kind != yaml.MappingNode {
		d.wrongKind(e.value, d.Pos(e.key), e.what(), "a map from names")
		return
	}
	into := in.sections[e.name]
	if into == nil {
		into = new(yaml.Node)
		*into = *e.value
		into.Content = nil
		in.sections[e.name], in.keys[e.name], in.names[e.name] = into, e.key, map[string]*yaml.Node{}
		if s := d.Of[e.value]; s != nil {
			d.Of[into] = s
		}
	}
	seen := in.names[e.name]
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		key := syntax.Target(e.value.Content[i])
		first := seen[key.Value]
		switch {
		case first == nil:
			seen[key.Value] = key
		case d.SourceOf(first) != d.SourceOf(key) && !strings.HasPrefix(key.Value, "x-") && e.name != "x-vet-ignore":
			d.Fail("MQX003", d.Pos(key), "%q stands twice under %s", key.Value, e.name).Also(d.Pos(first), "it stands here first")
			continue
		}
		into.Content = append(into.Content, key, e.value.Content[i+1])
	}
}

// files opens what the list include names.
func (in *includes) files(s *fileset.Source, e entry) []*fileset.Source {
	d := in.d
	items, ok := d.items(e, e.what())
	if !ok {
		return nil
	}
	var list []*fileset.Source
	for _, item := range items {
		given, ok := d.text(entry{e.key, item, e.where, e.name})
		if !ok {
			continue
		}
		name, problem, hint := s.NameFrom(given)
		if problem != "" {
			d.Fail("MQX026", d.Pos(item), "file %q cannot be included: %s", given, problem).Hint("%s", hint)
			continue
		}
		names := []string{name}
		if strings.ContainsAny(given, "*?[") {
			names = in.matches(name, item)
		}
		for _, name := range names {
			next := d.Opened(name)
			if next == nil || next != d.Main && !in.done[next] {
				next = d.Open(name, d.Pos(item), "included from here")
				if read := d.Opened(name); read != nil {
					read.Spec = true // also where it cannot be read
				}
			}
			if next != nil {
				list = append(list, next)
			}
		}
	}
	return list
}

// matches returns the files that a pattern names.
func (in *includes) matches(pattern string, item *yaml.Node) []string {
	d := in.d
	if _, err := path.Match(pattern, ""); err != nil {
		d.Fail("MQX026", d.Pos(item), "%q is not a pattern of files: %s", item.Value, err).Hint("* stands for any text but /, ? for one character")
		return nil
	}
	var names []string
	var err error
	if d.Glob != nil {
		names, err = d.Glob(pattern)
	}
	switch {
	case d.ReadFile == nil:
		d.Fail("MQX026", d.Pos(item), "file %q cannot be read: only one file is at hand here", item.Value)
	case err != nil:
		d.Fail("MQX026", d.Pos(item), "the files of %q cannot be listed: %v", item.Value, err)
	case len(names) == 0:
		d.Fail("MQX026", d.Pos(item), "no file matches %q", item.Value).Hint("the pattern is relative to this file; remove it, or add a file")
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// topLevel returns the entry of a key.
func topLevel(root *yaml.Node, name string) (entry, bool) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if key := syntax.Target(root.Content[i]); key.Value == name {
			return entry{key, syntax.Target(root.Content[i+1]), "the spec", name}, true
		}
	}
	return entry{}, false
}
