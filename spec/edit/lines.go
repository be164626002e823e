package edit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// format writes the lines anew, one after the other, with what YAML calls the stack of indentations.
func (f *formatter) format() (string, error) {
	for i := 0; i < len(f.starts); {
		line := f.line(i)
		rest := strings.Trim(line, " \t")
		switch {
		case rest == "":
			f.emptyLine(i)
			i++
		case rest[0] == '#':
			f.comments = append(f.comments, comment{len(f.out), indentation(line), slices.Clone(f.levels)})
			f.out, f.bare = append(f.out, rest), false
			i++
		default:
			next, err := f.content(i)
			if err != nil {
				return "", err
			}
			i = next
		}
	}
	f.place(-1, 0)
	for n := len(f.out); n > f.kept && f.out[n-1] == ""; n-- {
		f.out = f.out[:n-1]
	}
	end := ""
	if strings.HasSuffix(f.source, "\n") {
		end = "\n"
	}
	return strings.Join(f.out, "\n") + end, nil
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// emptyLine writes an empty line if there is none yet, or if it is part of a plain scalar that goes on below.
func (f *formatter) emptyLine(i int) {
	n := len(f.out)
	if f.goesOn(i) {
		f.out, f.kept = append(f.out, ""), n+1
	} else if n > 0 && (f.out[n-1] != "" || f.kept == n) {
		f.out = append(f.out, "")
	}
}

// goesOn says whether the next line that is not empty goes on with the scalar above.
func (f *formatter) goesOn(i int) bool {
	if !f.bare {
		return false
	}
	for f.filled = max(f.filled, i); f.filled < len(f.starts); f.filled++ {
		if line := f.line(f.filled); strings.Trim(line, " \t") != "" {
			at := f.starts[f.filled] + indentation(line)
			return f.source[at] != '#' && f.continues(at)
		}
	}
	return false
}

// continues says whether a line whose first letter stands at an offset goes on with the plain scalar above.
func (f *formatter) continues(at int) bool {
	mark := isMark(f.source[at:], '-') || isMark(f.source[at:], '?')
	return f.bare && f.nodes[at] == nil && !mark && !f.isDocumentMark(at)
}

// isDocumentMark says whether one of the lines around a document stands at an offset.
func (f *formatter) isDocumentMark(at int) bool {
	rest := f.source[at:]
	return f.starts[f.lineAt(at)] == at && (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...") || rest[0] == '%')
}

// isMark says whether a text begins with - or ? as a mark of YAML.
func isMark(s string, mark byte) bool {
	return s != "" && s[0] == mark && (len(s) == 1 || isBlank(s[1]) || s[1] == '\n')
}

// content writes a line with content, and the lines below that its value takes. It returns the next line.
func (f *formatter) content(i int) (int, error) {
	line, first := f.line(i), indentation(f.line(i))
	if f.continues(f.starts[i] + first) {
		f.out = append(f.out, f.shifted(line, true))
		return i + 1, nil
	}
	if f.isDocumentMark(f.starts[i]) {
		f.place(0, 0)
		f.out, f.bare = append(f.out, strings.TrimRight(line, " \t")), false
		return i + 1, nil
	}
	column, head, done := f.dashes(i, first)
	if done {
		return i + 1, nil
	}
	at := f.starts[i] + column
	value, isKey := f.keys[at]
	node := f.nodes[at]
	if node == nil && !isKey || isMark(line[column:], '?') {
		return 0, fmt.Errorf("format: %w: line %d is written in a way that is not understood", ErrFormat, i+1)
	}
	if isKey {
		f.open(column, false)
	}
	if head == "" {
		head = strings.Repeat(" ", f.columnFor(isKey))
		f.place(first, len(head))
	}
	f.moved = len(head) - column
	if isKey {
		return f.key(head, at, value), nil
	}
	return f.value(head, node, at), nil
}

// dashes opens the lists that begin on a line. It returns where the content behind their marks begins, and what stands
// before it then: "" for no marks. Done says that nothing follows them, and that the line is written.
func (f *formatter) dashes(i, first int) (column int, head string, done bool) {
	line := f.line(i)
	column = first
	for isMark(line[column:], '-') {
		f.open(column, true)
		if head == "" {
			now := f.levels[len(f.levels)-1].now
			head = strings.Repeat(" ", now)
			f.place(first, now)
		}
		rest := strings.TrimLeft(line[column+1:], " \t")
		if rest == "" || rest[0] == '#' {
			f.out, f.bare = append(f.out, head+"-"+tail(line[column+1:])), false
			return column, head, true
		}
		head += "- "
		column = len(line) - len(rest)
	}
	return column, head, false
}

// key writes a key behind head, its colon, and its value if that begins on the same line. It returns the next line.
func (f *formatter) key(head string, at int, value *yaml.Node) int {
	end, valueAt, ok := f.colon(at, value)
	if ok {
		return f.value(head+f.source[at:end]+":"+strings.Repeat(" ", f.gaps[at]), value, valueAt)
	}
	f.bare = false
	stop := f.end(at)
	if i := strings.Index(f.source[at:f.lineEnd(at)], " :"); stop == at && i > 0 && isMark(f.source[at+i+1:], ':') {
		head, at, stop = head+f.source[at:at+i], at+i+1, at+i+1
	}
	f.out = append(f.out, head+f.source[at:stop]+tail(f.source[stop:f.lineEnd(stop)]))
	return f.lineAt(at) + 1
}

// columnFor is where the content of a line begins: a key at its mapping, a value below its key.
func (f *formatter) columnFor(isKey bool) int {
	switch {
	case len(f.levels) == 0:
		return 0
	case isKey:
		return f.levels[len(f.levels)-1].now
	}
	return f.levels[len(f.levels)-1].now + 2
}

// open makes the mapping or the sequence at a column the innermost level.
func (f *formatter) open(column int, list bool) {
	for n := len(f.levels); n > 0; n-- {
		top := f.levels[n-1]
		if top.was == column && top.list == list {
			return
		}
		if top.was < column || top.was == column && list { // a list may stand in the column of its key
			break
		}
		f.levels = f.levels[:n-1]
	}
	now := 0
	if n := len(f.levels); n > 0 {
		now = f.levels[n-1].now + 2
	}
	f.levels = append(f.levels, level{column, now, list})
}

// place indents the comments that wait, now that the content below them is known: it stood in column was.
func (f *formatter) place(was, now int) {
	for _, c := range f.comments {
		column := now
		if c.column != was {
			column = c.follow()
		}
		f.out[c.line] = strings.Repeat(" ", column) + f.out[c.line]
	}
	f.comments = nil
}

// follow is the column of a comment that does not belong to the content below it: that of a level above, or one more.
func (c *comment) follow() int {
	for _, l := range slices.Backward(c.levels) {
		switch {
		case l.was == c.column:
			return l.now
		case l.was < c.column:
			return l.now + 2
		}
	}
	return 0
}

// value writes the rest of a line from an offset on, behind head, and the lines that node takes. It returns the next line.
func (f *formatter) value(head string, node *yaml.Node, at int) int {
	end := at
	f.bare = false
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return f.block(head, node, at)
	case node.Style&(yaml.FlowStyle|yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		end = f.end(f.begin(node))
	case node.Kind == yaml.ScalarNode:
		f.bare = true
	}
	var quoted [][2]int // what stands in quotes, which keeps its blanks
	eachNode(node, func(n *yaml.Node) {
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && n.Kind == yaml.ScalarNode && end > at {
			start := f.begin(n)
			quoted = append(quoted, [2]int{start, f.end(start)})
		}
	})
	columns := f.flowColumns(head, node, at)
	i, last := f.lineAt(at), f.lineAt(max(at, end-1))
	for ; i < last; i++ {
		eol := f.lineEnd(at)
		text := f.source[at:eol]
		if !slices.ContainsFunc(quoted, func(q [2]int) bool { return q[0] < eol && eol < q[1] }) {
			text = strings.TrimRight(text, " \t")
		}
		f.out = append(f.out, head+text)
		line := f.line(i + 1)
		at = f.starts[i+1] + indentation(line)
		column, ok := columns[i+1]
		if !ok {
			column = f.shift(indentation(line), node.Kind == yaml.ScalarNode)
		}
		head = strings.Repeat(" ", column)
		if strings.Trim(line, " \t") == "" {
			head = ""
		}
	}
	stop := max(at, end)
	f.out = append(f.out, head+f.source[at:stop]+tail(f.source[stop:f.lineEnd(stop)]))
	return i + 1
}

// tail is the end of a line: no blanks at its end, and none but spaces before a comment.
func tail(s string) string {
	s = strings.TrimRight(s, " \t")
	for i := range len(s) {
		if s[i] == '#' && (i == 0 || isBlank(s[i-1])) {
			before := strings.TrimRight(s[:i], " \t")
			if strings.Contains(s[len(before):i], "\t") {
				return before + " " + s[i:]
			}
			break
		}
	}
	return s
}

// shift moves a column as far as what began there moves. A scalar has to stay right of the innermost level.
func (f *formatter) shift(column int, scalar bool) int {
	least := 0
	if n := len(f.levels); n > 0 && scalar {
		least = f.levels[n-1].now + 1
	}
	return max(least, column+f.moved)
}

func (f *formatter) shifted(line string, scalar bool) string {
	return strings.Repeat(" ", f.shift(indentation(line), scalar)) + strings.Trim(line, " \t")
}

// block writes a literal or folded scalar, whose first line begins at an offset.
func (f *formatter) block(head string, node *yaml.Node, at int) int {
	i := f.lineAt(f.begin(node))
	for ; f.lineAt(at) < i; at = f.lineEnd(at) + 1 { // its tag stands on a line of its own
		f.out = append(f.out, head+tail(f.source[at:f.lineEnd(at)]))
		head = ""
	}
	f.out = append(f.out, head+tail(f.source[at:f.lineEnd(at)]))
	header, _, _ := strings.Cut(f.source[f.begin(node):f.lineEnd(at)], "#")
	first, was, now := i+1, f.blockColumn(i+1, header), 0
	if len(f.levels) > 0 {
		now = f.levels[len(f.levels)-1].now + 2
	}
	if strings.ContainsAny(header, "123456789") {
		now = was
		if n := len(f.levels); n > 0 {
			now += f.levels[n-1].now - f.levels[n-1].was
		}
	}
	end := first // behind the last line with content
	for i = first; i < len(f.starts); i++ {
		line := f.line(i)
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		if spaces < was && spaces < len(line) {
			break
		}
		if len(line) > was || strings.Contains(header, "+") {
			end = i + 1
		}
	}
	for i = first; i < end; i++ {
		line := f.line(i)
		if len(line) <= was {
			f.out = append(f.out, "")
			continue
		}
		f.out = append(f.out, strings.Repeat(" ", now)+line[was:])
	}
	if end > first {
		f.kept = len(f.out)
	}
	return end
}

// blockColumn is where the content of a block scalar begins: as its header says, or else as its first line does.
func (f *formatter) blockColumn(i int, header string) int {
	outer := -1
	if len(f.levels) > 0 {
		outer = f.levels[len(f.levels)-1].was
	}
	if at := strings.IndexAny(header, "123456789"); at >= 0 {
		return max(outer, 0) + int(header[at]-'0')
	}
	for ; i < len(f.starts); i++ {
		line := f.line(i)
		if spaces := len(line) - len(strings.TrimLeft(line, " ")); spaces < len(line) {
			if spaces > outer {
				return spaces
			}
			break
		}
	}
	return syntax.MaxSource // it has no content
}
