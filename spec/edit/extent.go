package edit

import (
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// text is the source of a spec, for those who edit it. The nodes of yaml.v3 say where a value begins and not where it
// ends, which is found here.
type text struct {
	source string
	starts []int // offset of each line
}

func newText(source string) *text {
	t := &text{source: source, starts: []int{len(source) - len(strings.TrimPrefix(source, "\ufeff"))}}
	for i := range len(source) - 1 {
		if source[i] == '\n' || source[i] == '\r' && source[i+1] != '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// line returns a line, which counts from 0, without its end.
func (t *text) line(i int) string {
	end := len(t.source)
	if i+1 < len(t.starts) {
		end = t.starts[i+1]
	}
	return strings.TrimRight(t.source[t.starts[i]:end], "\r\n")
}

// lineAt is the line of an offset.
func (t *text) lineAt(offset int) int {
	low, high := 0, len(t.starts)
	for high-low > 1 {
		if mid := (low + high) / 2; t.starts[mid] <= offset {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// offset is where a node begins: at its anchor or tag, if it has one.
func (t *text) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(t.starts) {
		return len(t.source)
	}
	return t.starts[n.Line-1] + syntax.ByteOffset(t.line(n.Line-1), n.Column)
}

// begin is where a node begins behind its anchor and tag.
func (t *text) begin(n *yaml.Node) int {
	at := t.offset(n)
	if n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return at
	}
	for at < len(t.source) {
		switch c := t.source[at]; {
		case isBlank(c) || c == '\n' || c == '\r':
			at++
		case c == '#':
			at = t.lineEnd(at)
		case c == '&' || c == '!':
			at += strings.IndexAny(t.source[at:]+" ", " \t\r\n")
		default:
			return at
		}
	}
	return at
}

// lineEnd is the offset of the next end of a line, or the length of the source.
func (t *text) lineEnd(at int) int {
	if i := strings.IndexAny(t.source[at:], "\r\n"); i >= 0 {
		return at + i
	}
	return len(t.source)
}

// end is where a quoted scalar or a flow collection that begins at an offset ends. Anything else ends where it begins.
func (t *text) end(at int) int {
	if at >= len(t.source) {
		return at
	}
	switch t.source[at] {
	case '"', '\'':
		return t.quoted(at)
	case '{', '[':
		return t.flow(at)
	}
	return at
}

func (t *text) quoted(at int) int {
	quote := t.source[at]
	for i := at + 1; i < len(t.source); i++ {
		switch c := t.source[i]; {
		case quote == '"' && c == '\\':
			i++
		case quote == '\'' && c == quote && strings.HasPrefix(t.source[i+1:], "'"):
			i++
		case c == quote:
			return i + 1
		}
	}
	return len(t.source)
}

// flow finds the bracket that closes the one at an offset.
func (t *text) flow(at int) int {
	depth := 0
	for i := at; i < len(t.source); {
		switch c := t.source[i]; c {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
			if depth == 0 {
				return i
			}
		case '"', '\'':
			i = t.quoted(i)
		case ' ', '\t', '\n', '\r', ',', ':', '?':
			i++
		case '#':
			i = t.lineEnd(i)
		default:
			i = t.plainInFlow(i)
		}
	}
	return len(t.source)
}

// plainInFlow is the end of a plain scalar on its line.
func (t *text) plainInFlow(at int) int {
	for i := at + 1; i < len(t.source); i++ {
		switch c := t.source[i]; c {
		case '\n', '\r', ',', '[', ']', '{', '}':
			return i
		case ':':
			if i+1 == len(t.source) || strings.IndexByte(" \t\r\n,[]{}", t.source[i+1]) >= 0 {
				return i
			}
		case '#':
			if isBlank(t.source[i-1]) {
				return i
			}
		}
	}
	return len(t.source)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// eachNode visits a node and all that lies in it. Aliases are not followed.
func eachNode(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, c := range n.Content {
		eachNode(c, visit)
	}
}
