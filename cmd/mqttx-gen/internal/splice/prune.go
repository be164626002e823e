package splice

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// Pruned is a method that Prune takes out.
type Pruned struct {
	Orphan
	From int // its first line, with its doc comment
}

// Pruning is what Prune found: the files without the methods, and what stands in the way of others.
type Pruning struct {
	Edits    []Edit
	Pruned   []Pruned
	Problems []Problem // sorted by position
}

// Prune works out how the package of t looks without the methods that belong to nothing of the spec any more: without
// them, their doc comments, and the imports that only they used. All other bytes stay. A method stays, with a Problem, if
// other code uses it, or if only its name says what it was for. It writes nothing.
func Prune(t *Target) (*Pruning, error) {
	pkg, err := read(t)
	if err != nil {
		return nil, err
	}
	out := &Pruning{}
	if pkg.broken {
		return out, nil // Plan tells of it
	}
	h := findHandler(t, pkg)
	if len(h.problems) > 0 {
		return out, nil
	}
	err = h.prune(out)
	slices.SortStableFunc(out.Problems, func(a, b Problem) int { return comparePositions(a.Pos, b.Pos) })
	return out, err
}

func (h *handler) prune(out *Pruning) error {
	var gone []*method
	orphans := h.orphans(h.missing())
	for _, o := range orphans {
		at := slices.IndexFunc(h.methods, func(m *method) bool { return m.pos == o.Pos })
		m := h.methods[at]
		switch {
		case o.Served != "": // Plan tells of it
		case o.Key == "" && !h.takesGone(m):
			out.Problems = append(out.Problems, Problem{
				Pos: o.Pos, Message: fmt.Sprintf("%s is kept: it has no %s comment that ties it to the spec", o.Method, marker),
				Hint: "remove it by hand if you do not need it",
			})
		default:
			gone = append(gone, m)
		}
	}
	gone = h.unused(gone, out)
	for _, s := range h.pkg.files {
		var list []replacement
		for _, m := range gone {
			if m.in == s {
				list = append(list, h.withDoc(m))
			}
		}
		if len(list) == 0 {
			continue
		}
		edit, err := h.finish(s, list)
		if err != nil {
			return err
		}
		out.Edits = append(out.Edits, edit)
	}
	for _, m := range gone {
		at := slices.IndexFunc(orphans, func(o Orphan) bool { return o.Pos == m.pos })
		out.Pruned = append(out.Pruned, Pruned{orphans[at], h.pkg.position(m.begin()).Line})
	}
	slices.SortFunc(out.Pruned, func(a, b Pruned) int { return comparePositions(a.Pos, b.Pos) })
	return nil
}

// missing lists the methods of the interface that the handler does not have.
func (h *handler) missing() []Method {
	var list []Method
	for _, want := range h.target.Methods {
		if have, _ := h.method(want.Name); have == nil && !h.complete {
			list = append(list, want)
		}
	}
	return list
}

func (m *method) begin() token.Pos {
	if m.decl.Doc != nil {
		return m.decl.Doc.Pos()
	}
	return m.decl.Pos()
}

// withDoc says which bytes go with a method.
func (h *handler) withDoc(m *method) replacement {
	e := &importEditor{target: h.target, pkg: h.pkg, data: m.in.data, eol: lineEnd(m.in.data)}
	return e.lift(e.offset(m.begin()), e.offset(m.decl.End()))
}

// unused leaves out the methods that stay because code that stays names them.
func (h *handler) unused(gone []*method, out *Pruning) []*method {
	for {
		at := -1
		var use token.Position
		for i, m := range gone {
			if use = h.namedBeside(m.decl.Name.Name, gone); use.IsValid() {
				at = i
				break
			}
		}
		if at < 0 {
			return gone
		}
		m := gone[at]
		out.Problems = append(out.Problems, Problem{
			Pos: use, Message: fmt.Sprintf("%s is kept: it is used here", m.decl.Name.Name), Hint: "remove this use first",
		})
		gone = slices.Delete(gone, at, at+1)
	}
}

// namedBeside finds a name in the package and its tests, outside of some methods.
func (h *handler) namedBeside(name string, gone []*method) (found token.Position) {
	for _, s := range slices.Concat(h.pkg.files, h.pkg.outer) {
		for _, d := range s.file.Decls {
			if slices.ContainsFunc(gone, func(m *method) bool { return m.decl == d }) {
				continue
			}
			f, _ := d.(*ast.FuncDecl) // one that declares the same name for another type does not use this one
			ast.Inspect(d, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == name && (f == nil || id != f.Name) && !found.IsValid() {
					found = h.pkg.position(id.Pos())
				}
				return !found.IsValid()
			})
		}
	}
	return found
}
