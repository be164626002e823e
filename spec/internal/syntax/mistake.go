package syntax

import (
	"regexp"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// The mistakes in a line that is not YAML, by how the line looks.
var (
	bracePattern = regexp.MustCompile(`\bpattern:\s*([^\s"'#,|>][^"'#,]*)`)
	braceValue   = regexp.MustCompile(`:\s+(\{\w+(?:\.\.\.)?\}/[^\s#,]*)`)
	forbidden    = regexp.MustCompile("(?:^|[:,\\-\\[{]\\s+|^\\s+)([@`%][^\\s,]*)")
	anchorValue  = regexp.MustCompile(`[:,\-\[{]\s+(\*[^\s,}\]]*)`)
	colonInText  = regexp.MustCompile(`^\s*(?:- +)?(?:[^\s:"'{\[][^:]*|"[^"]*"|'[^']*'):\s+([^"'{\[|>&*\s].*?: .*)$`)
	flowRef      = regexp.MustCompile(`[{,]\s*\$ref:\s+(#[^\s,}\]]*)`)
	openQuote    = regexp.MustCompile(`(?:^|[\s,\[{])(?:- +)?(?:[\w.-]+:\s+)("(?:[^"\\]|\\.)*|'(?:[^']|'')*)$`)
	escape       = regexp.MustCompile(`\\[^0abt\tnvfre "/\\N_LPxuU]`)
)

// explainSyntax reports a message of the YAML parser in words that say what to do about it.
func (r *Reader) explainSyntax(message string, line int, text string) {
	whole := spanOf(line, text, len(text)-len(strings.TrimLeft(text, " \t")), len(strings.TrimRight(text, " \t")))
	at := func(m []int) report.Pos { return spanOf(line, text, m[2], len(strings.TrimRight(text[:m[3]], " }"))) }
	expected := strings.Contains(message, "did not find expected")
	if r.explainBraces(line, text) || expected && (r.explainRefs() || r.explainQuote(line)) {
		return
	}
	switch {
	case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		tab := strings.IndexByte(text, '\t')
		r.Fail("MQX001", spanOf(line, text, tab, tab+1), "a tab in the indentation").Hint("indent with spaces")
	case strings.HasPrefix(message, "unknown anchor"):
		pos := whole
		if m := anchorValue.FindStringSubmatchIndex(text); m != nil {
			pos = spanOf(line, text, m[2], m[3])
		}
		r.Fail("MQX004", pos, "%s", message).Hint("text that begins with * goes in quotes")
	case strings.Contains(message, "cannot start any token"):
		if m := forbidden.FindStringSubmatchIndex(text); m != nil {
			r.Fail("MQX001", at(m), "text cannot begin with %q", text[m[2]:m[2]+1]).Hint("put the text in quotes")
			return
		}
		r.Fail("MQX001", whole, "%s", message).Hint("put the text in quotes")
	case strings.Contains(message, "mapping values are not allowed"):
		if m := colonInText.FindStringSubmatchIndex(text); m != nil {
			r.Fail("MQX001", spanOf(line, text, m[2], m[3]), `text that holds ": " must stand in quotes`).Hint("put the text in quotes")
			return
		}
		r.Fail("MQX001", whole, "a key cannot stand here").Hint("check the indentation: the line above has a value already")
	case strings.Contains(message, "unexpected end of stream"):
		r.Fail("MQX001", whole, "a quote that is opened here is not closed").Hint("close the quote")
	case strings.Contains(message, "unknown escape"):
		pos := whole
		if m := escape.FindStringIndex(text); m != nil {
			pos = spanOf(line, text, m[0], m[1])
		}
		r.Fail("MQX001", pos, `in double quotes \ starts an escape, and this is none`).Hint(`write \\, or use single quotes`)
	case strings.Contains(message, "did not find expected ',' or"):
		r.Fail("MQX001", whole, "a { or [ is not closed, or a comma is missing").Hint("text that holds , : # [ ] { or } goes in quotes here")
	case strings.Contains(message, "did not find expected"):
		r.Fail("MQX001", whole, "this line does not fit the lines above").Hint("keys of one object start in the same column; text that begins with { [ or a quote goes in quotes as a whole")
	case strings.Contains(message, "could not find expected ':'"):
		r.Fail("MQX001", whole, "a key without a colon").Hint("write a : behind the key")
	default:
		r.Fail("MQX001", whole, "%s", message)
	}
}

// explainQuote reports a quote that ends only at the next one in the file, which begins another text: what follows it there,
// on the line that the parser complains about, does not go on as YAML would.
func (r *Reader) explainQuote(line int) bool {
	for i := line - 2; i >= 0; i-- {
		m := openQuote.FindStringSubmatchIndex(r.lines[i])
		if m == nil {
			continue
		}
		quote := r.lines[i][m[2] : m[2]+1]
		for _, text := range r.lines[i+1 : line-1] {
			if strings.Contains(text, quote) {
				return false // it is closed before
			}
		}
		_, after, closed := strings.Cut(r.lines[line-1], quote)
		if after = strings.TrimLeft(after, " "); !closed || after == "" || strings.ContainsAny(after[:1], ",]}#:") {
			return false
		}
		value := strings.TrimRight(r.lines[i][m[2]:m[3]], " \t")
		r.Fail("MQX001", spanOf(i+1, r.lines[i], m[2], m[2]+len(value)), "a quote that is opened here is not closed on this line").
			Hint("close the quote: it would go on to line %d", line)
		return true
	}
	return false
}

// explainRefs reports every $ref within { } that is not quoted: YAML takes it for a comment, and misses the } elsewhere.
func (r *Reader) explainRefs() (found bool) {
	for i, text := range r.lines {
		for _, m := range flowRef.FindAllStringSubmatchIndex(text, -1) {
			if before := text[:m[2]]; strings.HasPrefix(strings.TrimLeft(before, " "), "#") || strings.Contains(before, " # ") {
				break // it is a comment
			}
			found = true
			r.Fail("MQX006", spanOf(i+1, text, m[2], m[3]), `"$ref" is empty: what follows # is a comment`).
				Hint("write %q in quotes", text[m[2]:m[3]])
		}
	}
	return found
}

// explainBraces reports a pattern with parameters that is not quoted where YAML takes { for its own.
func (r *Reader) explainBraces(line int, text string) bool {
	m := braceValue.FindStringSubmatchIndex(text)
	if m == nil {
		m = bracePattern.FindStringSubmatchIndex(text)
	}
	if m == nil || !strings.Contains(text[m[2]:m[3]], "{") {
		return false
	}
	value := strings.TrimRight(text[m[2]:m[3]], " \t")
	for strings.Count(value, "}") > strings.Count(value, "{") {
		value = strings.TrimRight(value[:strings.LastIndexByte(value, '}')], " ")
	}
	r.Fail("MQX007", spanOf(line, text, m[2], m[2]+len(value)), "a pattern that starts with {, or that stands within { }, must be quoted").
		Hint("write %q in quotes", value)
	return true
}
