package gen

import (
	"path/filepath"
	"strings"
	"testing"
)

// fixedSpec has constants in every place where they are no field: some of them leave a struct empty, or tie a parameter.
const fixedSpec = `mqttx: 1
go: {package: api, out: api}
auth:
  app: {method: jwt, in: password, algorithms: [ES256], claims: {tenant: {const: acme}}}
payloads:
  Word: {schema: {const: word}}
  Only: {schema: {type: object, required: [a, b, c, d, word], properties: {a: {const: "q\"\\\n"}, b: {const: -2}, c: {const: 1.5}, d: {const: false}, word: {$ref: "#/payloads/Word"}}}}
  Packed: {encoding: cbor, schema: {$ref: "#/payloads/Only"}}
  Line: {encoding: msgpack, schema: {type: array, minItems: 2, prefixItems: [{const: v1}, {type: number}, {const: 3}]}}
  Shape: {schema: {oneOf: [{type: object, x-go-name: A, required: [kind], properties: {kind: {enum: [a]}}}, {type: object, x-go-name: B, required: [kind], properties: {kind: {const: b}, x: {type: integer}}}]}}
  Grows: {schema: {type: object, required: [state, maybe], properties: {state: {enum: [one]}, maybe: {const: x, nullable: true}, optional: {const: 7}}, additionalProperties: {type: string}}}
topics:
  only: {pattern: "{tenant}/only", params: {tenant: {is: claim.tenant}}, publish: {payload: Only}, subscribe: {}}
  packed: {pattern: packed, publish: {payload: Packed}, subscribe: {}}
  line: {pattern: line, publish: {payload: Line}, subscribe: {}}
  shape: {pattern: shape, publish: {payload: Shape}, subscribe: {}}
  grows: {pattern: grows, publish: {payload: Grows}, subscribe: {}}
`

// TestFixed type-checks the code of constants, and looks for fields that should not be, or should.
func TestFixed(t *testing.T) {
	files, err := Render([]byte(fixedSpec), filepath.FromSlash("/shop"), "example.com/shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := compiles(files); err != nil {
		t.Fatal(err)
	}
	all := ""
	for path, source := range files {
		switch filepath.Base(path) {
		case "types_gen.go", "server_gen.go", "connection_gen.go":
			all += string(source)
		}
	}
	for _, want := range []string{
		`type Only struct {
	// "a" in JSON is no field: it is always "q\"\\\u000a".
`, "\tState GrowsState\n", "\tMaybe payload.Null[string]\n", "\tOptional payload.Opt[int64]\n", "\tItem2 payload.Opt[int64]\n",
		`c.bound[boundClaimTenant] = "acme"`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no %q", want)
		}
	}
	for _, field := range []string{"\tKind ", "\tItem0 ", "\tTenant string\n\t// Always", "ShapeAKind"} {
		if strings.Contains(all, field) {
			t.Errorf("there is %q", field)
		}
	}
}
