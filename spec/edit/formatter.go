package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// ErrFormat says that a source cannot be formatted without a change of what it says.
var ErrFormat = errors.New("formatting would change what the file says")

// Format returns source in the one form that specs have: two spaces for each level, one after a colon (values that stand
// in one column on neighbouring lines go on doing so), no blanks at the end of a line, at most one empty line in a row, \n
// at the end of each line. Lines within brackets begin two columns right of the line that opens them. Comments, quotes, the order
// of keys, and what else stands inside of brackets stay as they are.
//
// Only YAML is asked for, not a spec that is right. The error is an ErrorList if the source is no YAML, and else wraps
// ErrFormat: what was made of the source is read again, and is not returned if it says anything else.
func Format(source []byte) ([]byte, error) {
	root, err := readNodes(source)
	if err != nil {
		return nil, err
	}
	out := strings.Join(report.Lines(source), "\n") + "\n"
	if root.Kind == 0 { // nothing but comments, or nothing
		return source, nil
	}
	if !bytes.HasSuffix(source, []byte("\n")) && !bytes.HasSuffix(source, []byte("\r")) && endsInBlock(root) {
		out = strings.TrimSuffix(out, "\n") // its value would get the end of the line
	}
	plain, err := readNodes([]byte(out)) // yaml.v3 finds other comments where a line ends with CR LF
	if err != nil || difference(root, plain, false) != nil {
		return nil, fmt.Errorf("format: %w: the ends of its lines are part of it", ErrFormat)
	}
	formatted, err := settle(plain, out, false)
	if err != nil { // brackets in another column may part a comment from what it belongs to
		if kept, again := settle(plain, out, true); again == nil {
			return kept, nil
		}
	}
	return formatted, err
}

// settle formats until there is nothing left to do: what is aligned depends on what is above, so that a second look may find
// more.
func settle(plain *yaml.Node, out string, keepFlow bool) ([]byte, error) {
	for range 5 {
		next, err := formatOnce(out, keepFlow)
		if err != nil {
			return nil, err
		}
		if next == out {
			return verified(plain, out)
		}
		out = next
	}
	return nil, fmt.Errorf("format: %w: it does not come to rest", ErrFormat)
}

// readNodes parses source; the error is an ErrorList.
func readNodes(source []byte) (*yaml.Node, error) {
	d := syntax.NewReader("", source)
	root := d.ParseYAML(source)
	if root != nil {
		return root, nil
	}
	list := make(report.ErrorList, len(d.Found))
	for i, diagnostic := range d.Found {
		list[i] = *diagnostic
	}
	if len(list) == 1 && list[0].Code == "MQX002" && list[0].Line == 1 { // it has no content, which is fine here
		return &yaml.Node{}, nil
	}
	return nil, list.Sort()
}

// readNodesOf is readNodes for a file of a spec, which may be JSON.
func readNodesOf(s spec.SourceFile) (*yaml.Node, error) {
	if !syntax.IsJSON(s.Name) {
		return readNodes(s.Data)
	}
	d := syntax.NewReader(s.Name, s.Data)
	if root := d.ParseJSON(s.Data); root != nil {
		return root, nil
	}
	var list report.ErrorList
	for _, diagnostic := range d.Found {
		list = append(list, *diagnostic)
	}
	return nil, list.Sort()
}

func formatOnce(source string, keepFlow bool) (string, error) {
	root, err := readNodes([]byte(source))
	if err != nil {
		return "", fmt.Errorf("format: %w: the result is no YAML", ErrFormat)
	}
	f := &formatter{text: newText(source), root: root, keepFlow: keepFlow, keys: map[int]*yaml.Node{}, nodes: map[int]*yaml.Node{}, gaps: map[int]int{}}
	f.index(root)
	f.align()
	return f.format()
}

// verified returns out if it says what the nodes of root say.
func verified(root *yaml.Node, out string) ([]byte, error) {
	now, err := readNodes([]byte(out))
	if err != nil {
		return nil, fmt.Errorf("format: %w: the result is no YAML", ErrFormat)
	}
	if at := difference(root, now, true); at != nil {
		return nil, fmt.Errorf("format: %w: line %d", ErrFormat, at.Line)
	}
	return []byte(out), nil
}

// difference returns the first node of a that is not the same in b: nil if there is none.
func difference(a, b *yaml.Node, comments bool) *yaml.Node {
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return a
	}
	if comments && !(sameComment(a.HeadComment, b.HeadComment) && sameComment(a.LineComment, b.LineComment) && sameComment(a.FootComment, b.FootComment)) {
		return a
	}
	for i := range a.Content {
		if at := difference(a.Content[i], b.Content[i], comments); at != nil {
			return at
		}
	}
	return nil
}

// sameComment compares comments line by line, without the blanks around them.
func sameComment(a, b string) bool {
	return slices.Equal(commentLines(a), commentLines(b))
}

func commentLines(s string) []string {
	var lines []string
	for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// endsInBlock says whether the last thing in a document is a literal or folded scalar.
func endsInBlock(root *yaml.Node) bool {
	var last *yaml.Node
	eachNode(root, func(n *yaml.Node) { last = n })
	return last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// formatter makes one pass over a source.
type formatter struct {
	*text
	root *yaml.Node

	keepFlow bool // lines within brackets only move with the first of theirs

	keys  map[int]*yaml.Node // what stands at the keys of block mappings, by the offset of the key
	nodes map[int]*yaml.Node // everything that begins at an offset outside of brackets
	gaps  map[int]int        // by the offset of a key: the blanks between its colon and its value

	out      []string
	filled   int // the next line that is not empty, as far as goesOn has looked
	kept     int // how many lines of out end in empty ones that belong to a value
	levels   []level
	comments []comment // those that wait for the content below them
	moved    int       // how far the line moves on which the last value began
	bare     bool      // a plain scalar stands last: the next line may go on with it
}

// comment is a line of out that is a comment.
type comment struct {
	line, column int
	levels       []level // that were open
}

// level is a block mapping or sequence that is open.
type level struct {
	was, now int // its column
	list     bool
}

// index notes where things begin.
func (f *formatter) index(n *yaml.Node) {
	if n.Line > 0 && (n.Kind != yaml.ScalarNode || n.Value != "" || n.Style != 0 || n.Anchor != "" || n.ShortTag() != "!!null") {
		f.nodes[f.offset(n)] = n
	}
	if n.Style&yaml.FlowStyle != 0 {
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			f.keys[f.offset(c)] = n.Content[i+1]
		}
		f.index(c)
	}
}

// colon returns the offsets behind a key and of the value on its line; ok is false where there is none on it.
func (f *formatter) colon(key int, value *yaml.Node) (end, at int, ok bool) {
	at = f.offset(value)
	if f.nodes[at] != value || at <= key || f.lineAt(at) != f.lineAt(key) {
		return 0, 0, false
	}
	before := strings.TrimRight(f.source[key:at], " \t")
	end = key + len(strings.TrimRight(strings.TrimSuffix(before, ":"), " \t"))
	return end, at, strings.HasSuffix(before, ":")
}

// align decides how many blanks follow each colon. Values in one column on neighbouring lines stay in one: the blanks
// that all of them have too many go.
func (f *formatter) align() {
	type entry struct{ key, gap, indent, column int }
	byLine := map[int]entry{}
	for key, value := range f.keys {
		if end, at, ok := f.colon(key, value); ok {
			line := f.lineAt(key)
			colon := end + strings.IndexByte(f.source[end:at], ':')
			byLine[line] = entry{key, at - colon - 1, key - f.starts[line], at - f.starts[line]}
		}
	}
	for line, first := range byLine {
		if prev, ok := byLine[line-1]; ok && prev.column == first.column && prev.indent == first.indent {
			continue
		}
		least := first.gap
		run := []entry{first}
		for next, ok := byLine[line+1], true; ok && next.column == first.column && next.indent == first.indent; {
			run, least = append(run, next), min(least, next.gap)
			next, ok = byLine[line+len(run)]
		}
		for _, e := range run {
			f.gaps[e.key] = e.gap - least + 1
		}
	}
}
