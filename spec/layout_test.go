package spec_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestNesting goes to the depth that package payload reads, and one further.
func TestNesting(t *testing.T) {
	arrays := func(n int, inner string) string {
		return strings.Repeat("{type: array, items: ", n) + inner + strings.Repeat("}", n)
	}
	payloads := func(a, b string) string {
		return complete(fmt.Sprintf("payloads:\n  A: {schema: %s}\n  B: {schema: %s}\n", a, b))
	}
	const integer, toB, toA = "{type: integer}", `{$ref: "#/payloads/B"}`, `{$ref: "#/payloads/A"}`
	for _, tt := range []struct {
		a, b string
		at   []string // "line:column" of what is wrong
	}{
		{a: arrays(64, integer), b: integer},
		{a: arrays(65, integer), b: integer, at: []string{fmt.Sprintf("5:%d", 15+64*21)}},
		{a: arrays(70, integer), b: toA, at: []string{fmt.Sprintf("5:%d", 15+64*21)}},
		{a: arrays(63, "{type: object, properties: {p: {type: integer}}}"), b: integer},
		{a: arrays(64, "{type: object}"), b: integer, at: []string{fmt.Sprintf("5:%d", 15+64*21)}},
		{a: arrays(40, toB), b: arrays(24, integer)},
		{a: arrays(40, toB), b: arrays(25, integer), at: []string{fmt.Sprintf("5:%d", 15+40*21+7)}},
		{a: arrays(40, toB), b: arrays(24, toA), at: nil},
		{a: arrays(63, "{type: object, additionalProperties: {type: integer}}"), b: integer},
		{a: arrays(64, "{type: object, additionalProperties: {type: integer}}"), b: integer, at: []string{fmt.Sprintf("5:%d", 15+64*21)}},
		{a: arrays(63, "{type: array, prefixItems: [{oneOf: [{type: integer}, {type: string}]}]}"), b: integer},
		{a: arrays(63, "{oneOf: [{type: integer}, {type: array, items: {type: array, items: {type: integer}}}]}"), b: integer, at: []string{"5:1385"}},
		{a: arrays(63, "{oneOf: [{type: integer}, {type: array, items: {type: integer}}]}"), b: integer},
	} {
		source := payloads(tt.a, tt.b)
		if tt.at == nil {
			parse(t, source)
			continue
		}
		var at []string
		for _, d := range diagnose(t, source) {
			if d.Code != "MQX042" {
				t.Errorf("%v", &d)
			}
			at = append(at, fmt.Sprintf("%d:%d", d.Line, d.Column))
		}
		if strings.Join(at, " ") != strings.Join(tt.at, " ") {
			t.Errorf("A %.80s, B %.80s: wrong at %v, want %v", tt.a, tt.b, at, tt.at)
		}
	}
}
