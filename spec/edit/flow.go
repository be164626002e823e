package edit

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// flowColumns says where the lines of a flow collection begin, but for its first: two columns right of the line that opens the
// innermost bracket around, and a bracket that closes below the line that opens it. A line within quotes moves as far as the one
// on which the quotes open. Head is what stands in front of the collection, at is where the two meet.
func (f *formatter) flowColumns(head string, node *yaml.Node, at int) map[int]int {
	if f.keepFlow || node.Style&yaml.FlowStyle == 0 || node.Kind == yaml.ScalarNode {
		return nil
	}
	start := f.begin(node)
	c := flowColumns{formatter: f, columns: map[int]int{}, line: f.lineAt(start), column: f.flowBase(head), moved: f.moved}
	if c.line > f.lineAt(at) { // its anchor stands on the line above
		was := indentation(f.line(c.line))
		c.column += 2
		c.columns[c.line], c.moved = c.column, c.column-was
	}
	c.scan(start, f.end(start))
	return c.columns
}

// flowBase is the column of what a flow collection belongs to.
func (f *formatter) flowBase(head string) int {
	if strings.Trim(head, " ") == "" { // it stands on a line of its own
		return len(head)
	}
	top := f.levels[len(f.levels)-1]
	if top.list {
		return top.now + 2
	}
	return top.now
}

type flowColumns struct {
	*formatter
	columns map[int]int // by line
	line    int         // the present one
	column  int         // where it begins
	moved   int         // how far it moves
	open    []int       // the columns of the lines that open the brackets around
}

// scan goes from the first bracket to the last. A plain text that goes on in another line may hold anything: then it ends where
// there is nothing left that could be right.
func (c *flowColumns) scan(at, end int) {
	for at < end {
		switch letter := c.source[at]; letter {
		case '{', '[':
			c.open = append(c.open, c.column)
			at++
		case '}', ']':
			if c.open = c.open[:len(c.open)-1]; len(c.open) == 0 {
				return
			}
			at++
		case '\n':
			at = c.next(at + 1)
		case '"', '\'':
			at = c.quoted(at)
		case ' ', '\t', ',', ':', '?':
			at++
		case '#':
			at = c.lineEnd(at)
		default:
			at = c.plainInFlow(at)
		}
	}
}

// next begins the line at an offset, and returns where its content begins.
func (c *flowColumns) next(at int) int {
	if c.line+1 >= len(c.starts) || len(c.open) == 0 {
		return len(c.source)
	}
	was := indentation(c.text.line(c.line + 1))
	c.line++
	if at += was; at >= len(c.source) {
		return at
	}
	if c.column = c.open[len(c.open)-1]; c.source[at] != '}' && c.source[at] != ']' {
		c.column += 2
	}
	c.columns[c.line], c.moved = c.column, c.column-was
	return at
}

// quoted goes over a text in quotes, and the lines that it takes.
func (c *flowColumns) quoted(at int) int {
	end := c.text.quoted(at)
	for range strings.Count(c.source[at:end], "\n") {
		if c.line++; c.line >= len(c.starts) {
			return len(c.source)
		}
		c.columns[c.line] = max(c.open[len(c.open)-1]+2, indentation(c.text.line(c.line))+c.moved)
	}
	return end
}
