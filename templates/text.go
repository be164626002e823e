package templates

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// The packages of the runtime that generated code imports.
const (
	runtimePath = "github.com/mqttx-gen/mqttx-gen/runtime/"
	mqttxPath   = runtimePath + "mqttx"
	payloadPath = runtimePath + "payload"
	topicPath   = runtimePath + "topic"

	protobufPath = payloadPath + "/protobuf"
)

// doc prints lines as a comment, above what follows in the same group. All comments of generated code are printed
// here: each line gets its own slashes, so that no text of a spec can end the comment.
func doc(lines ...string) *jen.Statement {
	s := jen.Null()
	for i, line := range comment(lines) {
		if i > 0 {
			s.Line()
		}
		s.Comment(line)
	}
	return s
}

// comment gives lines their slashes, and breaks those that are too long. A tab begins a line of code.
func comment(lines []string) []string {
	var out []string
	for _, line := range lines {
		if strings.HasPrefix(line, "\t") {
			out = append(out, "//"+line)
			continue
		}
		for _, part := range wrap(strings.ReplaceAll(clean(line), "\n", " ")) {
			if strings.HasPrefix(strings.TrimSpace(part), "+build") { // a build constraint, even behind blanks
				part = "'" + part
			}
			out = append(out, strings.TrimRight("// "+part, " "))
		}
	}
	return out
}

// trailing is a comment at the end of a line.
func trailing(text string) string { return strings.Join(comment([]string{oneLine(text)}), " ") }

// docLines cuts text from a spec into the lines of a comment, without slashes, with one empty line between paragraphs.
func docLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(clean(text), "\n") {
		line = strings.TrimSpace(line)
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return lines
}

// clean takes out of a text what Go source may not hold, and what is not for the eye.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r':
			return '\n'
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || r == '\uFEFF' || r == '\u2028' || r == '\u2029':
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD"))
}

// docWidth is how many characters a line of a comment holds before it is wrapped.
const docWidth = 114

func wrap(text string) []string {
	if len(text) <= docWidth {
		return []string{text}
	}
	var lines []string
	line, width := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		if width > 0 && width+1+n > docWidth {
			lines = append(lines, line)
			line, width = "", 0
		}
		if width > 0 {
			line += " "
			width++
		}
		line += word
		width += n
	}
	return append(lines, line)
}

// about begins a comment with a sentence of ours, and lets the spec's description follow as a paragraph.
func about(description string, lines ...string) []string {
	if more := docLines(description); len(more) > 0 {
		lines = append(append(lines, ""), more...)
	}
	return lines
}

// oneLine is text from a spec within a sentence of ours.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Join(docLines(text), " ")), " ")
}

// quote prints a string literal, with backquotes where that reads better.
func quote(s string) *jen.Statement {
	if strings.ContainsAny(s, "\"\\") && strconv.CanBackquote(s) {
		return jen.Id("`" + s + "`")
	}
	return jen.Lit(s)
}

// oneLiner is the body of a function that does one thing; gofmt breaks it where it is too long.
func oneLiner(statement jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}"}, statement)
}

// pathElement is how the runtime writes the name of a field in the path of an error.
func pathElement(name string) string {
	for i := range len(name) {
		c := name[i]
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || i > 0 && (c == '-' || '0' <= c && c <= '9')
		if !plain {
			return "[" + strconv.Quote(name) + "]"
		}
	}
	if name == "" {
		return `[""]`
	}
	return name
}
