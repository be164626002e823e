package spec

import (
	"fmt"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// need says whether a key may stand or must.
type need uint8

const (
	optional need = iota
	required
)

// field is one key of an object of the language. The tables of fields drive the decoder and describe the language.
type field[T any] struct {
	name  string
	need  need
	value string // what stands there, and perhaps a sample of it, see value.go
	doc   string // one line for people
	read  func(d *decoder, into *T, e entry)
}

// object is the table of one kind of object.
type object[T any] struct {
	fields  []field[T]
	hints   map[string]string // what to say to a key that people write here by mistake
	foreign map[string]string // keys that are right elsewhere, and what to do instead of them here
	write   string            // what to write where nothing stands, if no field is required and {} will not do
}

// missing returns the fields that must stand and are not among those seen.
func (o *object[T]) missing(seen map[string]bool) []*field[T] {
	var list []*field[T]
	for i := range o.fields {
		if f := &o.fields[i]; f.need == required && !seen[f.name] {
			list = append(list, f)
		}
	}
	return list
}

// entry is one key of an object and what stands there.
type entry struct {
	key, value *yaml.Node
	where      string // the object, for messages: `topic "reading"`
	name       string // of the field; not what the key says where that is misspelled
}

// names returns the keys that may stand.
func (o *object[T]) names() []string {
	var names []string
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	return names
}

func (o *object[T]) field(name string) *field[T] {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

// decodeObject reads an object by its table. The place is that of its key, for what is missing in it.
func decodeObject[T any](d *decoder, n *yaml.Node, place Pos, where string, o *object[T], into *T) bool {
	n = syntax.Target(n)
	if n.Kind != yaml.MappingNode {
		notObject(d, n, place, where, o)
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		seen[syntax.Target(n.Content[i]).Value] = true
	}
	hinted := false // what is missing may be what a hint speaks of
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := syntax.Target(n.Content[i])
		e := entry{key, syntax.Target(n.Content[i+1]), where, key.Value}
		f := o.field(e.name)
		if f == nil && (strings.HasPrefix(e.name, "x-") || e.name == "<<") { // << is reported by walk
			continue
		}
		if instead, ok := o.foreign[e.name]; ok && f == nil {
			d.Fail("MQX050", d.Pos(e.key), "%q of JSON Schema is not supported, in %s", e.name, where).Hint("%s", instead)
			continue
		}
		if f == nil {
			hinted = hinted || o.hints[e.name] != ""
			if f = unknownField(d, e, o); f == nil || seen[f.name] {
				continue
			}
			e.name, seen[f.name] = f.name, true
		}
		f.read(d, into, e)
	}
	missing := o.missing(seen)
	for _, f := range missing {
		if !hinted {
			d.Fail("MQX011", place, "%s has no %q", where, f.name).Hint("add %s: %s", f.name, f.sample())
		}
	}
	return len(missing) == 0
}

// unknownField reports a key that there is not, and returns the field that is meant, or nil: what stands there is read
// as that field, so that nothing else is reported for want of it.
func unknownField[T any](d *decoder, e entry, o *object[T]) *field[T] {
	unknown := d.Fail("MQX021", d.Pos(e.key), "unknown field %q in %s", e.name, e.where).DidYouMean(e.name, o.names())
	if hint := o.hints[e.name]; hint != "" {
		unknown.Hint("%s", hint)
		return nil
	}
	return o.field(report.Nearest(e.name, o.names()))
}

// notObject reports that something else stands where an object is wanted, and shows one with what it must have.
func notObject[T any](d *decoder, n *yaml.Node, place Pos, where string, o *object[T]) {
	missing := o.missing(nil)
	if len(missing) == 0 {
		if wrong := d.wrongKind(n, place, where, "an object"); o.write != "" {
			wrong.Hint("write %s", o.write)
		}
		return
	}
	f := missing[0]
	first, _, _ := strings.Cut(f.sample(), " | ")
	d.wrongKind(n, place, where, fmt.Sprintf("an object with %q", f.name)).Hint("write {%s: %s}", f.name, first)
}
