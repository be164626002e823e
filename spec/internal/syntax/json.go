package syntax

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// ParseJSON returns the root of a JSON file as YAML has it. The YAML reader would misread some of it: the two halves of an
// escaped character, tabs, line separators in text, a colon on the next line.
func (r *Reader) ParseJSON(source []byte) *yaml.Node {
	if len(source) > MaxSource {
		r.Fail("MQX001", report.Pos{}, "the file has more than %d bytes", MaxSource)
		return nil
	}
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	in := &jsonReader{source: source, line: 1, column: 1}
	for i := 0; i < len(source); {
		c, n := utf8.DecodeRune(source[i:])
		if c == utf8.RuneError && n == 1 {
			r.Fail("MQX001", in.pos(i), "byte 0x%02x is not UTF-8", source[i]).Hint("save the file as UTF-8")
			return nil
		}
		i += n
	}
	if len(bytes.TrimSpace(source)) == 0 {
		r.Fail("MQX002", report.Pos{Line: 1, Column: 1, EndColumn: 1}, "the file has no content").Hint("write a schema: {}")
		return nil
	}
	if err := json.Unmarshal(source, new(json.RawMessage)); err != nil {
		offset := len(source)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			offset = max(0, int(syntax.Offset)-1)
		}
		wrong := r.Fail("MQX001", in.pos(offset), "this is not JSON: %s", err)
		switch before := bytes.TrimRight(source[:min(offset, len(source))], " \t\r\n"); {
		case bytes.HasSuffix(before, []byte(",")):
			wrong.Hint("remove the comma in front of it")
		case offset >= len(source)-1:
			wrong.Hint("a { or [ or a quote is not closed")
		}
		return nil
	}
	in.tokens = json.NewDecoder(bytes.NewReader(source))
	in.tokens.UseNumber()
	root, deep := in.value(0)
	if deep {
		r.Fail("MQX001", in.pos(in.at), "values are nested more than %d deep", MaxDepth)
		return nil
	}
	return root
}

// jsonReader turns tokens of JSON, which is known to be right, into nodes.
type jsonReader struct {
	source []byte
	tokens *json.Decoder

	at           int // where the last token began
	seen         int // up to where lines and columns are counted
	line, column int
}

// pos is the place of a byte. Bytes are asked for in their order.
func (r *jsonReader) pos(offset int) report.Pos {
	for i := r.seen; i < offset; {
		c, n := utf8.DecodeRune(r.source[i:])
		i += n
		if c == '\n' || c == '\r' && !bytes.HasPrefix(r.source[i:], []byte("\n")) {
			r.line, r.column = r.line+1, 0
		}
		r.column++
	}
	r.seen = max(r.seen, offset)
	return report.Pos{Line: r.line, Column: r.column, EndColumn: r.column + 1}
}

// value reads one value. It stops where values are nested too deep.
func (r *jsonReader) value(depth int) (n *yaml.Node, deep bool) {
	token, node := r.next()
	open, ok := token.(json.Delim)
	if !ok {
		return node, false
	}
	if depth > MaxDepth {
		return nil, true
	}
	for r.tokens.More() {
		if open == '{' {
			_, key := r.next()
			node.Content = append(node.Content, key)
		}
		item, deep := r.value(depth + 1)
		if deep {
			return nil, true
		}
		node.Content = append(node.Content, item)
	}
	r.next()
	return node, false
}

// next reads a token.
func (r *jsonReader) next() (json.Token, *yaml.Node) {
	start := int(r.tokens.InputOffset())
	for start < len(r.source) && bytes.IndexByte([]byte(" \t\r\n,:"), r.source[start]) >= 0 {
		start++
	}
	r.at = start
	token, err := r.tokens.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"} // cannot be: the text is right
	}
	pos := r.pos(start)
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: pos.Line, Column: pos.Column}
	switch token := token.(type) {
	case json.Delim:
		n.Style = yaml.FlowStyle
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		if token == '[' || token == ']' {
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		}
	case string:
		n.Tag, n.Value, n.Style = "!!str", token, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!int", token.String()
		if bytes.ContainsAny([]byte(n.Value), ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if token {
			n.Value = "true"
		}
	default:
		n.Tag, n.Value = "!!null", "null"
	}
	return token, n
}

// Quote writes text as JSON has it.
func Quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // cannot be: every string has a form in JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}
