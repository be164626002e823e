package templates

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

// TestSchemas writes what the models of the goldens say as JSON Schema. The tests beside the goldens have others judge
// by it.
func TestSchemas(t *testing.T) {
	for _, p := range []*Package{fleet(), zoo(), codecs()} {
		defs := map[string]any{}
		for _, payload := range p.Payloads {
			eachSchema(payload.Schema, func(s *Schema) {
				if s.GoType != "" {
					defs[s.GoType] = inner(s)
				}
			})
		}
		source, err := json.MarshalIndent(map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": defs}, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", p.Name, "schema.json")
		if *update {
			if err := os.WriteFile(path, source, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if golden, err := os.ReadFile(path); err != nil || !bytes.Equal(golden, source) {
			t.Errorf("%s is not what the model says, %v: go test -update shows the difference", path, err)
		}
		judge.New(t, path)
	}
}

// jsonSchema is s as JSON Schema.
func jsonSchema(s *Schema) any {
	one := any(inner(s))
	switch {
	case s.Kind == Ref:
		one = map[string]any{"$ref": "#/$defs/" + s.Ref.GoName}
	case s.GoType != "":
		one = map[string]any{"$ref": "#/$defs/" + s.GoType}
	}
	if nullable(s) {
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, one}}
	}
	return one
}

// inner is a schema without null and without references to itself.
func inner(s *Schema) map[string]any {
	m := map[string]any{}
	switch s.Kind {
	case Ref:
		return map[string]any{"$ref": "#/$defs/" + s.Ref.GoName}
	case Union:
		var all []any
		for _, v := range s.Variants {
			one := map[string]any{"$ref": "#/$defs/" + variantName(v)}
			if s.Discriminator != "" {
				tag := map[string]any{"properties": map[string]any{s.Discriminator: map[string]any{"enum": v.Values}}}
				all = append(all, map[string]any{"allOf": []any{one, tag}})
				continue
			}
			all = append(all, one)
		}
		m["oneOf"] = all
		if s.AnyOf {
			m = map[string]any{"anyOf": all}
		}
		return m
	case Object:
		objectSchema(m, s)
	case Array:
		arraySchema(m, s)
	case Any:
		return m
	default:
		m["type"] = []string{String: "string", Integer: "integer", Number: "number", Boolean: "boolean"}[s.Kind]
		scalarSchema(m, s)
	}
	return m
}

func objectSchema(m map[string]any, s *Schema) {
	m["type"] = "object"
	properties, required := map[string]any{}, []string{}
	for _, p := range s.Properties {
		properties[p.Name] = jsonSchema(p.Schema)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	m["properties"], m["required"] = properties, required
	switch {
	case s.Closed:
		m["additionalProperties"] = false
	case s.Additional != nil:
		m["additionalProperties"] = jsonSchema(s.Additional)
	}
}

func arraySchema(m map[string]any, s *Schema) {
	m["type"] = "array"
	var prefix []any
	for _, p := range s.PrefixItems {
		prefix = append(prefix, jsonSchema(p.Schema))
	}
	if prefix != nil {
		m["prefixItems"] = prefix
	}
	switch {
	case s.Closed:
		m["items"] = false
	case s.Items != nil:
		m["items"] = jsonSchema(s.Items)
	}
	putCount(m, "minItems", s.MinItems)
	putCount(m, "maxItems", s.MaxItems)
	if s.UniqueItems {
		m["uniqueItems"] = true
	}
}

func putCount(m map[string]any, key string, n *int) {
	if n != nil {
		m[key] = *n
	}
}

func scalarSchema(m map[string]any, s *Schema) {
	if s.Kind == Integer {
		low, high := integerRange(s)
		m["minimum"], m["maximum"] = json.Number(low), json.Number(high)
	}
	putCount(m, "minLength", s.MinLength)
	putCount(m, "maxLength", s.MaxLength)
	if s.Pattern != "" {
		m["pattern"] = s.Pattern
	}
	for _, b := range []struct {
		*Bound
		plain, exclusive string
	}{{s.Minimum, "minimum", "exclusiveMinimum"}, {s.Maximum, "maximum", "exclusiveMaximum"}} {
		switch {
		case b.Bound == nil:
		case b.Exclusive:
			m[b.exclusive] = json.Number(b.Text)
		default:
			m[b.plain] = json.Number(b.Text)
		}
	}
	if s.Format == Float { // the spec's own bound may be larger
		m["maximum"] = json.Number("3.4e38")
	}
	if s.MultipleOf != "" {
		m["multipleOf"] = json.Number(s.MultipleOf)
	}
	var enum []any
	for _, v := range s.Enum {
		enum = append(enum, constant(s, v.Text))
	}
	if enum != nil {
		m["enum"] = enum
	}
	if s.Const != nil {
		m["const"] = constant(s, s.Const.Text)
	}
	if s.Default != nil {
		m["default"] = constant(s, s.Default.Text)
	}
	if word := formatNames[s.Format]; word != "" && s.Kind == String {
		m["format"] = word
	}
	if s.own() && s.Kind == String {
		m["format"] = "prefix"
	}
}

var formatNames = map[Format]string{DateTime: "date-time", Date: "date", Time: "time", Duration: "duration", UUID: "uuid", Byte: "byte",
	IPv4: "ipv4", IPv6: "ipv6", URI: "uri", Email: "email"}

func constant(s *Schema, text string) any {
	switch s.Kind {
	case String:
		return text
	case Boolean:
		return text == "true"
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		panic(err)
	}
	return json.Number(text)
}
