package spec

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// differential is payloads, of which A is compared: all that JSON Schema 2020-12 has in common with this language. Numbers
// without a format are within int64 and double, which the other side does not ask for.
var differential = []string{
	`A: {type: [string, "null"], minLength: 2, maxLength: 4}`,
	`A: {type: string, pattern: "^[a-zé]+$"}`,
	`A: {type: integer, minimum: -3, exclusiveMaximum: 10, multipleOf: 3}`,
	`A: {type: number, multipleOf: 0.1, minimum: -1}`,
	`A: {type: number, exclusiveMinimum: 0, maximum: 1.5}`,
	`A: {enum: [a, b, null]}`,
	`A: {enum: [1, 2.5, 1e2]}`,
	`A: {type: ["null", integer], enum: [1, 2, null]}`,
	`A: {const: 1.0}`,
	`A: {type: boolean, enum: [true]}`,
	`A: {enum: [true, false]}`,
	`A: {type: array, items: {type: integer}, uniqueItems: true, minItems: 1, maxItems: 3}`,
	`A: {type: array, items: {type: [object, "null"], properties: {a: {type: number}}}, uniqueItems: true}`,
	`A: {type: array, prefixItems: [{type: string}, {type: integer}], items: false}`,
	`A: {type: array, prefixItems: [{type: string}, {type: integer}], minItems: 1, items: {type: boolean}}`,
	`A: {type: array, prefixItems: [{type: [number, "null"]}]}`,
	`A: {type: object, required: [a], properties: {a: {type: integer}, b: {type: [string, "null"]}}, additionalProperties: false}`,
	`A: {type: object, properties: {a: {type: integer}}, additionalProperties: {type: string}}`,
	`A: {type: object, additionalProperties: {type: array, items: {type: integer}}}`,
	`A: {type: object, properties: {a: {type: object, properties: {a: {const: x}}, required: [a]}}}`,
	`A: {oneOf: [{type: integer}, {type: number, maximum: 1}]}`,
	`A: {anyOf: [{type: integer}, {type: number, maximum: 1}, {type: "null"}]}`,
	`A: {oneOf: [{type: string}, {type: array, items: {$ref: "#/payloads/A"}}, {type: object, additionalProperties: {$ref: "#/payloads/A"}}]}`,
	`A: {oneOf: [{$ref: "#/payloads/B"}, {$ref: "#/payloads/C"}]}` +
		"\n" + `B: {type: object, required: [a], properties: {a: {const: x}, b: {type: integer}}}` +
		"\n" + `C: {type: object, required: [a], properties: {a: {enum: [y, "1"]}, c: {type: string}}}`,
	`A: {oneOf: [{type: object, required: [a], properties: {a: {type: integer}}}, {type: object, required: [b], properties: {b: {type: string}}}]}`,
	`A: {anyOf: [{type: [object, "null"], required: [a], properties: {a: {type: integer}}}, {type: object, required: [b], properties: {b: {type: string}}}]}`,
	`A: {allOf: [{$ref: "#/payloads/B"}, {required: [b], properties: {c: {type: integer}}}], properties: {b: {type: string}}, required: [c]}` +
		"\n" + `B: {type: object, required: [a], properties: {a: {type: integer}}}`,
	`A: {allOf: [{type: [object, "null"], properties: {a: {type: integer}}, additionalProperties: {type: string}}, {type: [object, "null"], required: [a]}]}`,
	`A: {allOf: [{type: object, properties: {a: {type: integer}, b: {type: string}}, additionalProperties: false}, {properties: {a: {type: integer}}}]}`,
	`A: {type: object, properties: {a: {allOf: [{$ref: "#/payloads/B"}], description: one}, b: {oneOf: [{$ref: "#/payloads/B"}, {type: "null"}]}}}` +
		"\n" + `B: {type: integer, maximum: 5}`,
	`A: {type: string, format: date-time}`, `A: {type: string, format: date}`, `A: {type: string, format: time}`,
	`A: {type: string, format: duration}`, `A: {type: string, format: uuid}`, `A: {type: string, format: ipv4}`,
	`A: {type: string, format: ipv6}`, `A: {type: string, format: uri}`, `A: {type: string, format: email}`, `A: {type: string, format: byte}`,
	`A: {type: integer, format: int32}`, `A: {type: integer, format: uint32}`, `A: {type: integer, format: uint64}`, `A: {type: number, format: float}`,
}

// TestDifferential compares what a schema allows with what a validator of JSON Schema 2020-12 says, which asserts formats.
func TestDifferential(t *testing.T) {
	for i, source := range differential {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			mine, other := mySchema(t, source), otherSchema(t, source)
			g := generator{rand.New(rand.NewPCG(1, uint64(i)))}
			fit := 0
			for range 1000 {
				text := g.value(mine, 0)
				wrong := check(t, mine, text)
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				err = other.Validate(value)
				if len(wrong) == 0 {
					fit++
				}
				if (len(wrong) == 0) != (err == nil) {
					t.Fatalf("%s\nvalue %s\nhere: %v\nJSON Schema: %v", source, text, wrong, err)
				}
			}
			if fit == 0 || fit == 1000 {
				t.Errorf("%s: %d of 1000 values fit", source, fit)
			}
		})
	}
}

func check(t *testing.T, s *Schema, text string) []misfit {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	v := valueChecker{}
	v.value(s, root.Content[0], "")
	if json := v.json.String(); len(v.wrong) == 0 && !sameJSON(t, json, text) {
		t.Fatalf("%s was written as %s", text, json)
	}
	return v.wrong
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var values [2]any
	for i, text := range []string{a, b} {
		if err := json.Unmarshal([]byte(text), &values[i]); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// mySchema reads A as a property, for a payload as a whole is never null.
func mySchema(t *testing.T, source string) *Schema {
	t.Helper()
	file := "mqttx: 1\ngo: {package: a}\nauth: {d: {method: password}}\npayloads:\n"
	for _, line := range strings.Split(source, "\n") {
		name, schema, _ := strings.Cut(line, ": ")
		if name == "A" {
			file += "  Whole: {schema: {type: object, properties: {a: " + schema + "}}}\n"
		}
		if name != "A" || strings.Contains(source, "payloads/A") {
			file += "  " + name + ": {schema: " + schema + "}\n"
		}
	}
	f, err := Parse("mqttx.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return f.Payloads[0].Schema.Properties[0].Schema
}

func otherSchema(t *testing.T, source string) *jsonschema.Schema {
	t.Helper()
	var payloads any
	if err := yaml.Unmarshal([]byte(source), &payloads); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"payloads": payloads})
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for name, valid := range otherFormats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if !valid(v) {
				return errors.New("out of format")
			}
			return nil
		}})
	}
	if err := c.AddResource("mem:///a.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///a.json#/payloads/A")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// otherFormats are those of OpenAPI, which JSON Schema leaves to others.
var otherFormats = map[string]func(any) bool{
	"int32":  between(math.MinInt32, math.MaxInt32),
	"uint32": between(0, math.MaxUint32),
	"uint64": between(0, math.MaxUint64),
	"float":  between(-math.MaxFloat32, math.MaxFloat32),
	"byte": func(v any) bool {
		text, ok := v.(string)
		_, err := base64.StdEncoding.Strict().DecodeString(text)
		return !ok || err == nil && !strings.Contains(text, "\n")
	},
}

func between(low, high float64) func(any) bool {
	return func(v any) bool {
		number, ok := v.(json.Number)
		if !ok {
			return true
		}
		r, _ := new(big.Rat).SetString(number.String())
		return r.Cmp(new(big.Rat).SetFloat64(low)) >= 0 && (r.Cmp(new(big.Rat).SetFloat64(high)) <= 0 && high != math.MaxUint64 ||
			r.Cmp(new(big.Rat).SetFloat64(high)) < 0)
	}
}

// generator makes values that nearly fit a schema.
type generator struct{ *rand.Rand }

var (
	sampleNumbers = []string{
		"0", "1", "1.0", "-1", "2", "3", "3.0", "-3", "-4", "5", "6", "9", "10", "100", "1e2", "1.00", "0.1", "0.3", "0.30", "0.7", "0.05", "1.5", "1.6", "2.5",
		"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807", "1e10", "0.1e1", "-0.0",
	}
	sampleLarge = append([]string{"18446744073709551615", "18446744073709551616", "1e39", "-1e39", "3.4e38"}, sampleNumbers...)

	// sampleTexts are without those that the other side takes against RFC 3986 and RFC 5321; TestFormats has them.
	sampleTexts = []string{
		"", "a", "ab", "abc", "abcd", "abcde", "é", "éé", "ééé", "ééééé", "😀😀", "x", "y", "1", "null", "true", "b", "\n", "日本",
		"2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123z", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02 03:04:05Z",
		"2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05.Z", "2024-02-29", "2026-02-29", "2026-1-2", "20260102",
		"03:04:05Z", "03:04:05+01:30", "03:04:05-23:59", "03:04:05", "3:04:05Z", "23:59:59.999Z", "24:00:00Z", "03:60:05Z",
		"P1D", "PT1H", "P3DT4H", "P1Y2M3DT4H5M6S", "P2W", "P", "PT", "P1DT", "P1H", "PT1D", "P1M1Y", "P1W1D", "P1.5D", "-P1D", "P0D", "PT36H", "p1d",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
		"192.0.2.1", "192.0.2.256", "192.0.2", "192.0.02.1", "0.0.0.0", "::1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%25eth0", "2001:db8:::1", ":", "1::2::3", "12345::",
		"https://example.com/a?b#c", "urn:isbn:0451450523", "mailto:a@b.c", "//example.com", "/a", "example.com", "http://[::1]:80/", "http://::1/", "http://a b", "a:", "1a:b", "http://a/%zz",
		"a@example.com", "a.b+c@example.co", "a@b", "a@", "a b@c.d", "\"a b\"@c.d", "a..b@c.d", ".a@c.d", "a@-b.c", "a@[192.0.2.1]", "a@[IPv6:::1]", "a@[1.2]", "a@b@c.d", "é@c.d",
		"aGVsbG8=", "aGVsbG8", "aGVs", "aGV=", "aGVsbG9=", "====", "a-_=", "aG Vs",
	}
)

func (g generator) value(s *Schema, depth int) string {
	s = s.Follow()
	if depth > 3 || g.IntN(8) == 0 {
		return g.any(depth)
	}
	switch s.Kind {
	case KindObject:
		return g.object(s, depth)
	case KindArray:
		return g.array(s, depth)
	case KindUnion:
		return g.value(s.Variants[g.IntN(len(s.Variants))].Schema, depth)
	case KindString:
		if n := len(s.Enum); n > 0 && g.IntN(2) == 0 {
			return s.Enum[g.IntN(n)].JSON
		}
		if s.Const != nil && g.IntN(2) == 0 {
			return s.Const.JSON
		}
		return syntax.Quote(sampleTexts[g.IntN(len(sampleTexts))])
	case KindInteger, KindNumber:
		if s.Format != FormatInt64 && s.Format != FormatDouble {
			return sampleLarge[g.IntN(len(sampleLarge))]
		}
		return sampleNumbers[g.IntN(len(sampleNumbers))]
	}
	return []string{"true", "false"}[g.IntN(2)]
}

func (g generator) object(s *Schema, depth int) string {
	var fields []string
	seen := map[string]bool{}
	add := func(name string, in *Schema) {
		if !seen[name] {
			seen[name] = true
			value := g.any(depth + 1)
			if in != nil {
				value = g.value(in, depth+1)
			}
			fields = append(fields, syntax.Quote(name)+": "+value)
		}
	}
	for _, p := range s.Properties {
		if g.IntN(5) > 0 {
			add(p.Name, p.Schema)
		}
	}
	for range g.IntN(4) / 2 {
		add([]string{"a", "b", "c", "d", "é"}[g.IntN(5)], s.Additional)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func (g generator) array(s *Schema, depth int) string {
	items := make([]string, g.IntN(5))
	for i := range items {
		switch {
		case i < len(s.PrefixItems):
			items[i] = g.value(s.PrefixItems[i].Schema, depth+1)
		case s.Items != nil:
			items[i] = g.value(s.Items, depth+1)
		default:
			items[i] = g.any(depth + 1)
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (g generator) any(depth int) string {
	switch g.IntN(7) {
	case 0:
		return "null"
	case 1:
		return sampleNumbers[g.IntN(len(sampleNumbers))]
	case 2:
		return "true"
	case 3:
		if depth < 3 {
			return "[" + g.any(depth+1) + "]"
		}
	case 4:
		if depth < 3 {
			return `{"a": ` + g.any(depth+1) + `}`
		}
	}
	return syntax.Quote(sampleTexts[g.IntN(len(sampleTexts))])
}
