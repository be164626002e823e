package spec

import (
	"fmt"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// decoder turns nodes of YAML into the model and collects what is wrong.
type decoder struct {
	*fileset.Set // the files; what is wrong with any of them gathers there

	file   *File
	tables tables

	// What schemas refer to, see ref.go.
	refs        []*reference
	targets     map[*yaml.Node]*Payload
	definitions []*definition
	defs        []entry // the schemas under $defs of the spec

	// Names as they are declared, also those whose content is wrong, so that one mistake is reported once.
	auth     map[string]*Auth
	payloads map[string]*Payload

	goWrong bool // what go says is wrong, which is reported

	// after holds what can only be resolved when the whole file is read.
	after []func()
	// checks run behind that, when every schema is as it stays.
	checks []func()
	// examples runs last.
	examples func()
}

// decodeMap reads a map from names to something. No content at all counts as an empty map. Keys that begin with x- are
// skipped if extensions is set.
func (d *decoder) decodeMap(e entry, where string, extensions bool, each func(name string, e entry)) {
	if syntax.IsNull(e.value) && d.eaten(e.key, e.value) == "" {
		return
	}
	if e.value.Kind != yaml.MappingNode {
		d.wrongKind(e.value, d.Pos(e.key), e.what(), "a map from names")
		return
	}
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		key, value := syntax.Target(e.value.Content[i]), syntax.Target(e.value.Content[i+1])
		name := key.Value
		if extensions && strings.HasPrefix(name, "x-") {
			continue
		}
		if key.Style == 0 && syntax.IsNull(value) { // {a:} is the key "a:" in YAML
			name = strings.TrimSuffix(name, ":")
		}
		each(name, entry{key, value, fmt.Sprintf("%s %q", where, name), name})
	}
}

// list returns the items of a list.
func (d *decoder) items(e entry, what string) ([]*yaml.Node, bool) {
	if e.value.Kind != yaml.SequenceNode {
		wrong := d.wrongKind(e.value, d.Pos(e.key), what, "a list")
		if e.value.Kind == yaml.ScalarNode && !syntax.IsNull(e.value) {
			wrong.Hint("write [%s]", e.value.Value)
		}
		return nil, false
	}
	items := make([]*yaml.Node, len(e.value.Content))
	for i, item := range e.value.Content {
		items[i] = syntax.Target(item)
	}
	return items, true
}

// wrongKind reports that something else stands where an object, a list or a scalar is wanted.
func (d *decoder) wrongKind(n *yaml.Node, place Pos, where, wanted string) *Diagnostic {
	if syntax.IsNull(n) {
		wrong := d.Fail("MQX010", place, "%s has no content, it must be %s", where, wanted)
		if wanted == "an object" {
			wrong.Hint("write {} to take every default")
		}
		return wrong
	}
	return d.Fail("MQX010", d.Pos(n), "%s must be %s, not %s", where, wanted, syntax.KindOf(n))
}

// what names the value of an entry in messages: `"pattern" of topic "reading"`.
func (e entry) what() string { return fmt.Sprintf("%q of %s", e.name, e.where) }

// eaten returns the comment that a value without quotes became, as in "pattern: #".
func (d *decoder) eaten(key, value *yaml.Node) string {
	if syntax.IsNull(value) && value.Value == "" {
		return key.LineComment
	}
	return ""
}

// text reads text as it is written: 1.10 stays "1.10".
func (d *decoder) text(e entry) (string, bool) {
	n := e.value
	if comment := d.eaten(e.key, n); comment != "" {
		pos := d.Pos(e.key)
		if i := strings.Index(d.LineAt(pos), comment); i >= 0 {
			pos = syntax.SpanIn(pos, d.LineAt(pos), i, i+len(comment))
		}
		d.Fail("MQX006", pos, "%s is empty: what follows # is a comment", e.what()).Hint("write %q in quotes", comment)
		return "", false
	}
	if n.Kind != yaml.ScalarNode || syntax.IsNull(n) {
		d.wrongKind(n, d.Pos(e.key), e.what(), "text")
		return "", false
	}
	return n.Value, true
}

// textField makes the reader of a field that is text.
func textField[T any](at func(*T) *string) func(*decoder, *T, entry) {
	return func(d *decoder, into *T, e entry) {
		if s, ok := d.text(e); ok {
			*at(into) = s
		}
	}
}

// boolField makes the reader of a field that is true or false.
func boolField[T any](at func(*T) *bool) func(*decoder, *T, entry) {
	return func(d *decoder, into *T, e entry) {
		if b, ok := d.boolean(e); ok {
			*at(into) = b
		}
	}
}

func (d *decoder) boolean(e entry) (value, ok bool) {
	if e.value.Kind == yaml.ScalarNode && e.value.ShortTag() == "!!bool" {
		return strings.EqualFold(e.value.Value, "true"), true
	}
	wrong := d.wrongKind(e.value, d.Pos(e.key), e.what(), "true or false")
	switch strings.ToLower(e.value.Value) {
	case "yes", "on", "y", "true":
		wrong.Hint("write true")
	case "no", "off", "n", "false":
		wrong.Hint("write false")
	}
	return false, false
}

// oneOf reads one of some words.
func (d *decoder) oneOf(e entry, known []string) (string, bool) {
	s, ok := d.text(e)
	if !ok {
		return "", false
	}
	for _, k := range known {
		if s == k {
			return s, true
		}
	}
	d.Fail("MQX012", d.Pos(e.value), "%s cannot be %q", e.what(), s).DidYouMean(s, known)
	return "", false
}

// whole reads a whole number from min to max.
func (d *decoder) whole(e entry, low, high int) (int, bool) {
	number, ok := d.number(e)
	if !ok {
		return 0, false
	}
	v, ok := number.Int64()
	if !ok || v < int64(low) || v > int64(high) {
		wrong := d.Fail("MQX014", number.Pos, "%s must be a whole number from %d to %d, not %s", e.what(), low, high, number.Text)
		if high == maxCount {
			wrong.Message = fmt.Sprintf("%s must be a whole number of at least %d, not %s", e.what(), low, number.Text)
		}
		return 0, false
	}
	return int(v), true
}

// maxCount is the largest length that a bound can name.
const maxCount = 1<<31 - 1
