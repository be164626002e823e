package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// ParseYAML returns the root of the one document in source. Where it reports an error, the root is nil.
func (r *Reader) ParseYAML(source []byte) *yaml.Node {
	if !r.cleanText(source) {
		return nil
	}
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	root, err := nextDocument(decoder)
	if errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0 {
		r.Fail("MQX002", report.Pos{Line: 1, Column: 1, EndColumn: 1}, "the file has no content").Hint("a spec starts with: mqttx: 1")
		return nil
	}
	if err != nil {
		r.syntaxError(err)
		return nil
	}
	switch second, err := nextDocument(decoder); {
	case errors.Is(err, io.EOF):
	case err != nil:
		r.syntaxError(err)
	default:
		r.Fail("MQX002", report.Pos{Line: second.Line, Column: 1, EndColumn: 4}, "the file has more than one YAML document").
			Hint("remove the line --- and what follows, or put it in a file of its own")
	}
	if len(r.Found) > 0 {
		return nil
	}
	return root.Content[0]
}

// nextDocument turns the panics of yaml.v3 into errors.
func nextDocument(decoder *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: cannot be read: %v", r)
		}
	}()
	root = new(yaml.Node)
	return root, decoder.Decode(root)
}

// cleanText reports characters that YAML does not allow, or that it would take for the end of a line: yaml.v3 reports
// them without a place.
func (r *Reader) cleanText(source []byte) bool {
	if len(source) > MaxSource {
		r.Fail("MQX001", report.Pos{}, "the file has more than %d bytes", MaxSource)
		return false
	}
	line, column := 1, 1
	for i, n := 0, 0; i < len(source); i += n {
		var c rune
		c, n = utf8.DecodeRune(source[i:])
		pos := report.Pos{Line: line, Column: column, EndColumn: column + 1}
		switch {
		case c == '\n' || c == '\r' && !bytes.HasPrefix(source[i+1:], []byte("\n")):
			line, column = line+1, 0
		case c == utf8.RuneError && n == 1:
			r.Fail("MQX001", pos, "byte 0x%02x is not UTF-8", source[i]).Hint("save the file as UTF-8")
			return false
		case c == '\ufeff' && i == 0:
			column = 0
		case !allowed(c):
			r.Fail("MQX001", pos, "character U+%04X is not allowed here", c).Hint(`write it as "\u%04x" in double quotes`, c)
			return false
		}
		column++
	}
	return true
}

// allowed says whether YAML allows a character, without those that it takes for the end of a line.
func allowed(r rune) bool {
	switch {
	case r == '\t', r == '\r':
		return true
	case r < 0x20, r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
		return false
	}
	return true
}

// syntaxError reports an error of the YAML parser at the right line. The parser stops at the first, so it is alone.
func (r *Reader) syntaxError(err error) {
	message, reported := splitYAMLError(err)
	line := r.locate(err, reported)
	text := ""
	if line <= len(r.lines) {
		text = r.lines[line-1]
	}
	r.explainSyntax(message, line, text)
}

// splitYAMLError takes "yaml: line 3: message" apart; line is 0 if it is not known.
func splitYAMLError(err error) (message string, line int) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	rest, ok := strings.CutPrefix(message, "line ")
	if !ok {
		return message, 0
	}
	number, text, _ := strings.Cut(rest, ": ")
	if n, err := strconv.Atoi(number); err == nil {
		return text, n
	}
	return message, 0
}

// locate finds the line of a syntax error: the first with which the parser says what it says about the whole file. The
// line that it reports itself is that of the object around the mistake, comes one early, or is missing.
func (r *Reader) locate(err error, reported int) int {
	n := len(r.lines)
	line := 1 + sort.Search(n, func(i int) bool {
		prefix := r.parsePrefix(i + 1)
		return prefix != nil && prefix.Error() == err.Error()
	})
	if line > n {
		return max(1, min(reported, n))
	}
	return line
}

// parsePrefix parses the first lines.
func (r *Reader) parsePrefix(lines int) error {
	decoder := yaml.NewDecoder(strings.NewReader(strings.Join(r.lines[:lines], "\n") + "\n"))
	for {
		if _, err := nextDocument(decoder); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
