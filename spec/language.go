package spec

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
)

// table is the table of one kind of object, for those who describe the language.
type table struct {
	name   string
	fields []field[struct{}] // without their readers
}

func tableOf[T any](name string, o *object[T]) table {
	t := table{name: name}
	for _, f := range o.fields {
		t.fields = append(t.fields, field[struct{}]{name: f.name, need: f.need, value: f.value, doc: f.doc})
	}
	return t
}

// languageTables is every table of the language: that of the whole spec first.
func languageTables() []table {
	return []table{
		tableOf("spec", fileObject()), tableOf("fragment", fragmentObject()), tableOf("info", infoObject()),
		tableOf("go", goObject()), tableOf("handler", handlerObject()), tableOf("server", serverObject()),
		tableOf("auth", authObject()), tableOf("payload", payloadObject()), tableOf("schema", schemaObject()),
		tableOf("topic", topicObject()), tableOf("param", paramObject()), tableOf("publish", publishObject()),
		tableOf("subscribe", subscribeObject()), tableOf("example", exampleObject()),
		tableOf("discriminator", discriminatorObject()), tableOf("limits", limitsObject()), tableOf("rates", ratesObject()),
		tableOf("choice", choiceObject()), tableOf("event", eventObject()),
	}
}

func tableNames() []string {
	var names []string
	for _, t := range languageTables() {
		names = append(names, t.name)
	}
	return names
}

// member is one key of an object of JSON, in its order.
type member struct {
	key   string
	value any
}

type jsonObject []member

// MarshalJSON writes the members in their order.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(syntax.Quote(m.key) + ":")
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// JSONSchema returns the JSON Schema (2020-12) of a spec, for editors. It is made of the tables that Parse works with. What it
// allows may still be wrong, and Parse says so. $defs/fragment describes a file that is included.
func JSONSchema() []byte {
	tables := languageTables()
	names := tableNames()
	var defs jsonObject
	for _, t := range tables {
		defs = append(defs, member{t.name, t.jsonSchema(names)})
	}
	doc := jsonObject{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "mqttx.yaml"},
		{"description", "Topic patterns, payload schemas and auth methods, from which mqttx-gen makes a typed MQTT server."},
		{"$ref", "#/$defs/spec"},
		{"$defs", defs},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		panic("spec: the language cannot be described: " + err.Error()) // cannot be: all of it is text, lists and objects
	}
	return b.Bytes()
}

func (t table) jsonSchema(names []string) jsonObject {
	var properties jsonObject
	var must []string
	for _, f := range t.fields {
		if f.need == required {
			must = append(must, f.name)
		}
		properties = append(properties, member{f.name, append(jsonObject{{"description", f.doc}}, f.jsonSchema(names)...)})
	}
	out := jsonObject{{"type", "object"}, {"properties", properties}}
	if len(must) > 0 {
		out = append(out, member{"required", must})
	}
	return append(out, member{"patternProperties", jsonObject{{"^x-", true}}}, member{"additionalProperties", false})
}

func (f *field[T]) jsonSchema(names []string) jsonObject {
	if slices.Contains([]string{"object", "map", "list"}, f.value) && slices.Contains(names, f.name) {
		return refTo(f.name)
	}
	return alternatives(parseForms(f.value, names), names)
}

// alternatives is the schema of one of some forms.
func alternatives(list []form, names []string) jsonObject {
	var schemas []any
	var literals []any
	for _, f := range list {
		switch {
		case f.literal != "" && !placeholder.MatchString(f.literal):
			literals = append(literals, f.literals()...)
		default:
			schemas = append(schemas, f.jsonSchema(names))
		}
	}
	if literals != nil {
		schemas = append([]any{jsonObject{{"enum", literals}}}, schemas...)
	}
	if len(schemas) == 1 {
		return schemas[0].(jsonObject)
	}
	return jsonObject{{"anyOf", schemas}}
}

var numberWord = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// literals is the values that a word stands for: a number in quotes may be written without.
func (f form) literals() []any {
	text := strings.Trim(f.literal, `"`)
	switch quoted := text != f.literal; {
	case !numberWord.MatchString(text):
		return []any{text}
	case quoted:
		return []any{text, json.Number(text)}
	}
	return []any{json.Number(text)}
}

// texts is what reads as text: YAML takes 1.10 for a number, and the language does not.
var texts = []string{"string", "number", "boolean"}

func (f form) jsonSchema(names []string) jsonObject {
	kind := func(value any) jsonObject { return jsonObject{{"type", value}} }
	switch {
	case f.listOf != nil:
		return append(kind("array"), member{"items", alternatives(*f.listOf, names)})
	case f.mapOf != nil:
		return mapSchema(*f.mapOf, names)
	case f.literal != "":
		prefix := placeholder.ReplaceAllString(f.literal, "")
		return append(kind("string"), member{"pattern", "^" + regexp.QuoteMeta(prefix) + `\..+`})
	}
	switch f.word {
	case "text", "name":
		return kind(texts)
	case "duration", "size", "rate":
		return append(kind(texts), member{"pattern", "^[0-9]"})
	case "integer", "number", "boolean", "object":
		return kind(f.word)
	case "scalar":
		return kind(append([]string{"null"}, texts...))
	case "list":
		return kind("array")
	case "map":
		return kind([]string{"object", "null"})
	case "type":
		return jsonObject{{"enum", append(slices.Clone(typeNames), "null")}}
	case "scalar_type":
		return jsonObject{{"enum", scalarTypes}}
	case "format":
		var all []string
		for _, kind := range []Kind{KindString, KindInteger, KindNumber} {
			all = append(all, formats[kind]...)
		}
		return jsonObject{{"enum", all}}
	case "any":
		return jsonObject{}
	}
	return refTo(f.word)
}

// mapSchema is a map from names. One of tables may have keys of the user's own, and its names make Go names; one of
// schemas is about the fields of JSON, which have any name.
func mapSchema(of []form, names []string) jsonObject {
	out := jsonObject{{"type", []string{"object", "null"}}}
	if word := of[0].word; slices.Contains(names, word) && word != "schema" {
		out = append(out, member{"propertyNames", jsonObject{{"pattern", "^(" + strings.Trim(entryName.String(), "^$") + "|x-.*)$"}}},
			member{"patternProperties", jsonObject{{"^x-", true}}})
	}
	return append(out, member{"additionalProperties", alternatives(of, names)})
}

func refTo(name string) jsonObject { return jsonObject{{"$ref", "#/$defs/" + name}} }
