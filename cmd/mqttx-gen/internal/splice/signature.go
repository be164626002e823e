package splice

import (
	"fmt"
	"go/ast"
	"go/printer"
	"strings"
)

// checkSignature says where have differs from want. A type that cannot be followed without the compiler, such as an
// alias in a third package, is left for the compiler to judge.
func (h *handler) checkSignature(have *method, want Method) []Problem {
	if have.decl == nil || !h.differs(have, want) { // one without is promoted
		return nil
	}
	t := have.decl.Type
	p := Problem{
		Pos: have.pos, Severity: Error,
		Message: fmt.Sprintf("%s has the signature %s", want.Name, h.print(t)),
		Hint:    "wanted: func" + strings.TrimPrefix(h.wantedSignature(have.in, want), want.Name),
	}
	if h.stale != "" { // both may look the same but for the import
		p.Message += fmt.Sprintf(" with a type of %q", h.stale)
		p.Hint = fmt.Sprintf("wanted: that of %q; import this package instead", h.target.Interface.Path)
	}
	return []Problem{p}
}

// differs compares the signature of a declared method with the wanted one, and notes a stale package that it names.
func (h *handler) differs(have *method, want Method) bool {
	h.stale = ""
	return h.sameList(have.in, have.decl.Type.Params, want.paramTypes()) == different ||
		h.sameList(have.in, have.decl.Type.Results, want.Results) == different
}

func (m Method) paramTypes() []Type {
	list := make([]Type, len(m.Params))
	for i, p := range m.Params {
		list[i] = p.Type
	}
	return list
}

type verdict uint8

const (
	same verdict = iota
	unknown
	different
)

// sameList compares the types of a parameter or result list with those wanted.
func (h *handler) sameList(in *source, have *ast.FieldList, want []Type) verdict {
	var list []ast.Expr
	if have != nil {
		for _, f := range have.List {
			for range max(1, len(f.Names)) {
				list = append(list, f.Type)
			}
		}
	}
	if len(list) != len(want) {
		return different
	}
	worst := same
	for i, e := range list {
		worst = max(worst, h.sameType(in, e, want[i]))
	}
	return worst
}

// sameType compares one type.
func (h *handler) sameType(in *source, e ast.Expr, want Type) verdict {
	prefix := ""
	for {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
			continue
		case *ast.StarExpr:
			prefix, e = prefix+"*", t.X
			continue
		case *ast.ArrayType:
			if t.Len != nil {
				return different
			}
			prefix, e = prefix+"[]", t.Elt
			continue
		case *ast.Ident:
			return h.sameIdent(in, t, prefix, want)
		case *ast.SelectorExpr:
			return h.sameSelector(in, t, prefix, want)
		}
		return different
	}
}

// sameIdent compares an unqualified name: a predeclared type, one of the user's package, or one of a dot import.
func (h *handler) sameIdent(in *source, id *ast.Ident, prefix string, want Type) verdict {
	if spec := h.scope[id.Name]; spec != nil {
		if want.Path == h.target.Path && want.Name == id.Name {
			return equalIf(prefix == want.Prefix)
		}
		if spec.Assign.IsValid() && strings.HasPrefix(want.Prefix, prefix) {
			want.Prefix = strings.TrimPrefix(want.Prefix, prefix)
			return h.sameType(h.pkg.fileOf(spec.Pos()), spec.Type, want)
		}
		return different
	}
	if want.Path == "" {
		return equalIf(prefix == want.Prefix && canonical(id.Name) == canonical(want.Name))
	}
	if predeclared(id.Name) {
		return different
	}
	if want.Path == h.target.Path {
		return equalIf(prefix == want.Prefix && id.Name == want.Name) // declared in a generated file of this package
	}
	if importedAs(in.file, want.Path, ".") {
		return equalIf(prefix == want.Prefix && id.Name == want.Name)
	}
	return unknown
}

// sameSelector compares a qualified name.
func (h *handler) sameSelector(in *source, sel *ast.SelectorExpr, prefix string, want Type) verdict {
	base, ok := sel.X.(*ast.Ident)
	if !ok {
		return different
	}
	path := in.pathOf(base.Name, want)
	if path == want.Path && base.Name != want.Package && !importedAs(in.file, path, base.Name) {
		return different // the package has got another name
	}
	if want.Path == h.target.Interface.Path && h.target.Stale != nil && h.target.Stale(path) {
		h.stale = path
		return different
	}
	path = h.canonicalPath(path)
	wanted := h.canonicalPath(want.Path)
	if path == wanted {
		return equalIf(prefix == want.Prefix && sel.Sel.Name == want.Name)
	}
	for _, m := range h.target.Methods {
		for _, t := range append(m.paramTypes(), m.Results...) {
			if path == h.canonicalPath(t.Path) {
				return different
			}
		}
	}
	if path != "" && h.target.Module != "" && h.target.standard(path) {
		return different // the standard library has no alias of such a type
	}
	return unknown
}

// pathOf is importPath, with the known name of the package that is wanted.
func (s *source) pathOf(name string, want Type) string {
	if name == want.Package && importedAs(s.file, want.Path, "") {
		return want.Path
	}
	return importPath(s.file, name)
}

func (h *handler) canonicalPath(path string) string {
	if to := h.target.Same[path]; to != "" {
		return to
	}
	return path
}

func canonical(name string) string {
	switch name {
	case "byte":
		return "uint8"
	case "rune":
		return "int32"
	}
	return name
}

func equalIf(ok bool) verdict {
	if ok {
		return same
	}
	return different
}

// print prints a node of the user's code on one line.
func (h *handler) print(n ast.Node) string {
	var b strings.Builder
	if err := printer.Fprint(&b, h.pkg.fset, n); err != nil {
		return "that cannot be printed"
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// wantedSignature prints the signature of want as it would stand in the file in.
func (h *handler) wantedSignature(in *source, want Method) string {
	names := newImports(h.target, h.pkg, in)
	return signature(want, names.qualify, nil)
}
