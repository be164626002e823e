package payload

import "strings"

// step is one open array or object of a document.
type step struct {
	array bool
	index int    // of the item
	name  string // of the field, without quotes
}

// pathTo returns the path of the value that follows begun, which is the beginning of a document up to a value.
func pathTo(begun []byte) string { return pathOf(steps(begun)) }

// pathAround returns the path of the innermost open object of begun.
func pathAround(begun []byte) string {
	open := steps(begun)
	return pathOf(open[:max(len(open)-1, 0)])
}

func pathOf(open []step) string {
	var b strings.Builder
	for _, s := range open {
		element := field(s.name)
		switch {
		case s.array:
			element = Item("", s.index)
		case b.Len() > 0 && element[0] != '[':
			b.WriteByte('.')
		}
		b.WriteString(element)
	}
	return b.String()
}

// steps reads begun, which the decoder has found right, once more, and returns the arrays and objects that are still
// open at its end. Only errors ask for it, so decoding pays nothing for paths.
func steps(begun []byte) []step {
	var open []step
	for i := 0; i < len(begun); i++ {
		switch begun[i] {
		case '{':
			open = append(open, step{})
		case '[':
			open = append(open, step{array: true})
		case '}', ']':
			open = open[:len(open)-1]
		case ',':
			open[len(open)-1].index++
		case '"':
			end := i + 1
			for end < len(begun) && begun[end] != '"' {
				if begun[end] == '\\' {
					end++
				}
				end++
			}
			if isName(begun[min(end+1, len(begun)):]) {
				open[len(open)-1].name = unquote(begun[i : end+1])
			}
			i = end
		}
	}
	return open
}

// isName says whether a string that rest follows is the name of a field.
func isName(rest []byte) bool {
	for _, c := range rest {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c == ':'
		}
	}
	return false
}

// unquote returns the text of a string that was read before.
func unquote(quoted []byte) string {
	var d Decoder
	d.Reset(quoted)
	return d.String()
}
