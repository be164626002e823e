package spec

// schemaDraft is a schema while it is read. Keywords are kept until the type is known.
type schemaDraft struct {
	*Schema
	goName string
	keys   map[string]entry
	order  []string
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
			{"type", optional, "type", "what the value is", keep},
			{"$ref", optional, `text, "#/payloads/NAME"`, "another schema: of a payload, under $defs, or in a file", keep},
			{"$defs", optional, "map of schema", "schemas for $ref", defsField},
			{"$comment", optional, "text", "for those who read the schema", func(*decoder, *schemaDraft, entry) {}},
			{"$schema", optional, "text", "in a file: the version of JSON Schema; not looked at", fileOnlyField},
			{"$id", optional, "text", "in a file: its name; not looked at", fileOnlyField},
			{"definitions", optional, "map", "in a file: schemas for $ref, as before 2019", fileOnlyField},
			{"title", optional, "text", "a short name for people", textField(func(s *schemaDraft) *string { return &s.Title })},
			{"description", optional, "text", "what it means; becomes the Go comment", textField(func(s *schemaDraft) *string { return &s.Description })},
			{"deprecated", optional, "boolean", "marks the Go field or type", boolField(func(s *schemaDraft) *bool { return &s.Deprecated })},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(s *schemaDraft) *string { return &s.goName })},
			{"properties", optional, "map of schema", "object: its fields", keep},
			{"required", optional, "list of text", "object: the fields that must stand", keep},
			{"additionalProperties", optional, "boolean", "object: whether other fields are allowed; true if left out", keep},
			{"items", optional, "schema", "array: the schema of each item", keep},
			{"minItems", optional, "integer", "array: the least number of items", keep},
			{"maxItems", optional, "integer", "array: the largest number of items", keep},
			{"minLength", optional, "integer", "string: the least length in code points", keep},
			{"maxLength", optional, "integer", "string: the largest length in code points", keep},
			{"pattern", optional, "text", "string: a regular expression (RE2) that must match somewhere", keep},
			{"format", optional, "format", "string: date-time, date, uuid; integer: int32, int64, uint32, uint64; number: float, double", keep},
			{"minimum", optional, "number", "the least value", keep},
			{"maximum", optional, "number", "the largest value", keep},
			{"exclusiveMinimum", optional, "number", "values are above it", keep},
			{"exclusiveMaximum", optional, "number", "values are below it", keep},
			{"enum", optional, "list of scalar", "string, integer: the values that are allowed", keep},
			{"const", optional, "scalar", "the one value that is allowed", keep},
			{"uniqueItems", later, "boolean", "array: no item stands twice", nil},
			{"prefixItems", later, "list", "array: a schema for each of the first items", nil},
			{"multipleOf", later, "number", "the value is a multiple of it", nil},
			{"default", later, "any", "the value where none is given", nil},
			{"oneOf", later, "list", "exactly one of some schemas", nil},
			{"anyOf", later, "list", "at least one of some schemas", nil},
			{"allOf", later, "list", "all of some schemas", nil},
			{"discriminator", later, "object", "which of oneOf it is", nil},
			{"nullable", later, "boolean", "null is allowed", nil},
			{"readOnly", later, "boolean", "only the server sends it", nil},
			{"writeOnly", later, "boolean", "only clients send it", nil},
			{"examples", later, "list", "values that fit", nil},
			{"x-go-type", later, "text", "a Go type of the user's own", nil},
		},
		hints: map[string]string{
			"example":  `examples stand under "examples" of a topic`,
			"optional": `a field that is not in the "required" list of its object is optional`,
			"min":      `did you mean "minimum" (of a number), "minLength" (of a string) or "minItems" (of an array)?`,
			"max":      `did you mean "maximum" (of a number), "maxLength" (of a string) or "maxItems" (of an array)?`,
			"ref":      `did you mean "$ref"?`,
			"values":   `did you mean "enum"?`,
			"schema":   "a schema within a schema is written without the word schema",
			"not":      "not of JSON Schema is not part of this language",
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
	"enum": {KindString, KindInteger}, "const": {KindString, KindInteger, KindNumber, KindBoolean},
}
