// Package splice keeps a user's handler type in step with the generated Handler interface, without printing a line of
// the user's code anew.
//
// It reads the package of the handler with go/parser, says which wanted methods are missing, which have another
// signature, which look like a misspelling and which belong to something that the spec no longer has, and it appends
// stubs for the missing ones to one file: bytes are inserted, and every byte that was there stays.
//
// A Target and what comes out of it are plain values; nothing here keeps state between calls, writes a file or starts
// a goroutine. Different goroutines may call Plan at the same time.
package splice

import (
	"cmp"
	"go/token"
	"path/filepath"
	"slices"
)

// Target says where the handler lives and what it has to offer.
type Target struct {
	Dir     string // the folder of the user's package
	File    string // base name of the file that stubs are appended to; made when it does not exist
	Type    string // name of the handler type
	Package string // name for the package clause when the folder has no Go file yet
	Path    string // import path of the user's package; types of that path are written without a qualifier
	Module  string // path of the module that the package belongs to, for the grouping of imports

	Interface      Type   // the generated interface; a handler that embeds it has every method
	NotImplemented Type   // the error value that a stub returns
	Header         string // first line of generated files: such files in Dir are not the user's

	// Same maps an import path to another whose types are aliases of it.
	Same map[string]string

	Methods  []Method // the methods of the interface, in the order in which stubs are written
	Optional []Method // methods that are called only if they are there: a near miss is an error

	// Distance is the number of single letters that have to be added, left out, changed or swapped to get from a to b, for
	// names that look like a misspelling. Nil means that none does.
	Distance func(a, b string) int

	// Gone says whether the generated package used to declare a type of that name and does not any more. A method
	// that takes such a type is an Orphan. Nil means that nothing is gone.
	Gone func(name string) bool

	// Stale says whether an import path is that of another generated package, or of none at all: a type from there is never
	// one of Interface's package. Nil means that nothing is stale.
	Stale func(path string) bool
}

// Method is one method that the handler should have.
type Method struct {
	Name    string   // HandleReading
	Marker  string   // the text after //mqttx: in its doc comment, for example "topic reading"; "" for none
	Doc     []string // lines of the doc comment
	Params  []Param
	Results []Type
}

// Param is one parameter of a Method. Its name is changed in the stub where it would hide something.
type Param struct {
	Name string
	Type Type
}

// Type is a reference to a named type: *path.Name. An empty Path means a predeclared type.
type Type struct {
	Prefix  string // "*", "[]" or ""
	Path    string // import path
	Package string // name of the package at Path
	Name    string
}

// Severity says how much a Problem weighs.
type Severity uint8

const (
	// Warning leaves the build as it is.
	Warning Severity = iota
	// Error is something that the user has to mend.
	Error
)

// Problem is something in the user's package that a person should look at.
type Problem struct {
	Pos      token.Position
	Severity Severity
	Message  string
	Hint     string // what to do about it; may be ""
}

// Orphan is a method of the handler whose topic, auth method or event the spec no longer has, or another method serves. It is
// kept.
type Orphan struct {
	Method string
	Kind   string // "topic" or "auth"
	Key    string // of the topic, auth method or event in the spec, from its //mqttx: comment; "" if it has none
	Pos    token.Position
	End    int    // its last line
	Like   string // a missing method that may be its new name; "" for none
	Served string // the method that serves the key; "" if the spec does not have it
}

// Added is a stub that was appended.
type Added struct {
	Method string
	Line   int // line of its func keyword in the new file, from 1
}

// Edit is one changed file.
type Edit struct {
	Path string
	Old  []byte // what the file held when it was read; nil if it did not exist
	New  []byte
}

// Report is what Plan found. Edit is nil where nothing has to change.
type Report struct {
	Edit     *Edit
	Added    []Added
	Orphans  []Orphan
	Problems []Problem // sorted by position
}

// Plan reads the package of t and works out what has to be appended. It writes nothing. The error is about reading
// files; what is wrong in them is told in the report.
func Plan(t *Target) (*Report, error) {
	pkg, err := read(t)
	if err != nil {
		return nil, err
	}
	r := &Report{Problems: pkg.problems}
	if !pkg.broken {
		if err := plan(t, pkg, r); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return comparePositions(a.Pos, b.Pos) })
	slices.SortStableFunc(r.Orphans, func(a, b Orphan) int { return comparePositions(a.Pos, b.Pos) })
	return r, nil
}

// plan compares the handler of pkg with what t wants, and fills r.
func plan(t *Target, pkg *sources, r *Report) error {
	h := findHandler(t, pkg)
	r.Problems = append(r.Problems, h.problems...)
	if len(h.problems) > 0 {
		return nil
	}
	var missing []Method
	for _, want := range t.Methods {
		switch have, blocked := h.method(want.Name); {
		case blocked != nil:
			r.Problems = append(r.Problems, *blocked)
		case have == nil && h.complete:
		case have == nil:
			missing = append(missing, want)
		default:
			r.Problems = append(r.Problems, h.checkSignature(have, want)...)
		}
	}
	for _, want := range t.Optional {
		if have, _ := h.method(want.Name); have != nil {
			r.Problems = append(r.Problems, h.checkSignature(have, want)...)
		}
	}
	r.Orphans = h.orphans(missing)
	r.Problems = append(r.Problems, h.nearMisses(missing, r.Orphans)...)
	if len(missing) == 0 {
		return nil
	}
	if h.opaque != nil {
		r.Problems = append(r.Problems, h.hidden(missing))
		return nil
	}
	if p := t.foreignFile(pkg); p != nil {
		r.Problems = append(r.Problems, *p)
		return nil
	}
	edit, added, err := appendStubs(t, pkg, h, missing)
	r.Edit, r.Added = edit, added
	return err
}

func comparePositions(a, b token.Position) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Offset, b.Offset))
}

// file is the path of the file that stubs go to.
func (t *Target) file() string { return filepath.Join(t.Dir, t.File) }
