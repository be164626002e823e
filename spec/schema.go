package spec

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// schema reads a schema. It returns one of KindInvalid where it cannot say what it is; never nil. What depends on others,
// as allOf does, waits for settleAll.
func (d *decoder) schema(e entry, path string) (s *Schema, goName string) {
	s = d.readSchema(e, path, false)
	return s, s.draft.goName
}

// readSchema reads a schema, or a branch of allOf.
func (d *decoder) readSchema(e entry, path string, branch bool) *Schema {
	s := &Schema{Pos: d.Pos(e.value), Path: path}
	draft := &schemaDraft{Schema: s, keys: map[string]entry{}, branch: branch}
	s.draft = draft
	where := "schema " + path
	if e.value.Kind != yaml.MappingNode {
		d.notSchema(e, where)
		return s
	}
	before := len(d.Found)
	decodeObject(d, e.value, d.Pos(e.key), where, d.tables.schema, draft)
	if list, ok := d.alternativesOf(draft); ok {
		return d.alternatives(draft, list)
	}
	if list, ok := draft.keys["allOf"]; ok {
		return d.allOf(draft, list)
	}
	s.Kind = d.schemaKind(draft, len(d.Found) > before, d.Pos(e.key))
	if s.Kind != KindInvalid {
		d.keywords(draft)
	}
	return s
}

// notSchema reports that something else stands where a schema is wanted.
func (d *decoder) notSchema(e entry, where string) {
	wrong := d.wrongKind(e.value, d.Pos(e.key), where, "an object")
	if _, known := kinds[e.value.Value]; known && e.value.Kind == yaml.ScalarNode {
		wrong.Hint("write {type: %s}", e.value.Value)
	} else if isBoolNode(e.value) {
		wrong.Hint("%s", anyJSON)
	}
}

// anyJSON is the way out for a value that is not described.
const anyJSON = "for any JSON write {x-go-type: encoding/json.RawMessage}"

// keywords reads what was kept, now that the kind is known.
func (d *decoder) keywords(s *schemaDraft) {
	s.Format = map[Kind]Format{KindInteger: FormatInt64, KindNumber: FormatDouble}[s.Kind]
	s.Nullable = s.asksNull || s.nullType != nil
	if e, ok := s.keys["x-go-type"]; ok && s.Kind != KindRef {
		d.ownType(s, e)
		return
	}
	if e, ok := s.keys["format"]; ok && slices.Contains(keywordKinds["format"], s.Kind) {
		d.formatKeyword(s, e)
	}
	for _, key := range s.order {
		if e := s.keys[key]; d.belongs(s, key, e) {
			d.keyword(s, e)
		}
	}
	if s.Kind == KindArray {
		d.checkArray(s)
	}
	if s.enumNames != nil {
		d.enumNamesKeyword(s)
	}
	d.checkBounds(s.Schema)
	d.checkLiterals(s)
}

// belongs says whether a keyword may stand where it does, and reports where not.
func (d *decoder) belongs(s *schemaDraft, key string, e entry) bool {
	allowed := keywordKinds[key]
	switch {
	case s.Kind == KindRef && key == "default":
		d.Fail("MQX044", d.Pos(e.key), "%q stands beside $ref", key).Hint("write the schema out to give it a default")
	case s.Kind == KindRef && key != "$ref":
		d.Fail("MQX044", d.Pos(e.key), "%q stands beside $ref", key).
			Hint("beside $ref stand only title, description, deprecated, nullable, readOnly, writeOnly, examples and x-go-name; to join objects: allOf")
	case key == "required" && e.value.ShortTag() == "!!bool":
		d.requiredKeyword(s.Schema, e)
	case key == "discriminator":
		d.Fail("MQX044", d.Pos(e.key), "%q stands without oneOf or anyOf, in schema %s", key, s.Path).
			Hint("it belongs to the schema that lists the alternatives under oneOf")
	case len(allowed) > 0 && !slices.Contains(allowed, s.Kind):
		d.Fail("MQX044", d.Pos(e.key), "%q does not belong to type %s, in schema %s", key, s.Kind, s.Path).
			Hint("%q belongs to type %s", key, joinKinds(allowed))
	case s.Kind == KindString && slices.Contains(textKeywords, key) && !isText(s.Format):
		d.Fail("MQX044", d.Pos(e.key), "%q stands beside format %s, in schema %s", key, s.Format, s.Path).
			Hint("leave out %s, or the format", key)
	default:
		return true
	}
	return false
}

// textKeywords belong to strings that are only text: a time or a UUID is not checked as text.
var textKeywords = []string{"pattern", "minLength", "maxLength"}

// isText says whether a string of a format is text in Go too.
func isText(f Format) bool { return f == FormatNone || f == FormatURI || f == FormatEmail }

func joinKinds(list []Kind) string {
	words := make([]string, len(list))
	for i, k := range list {
		words[i] = k.String()
	}
	return strings.Join(words, " or ")
}

func (d *decoder) keyword(s *schemaDraft, e entry) {
	switch e.name {
	case "$ref":
		s.refText = e.value.Value
		d.refKeyword(s.Schema, e)
	case "properties", "required", "additionalProperties":
		d.objectKeyword(s, e)
	case "items", "prefixItems", "uniqueItems", "minItems", "maxItems":
		d.arrayKeyword(s, e)
	case "minLength":
		s.MinLength = d.count(e)
	case "maxLength":
		s.MaxLength = d.count(e)
	case "pattern":
		s.Pattern = d.patternKeyword(e)
	case "minimum":
		s.Minimum = d.bound(s.Schema, e)
	case "maximum":
		s.Maximum = d.bound(s.Schema, e)
	case "exclusiveMinimum":
		s.ExclusiveMinimum = d.bound(s.Schema, e)
	case "exclusiveMaximum":
		s.ExclusiveMaximum = d.bound(s.Schema, e)
	case "multipleOf":
		s.MultipleOf = d.multipleOf(s.Schema, e)
	case "enum":
		d.enumKeyword(s, e)
	case "const":
		d.constKeyword(s, e)
	case "default":
		d.defaultKeyword(s.Schema, e)
	}
}

func (d *decoder) patternKeyword(e entry) *Pattern {
	text, ok := d.text(e)
	if !ok {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		wrong := d.Fail("MQX046", d.Pos(e.value), "%s is not a regular expression of RE2: %s", e.what(), reason)
		if strings.Contains(text, "(?=") || strings.Contains(text, "(?!") || strings.Contains(text, "(?<") {
			wrong.Hint("RE2 has no look-around")
		}
		return nil
	}
	return &Pattern{Text: text, Regexp: re, Pos: d.Pos(e.value)}
}

// payloadNamed resolves a name, and reports one that there is not.
func (d *decoder) payloadNamed(name string, pos Pos, code string) *Payload {
	if p := d.payloads[name]; p != nil {
		if code == "MQX041" && p.Schema == nil {
			d.Fail(code, pos, "payload %q has no schema that could stand here: its encoding is %s", name, p.Encoding).
				Also(p.Pos, "payload %q begins here", name)
			return nil
		}
		return p
	}
	unknown := d.Fail(code, pos, "there is no payload %q", name)
	if len(d.file.Payloads) == 0 {
		unknown.Hint("add it under payloads")
	}
	if unknown.Terse {
		return nil
	}
	var names []string
	for _, p := range d.file.Payloads {
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		unknown.DidYouMean(name, names)
	}
	return nil
}
