package gen

import (
	"cmp"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// Broken is a place in the user's code that compiled with the generated package as it was, and does not any more.
type Broken struct {
	Pos     token.Position // in the file as it will be
	Message string         // of the type checker
	Changes []string       // what the line uses and what became of it: "field Battery of Reading was int64 and is gone"
}

// Broken type-checks the user's code of the module with the package as it was and as it will be, if what Go code can use of
// it has changed, and returns what only compiles with the first. Where an earlier run found something, see Remember, the package as
// it was before that run counts. Files that are about to be edited are given by path.
func (o *Output) Broken(edited map[string][]byte) ([]Broken, error) {
	o.base = o.recall()
	if o.base == nil {
		if may, err := o.mayBreak(); err != nil || !may {
			return nil, err
		}
		o.base = o.oldFiles
	}
	c, err := newCode(o.place, edited, o.base, o.newFiles)
	if err != nil || len(c.packages) == 0 {
		return nil, err
	}
	if err := c.findExports(o.base, o.newFiles); err != nil {
		return nil, err
	}
	old, next := c.check(o.base), c.check(o.newFiles)
	return c.compare(old, next), nil
}

// mayBreak says whether what Go code can use of the package has changed.
func (o *Output) mayBreak() (bool, error) {
	if len(o.Changes) == 0 || len(o.oldFiles) == 0 {
		return false, nil
	}
	now, err := readDecls(o.place.ofPackage(o.newFiles))
	return err == nil && (changed(o.before, now) || slices.ContainsFunc(o.Changes, o.ofMessages)), err
}

// ofMessages says whether a file holds protobuf messages.
func (o *Output) ofMessages(c Change) bool { return filepath.Dir(c.Path) != o.Out }

// changed says whether an exported declaration is gone or declared in another way. Comments, the bodies of functions and
// the values of constants do not count.
func changed(old, now *decls) bool {
	for name, d := range old.names {
		if ast.IsExported(name) && (now.names[name] == nil || old.shape(d) != now.shape(now.names[name])) {
			return true
		}
	}
	for recv, list := range old.methods {
		for _, m := range list {
			i := slices.IndexFunc(now.methods[recv], func(n *decl) bool { return n.name == m.name })
			if ast.IsExported(m.name) && (i < 0 || old.shape(m) != now.shape(now.methods[recv][i])) {
				return true
			}
		}
	}
	return false
}

// shape is the text of what other code sees of a declaration.
func (d *decls) shape(e *decl) string {
	var n ast.Node
	switch node := e.node.(type) {
	case *ast.FuncDecl:
		n = node.Type
	case *ast.TypeSpec:
		n = node
	case *ast.ValueSpec:
		if node.Type == nil {
			return e.kind
		}
		n = node.Type
	default:
		n = node
	}
	return tokens(d.source(n, e.data))
}

// tokens writes Go code without its comments, and with one space between words.
func tokens(source []byte) string {
	var b strings.Builder
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, func(token.Position, string) {}, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return b.String()
		}
		b.WriteString(cmp.Or(lit, tok.String()) + " ")
	}
}

// compare returns the errors of next that old does not have, with what became of the things that their lines use.
func (c *code) compare(old, next *universe) []Broken {
	known := map[string]int{}
	for _, e := range old.errors {
		known[c.errorKey(e)]++
	}
	before, now := newIndex(old.generated), newIndex(next.generated)
	var list []Broken
	for _, e := range next.errors {
		if key := c.errorKey(e); known[key] > 0 {
			known[key]--
			continue
		}
		pos := c.fset.PositionFor(e.Pos, false)
		list = append(list, Broken{pos, e.Msg, changesOn(old.uses[line{pos.Filename, pos.Line}], e.Msg, before, now)})
	}
	slices.SortStableFunc(list, func(a, b Broken) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return list
}

// changesOn says what became of the things that a line uses: of those that the message names, if it names any.
func changesOn(used []types.Object, message string, before, now *index) []string {
	var named, others []string
	for _, obj := range used {
		text := before.changeOf(obj, now)
		switch {
		case text == "" || slices.Contains(named, text) || slices.Contains(others, text):
		case strings.Contains(message, obj.Name()):
			named = append(named, text)
		default:
			others = append(others, text)
		}
	}
	if named == nil {
		named = others
	}
	slices.Sort(named)
	return named
}
