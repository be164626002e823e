package spec

import "gopkg.in/yaml.v3"

// schemaDraft is a schema while it is read. Keywords are kept until the type is known.
type schemaDraft struct {
	*Schema
	goName string
	keys   map[string]entry
	order  []string

	nullType  *yaml.Node   // "null" in the list of type
	asksNull  bool         // nullable: true
	enumNull  bool         // enum or const has null
	enumNames *entry       // x-go-names
	examples  []*yaml.Node // checked when everything is resolved

	branch        bool         // stands in allOf: it may leave out its type
	branches      []*Schema    // of allOf, until they are joined
	required      []*yaml.Node // names that may be properties of another branch
	mustBe        *entry       // type: object beside allOf with one schema
	refText       string       // as $ref says it
	discriminator *discriminatorDraft
	gaveNull      bool       // null is a value of it, which those say who refer to it
	madeOf        []*Payload // by allOf, or behind which a variant stands: the model does not name them
}

// MadeOf returns the payloads that allOf has taken over, or behind which a variant stands: nothing else names them.
func (s *Schema) MadeOf() []*Payload {
	if s.draft == nil {
		return nil
	}
	return s.draft.madeOf
}

func keepKeyword(_ *decoder, s *schemaDraft, e entry) {
	s.keys[e.name] = e
	s.order = append(s.order, e.name)
}

// schemaObject is the table of the keywords of JSON Schema.
func schemaObject() *object[schemaDraft] {
	keep := keepKeyword
	return &object[schemaDraft]{
		fields: []field[schemaDraft]{
			{"type", optional, "type | list of text", "what the value is; [T, \"null\"] allows null too", keep},
			{"$ref", optional, `text, "#/payloads/NAME"`, "another schema: of a payload, under $defs, or in a file", keep},
			{"$defs", optional, "map of schema", "schemas for $ref", defsField},
			{"$comment", optional, "text", "for the authors of the schema alone", func(d *decoder, _ *schemaDraft, e entry) { d.text(e) }},
			{"$schema", optional, "text", "in a file: the version of JSON Schema; not looked at", fileOnlyField},
			{"$id", optional, "text", "in a file: its name; not looked at", fileOnlyField},
			{"definitions", optional, "map", "in a file: schemas for $ref, as before 2019", fileOnlyField},
			{"title", optional, "text", "a short name for people", textField(func(s *schemaDraft) *string { return &s.Title })},
			{"description", optional, "text", "what it means; becomes the Go comment", textField(func(s *schemaDraft) *string { return &s.Description })},
			{"deprecated", optional, "boolean", "marks the Go field or type", boolField(func(s *schemaDraft) *bool { return &s.Deprecated })},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(s *schemaDraft) *string { return &s.goName })},
			{"properties", optional, "map of schema", "object: its fields", keep},
			{"required", optional, "list of text", "object: the fields that must stand", keep},
			{"additionalProperties", optional, "boolean | schema", "object: whether other fields are allowed, true if left out; or their schema", keep},
			{"items", optional, "schema | boolean", "array: the schema of each item, or of each that follows those of prefixItems; false there: none follows", keep},
			{"minItems", optional, "integer", "array: the least number of items", keep},
			{"maxItems", optional, "integer", "array: the largest number of items", keep},
			{"minLength", optional, "integer", "string: the least length in code points", keep},
			{"maxLength", optional, "integer", "string: the largest length in code points", keep},
			{"pattern", optional, "text", "string: a regular expression (RE2) that must match somewhere", keep},
			{"format", optional, "format", "string: date-time, date, time, duration, uuid, byte, ipv4, ipv6, uri, email; integer: int32, int64, uint32, uint64; number: float, double", keep},
			{"minimum", optional, "number", "the least value", keep},
			{"maximum", optional, "number", "the largest value", keep},
			{"exclusiveMinimum", optional, "number", "values are above it", keep},
			{"exclusiveMaximum", optional, "number", "values are below it", keep},
			{"enum", optional, "list of scalar", "the values that are allowed", keep},
			{"const", optional, "scalar", "the one value that is allowed", keep},
			{"uniqueItems", optional, "boolean", "array: no item stands twice", keep},
			{"prefixItems", optional, "list of schema", "array: a schema for each of the first items, which makes a tuple of it", keep},
			{"multipleOf", optional, "number", "the value is a multiple of it", keep},
			{"default", optional, "scalar", "the value of a property that is left out", keep},
			{"oneOf", optional, "list of schema", "exactly one of some schemas fits", keep},
			{"anyOf", optional, "list of schema", "at least one of some schemas fits, and the first of them counts", keep},
			{"allOf", optional, "list of schema", "all of some schemas of objects, which are joined", keep},
			{"discriminator", optional, "discriminator", "oneOf, anyOf: the property that says which it is", keep},
			{"nullable", optional, "boolean", "null is allowed", boolField(func(s *schemaDraft) *bool { return &s.asksNull })},
			{"readOnly", optional, "boolean", "only the server sends it; for people", boolField(func(s *schemaDraft) *bool { return &s.ReadOnly })},
			{"writeOnly", optional, "boolean", "only clients send it; for people", boolField(func(s *schemaDraft) *bool { return &s.WriteOnly })},
			{"examples", optional, "list of any", "values that fit", func(d *decoder, s *schemaDraft, e entry) {
				if items, ok := d.items(e, e.what()); ok {
					s.examples = append(s.examples, items...)
				}
			}},
			{"x-go-type", optional, "text", "a Go type of the user's own, which reads and writes itself: net/netip.Addr", keep},
			{"x-go-names", optional, "map of text", "enum: what follows the type in the name of a constant, by value", func(_ *decoder, s *schemaDraft, e entry) { s.enumNames = &e }},
		},
		foreign: foreignKeywords,
		hints: map[string]string{
			"example":  `did you mean "examples", a list?`,
			"optional": `a field that is not in the "required" list of its object is optional`,
			"min":      `did you mean "minimum" (of a number), "minLength" (of a string) or "minItems" (of an array)?`,
			"max":      `did you mean "maximum" (of a number), "maxLength" (of a string) or "maxItems" (of an array)?`,
			"ref":      `did you mean "$ref"?`,
			"values":   `did you mean "enum"?`,
			"schema":   "a schema within a schema is written without the word schema",
		},
	}
}

// kinds is the kinds of the words of type.
var kinds = map[string]Kind{
	"object": KindObject, "array": KindArray, "string": KindString,
	"integer": KindInteger, "number": KindNumber, "boolean": KindBoolean,
}

// typeWords is what people write for a type and what they mean.
var typeWords = map[string]string{
	"int": "integer", "long": "integer", "int64": "integer, format: int64", "int32": "integer, format: int32",
	"uint32": "integer, format: uint32", "uint64": "integer, format: uint64", "float": "number", "double": "number",
	"float64": "number", "decimal": "number", "bool": "boolean", "str": "string", "text": "string", "map": "object",
	"struct": "object", "dict": "object", "list": "array", "date-time": "string, format: date-time",
	"datetime": "string, format: date-time", "timestamp": "string, format: date-time", "time": "string, format: date-time",
	"date": "string, format: date", "uuid": "string, format: uuid", "enum": "string, enum: [...]",
}

// typeNames is the words in the order of messages.
var typeNames = []string{"object", "array", "string", "integer", "number", "boolean"}

// keywordKinds says to which kinds a keyword belongs; those that are not here belong to all.
var keywordKinds = map[string][]Kind{
	"properties": {KindObject}, "required": {KindObject}, "additionalProperties": {KindObject},
	"items": {KindArray}, "minItems": {KindArray}, "maxItems": {KindArray},
	"minLength": {KindString}, "maxLength": {KindString}, "pattern": {KindString},
	"format":  {KindString, KindInteger, KindNumber},
	"minimum": {KindInteger, KindNumber}, "maximum": {KindInteger, KindNumber},
	"exclusiveMinimum": {KindInteger, KindNumber}, "exclusiveMaximum": {KindInteger, KindNumber},
	"enum": scalarKinds, "const": scalarKinds, "default": scalarKinds,
	"uniqueItems": {KindArray}, "prefixItems": {KindArray}, "multipleOf": {KindInteger, KindNumber},
	"discriminator": {KindUnion}, "x-go-names": {KindString, KindInteger, KindNumber},
}

var scalarKinds = []Kind{KindString, KindInteger, KindNumber, KindBoolean}

// foreignKeywords is the keywords of JSON Schema and OpenAPI that this language does not have, and what to do instead.
var foreignKeywords = map[string]string{
	"$anchor":               `write $ref with the place: "#/payloads/NAME"`,
	"$dynamicAnchor":        `write $ref with the place: "#/payloads/NAME"`,
	"$dynamicRef":           `write $ref with the place: "#/payloads/NAME"`,
	"$recursiveAnchor":      `write $ref with the place: "#/payloads/NAME"`,
	"$recursiveRef":         `write $ref with the place: "#/payloads/NAME"`,
	"$id":                   "leave it out: a schema is found by its place",
	"id":                    `leave it out: a schema is found by its place`,
	"$schema":               "leave it out: schemas are always JSON Schema 2020-12",
	"$vocabulary":           "leave it out: schemas are always JSON Schema 2020-12",
	"definitions":           `in JSON Schema 2020-12 it is called "$defs"`,
	"additionalItems":       `in JSON Schema 2020-12 it is called "items", beside "prefixItems"`,
	"unevaluatedItems":      `write items: false beside "prefixItems"`,
	"contains":              `say what every item is, under "items"`,
	"minContains":           `"minItems" bounds the number of all items`,
	"maxContains":           `"maxItems" bounds the number of all items`,
	"patternProperties":     `write additionalProperties with a schema, for fields of any name`,
	"propertyNames":         `write additionalProperties with a schema, for fields of any name`,
	"minProperties":         `name the fields that must stand under "required"`,
	"maxProperties":         `write additionalProperties: false`,
	"unevaluatedProperties": `write additionalProperties: false`,
	"dependentRequired":     `write oneOf with an object for each case`,
	"dependentSchemas":      `write oneOf with an object for each case`,
	"dependencies":          `write oneOf with an object for each case`,
	"if":                    `write oneOf with an object for each case`,
	"then":                  `write oneOf with an object for each case`,
	"else":                  `write oneOf with an object for each case`,
	"not":                   `say what is allowed: with "enum", "pattern", bounds or oneOf`,
	"contentEncoding":       "for base64 write format: byte",
	"contentMediaType":      "say it in the description",
	"contentSchema":         "say it in the description",
	"xml":                   "leave it out: payloads are not XML",
	"externalDocs":          "put the link into the description",
}

// foreignFormats is the formats of JSON Schema and OpenAPI that this language does not have, and what to do instead.
var foreignFormats = map[string]string{
	"hostname": `leave format out, with pattern: "^[A-Za-z0-9.-]+$"`, "idn-hostname": "leave format out",
	"idn-email": "write email, or leave format out", "iri": "write uri, or leave format out",
	"uri-reference": "leave format out", "iri-reference": "leave format out", "uri-template": "leave format out",
	"json-pointer": "leave format out", "relative-json-pointer": "leave format out", "regex": "leave format out",
	"password": "leave format out", "binary": "write byte, which is base64, or a payload with encoding: raw",
	"base64": "write byte", "url": "write uri", "guid": "write uuid", "timestamp": "write date-time",
	"ip": "write ipv4 or ipv6", "int8": "write int32, with minimum and maximum", "int16": "write int32, with minimum and maximum",
	"uint8": "write uint32, with maximum: 255", "uint16": "write uint32, with maximum: 65535", "int": "write int32 or int64",
	"long": "write int64", "decimal": "write type: string with a pattern", "float32": "write float", "float64": "write double",
}
