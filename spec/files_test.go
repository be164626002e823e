package spec_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
	"golang.org/x/tools/txtar"
)

// parseArchive reads a spec of several files, which must be right.
func parseArchive(t *testing.T, text string) *spec.File {
	t.Helper()
	files := txtar.Parse([]byte(text)).Files
	f, sources, err := spec.ParseFiles(files[0].Name, files[0].Data, filesOf(files[1:]))
	if err != nil {
		t.Fatalf("ParseFiles:\n%s", rendered(t, err, ""))
	}
	if diff := cmp.Diff(f.Sources, sources); diff != "" {
		t.Errorf("sources: %s", diff)
	}
	return f
}

const split = `-- mqttx.yaml --
mqttx: 1
include: [b.yaml, "parts/*.yaml", b.yaml]
go: {package: fleet}
auth: {device: {method: password}}
payloads:
  Own: {schema: {type: object, properties: {p: {$ref: "schemas/common.json#/$defs/Point"}}}}
  First: {schema: {$ref: schemas/command.json, description: taken over}}
  Second: {schema: {$ref: schemas/command.json}}
-- b.yaml --
mqttx: 1
include: [parts/z.yaml, mqttx.yaml]
payloads:
  InB:
    schema:
      type: object
      properties:
        first: {$ref: "#/payloads/First"}
        point: {$ref: "#/$defs/Point"}
        again: {$ref: "#/$defs/Point"}
        deep: {type: object, properties: {p: {$ref: "#/$defs/Point"}}, $defs: {Point: {type: integer}}}
      $defs: {Point: {type: string}, Unused: {type: object, properties: {x: {$ref: "#/$defs/Hidden"}}}, Hidden: {type: boolean}}
topics:
  b: {pattern: b, publish: {payload: InZ}}
-- parts/a.yaml --
topics:
  a: {pattern: a, publish: {payload: First}}
-- parts/z.yaml --
payloads:
  InZ: {schema: {type: array, items: {$ref: "../schemas/common.json#/$defs/Point"}}}
topics:
  z: {pattern: z, publish: {payload: InB}}
x-vet-ignore: {MQX103: not now}
-- schemas/command.json --
{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "command",
	"title": "A command", "description": "is replaced",
	"type": "object", "properties": {
		"to": {"$ref": "common.json#/$defs/Point"}, "\ud83d\ude00": {"type": "string", "x-go-name": "Smile"},
		"kind": {"$ref": "#/definitions/kind~1of~0"}, "big": {"type": "integer", "format": "uint64", "maximum": 18446744073709551615},
		"n": {"$ref": "common.json"}
	},
	"definitions": {"kind/of~": {"enum": ["a","b"]}}
}
-- schemas/common.json --
{"type": "integer", "$defs" : {"Point": {"type": "object", "properties": {"next": {"type": "array", "items": {"$ref": "#/$defs/Point"}}}},
 "Broken": {"type": "nothing reads this"}}}
`

func TestFiles(t *testing.T) {
	f := parseArchive(t, split)
	var got []string
	for _, s := range f.Sources {
		got = append(got, s.Name)
	}
	for _, p := range f.Payloads {
		text := fmt.Sprintf("%s %s %s:%d", p.Name, p.GoName, p.Pos.File, p.Pos.Line)
		if p.Definition {
			text = "definition " + text
		}
		if p.Schema.GoType != p.GoName {
			t.Errorf("%s: GoType %q", text, p.Schema.GoType)
		}
		if p.Schema.Ref != nil {
			text += " is " + p.Schema.Ref.Name
		}
		got = append(got, text)
		for _, property := range p.Schema.Properties {
			if ref := property.Schema.Ref; ref != nil {
				got = append(got, fmt.Sprintf("\t%s is %s", property.Name, ref.GoName))
			}
		}
	}
	for _, topic := range f.Topics {
		got = append(got, fmt.Sprintf("topic %s %s:%d", topic.Name, topic.Pos.File, topic.Pos.Line))
	}
	want := `mqttx.yaml
b.yaml
parts/a.yaml
parts/z.yaml
schemas/command.json
schemas/common.json
Own Own :6
	p is Point
First First :7
	to is Point
	kind is KindOf
	n is Common
Second Second :8 is First
InB InB b.yaml:4
	first is First
	point is InBPoint
	again is InBPoint
InZ InZ parts/z.yaml:2
definition schemas/common.json#/$defs/Point Point schemas/common.json:1
definition b.yaml#/payloads/InB/schema/$defs/Point InBPoint b.yaml:12
definition b.yaml#/payloads/InB/schema/properties/deep/$defs/Point InBPoint2 b.yaml:11
definition schemas/command.json#/definitions/kind~1of~0 KindOf schemas/command.json:9
definition schemas/common.json Common schemas/common.json:1
topic b b.yaml:14
topic z parts/z.yaml:4
topic a parts/a.yaml:2
`
	if diff := cmp.Diff(want, strings.Join(got, "\n")+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first := f.Payloads[1].Schema
	if first.Title != "A command" || first.Description != "taken over" || len(f.VetIgnore) != 1 {
		t.Errorf("First: %q, %q, ignore %v", first.Title, first.Description, f.VetIgnore)
	}
	if p := first.Properties[1]; p.Name != "\U0001F600" || p.Pos.File != "schemas/command.json" || p.Pos.Line != 5 || p.Pos.Column != 47 {
		t.Errorf("property %q at %v", p.Name, p.Pos)
	}
	if big := first.Properties[3].Schema.Maximum; big.Text != "18446744073709551615" {
		t.Errorf("maximum %v", big)
	}
	other := parseArchive(t, strings.Replace(split, `"title": "A command"`, `"title": "B command"`, 1))
	if len(f.Hash) != 64 || f.Hash == other.Hash || f.Hash != parseArchive(t, split).Hash {
		t.Errorf("hash %s", f.Hash)
	}
}

// TestFilesAreRead reads a spec of several files from disk.
func TestFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	for _, file := range txtar.Parse([]byte(split)).Files {
		at := filepath.Join(dir, "api", filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, file.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "api", "mqttx.yaml")
	f, sources, err := spec.Load(path)
	if err != nil {
		t.Fatalf("Load:\n%s", rendered(t, err, ""))
	}
	if f.Name != path || len(sources) != 6 || sources[0].Name != path || sources[1].Name != "b.yaml" || f.Hash != parseArchive(t, split).Hash {
		t.Errorf("%s, %d sources", f.Name, len(sources))
	}
	if err := os.Remove(filepath.Join(dir, "api", "schemas", "common.json")); err != nil {
		t.Fatal(err)
	}
	_, sources, err = spec.Load(path)
	text := rendered(t, err, "")
	if len(sources) != 5 || !strings.Contains(text, filepath.Join(dir, "api", "schemas", "command.json")+":5:18: error[MQX026]") || !strings.Contains(text, "    5 | \t\t\"to\"") {
		t.Errorf("%d sources, and:\n%s", len(sources), text)
	}
}

// TestFileLimits asks for what no spec has.
func TestFileLimits(t *testing.T) {
	var names []string
	for i := range 501 {
		names = append(names, fmt.Sprintf("f%d.yaml", i))
	}
	list := fmt.Sprintf("include: [%s]\n", strings.Join(names, ", "))
	for _, tt := range []struct {
		source, want string
		data         func(name string) ([]byte, error)
	}{
		{list, "more than 500 files", func(string) ([]byte, error) { return []byte("x-a: 1"), nil }},
		{"include: [a.yaml]\n", "more than 4194304 bytes", func(string) ([]byte, error) { return make([]byte, 4<<20+1), nil }},
		{"include: [a.json]\n", "more than 4194304 bytes", func(string) ([]byte, error) { return make([]byte, 4<<20+1), nil }},
		{list, "bytes together", func(string) ([]byte, error) { return []byte("x-a: 1 #" + strings.Repeat("a", 2<<20)), nil }},
		{"include: [a.yaml]\n", "broken disk", func(string) ([]byte, error) { return nil, errors.New("broken disk") }},
		{"include: [a.json]\n", "nested more than 100 deep", func(string) ([]byte, error) {
			return []byte(strings.Repeat("[", 200) + strings.Repeat("]", 200)), nil
		}},
		{"include: [a.json]\n", "not JSON", func(string) ([]byte, error) { return []byte(`{"a": 1`), nil }},
		{"include: [a.json]\n", "not UTF-8", func(string) ([]byte, error) { return []byte("{\"a\": \"\xff\"}"), nil }},
		{"include: [a.json]\n", "no content", func(string) ([]byte, error) { return []byte(" \n"), nil }},
	} {
		_, _, err := spec.ParseFiles("mqttx.yaml", []byte(complete(tt.source)), spec.Files{ReadFile: tt.data})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %.300v, want %q", err, tt.want)
		}
		rendered(t, err, "")
	}
	if err := os.Mkdir(filepath.Join(t.TempDir(), "a"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Dir(t.TempDir()).ReadFile("."); err == nil {
		t.Error("a folder is read")
	}
}

// TestRefChains follows references that lead to others, and into a spec that is not included.
func TestRefChains(t *testing.T) {
	f := parseArchive(t, `-- api/mqttx.yaml --
mqttx: 1
go: {package: fleet}
auth: {device: {method: password}}
payloads:
  A: {schema: {$ref: ../a.json, x-go-name: Alpha}}
  B: {schema: {$ref: "#/$defs/X", $defs: {X: {type: object, properties: {a: {$ref: "../api/mqttx.yaml#/payloads/A"}}}}}}
  C: {schema: {$ref: "../other.yaml#/payloads/Theirs"}}
  D: {schema: {type: object, properties: {theirs: {$ref: "../other.yaml#/payloads/More"}, a: {$ref: "../a.json#/$defs/Alpha"}}}}
-- ../a.json --
{"$schema": "x", "$ref": "#/$defs/Alpha", "$defs": {"Alpha": {"type": "object", "title": "deep", "properties": {"n": {"$ref": "other.yaml#/anything/0"}}}}}
-- ../other.yaml --
mqttx: 1
payloads:
  Theirs: {schema: {type: array, items: {$ref: "#/payloads/More"}}}
  More: {schema: {type: string}}
anything: [{type: integer}]
`)
	var got []string
	for _, p := range f.Payloads {
		text := fmt.Sprintf("%s %s %s %q", p.Name, p.GoName, p.Schema.Kind, p.Schema.Title)
		for _, property := range p.Schema.Properties {
			text += " " + property.Name + " " + property.Schema.Ref.GoName
		}
		got = append(got, text)
	}
	want := []string{
		`A Alpha object "deep" n Anything`, `B B object "" a Alpha`, `C C array ""`, `D D object "" theirs More a Alpha`,
		`../other.yaml#/payloads/More/schema More string ""`, `../other.yaml#/anything/0 Anything integer ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHashOfFiles(t *testing.T) {
	hash := func(b, c string) string {
		return parseArchive(t, "-- mqttx.yaml --\n"+complete("include: [b.yaml, c.yaml]\n")+"-- b.yaml --\n"+b+"-- c.yaml --\n"+c).Hash
	}
	if hash("x-a: 1\n# b\n", "x-b: 2\n") == hash("x-a: 1\n", "# b\nx-b: 2\n") {
		t.Error("the hash does not tell files apart")
	}
}

// TestVetOfFiles asks for the places of findings in a file that is included.
func TestVetOfFiles(t *testing.T) {
	f := parseArchive(t, "-- mqttx.yaml --\n"+complete("include: [b.yaml]\ntopics: {w: {pattern: \"{x}\", subscribe: {}}}\n")+`-- b.yaml --
topics: {a: {pattern: b, publish: {}}}
`)
	text := rendered(t, spec.ErrorList(vet.Check(f)), "")
	want := `b.yaml:1:23: warning[MQX106]: topic "a" takes names from topic "w", such as "b"
    1 | topics: {a: {pattern: b, publish: {}}}
      |                       ^ if that is meant: x-vet-ignore: {MQX106: reason}
mqttx.yaml:5:23: note: the wider pattern is {x}
    5 | topics: {w: {pattern: "{x}", subscribe: {}}}
      |                       ^^^^^
`
	if text != want {
		t.Errorf("got:\n%s", text)
	}
}
