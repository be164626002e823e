package syntax

import (
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// TestJSONNodes reads what YAML would take for something else, and asks for values and places.
func TestJSONNodes(t *testing.T) {
	for _, tt := range []struct {
		source string
		path   []int // which child of which
		kind   string
		value  string
		line   int
		column int
		end    int
	}{
		{`{"a":1}`, []int{1}, "!!int", "1", 1, 6, 7},
		{"\ufeff{\"a\"\r\n\t:\r\n\t\t\"b\"}", []int{1}, "!!str", "b", 3, 3, 6},
		{"[\"\\ud83d\\ude00\", \"説\u2028\", 1E5]", []int{2}, "!!float", "1E5", 1, 24, 27},
		{"[\"\\ud83d\\ude00\"]", []int{0}, "!!str", "\U0001F600", 1, 2, 16},
		{"[\"a\u2028b\"]", []int{0}, "!!str", "a\u2028b", 1, 2, 7},
		{`[ , ]`, nil, "MQX001", "this is not JSON: invalid character ',' looking for beginning of value", 1, 3, 4},
		{"{\n\"a\": true,\r}", nil, "MQX001", "this is not JSON: invalid character '}' looking for beginning of object key string", 3, 1, 2},
		{`{"a": [1, 2}`, nil, "MQX001", "this is not JSON: invalid character '}' after array element", 1, 12, 13},
		{`{"a": {"b": [null, false]}}`, []int{1, 1, 1}, "!!bool", "false", 1, 20, 25},
		{`{"a": "<<", "<<": 18446744073709551616}`, []int{3}, "!!int", "18446744073709551616", 1, 19, 39},
		{`"yes"`, []int{}, "!!str", "yes", 1, 1, 6},
		{`{"a": 010}`, nil, "MQX001", "this is not JSON: invalid character '1' after object key:value pair", 1, 8, 9},
		{"# no\n{}", nil, "MQX001", "this is not JSON: invalid character '#' looking for beginning of value", 1, 1, 2},
		{`{"a": "`, nil, "MQX001", "this is not JSON: unexpected end of JSON input", 1, 7, 8},
	} {
		d := NewReader("a.json", []byte(tt.source))
		n := d.Parse("a.json", []byte(tt.source))
		if tt.path == nil {
			if n != nil || len(d.Found) != 1 {
				t.Errorf("%q is read, %v", tt.source, d.Found)
				continue
			}
			if w := d.Found[0]; w.Code != tt.kind || w.Message != tt.value || w.Line != tt.line || w.Column != tt.column || w.EndColumn != tt.end {
				t.Errorf("%q: %s to %d", tt.source, w.Error(), w.EndColumn)
			}
			continue
		}
		if n == nil {
			t.Errorf("%q: %v", tt.source, d.Found[0])
			continue
		}
		for _, i := range tt.path {
			n = n.Content[i]
		}
		if pos := d.Pos(n); n.Kind != yaml.ScalarNode || n.ShortTag() != tt.kind || n.Value != tt.value || pos != (report.Pos{Line: tt.line, Column: tt.column, EndColumn: tt.end}) {
			t.Errorf("%q: %s %q at %+v", tt.source, n.ShortTag(), n.Value, pos)
		}
	}
}
