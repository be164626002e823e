package spec_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// TestModelComposed reads testdata/valid/schemas.yaml: what is made of null, unions, allOf, maps and tuples, and its names.
func TestModelComposed(t *testing.T) {
	source, err := os.ReadFile("testdata/valid/schemas.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range parse(t, string(source)).Payloads {
		schemaText(p.Schema, "", &b)
	}
	if *update {
		if err := os.WriteFile("testdata/valid/schemas.want", []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/valid/schemas.want")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

// TestAnnotations reads what is for people, also where a schema stands for the only one in a list.
func TestAnnotations(t *testing.T) {
	f := parse(t, complete(`payloads:
  A:
    schema:
      type: object
      properties:
        one: {anyOf: [{type: string, title: inner, description: inner}, {type: "null"}], description: outer, deprecated: true, default: x}
        two: {allOf: [{$ref: "#/payloads/B"}], title: T, readOnly: true, nullable: true, x-go-name: Second}
        three: {type: string, writeOnly: true, $comment: for us, x-anything: [1]}
  B: {schema: {type: integer}}
`))
	one, two, three := f.Payloads[0].Schema.Properties[0], f.Payloads[0].Schema.Properties[1], f.Payloads[0].Schema.Properties[2]
	if s := one.Schema; s.Title != "inner" || s.Description != "outer" || !s.Deprecated || !s.Nullable || s.Default.Text != "x" || s.Path != "A.one" {
		t.Errorf("one = %+v", s)
	}
	if s := two.Schema; two.GoName != "Second" || s.Ref == nil || s.Title != "T" || !s.ReadOnly || !s.Nullable || s.Resolve() != f.Payloads[1].Schema {
		t.Errorf("two = %s %+v", two.GoName, s)
	}
	if !three.Schema.WriteOnly {
		t.Errorf("three = %+v", three.Schema)
	}
}

// TestVetComposed looks for payloads that only allOf, a union, a map or a tuple reaches.
func TestVetComposed(t *testing.T) {
	f := parse(t, complete(`payloads:
  A: {schema: {allOf: [{$ref: "#/payloads/B"}, {properties: {c: {oneOf: [{$ref: "#/payloads/Alias"}, {type: integer}]}}}]}}
  B: {schema: {type: object, properties: {d: {type: object, additionalProperties: {type: array, prefixItems: [{$ref: "#/payloads/D"}]}}}}}
  Alias: {schema: {$ref: "#/payloads/C"}}
  C: {schema: {type: string}}
  D: {schema: {type: string}}
topics: {a: {pattern: a, publish: {payload: A}, examples: [{payload: {c: 1}}]}}`))
	if list := vet.Check(f); len(list) != 0 {
		t.Errorf("Vet = %v", list)
	}
}
