package edit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/edit"
)

// everywhere names things in every place of the language, also where this version does not read it yet.
const everywhere = `mqttx: 1
auth:
  "dev": {method: password} # dev
  lab: {method: anonymous, description: dev}
payloads:
  dev: {schema: {type: object, properties: {dev: {$ref: '#/payloads/Item'}, const: {$ref: "#/payloads/Item"}, $ref: {type: string}}}}
  Item: &item
    schema:
      oneOf: [{$ref: "#/payloads/Item/schema/x"}, {"$ref": "#/payloads/Items"}]
      discriminator: {mapping: {Item: "#/payloads/Item", b: Item}}
      examples: [{$ref: "#/payloads/Item"}]
      default: Item
  Items: *item
topics:
  Item:
    pattern: "dev/{dev}"
    params: {dev: {is: {dev: user, lab: client_id}, schema: {$ref: "#/payloads/Item"}}}
    publish: {auth: [dev, lab, "dev"], payload: Item}
    subscribe: {auth: dev, payload: {by: content_type, map: {a: Item, Item: {payload: Item}, c: Items}}}
    reply: answer
    examples: [{params: {dev: dev}, payload: Item}]
  answer:
    pattern: answer
    publish: {reply: {topic: answer, dev: answer}}
events:
  answer: {schema: {$ref: "#/payloads/Item"}, auth: [dev], payload: Item}
`

func TestRename(t *testing.T) {
	tests := []struct {
		kind, from, to string
		lines          []int
		count          int // how often the new name stands there
	}{
		{"auth", "dev", "NEW", []int{3, 17, 18, 19, 26}, 6},
		{"topic", "answer", "NEW", []int{20, 22, 24}, 3},
		{"topic", "Item", "NEW", []int{15}, 1},
		{"payload", "Item", "NEW", []int{6, 7, 9, 10, 17, 18, 19, 26}, 12},
		{"payload", "dev", "NEW", []int{6}, 1},
		{"event", "answer", "NEW", []int{26}, 1},
	}
	for _, form := range []string{"plain", "CR LF", "byte order mark"} {
		source := everywhere
		switch form {
		case "CR LF":
			source = strings.ReplaceAll(source, "\n", "\r\n")
		case "byte order mark":
			source = "\ufeff" + source
		}
		for _, tt := range tests {
			t.Run(form+" "+tt.kind+" "+tt.from, func(t *testing.T) {
				r, err := edit.Rename([]byte(source), tt.kind, tt.from, tt.to)
				if err != nil {
					t.Fatal(err)
				}
				var lines []int
				old, now := strings.Split(source, "\n"), strings.Split(string(r.Source), "\n")
				for i := range old {
					if old[i] != now[i] {
						lines = append(lines, i+1)
					}
				}
				if diff := cmp.Diff(tt.lines, lines); diff != "" {
					t.Errorf("lines that differ (-want +got)\n%s\n%s", diff, r.Source)
				}
				if diff := cmp.Diff(tt.lines, r.Lines); diff != "" {
					t.Errorf("lines that are told (-want +got)\n%s", diff)
				}
				if n := strings.Count(string(r.Source), "NEW"); n != tt.count {
					t.Errorf("%d times, want %d\n%s", n, tt.count, r.Source)
				}
				back, err := edit.Rename(r.Source, tt.kind, tt.to, tt.from)
				if err != nil || string(back.Source) != source {
					t.Errorf("the way back: %v\n%s", err, back.Source)
				}
			})
		}
	}
}

// TestRenameBack renames all there is in real specs, there and back.
func TestRenameBack(t *testing.T) {
	for path, source := range specs(t) {
		f, err := spec.Parse(path, source)
		if err != nil {
			continue
		}
		var names [][2]string
		for _, a := range f.Auth {
			names = append(names, [2]string{"auth", a.Name})
		}
		for _, p := range f.Payloads {
			names = append(names, [2]string{"payload", p.Name})
		}
		for _, topic := range f.Topics {
			names = append(names, [2]string{"topic", topic.Name})
		}
		for _, n := range names {
			r, err := edit.Rename(source, n[0], n[1], "Another-1")
			if err != nil {
				t.Errorf("%s: %v: %v", path, n, err)
				continue
			}
			if _, err := spec.Parse(path, r.Source); err != nil {
				t.Errorf("%s: %v: the result is no spec: %v", path, n, err)
			}
			if n[1] == "Null" { // which gets quotes: plain, it is null
				continue
			}
			back, err := edit.Rename(r.Source, n[0], "Another-1", n[1])
			if err != nil || string(back.Source) != string(source) {
				t.Errorf("%s: %v: not the same as before: %v", path, n, err)
			}
		}
	}
}

func TestRenameRefuses(t *testing.T) {
	for _, tt := range []struct{ source, kind, from, to, want string }{
		{everywhere, "topic", "Itm", "a", `there is no topic "Itm"; did you mean "Item"?`},
		{everywhere, "topic", "Item", "answer", `there is a topic "answer" already`},
		{everywhere, "topic", "Item", "1", `"1" cannot be a name`},
		{"mqttx: 1\n", "event", "a", "b", `there is no event "a"`},
		{"topics: {\"\\u0061\": {}}", "topic", "a", "b", "mqttx.yaml:1: \"a\" is written in a way"},
		{"topics: {", "topic", "a", "b", "MQX001"},
		{"topics: [a]", "topic", "a", "b", `there is no topic "a"`},
		{"", "topic", "a", "b", `there is no topic "a"`},
	} {
		r, err := edit.Rename([]byte(tt.source), tt.kind, tt.from, tt.to)
		if err == nil || !strings.Contains(err.Error(), tt.want) || r != nil {
			t.Errorf("%s %s: %v, want %s", tt.kind, tt.from, err, tt.want)
		}
	}
	r, err := edit.Rename([]byte("topics: {a: {}}"), "topic", "a", "yes")
	if err != nil || string(r.Source) != `topics: {"yes": {}}` {
		t.Errorf("%s, %v", r.Source, err)
	}
}

// TestRenameInSchemas renames a payload that a file of schemas refers to: in $ref, and in a mapping by its name alone where the
// name is that of the payload.
func TestRenameInSchemas(t *testing.T) {
	sources := []spec.SourceFile{
		{Name: "mqttx.yaml", Data: []byte("payloads:\n  Cat: {schema: {$ref: \"pets.yaml#/$defs/Pet\"}}\n")},
		{Name: "pets.yaml", Schemas: true, Data: []byte(`$defs:
  Cat: {type: object}
  Pet:
    oneOf: [{$ref: "mqttx.yaml#/payloads/Cat"}, {$ref: "#/$defs/Dog"}]
    discriminator: {propertyName: kind, mapping: {a: Cat, b: Dog, c: "mqttx.yaml#/payloads/Cat"}}
  Own:
    oneOf: [{$ref: "#/$defs/Cat"}, {$ref: "#/$defs/Dog"}]
    discriminator: {propertyName: kind, mapping: {a: Cat}}
  discriminator: {properties: {mapping: {$ref: "mqttx.yaml#/payloads/Cat"}}}
`)},
	}
	list, err := edit.RenameFiles(sources, "payload", "Cat", "NEW")
	if err != nil || len(list) != 2 {
		t.Fatalf("%d files, %v", len(list), err)
	}
	if diff := cmp.Diff([]int{4, 5, 9}, list[1].Lines); diff != "" || strings.Count(string(list[1].Source), "NEW") != 4 {
		t.Errorf("lines of pets.yaml (-want +got)\n%s\n%s", diff, list[1].Source)
	}
}
