package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RenderOptions says how diagnostics are printed. The zero value is text without colour, MaxErrors at most.
type RenderOptions struct {
	Format string // "text" (also ""), or "json": an array of Diagnostic with their severity
	Color  bool   // text with ANSI colours; whether that is wanted (a terminal, NO_COLOR) is for the caller to say
	Max    int    // how many at most; 0 is MaxErrors, negative is all
}

// frameWidth is how many characters of a line are shown; longer ones are cut around the caret.
const frameWidth = 120

// Render prints diagnostics, each with the lines of its Source around it. The source is for those that have none.
func Render(w io.Writer, list []Diagnostic, source []byte, o RenderOptions) error {
	limit := o.Max
	if limit == 0 {
		limit = MaxErrors
	}
	if limit < 0 || limit > len(list) {
		limit = len(list)
	}
	switch o.Format {
	case "json":
		return renderJSON(w, list[:limit])
	case "", "text":
	default:
		return fmt.Errorf("render diagnostics: unknown format %q", o.Format)
	}
	p := printer{source: source, files: map[string][]string{}, color: o.Color}
	for i := range list[:limit] {
		p.diagnostic(&list[i])
	}
	if more := len(list) - limit; more > 0 {
		fmt.Fprintf(&p.out, "... and %d more\n", more)
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

func renderJSON(w io.Writer, list []Diagnostic) error {
	type entry struct {
		Severity string `json:"severity"`
		Diagnostic
	}
	entries := make([]entry, len(list))
	for i, d := range list {
		entries[i] = entry{d.Severity(), d}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(entries)
}

// The ANSI sequences of the text format.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[34m"
	plain  = "\x1b[0m"
)

type printer struct {
	out    bytes.Buffer
	source []byte
	files  map[string][]string // the lines of each, by name
	color  bool
}

// lines returns the lines of a file.
func (p *printer) lines(name string, source []byte) []string {
	if source == nil {
		source = p.source
	}
	lines, ok := p.files[name]
	if !ok {
		lines = Lines(source)
		p.files[name] = lines
	}
	return lines
}

func (p *printer) paint(color, s string) string {
	if !p.color || s == "" {
		return s
	}
	return color + s + plain
}

func (p *printer) diagnostic(d *Diagnostic) {
	color := red
	if d.Warning() {
		color = yellow
	}
	place := fmt.Sprintf("%s:%d:%d:", d.File, d.Line, d.Column)
	if d.Line == 0 {
		place = d.File + ":"
	}
	label := fmt.Sprintf("%s[%s]:", d.Severity(), d.Code)
	fmt.Fprintf(&p.out, "%s %s %s\n", p.paint(bold, visible(place)), p.paint(color, label), visible(d.Message))
	if !p.frame(p.lines(d.File, d.Source), d.Line, d.Column, d.EndColumn, 2, color, d.Suggestion) && d.Suggestion != "" {
		fmt.Fprintf(&p.out, "      | %s\n", visible(d.Suggestion))
	}
	if r := d.Related; r != nil {
		file, source := r.File, r.Source
		if file == "" || file == d.File {
			file, source = d.File, d.Source
		}
		fmt.Fprintf(&p.out, "%s %s\n", p.paint(bold, visible(fmt.Sprintf("%s:%d:%d:", file, r.Line, r.Column))), visible("note: "+r.Message))
		p.frame(p.lines(file, source), r.Line, r.Column, r.EndColumn, 0, blue, "")
	}
}

// frame prints a line, up to before lines above it, and the caret. It reports whether there is such a line.
func (p *printer) frame(lines []string, line, column, end, before int, color, suggestion string) bool {
	if line < 1 || line > len(lines) {
		return false
	}
	for n := max(1, line-before); n < line; n++ {
		text, _, _ := window(lines[n-1], 1, 1)
		p.numbered(n, text)
	}
	text, column, end := window(lines[line-1], column, end)
	p.numbered(line, text)
	pad := indent(text, column)
	carets := strings.Repeat("^", max(1, width(text, column, end)))
	rest := carets
	if p.color {
		rest = p.paint(color, carets)
	}
	if suggestion != "" {
		rest += " " + visible(suggestion)
	}
	fmt.Fprintf(&p.out, "%s %s%s\n", p.paint(blue, "      |"), pad, rest)
	return true
}

func (p *printer) numbered(n int, text string) {
	gutter := p.paint(blue, fmt.Sprintf("%5d |", n))
	p.out.WriteString(strings.TrimRight(gutter+" "+visible(text), " \t") + "\n")
}

// window cuts a long line around the columns, which it moves along.
func window(line string, column, end int) (text string, newColumn, newEnd int) {
	runes := []rune(line)
	if len(runes) <= frameWidth {
		return line, column, end
	}
	from := max(0, min(column-1-frameWidth/2, len(runes)-frameWidth))
	to := min(len(runes), from+frameWidth)
	text = string(runes[from:to])
	column, end = column-from, min(end-from, frameWidth+1)
	if from > 0 {
		text, column, end = "..."+text, column+3, end+3
	}
	if to < len(runes) {
		text += "..."
	}
	return text, column, end
}

// indent returns what stands under the characters in front of a column: tabs stay tabs, wide characters are two.
func indent(text string, column int) string {
	var b strings.Builder
	n := 1
	for _, r := range text {
		if n >= column {
			break
		}
		switch {
		case r == '\t':
			b.WriteByte('\t')
		default:
			b.WriteString(strings.Repeat(" ", runeWidth(r)))
		}
		n++
	}
	if n < column {
		b.WriteByte(' ') // just behind the end of the line
	}
	return b.String()
}

func width(text string, column, end int) int {
	n, sum := 1, 0
	for _, r := range text {
		if n >= column && n < end {
			sum += runeWidth(r)
		}
		n++
	}
	return sum
}

// runeWidth is how many cells a terminal gives a character.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff,
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// visible keeps text of a spec from steering the terminal: control characters become U+FFFD.
func visible(s string) string {
	if !strings.ContainsFunc(s, steers) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

func steers(r rune) bool {
	return r != '\t' && (unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069)
}

// Lines splits a text as YAML does: at LF, CR LF and CR.
func Lines(source []byte) []string {
	s := strings.TrimPrefix(string(source), "\ufeff")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(s, "\n")
	if n := len(lines); lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return lines
}
