package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// TestYAMLPlaces asks for place and code where yaml.v3 or the text itself could mislead.
func TestYAMLPlaces(t *testing.T) {
	head := "mqttx: 1\ngo: {package: fleet}\nauth: {device: {method: password}}\n"
	long := head + strings.Repeat("# filler\n", 500)
	tests := []struct {
		name, source, code string
		line, column, end  int
	}{
		{"byte order mark", "\ufeffmqttx: 2\n" + head[9:], "MQX025", 1, 8, 9},
		{"CR LF", strings.ReplaceAll(head+"topic: {}\n", "\n", "\r\n"), "MQX021", 4, 1, 6},
		{"CR", strings.ReplaceAll(head+"topic: {}\n", "\n", "\r"), "MQX021", 4, 1, 6},
		{"runes", head + "info: {title: \"é説\", titel: b}\n", "MQX021", 4, 21, 26},
		{"not UTF-8", head + "info: {title: \"a\xff\"}\n", "MQX001", 4, 17, 18},
		{"next line character", head + "info: {title: \"a\u0085b\"}\n", "MQX001", 4, 17, 18},
		{"line separator", head + "info: {title: \"a\u2028b\"}\n", "MQX001", 4, 17, 18},
		{"byte order mark within", head + "info: {title: \"\ufeff\"}\n", "MQX001", 4, 16, 17},
		{"NUL", "mqttx: 1\x00", "MQX001", 1, 9, 10},
		{"UTF-16", "\xff\xfem\x00", "MQX001", 1, 1, 2},
		{"no line from the parser", "mqttx: {\n", "MQX001", 1, 1, 9},
		{"far away", long + "topics:\n  a:\n    pattern: {id}/a\n    publish: {}\n", "MQX007", 506, 14, 20},
		{"rest parameter", head + "topics:\n  a:\n    pattern: {id...}/a\n", "MQX007", 6, 14, 23},
		{"pattern in braces, nested", head + "topics: {a: {pattern: {id}/x, publish: {}}}\n", "MQX007", 4, 23, 29},
		{"within a list", head + "topics:\n  a:\n    pattern: a\n    publish:\n      auth: [device, #x]\n", "MQX001", 8, 7, 25},
		{"literal block", head + "info:\n  title: |\n    a\n  titel: b\n", "MQX021", 7, 3, 8},
		{"second document is broken", head + "---\na: [\n", "MQX001", 5, 1, 5},
		{"quoted key", head + "\"a\\u0062c\": 1\n", "MQX021", 4, 1, 11},
		{"single quotes", head + "'it''s': 1\n", "MQX021", 4, 1, 8},
		{"anchored", head + "x-a: &a {title: 1, titel: 2}\ninfo: *a\n", "MQX021", 4, 20, 25},
		{"octal", head + "payloads: {A: {schema: {type: integer, maximum: 0o17}}}\n", "MQX014", 4, 49, 53},
		{"empty key", head + ": 1\n", "MQX001", 4, 1, 4},
		{"null key", head + "~: 1\n", "MQX021", 4, 1, 2},
		{"deep", head + "x-a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n", "MQX001", 4, 106, 107},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := diagnose(t, tt.source)
			d := list[0]
			if d.Code != tt.code || d.Line != tt.line || d.Column != tt.column || d.EndColumn != tt.end {
				t.Errorf("%s, to %d; want %s at %d:%d to %d", d.Error(), d.EndColumn, tt.code, tt.line, tt.column, tt.end)
			}
			if len(list) > 1 {
				t.Errorf("and also %s", list[1].Error())
			}
		})
	}
}

func TestYAMLValues(t *testing.T) {
	f := parse(t, complete(`info: {title: 010, version: 1.10, description: yes}
x-shared: &shared {type: object, properties: {at: {type: string, format: date-time}}}
payloads:
  A: {schema: *shared}
  B: {schema: {enum: [yes, no, on, "null", "1"]}}
  C: {schema: {type: number, minimum: 1.10, maximum: 1e3}}
topics:
  a: {pattern: 010, publish: {}}
`))
	if f.Info.Title != "010" || f.Info.Version != "1.10" || f.Info.Description != "yes" || f.Topics[0].Pattern.String() != "010" {
		t.Errorf("info %+v, pattern %s", f.Info, f.Topics[0].Pattern)
	}
	if f.Payloads[0].Schema.Properties[0].Schema.Format != spec.FormatDateTime || f.Payloads[1].Schema.Enum[0].Text != "yes" {
		t.Errorf("payloads %+v", f.Payloads)
	}
	c := f.Payloads[2].Schema
	if c.Minimum.Text != "1.10" || c.Minimum.Rat.RatString() != "11/10" || c.Maximum.Float64() != 1000 {
		t.Errorf("bounds %v %v", c.Minimum, c.Maximum)
	}
	if v, ok := c.Maximum.Int64(); v != 1000 || !ok {
		t.Errorf("Int64 = %d, %v", v, ok)
	}
	if _, ok := c.Minimum.Uint64(); ok {
		t.Error("1.10 is a whole number")
	}
}

func TestLargeFile(t *testing.T) {
	list := diagnose(t, strings.Repeat("#", 8<<20+1))
	if list[0].Code != "MQX001" || list[0].Line != 0 {
		t.Errorf("%v", list)
	}
}

// FuzzParse reads a spec that may take in one other file, in YAML or in JSON.
func FuzzParse(f *testing.F) {
	f.Add("", "")
	f.Add("mqttx: 1\na: &a [*a]\n", "")
	f.Add("a: {id}/b\n", "")
	for _, code := range report.Codes() {
		doc, _ := report.Explain(code)
		f.Add(complete(doc.Wrong), doc.Right)
		f.Add(complete(doc.Right), doc.Wrong)
		f.Add(complete("include: [b.yaml, \"*.yaml\"]\n"), doc.Wrong)
	}
	refs := complete(`payloads:
  A: {schema: {$ref: b.json}}
  B: {schema: {$ref: b.json}}
  C: {schema: {type: object, properties: {a: {$ref: "b.json#/$defs/P"}, b: {$ref: "b.yaml#/$defs/P"}, c: {$ref: "#/$defs/P"}}, $defs: {P: {$ref: "#/payloads/C"}}}}
`)
	f.Add(refs, `{"type": "object", "properties": {"p": {"$ref": "#/$defs/P"}}, "$defs": {"P": {"type": "array", "items": {"$ref": "b.json"}}}}`)
	f.Add(refs, `{"$ref": "#/$defs/P", "$defs": {"P": {"$ref": "b.yaml#"}}}`)
	files, err := filepath.Glob("testdata/*/schema*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		text, _, _ := strings.Cut(string(source), "-- want --")
		if _, inside, ok := strings.Cut(text, "-- mqttx.yaml --\n"); ok {
			text = inside
		}
		f.Add(text, "")
	}
	whole, err := os.ReadFile("testdata/valid/language.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole), "")
	f.Fuzz(func(t *testing.T, source, other string) {
		file, sources, err := spec.ParseFiles("f", []byte(source), spec.Files{
			ReadFile: func(name string) ([]byte, error) {
				if name != "b.yaml" && name != "b.json" {
					return nil, fs.ErrNotExist
				}
				return []byte(other), nil
			},
			Glob: func(string) ([]string, error) { return []string{"b.yaml", "f"}, nil },
		})
		if len(sources) == 0 || len(sources) > 3 {
			t.Fatalf("%d sources", len(sources))
		}
		if err == nil {
			vet.Check(file)
			for _, p := range file.Payloads {
				if p.Schema == nil && (p.Encoding == spec.EncodingProtobuf || p.Encoding == spec.EncodingRaw) {
					continue
				}
				if k := p.Schema.Resolve().Kind; k == spec.KindInvalid || p.GoName == "" {
					t.Fatalf("payload %q: kind %v", p.Name, k)
				}
				sound(t, p.Schema)
			}
			for _, topic := range file.Topics {
				for _, p := range topic.Payload().Payloads() {
					if topic.GoName == "" || p != nil && p.GoName == "" {
						t.Fatalf("topic %q: names %q, %+v", topic.Name, topic.GoName, p)
					}
				}
			}
			for _, e := range file.Events {
				if e.GoName == "" || e.Payload == nil || e.Payload.GoName == "" {
					t.Fatalf("event %+v", e)
				}
			}
			for _, a := range file.Auth {
				if a.GoName == "" || a.Method == "" || a.Claims != nil && a.Claims.GoName == "" {
					t.Fatalf("auth method %+v", a)
				}
			}
			if again, _, err := spec.ParseFiles("f", []byte(source), spec.Files{}); err == nil && len(sources) > 1 {
				t.Fatalf("%d sources, and none is needed: %v", len(sources), again.Sources)
			}
			return
		}
		list := err.(spec.ErrorList)
		text := rendered(t, err, "")
		for _, d := range list {
			if _, ok := report.Explain(d.Code); !ok || d.Line < 0 || d.Column > 1 && d.EndColumn < d.Column || d.Message == "" {
				t.Fatalf("diagnostic %+v", d)
			}
		}
		if strings.ContainsAny(text, "\x1b\x00") {
			t.Fatalf("control characters in %q", text)
		}
	})
}

// sound holds a schema of a file without errors to what the model promises.
func sound(t *testing.T, s *spec.Schema) {
	var inner []*spec.Schema
	add := func(list ...*spec.Schema) {
		for _, one := range list {
			if one != nil {
				inner = append(inner, one)
			}
		}
	}
	add(s.Items, s.Additional)
	for _, p := range append(append([]*spec.Property(nil), s.Properties...), s.PrefixItems...) {
		if (p.GoName == "") != (p.Fixed() != nil) || p.Required && p.Schema.Default != nil {
			t.Fatalf("property %q of %s: %+v", p.Name, s.Path, p)
		}
		if p.Fixed() == nil {
			add(p.Schema)
		}
	}
	for _, v := range s.Variants {
		if v.Schema.Nullable || v.Schema.GoType == "" && v.Schema.Kind != spec.KindRef || (s.Discriminator == "") != (len(v.Values) == 0) {
			t.Fatalf("variant %s: %+v", v.Schema.Path, v)
		}
		add(v.Schema)
	}
	switch wrong := s.Kind == spec.KindInvalid || s.Kind == spec.KindAny && s.XGoType == ""; {
	case wrong, s.Kind == spec.KindRef && s.Ref == nil, s.Kind == spec.KindUnion && len(s.Variants) < 2,
		s.Kind == spec.KindArray && s.Items == nil && len(s.PrefixItems) == 0 && s.XGoType == "":
		t.Fatalf("schema %s: %+v", s.Path, s)
	}
	for _, v := range s.Enum {
		if v.GoName == "" || s.GoType == "" || s.Format != spec.FormatNone && s.Kind == spec.KindString {
			t.Fatalf("value %s of %s: %+v", v.JSON, s.Path, v)
		}
	}
	for _, one := range inner {
		sound(t, one)
	}
}
