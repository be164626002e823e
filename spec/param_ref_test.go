package spec_test

import (
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

const paramRefs = `mqttx: 1
go: {package: fleet}
auth: {device: {method: password}}
payloads:
  Slot: {description: where it hangs, schema: {type: integer, minimum: 1, maximum: 8}}
  State: {schema: {enum: [on, "off"], x-go-names: {on: Running}}}
  Alias: {schema: {$ref: "#/payloads/State"}}
topics:
  a:
    pattern: "a/{slot}/{state}/{id}"
    params: {slot: {schema: {$ref: "#/payloads/Slot"}}, state: {schema: {$ref: "#/payloads/Alias"}}, id: {schema: {$ref: "#/$defs/ID", $defs: {ID: {type: string, format: uuid}}}}}
    publish: {}
    examples: [{params: {slot: 3, state: on, id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8}, payload: ""}]
`

// TestParamRefs wants a parameter that refers to a schema to be as if it stood there.
func TestParamRefs(t *testing.T) {
	source := strings.Replace(paramRefs, ", $defs: {ID: {type: string, format: uuid}}", "", 1)
	source = strings.Replace(source, "#/$defs/ID", "#/payloads/ID", 1)
	source = strings.Replace(source, "topics:\n", "  ID: {schema: {type: string, format: uuid}}\ntopics:\n", 1)
	f := parse(t, source)
	slot, state, id := f.Topics[0].Params[0], f.Topics[0].Params[1], f.Topics[0].Params[2]
	if s := slot.Schema; s.Kind != spec.KindInteger || s.Maximum.Text != "8" || s.GoType != "" || slot.Payload.Name != "Slot" {
		t.Errorf("slot is %+v", s)
	}
	if s := state.Schema; s.Kind != spec.KindString || len(s.Enum) != 2 || s.Enum[0].GoName != "" || s.GoType != "" {
		t.Errorf("state is %+v", s)
	}
	if s := f.Payloads[1].Schema; s.Enum[0].GoName != "StateRunning" || s.GoType != "State" {
		t.Errorf("State is %+v", s)
	}
	if id.Schema.Format != spec.FormatUUID {
		t.Errorf("id is %+v", id.Schema)
	}
	if list := vet.Check(f); len(list) != 0 {
		t.Errorf("Vet: %v", list)
	}
	for _, tt := range []struct{ from, to, want string }{
		{"slot: 3", "slot: 9", "MQX066"},
		{"{type: integer, minimum: 1, maximum: 8}", "{type: number}", "a parameter cannot be of type number"},
		{"{type: integer, minimum: 1, maximum: 8}", "{type: object}", "a parameter cannot be of type object"},
		{"{type: integer, minimum: 1, maximum: 8}", "{type: string, x-go-type: net/netip.Addr}", "cannot have x-go-type"},
		{`{$ref: "#/payloads/Slot"}`, `{$ref: "#/payloads/Slot", nullable: true}`, `parameter "slot" cannot be null`},
		{`{$ref: "#/payloads/Slot"}`, `{$ref: "#/payloads/Slo"}`, `did you mean "Slot"?`},
		{`{enum: [on, "off"], x-go-names: {on: Running}}`, `{enum: [on, "o/f"]}`, `parameter "state" is never "o/f"`},
		{"pattern: \"a/{slot}/{state}/{id}\"", "pattern: \"a/{state}/{id}/{slot...}\"", "takes several levels"},
	} {
		if !strings.Contains(source, tt.from) {
			t.Fatalf("no %q", tt.from)
		}
		wrong := strings.Replace(source, tt.from, tt.to, 1)
		if text := rendered(t, diagnose(t, wrong), wrong); !strings.Contains(text, tt.want) {
			t.Errorf("%s:\n%s", tt.to, text)
		}
	}
}

// TestAllOfGoName wants a Go name that would be lost to be refused.
func TestAllOfGoName(t *testing.T) {
	source := complete(`payloads: {P: {schema: {allOf: [{type: object, x-go-name: Base, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}}}`)
	text := rendered(t, diagnose(t, source), source)
	if !strings.Contains(text, "error[MQX053]: x-go-name of one of the schemas that allOf joins names nothing") || !strings.Contains(text, "beside allOf") {
		t.Error(text)
	}
	f := parse(t, complete(`payloads: {P: {schema: {x-go-name: Joined, allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}}}`))
	if f.Payloads[0].GoName != "Joined" {
		t.Errorf("GoName is %s", f.Payloads[0].GoName)
	}
}
