package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

const misspelt = `mqttx: 1
go: {package: fleet}
auth: {device: {method: password}}
topics:
  one: {patern: "a/{x}", pattern: "a/{x}", publish: {}}
  two: {pattern: "{y}/b", publish: {}}
`

func render(t *testing.T, list []spec.Diagnostic, source string, o report.RenderOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Render(&out, list, []byte(source), o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRenderText(t *testing.T) {
	want := `mqttx.yaml:5:9: error[MQX021]: unknown field "patern" in topic "one"
    3 | auth: {device: {method: password}}
    4 | topics:
    5 |   one: {patern: "a/{x}", pattern: "a/{x}", publish: {}}
      |         ^^^^^^ did you mean "pattern"?
mqttx.yaml:6:18: error[MQX061]: topics "one" and "two" overlap and neither is more specific: both describe "a/b"
    4 | topics:
    5 |   one: {patern: "a/{x}", pattern: "a/{x}", publish: {}}
    6 |   two: {pattern: "{y}/b", publish: {}}
      |                  ^^^^^^^ make a level of one of them a literal that the other does not have
mqttx.yaml:5:35: note: the other pattern is a/{x}
    5 |   one: {patern: "a/{x}", pattern: "a/{x}", publish: {}}
      |                                   ^^^^^^^
`
	list := diagnose(t, misspelt)
	if got := render(t, list, misspelt, report.RenderOptions{}); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	color := render(t, list, misspelt, report.RenderOptions{Color: true})
	if !strings.Contains(color, "\x1b[1;31merror[MQX021]:\x1b[0m") {
		t.Errorf("no colour:\n%q", color)
	}
	for _, sequence := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[34m", "\x1b[0m"} {
		color = strings.ReplaceAll(color, sequence, "")
	}
	if color != want {
		t.Errorf("with colours taken away:\n%s", color)
	}
}

func TestRenderJSON(t *testing.T) {
	var got []map[string]any
	text := render(t, diagnose(t, misspelt), misspelt, report.RenderOptions{Format: "json"})
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	for key, want := range map[string]any{
		"severity": "error", "file": "mqttx.yaml", "line": 6.0, "column": 18.0, "endColumn": 25.0, "code": "MQX061",
	} {
		if got[1][key] != want {
			t.Errorf("%s = %v, want %v", key, got[1][key], want)
		}
	}
	related, _ := got[1]["related"].(map[string]any)
	if related["line"] != 5.0 || related["column"] != 35.0 {
		t.Errorf("related %v", related)
	}
	if _, has := got[0]["related"]; has {
		t.Error("the first has a second place")
	}
	if text := render(t, nil, "", report.RenderOptions{Format: "json"}); strings.TrimSpace(text) != "[]" {
		t.Errorf("nothing is %q", text)
	}
}

func TestRenderLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString(complete(""))
	for i := range 30 {
		fmt.Fprintf(&b, "wrong%d: 1\n", i)
	}
	list := diagnose(t, b.String())
	if len(list) != 30 {
		t.Fatalf("%d errors, want all at once", len(list))
	}
	for limit, want := range map[int]int{0: report.MaxErrors, 5: 5, -1: 30, 100: 30} {
		text := render(t, list, b.String(), report.RenderOptions{Max: limit})
		if n := strings.Count(text, "error["); n != want {
			t.Errorf("Max %d prints %d", limit, n)
		}
		more := fmt.Sprintf("... and %d more\n", 30-want)
		if strings.HasSuffix(text, more) != (want < 30) {
			t.Errorf("Max %d ends with %q", limit, text[len(text)-20:])
		}
	}
	if n := strings.Count(list.Error(), "\n"); n != report.MaxErrors || !strings.HasSuffix(list.Error(), "and 10 more errors") {
		t.Errorf("Error has %d lines: ...%s", n, list.Error()[len(list.Error())-40:])
	}
	for i := 1; i < len(list); i++ {
		if list[i-1].Line > list[i].Line {
			t.Error("not sorted by position")
		}
	}
}

func TestRenderPlaces(t *testing.T) {
	at := func(line, column, end int) []spec.Diagnostic {
		return []spec.Diagnostic{{File: "f", Line: line, Column: column, EndColumn: end, Code: "MQX104", Message: "m", Suggestion: "s"}}
	}
	tests := []struct {
		name   string
		list   []spec.Diagnostic
		source string
		want   string
	}{
		{"tab", at(1, 2, 3), "\tab", "f:1:2: warning[MQX104]: m\n    1 | \tab\n      | \t^ s\n"},
		{"wide", at(1, 3, 4), "説明x", "f:1:3: warning[MQX104]: m\n    1 | 説明x\n      |     ^ s\n"},
		{"end of line", at(1, 3, 3), "ab", "f:1:3: warning[MQX104]: m\n    1 | ab\n      |   ^ s\n"},
		{"escape sequence", at(1, 1, 2), "\x1b[31mred", "f:1:1: warning[MQX104]: m\n    1 | \ufffd[31mred\n      | ^ s\n"},
		{"no such line", at(7, 1, 2), "a", "f:7:1: warning[MQX104]: m\n      | s\n"},
		{"no line", at(0, 0, 0), "a", "f: warning[MQX104]: m\n      | s\n"},
		{"CR LF", at(2, 1, 2), "a\r\nb\r\n", "f:2:1: warning[MQX104]: m\n    1 | a\n    2 | b\n      | ^ s\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := render(t, tt.list, tt.source, report.RenderOptions{}); got != tt.want {
				t.Errorf("got\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestRenderUnknownFormat(t *testing.T) {
	if err := report.Render(&bytes.Buffer{}, nil, nil, report.RenderOptions{Format: "xml"}); err == nil {
		t.Error("no error")
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestRenderWriteError(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		if err := report.Render(brokenWriter{}, diagnose(t, misspelt), []byte(misspelt), report.RenderOptions{Format: format}); !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", format, err)
		}
	}
}
