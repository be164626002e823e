package gen

import (
	"encoding/json"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// standardSchemas writes the schemas of a spec as JSON Schema 2020-12, in $defs by the names of their Go types.
func standardSchemas(f *spec.File) object {
	defs := object{}
	for _, p := range f.Payloads {
		if p.Schema != nil {
			defineStandard(defs, p.Schema)
		}
	}
	return object{"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": defs}
}

// defineStandard adds a schema and those in it.
func defineStandard(defs object, s *spec.Schema) {
	if s.GoType != "" {
		defs[s.GoType] = standardInner(s)
	}
	for _, p := range append(append([]*spec.Property(nil), s.Properties...), s.PrefixItems...) {
		defineStandard(defs, p.Schema)
	}
	for _, v := range s.Variants {
		defineStandard(defs, v.Schema)
	}
	for _, one := range []*spec.Schema{s.Items, s.Additional} {
		if one != nil {
			defineStandard(defs, one)
		}
	}
}

// standard is a schema where others hold it.
func standard(s *spec.Schema) any {
	one := standardInner(s)
	if s.Kind != spec.KindRef && s.GoType != "" {
		one = object{"$ref": "#/$defs/" + s.GoType}
	}
	if s.Nullable {
		return object{"anyOf": []any{object{"type": "null"}, one}}
	}
	return one
}

func standardInner(s *spec.Schema) object {
	switch s.Kind {
	case spec.KindRef:
		return object{"$ref": "#/$defs/" + s.Ref.GoName}
	case spec.KindUnion:
		return standardUnion(s)
	case spec.KindObject:
		return standardObject(s)
	case spec.KindArray:
		return standardArray(s)
	}
	return standardScalar(s)
}

func standardUnion(s *spec.Schema) object {
	var all []any
	for _, v := range s.Variants {
		one := standard(v.Schema)
		if s.Discriminator != "" {
			one = object{"allOf": []any{one, object{"properties": object{s.Discriminator: object{"enum": v.Values}}}}}
		}
		all = append(all, one)
	}
	if s.AnyOf {
		return object{"anyOf": all}
	}
	return object{"oneOf": all}
}

func standardObject(s *spec.Schema) object {
	properties, required := object{}, []string{}
	for _, p := range s.Properties {
		properties[p.Name] = standard(p.Schema)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	m := object{"type": "object", "properties": properties, "required": required}
	switch {
	case s.Closed:
		m["additionalProperties"] = false
	case s.Additional != nil:
		m["additionalProperties"] = standard(s.Additional)
	}
	return m
}

func standardArray(s *spec.Schema) object {
	m := object{"type": "array"}
	var prefix []any
	for _, p := range s.PrefixItems {
		prefix = append(prefix, standard(p.Schema))
	}
	if prefix != nil {
		m["prefixItems"] = prefix
	}
	switch {
	case s.Closed:
		m["items"] = false
	case s.Items != nil:
		m["items"] = standard(s.Items)
	}
	if s.UniqueItems {
		m["uniqueItems"] = true
	}
	putCounts(m, map[string]*spec.Count{"minItems": s.MinItems, "maxItems": s.MaxItems})
	return m
}

func putCounts(m object, counts map[string]*spec.Count) {
	for key, n := range counts {
		if n != nil {
			m[key] = n.Value
		}
	}
}

// ranges are those of the formats of integers.
var ranges = map[spec.Format][2]json.Number{
	spec.FormatInt32: {"-2147483648", "2147483647"}, spec.FormatInt64: {"-9223372036854775808", "9223372036854775807"},
	spec.FormatUint32: {"0", "4294967295"}, spec.FormatUint64: {"0", "18446744073709551615"},
}

func standardScalar(s *spec.Schema) object {
	m := object{"type": s.Kind.String()}
	if r, ok := ranges[s.Format]; ok {
		m["minimum"], m["maximum"] = r[0], r[1]
	}
	if s.Kind == spec.KindString && s.Format != spec.FormatNone {
		m["format"] = string(s.Format)
	}
	putCounts(m, map[string]*spec.Count{"minLength": s.MinLength, "maxLength": s.MaxLength})
	if s.Pattern != nil {
		m["pattern"] = s.Pattern.Text
	}
	for key, n := range map[string]*spec.Number{"minimum": s.Minimum, "maximum": s.Maximum, "exclusiveMinimum": s.ExclusiveMinimum,
		"exclusiveMaximum": s.ExclusiveMaximum, "multipleOf": s.MultipleOf} {
		if n != nil {
			m[key] = json.Number(n.Text)
		}
	}
	var enum []any
	for _, v := range s.Enum {
		enum = append(enum, json.RawMessage(v.JSON))
	}
	if enum != nil {
		m["enum"] = enum
	}
	if s.Const != nil {
		m["const"] = json.RawMessage(s.Const.JSON)
	}
	if s.Default != nil {
		m["default"] = json.RawMessage(s.Default.JSON)
	}
	return m
}
