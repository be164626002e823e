package report

import (
	_ "embed" // codes.md
	"fmt"
	"strings"
)

//go:embed codes.md
var codesText string

// Doc is what a code means.
type Doc struct {
	Code         string // "MQX021"
	Title        string
	Meaning      string // a paragraph or more of plain text
	Wrong, Right string // parts of a spec
}

// Explain returns what a code means, or false if there is no such code.
func Explain(code string) (Doc, bool) {
	_, section, ok := strings.Cut(codesText, "\n## "+code+" ")
	if !ok || code == "" {
		return Doc{}, false
	}
	section, _, _ = strings.Cut(section, "\n## ")
	d := Doc{Code: code}
	d.Title, section, _ = strings.Cut(section, "\n")
	meaning, _, _ := strings.Cut(section, "```")
	d.Meaning = strings.TrimSpace(meaning)
	d.Wrong, d.Right = fenced(section, "wrong"), fenced(section, "right")
	return d, true
}

func fenced(section, label string) string {
	_, text, _ := strings.Cut(section, "```yaml "+label+"\n")
	text, _, _ = strings.Cut(text, "```")
	return text
}

// Codes returns every code that Explain knows, in order.
func Codes() []string {
	var codes []string
	for _, section := range strings.Split(codesText, "\n## ")[1:] {
		code, _, _ := strings.Cut(section, " ")
		codes = append(codes, code)
	}
	return codes
}

// String returns the whole entry as text for a terminal.
func (d Doc) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n%s\n", d.Code, d.Title, d.Meaning)
	for _, example := range []struct{ label, text string }{{"Wrong", d.Wrong}, {"Right", d.Right}} {
		fmt.Fprintf(&b, "\n%s:\n\n", example.label)
		for line := range strings.Lines(example.text) {
			b.WriteString("    " + line)
		}
	}
	return b.String()
}
