package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// Pos is the place of a node.
func (r *Reader) Pos(n *yaml.Node) report.Pos {
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 && n.Anchor == "" {
		n = n.Content[0]
	}
	column := max(1, n.Column)
	line := r.Line(n.Line)
	start := min(column-1, len(line))
	if n.Line >= 1 && n.Line <= len(r.ascii) && !r.ascii[n.Line-1] {
		start = ByteOffset(line, column)
	}
	rest := line[start:]
	length := 1
	switch {
	case n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0:
	case n.Style&yaml.DoubleQuotedStyle != 0 || n.Style&yaml.SingleQuotedStyle != 0:
		length = quotedLength(rest)
	case strings.HasPrefix(rest, n.Value):
		length = utf8.RuneCountInString(n.Value)
	default:
		length = utf8.RuneCountInString(strings.TrimRight(rest, " \t"))
	}
	return report.Pos{Line: n.Line, Column: column, EndColumn: column + max(1, length)}
}

// Line returns a line, which counts from 1, or "" if there is none.
func (r *Reader) Line(n int) string {
	if n < 1 || n > len(r.lines) {
		return ""
	}
	return r.lines[n-1]
}

// ByteOffset is where a column begins. It walks over the line, so that pos goes by another way where it can.
func ByteOffset(line string, column int) int {
	for i := range line {
		if column--; column == 0 {
			return i
		}
	}
	return len(line)
}

// quotedLength is how many characters a quoted text has on its first line, with its quotes.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[0] == '"' && s[i] == '\\':
			i++
		case s[i] == s[0] && s[0] == '\'' && strings.HasPrefix(s[i+1:], "'"):
			i++
		case s[i] == s[0]:
			return utf8.RuneCountInString(s[:i+1])
		}
	}
	return utf8.RuneCountInString(s)
}

// Inside is the place of some bytes of a text, if it is written without escapes; else that of the text.
func (r *Reader) Inside(n *yaml.Node, start, end int) report.Pos {
	pos := r.Pos(n)
	line := r.Line(pos.Line)
	offset := ByteOffset(line, pos.Column)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		offset++
	}
	if n.Anchor != "" || n.Value == "" || start == end || !strings.HasPrefix(line[min(offset, len(line)):], n.Value) {
		return pos
	}
	return SpanIn(pos, line, offset+start, offset+end)
}

// spanOf makes a place from byte offsets in a line.
func spanOf(line int, text string, start, end int) report.Pos {
	start, end = min(start, len(text)), min(max(start, end), len(text))
	column := utf8.RuneCountInString(text[:start]) + 1
	return report.Pos{Line: line, Column: column, EndColumn: column + max(1, utf8.RuneCountInString(text[start:end]))}
}

// SpanIn makes a place from byte offsets in the line of another one.
func SpanIn(pos report.Pos, line string, start, end int) report.Pos {
	span := spanOf(pos.Line, line, start, end)
	span.File = pos.File
	return span
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
