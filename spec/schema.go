package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// String returns the word of JSON Schema.
func (k Kind) String() string {
	for _, name := range typeNames {
		if kinds[name] == k {
			return name
		}
	}
	if k == KindRef {
		return "$ref"
	}
	return "invalid"
}

// schema reads a schema. It returns one of KindInvalid where it cannot say what it is; never nil.
func (d *decoder) schema(e entry, path string) (s *Schema, goName string) {
	s = &Schema{Pos: d.pos(e.value), Path: path}
	draft := schemaDraft{Schema: s, keys: map[string]entry{}}
	if e.value.Kind == yaml.ScalarNode && !isNull(e.value) {
		wrong := d.wrongKind(e.value, d.pos(e.key), "schema "+path, "an object")
		if _, known := kinds[e.value.Value]; known {
			wrong.hint("write {type: %s}", e.value.Value)
		}
		return s, ""
	}
	before := len(d.list)
	where := "schema " + path
	if e.value.Kind != yaml.MappingNode {
		d.wrongKind(e.value, d.pos(e.key), where, "an object")
		return s, ""
	}
	decodeObject(d, e.value, d.pos(e.key), where, d.tables.schema, &draft)
	s.Kind = d.schemaKind(&draft, len(d.list) > before, d.pos(e.key))
	if s.Kind == KindInvalid {
		return s, draft.goName
	}
	d.keywords(&draft)
	return s, draft.goName
}

// schemaKind finds the kind from type, $ref, enum or const.
func (d *decoder) schemaKind(s *schemaDraft, quiet bool, place Pos) Kind {
	if _, ok := s.keys["$ref"]; ok {
		return KindRef
	}
	if e, ok := s.keys["type"]; ok {
		return d.typeKeyword(e)
	}
	for _, key := range []string{"enum", "const"} {
		e, ok := s.keys[key]
		if !ok {
			continue
		}
		n := e.value
		if n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
			n = target(n.Content[0])
		}
		if kind := scalarKind(n); kind != KindInvalid {
			return kind
		}
	}
	if quiet {
		return KindInvalid
	}
	missing := d.fail("MQX049", place, "schema %s has no type", s.Path)
	for _, key := range s.order {
		if k := keywordKinds[key]; len(k) > 0 {
			missing.hint("add type: %s", k[0])
			return KindInvalid
		}
	}
	missing.hint("add type: %s", strings.Join(typeNames, " | "))
	return KindInvalid
}

func scalarKind(n *yaml.Node) Kind {
	if n.Kind != yaml.ScalarNode {
		return KindInvalid
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return KindString
	case "!!int":
		return KindInteger
	case "!!float":
		return KindNumber
	case "!!bool":
		return KindBoolean
	}
	return KindInvalid
}

func (d *decoder) typeKeyword(e entry) Kind {
	if e.value.Kind == yaml.SequenceNode {
		d.notYet(d.pos(e.value), "a list of types, as in %s,", e.what())
		return KindInvalid
	}
	word, ok := d.text(e)
	if !ok {
		return KindInvalid
	}
	if kind, ok := kinds[word]; ok {
		return kind
	}
	unknown := d.fail("MQX012", d.pos(e.value), "%s cannot be %q", e.what(), word).didYouMean(word, typeNames)
	if meant := typeWords[strings.ToLower(word)]; meant != "" {
		unknown.hint("write type: %s", meant)
	}
	return KindInvalid
}

// keywords reads what was kept, now that the kind is known.
func (d *decoder) keywords(s *schemaDraft) {
	s.Format = map[Kind]Format{KindInteger: FormatInt64, KindNumber: FormatDouble}[s.Kind]
	if e, ok := s.keys["format"]; ok && slices.Contains(keywordKinds["format"], s.Kind) {
		d.formatKeyword(s, e)
	}
	formatted := s.Kind == KindString && s.Format != FormatNone
	for _, key := range s.order {
		e := s.keys[key]
		switch allowed := keywordKinds[key]; {
		case s.Kind == KindRef && key != "$ref":
			d.fail("MQX044", d.pos(e.key), "%q stands beside $ref", key).
				hint("beside $ref stand only title, description, deprecated and x-go-name")
		case key == "required" && e.value.ShortTag() == "!!bool":
			d.requiredKeyword(s.Schema, e)
		case (key == "enum" || key == "const") && !slices.Contains(allowed, s.Kind):
			d.notYet(d.pos(e.key), "%q of type %s, in schema %s,", key, s.Kind, s.Path)
		case len(allowed) > 0 && !slices.Contains(allowed, s.Kind):
			d.fail("MQX044", d.pos(e.key), "%q does not belong to type %s, in schema %s", key, s.Kind, s.Path).
				hint("%q belongs to type %s", key, joinKinds(allowed))
		case formatted && slices.Contains(plainKeywords, key):
			d.fail("MQX044", d.pos(e.key), "%q stands beside format %s, in schema %s", key, s.Format, s.Path).
				hint("leave out %s, or the format", key)
		default:
			d.keyword(s, e)
		}
	}
	if _, ok := s.keys["items"]; s.Kind == KindArray && !ok {
		d.fail("MQX011", s.Pos, "schema %s has no \"items\"", s.Path).hint("add items: {type: ...}")
	}
	d.checkBounds(s.Schema)
	d.checkLiterals(s.Schema)
}

// plainKeywords belong to strings that are only text: a time or a UUID is not checked as text.
var plainKeywords = []string{"pattern", "minLength", "maxLength", "enum", "const"}

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
		d.refKeyword(s.Schema, e)
	case "properties":
		d.properties(s, e)
	case "required":
		d.after = append(d.after, func() { d.requiredKeyword(s.Schema, e) })
	case "additionalProperties":
		if e.value.Kind == yaml.MappingNode {
			d.notYet(d.pos(e.value), "a schema as %s", e.what())
		} else if open, ok := d.boolean(e); ok {
			s.Closed = !open
		}
	case "items":
		s.Items, _ = d.schema(e, s.Path+"[]")
	case "minItems":
		s.MinItems = d.count(e)
	case "maxItems":
		s.MaxItems = d.count(e)
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
	case "enum":
		d.enumKeyword(s.Schema, e)
	case "const":
		s.Const = d.literal(s.Schema, e.value, e.what())
	}
}

// formats is the formats of each kind; those of the language that this version does not have are in laterFormats.
var formats = map[Kind][]string{
	KindString:  {string(FormatDateTime), string(FormatDate), string(FormatUUID)},
	KindInteger: {string(FormatInt32), string(FormatInt64), string(FormatUint32), string(FormatUint64)},
	KindNumber:  {string(FormatFloat), string(FormatDouble)},
}

var laterFormats = []string{"time", "duration", "byte", "ipv4", "ipv6", "uri", "email"}

func (d *decoder) formatKeyword(s *schemaDraft, e entry) {
	for kind, names := range formats {
		if kind != s.Kind && slices.Contains(names, e.value.Value) {
			d.fail("MQX044", d.pos(e.value), "format %q does not belong to type %s, in schema %s", e.value.Value, s.Kind, s.Path).
				hint("%q belongs to type %s", e.value.Value, kind)
			return
		}
	}
	if word, ok := d.oneOf(e, formats[s.Kind], laterFormats); ok {
		s.Format = Format(word)
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
		wrong := d.fail("MQX046", d.pos(e.value), "%s is not a regular expression of RE2: %s", e.what(), reason)
		if strings.Contains(text, "(?=") || strings.Contains(text, "(?!") || strings.Contains(text, "(?<") {
			wrong.hint("RE2 has no look-around")
		}
		return nil
	}
	return &Pattern{Text: text, Regexp: re, Pos: d.pos(e.value)}
}

func (d *decoder) properties(s *schemaDraft, e entry) {
	d.decodeMap(e, fmt.Sprintf("%q of schema %s", "properties", s.Path), false, func(name string, pe entry) {
		p := &Property{Name: name, Pos: d.pos(pe.key)}
		pe.where = e.where
		p.Schema, p.GoName = d.schema(pe, s.Path+"."+name)
		s.Properties = append(s.Properties, p)
	})
}

// requiredKeyword runs when all properties are read.
func (d *decoder) requiredKeyword(s *Schema, e entry) {
	if e.value.Kind == yaml.ScalarNode && e.value.ShortTag() == "!!bool" {
		d.fail("MQX010", d.pos(e.value), "%s must be a list of names", e.what()).
			hint(`a field is required if its name stands in the "required" list of the object around it`)
		return
	}
	items, ok := d.items(e, e.what())
	if !ok {
		return
	}
	var names []string
	for _, p := range s.Properties {
		names = append(names, p.Name)
	}
	for _, item := range items {
		i := slices.Index(names, item.Value)
		switch {
		case item.Kind != yaml.ScalarNode:
			d.wrongKind(item, d.pos(item), "each item of "+e.what(), "text")
		case i < 0:
			d.fail("MQX045", d.pos(item), "schema %s requires %q, which is none of its properties", s.Path, item.Value).
				didYouMean(item.Value, names)
		case s.Properties[i].Required:
			d.fail("MQX003", d.pos(item), "%q stands twice in %s", item.Value, e.what())
		default:
			s.Properties[i].Required = true
		}
	}
}

const refPrefix = "#/payloads/"

func (d *decoder) refKeyword(s *Schema, e entry) {
	s.RefPos = d.pos(e.value)
	text, ok := d.text(e)
	if !ok {
		s.Kind = KindInvalid
		return
	}
	name, ok := strings.CutPrefix(text, refPrefix)
	switch {
	case ok && !strings.Contains(name, "/"):
		d.after = append(d.after, func() { s.Ref = d.payloadNamed(name, d.inside(e.value, len(refPrefix), len(text)), "MQX041") })
		return
	case ok, strings.HasPrefix(text, "#/$defs/"):
		d.notYet(s.RefPos, "$ref to a part of a schema")
	case d.payloads[text] != nil:
		d.fail("MQX041", s.RefPos, "$ref %q is not the place of a payload", text).hint("write %q", refPrefix+text)
	case strings.HasPrefix(text, "#"):
		d.fail("MQX041", s.RefPos, "$ref %q is not the place of a payload", text).hint(`write "#/payloads/NAME"`)
	case !strings.Contains(text, "."):
		d.fail("MQX041", s.RefPos, "$ref %q is not the place of a payload", text).hint("write %q", refPrefix+text)
	default:
		d.notYet(s.RefPos, "$ref to another file")
	}
	s.Kind = KindInvalid
}

// payloadNamed resolves a name, and reports one that there is not.
func (d *decoder) payloadNamed(name string, pos Pos, code string) *Payload {
	if p := d.payloads[name]; p != nil {
		if code == "MQX041" && p.Schema == nil {
			d.fail(code, pos, "payload %q has no schema that could stand here: its encoding is %s", name, p.Encoding).
				also(p.Pos, "payload %q begins here", name)
			return nil
		}
		return p
	}
	var names []string
	for _, p := range d.file.Payloads {
		names = append(names, p.Name)
	}
	unknown := d.fail(code, pos, "there is no payload %q", name).didYouMean(name, names)
	if len(names) == 0 {
		unknown.hint("add it under payloads")
	}
	return nil
}
