package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a spec. Line and Column count from 1, Column in characters (runes); EndColumn is exclusive and
// on the same line. The zero value is no place.
type Pos struct {
	Line, Column, EndColumn int
	File                    string // empty for the spec itself, else the file that it takes in, as SourceFile.Name
}

// Diagnostic is one finding at one place of a spec. Line and Column count from 1, Column in characters; EndColumn is
// exclusive. A Line of 0 means the file as a whole.
type Diagnostic struct {
	File       string   `json:"file"`
	Line       int      `json:"line"`
	Column     int      `json:"column"`
	EndColumn  int      `json:"endColumn"`
	Code       string   `json:"code"` // "MQX021"; Explain says what it means
	Message    string   `json:"message"`
	Suggestion string   `json:"suggestion,omitempty"`
	Related    *Related `json:"related,omitempty"`

	// Source is what File holds: Render shows the lines around the place. If it is nil, Render takes the source that it is given.
	Source []byte `json:"-"`

	Terse bool `json:"-"` // there are many already: nobody needs to be told what each of them may have meant
}

// Related is the second place of a diagnostic: where two things clash, or who names the file of the first.
type Related struct {
	File      string `json:"file,omitempty"` // that of the diagnostic if it is empty
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndColumn int    `json:"endColumn"`
	Message   string `json:"message"`

	Source []byte `json:"-"` // as in Diagnostic
}

// Warning says whether the diagnostic is a finding of Vet rather than an error: its code is MQX1xx.
func (d *Diagnostic) Warning() bool { return strings.HasPrefix(d.Code, "MQX1") }

// Severity is "error" or "warning".
func (d *Diagnostic) Severity() string {
	if d.Warning() {
		return "warning"
	}
	return "error"
}

// Error returns place, code and message on one line.
func (d *Diagnostic) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s[%s]: %s", d.File, d.Line, d.Column, d.Severity(), d.Code, d.Message)
}

// maxText is how much of a message people read: one that quotes a text of a megabyte is cut in the middle.
const maxText = 600

func cutText(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText*2/3], "") + "..." + strings.ToValidUTF8(s[len(s)-maxText/3:], "")
}

// New makes a diagnostic; its file is that of the place.
func New(code string, pos Pos, format string, args ...any) *Diagnostic {
	return &Diagnostic{
		File: pos.File, Line: pos.Line, Column: pos.Column, EndColumn: pos.EndColumn,
		Code: code, Message: cutText(fmt.Sprintf(format, args...)),
	}
}

// Hint says what to do about it.
func (d *Diagnostic) Hint(format string, args ...any) *Diagnostic {
	d.Suggestion = cutText(fmt.Sprintf(format, args...))
	return d
}

// Also adds the second place.
func (d *Diagnostic) Also(pos Pos, format string, args ...any) *Diagnostic {
	d.Related = &Related{
		File: pos.File, Line: pos.Line, Column: pos.Column, EndColumn: pos.EndColumn,
		Message: cutText(fmt.Sprintf(format, args...)),
	}
	return d
}

// MaxErrors is how many diagnostics are printed if nothing else is asked for.
const MaxErrors = 20

// ErrorList is everything that is wrong with a spec, sorted by position.
type ErrorList []Diagnostic

// Error returns the first MaxErrors diagnostics, one on each line.
func (l ErrorList) Error() string {
	var b strings.Builder
	for i := range l {
		if i == MaxErrors {
			fmt.Fprintf(&b, "\nand %d more errors", len(l)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l[i].Error())
	}
	return b.String()
}

// Sort orders by file, as given, and position, and drops what is said twice, as for an alias that is used twice.
func (l ErrorList) Sort(files ...string) ErrorList {
	order := map[string]int{}
	for i, name := range files {
		order[name] = i
	}
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
	return slices.CompactFunc(l, func(a, b Diagnostic) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Code == b.Code && a.Message == b.Message
	})
}
