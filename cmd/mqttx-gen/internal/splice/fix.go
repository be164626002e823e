package splice

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Fixed is a method whose signature Fix changes.
type Fixed struct {
	Method string
	Pos    token.Position
	From   string // as it was written
}

// Left is a method whose signature Fix cannot change.
type Left struct {
	Method string
	Pos    token.Position
	Why    string
}

// Fixing is what Fix found: the files with other signatures, the methods that have them, and those it leaves alone.
type Fixing struct {
	Edits []Edit
	Fixed []Fixed
	Left  []Left
}

// Fix works out how the package of t looks with the wanted signatures: of each method that has another one, the types of
// parameters and results that differ are replaced, with the imports that this takes. Names of parameters, receivers and
// bodies stay, as does every other byte. It leaves a method alone where that does not work: one that would lose a
// parameter that it uses, for example. Plan goes on to report these. Fix writes nothing.
func Fix(t *Target) (*Fixing, error) {
	pkg, err := read(t)
	if err != nil {
		return nil, err
	}
	out := &Fixing{}
	if pkg.broken {
		return out, nil
	}
	h := findHandler(t, pkg)
	if len(h.problems) > 0 {
		return out, nil
	}
	for _, s := range pkg.files {
		if s.test {
			continue
		}
		f := &fixer{handler: h, in: s, imports: newImports(t, pkg, s)}
		for _, want := range slices.Concat(t.Methods, t.Optional) {
			f.fix(want)
		}
		out.Left = append(out.Left, f.left...)
		if len(f.fixed) == 0 {
			continue
		}
		for _, in := range insertImports(t, pkg, s, f.imports.sorted()) {
			f.list = append(f.list, replacement{in.offset, in.offset, in.text})
		}
		edit, err := h.finish(s, f.list)
		if err != nil {
			return nil, err
		}
		out.Edits = append(out.Edits, edit)
		out.Fixed = append(out.Fixed, f.fixed...)
	}
	return out, nil
}

// fixer works on the signatures in one file.
type fixer struct {
	*handler
	in      *source
	imports *imports
	list    []replacement
	fixed   []Fixed
	left    []Left
}

// fix replaces what differs in the signature of the method that is wanted, if it stands in this file.
func (f *fixer) fix(want Method) {
	for _, m := range f.methods {
		if m.in != f.in || m.decl.Name.Name != want.Name || !f.differs(m, want) || f.stale != "" {
			continue
		}
		was := f.print(m.decl.Type)
		if r := m.decl.Type.Results; r != nil && len(slots(r)) != len(want.Results) && f.commented(r) {
			f.left = append(f.left, Left{want.Name, m.pos, "a comment stands in its results"})
			continue
		}
		params, why := f.params(m, want)
		if why != "" {
			f.left = append(f.left, Left{want.Name, m.pos, why})
			continue
		}
		f.list = append(f.list, append(params, f.results(m, want)...)...)
		f.fixed = append(f.fixed, Fixed{want.Name, m.pos, was})
	}
}

func (f *fixer) replace(n ast.Node, text string) replacement {
	start, end := f.pkg.span(n)
	return replacement{start, end, text}
}

// slot is one parameter or result of a field list, which may share its field with others.
type slot struct {
	name  string // "" for none
	field *ast.Field
}

func slots(list *ast.FieldList) []slot {
	var all []slot
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			all = append(all, slot{name.Name, field})
		}
		if len(field.Names) == 0 {
			all = append(all, slot{"", field})
		}
	}
	return all
}

func (f *fixer) typeText(t Type) string { return t.print(f.imports.qualify) }

// params replaces types where there are as many parameters as wanted, and the whole list otherwise; or it says why not.
func (f *fixer) params(m *method, want Method) (list []replacement, why string) {
	have := slots(m.decl.Type.Params)
	if len(have) == len(want.Params) {
		return f.types(m.in, have, want.paramTypes()), ""
	}
	if f.commented(m.decl.Type.Params) {
		return nil, "a comment stands in its parameters"
	}
	kept := f.match(m, have, want)
	for i, s := range have {
		if !slices.Contains(kept, i) && s.name != "" && s.name != "_" && mentions(m.decl.Body, s.name) {
			return nil, fmt.Sprintf("its body uses %s, which the wanted signature does not have", s.name)
		}
	}
	named := len(have) == 0 || have[0].name != ""
	taken := f.taken(m, have, kept)
	var texts []string
	for i, p := range want.Params {
		text := f.typeText(p.Type)
		if named {
			name := taken.fresh(p.Name)
			if kept[i] >= 0 {
				name = have[kept[i]].name
			}
			text = name + " " + text
		}
		texts = append(texts, text)
	}
	return []replacement{f.replace(m.decl.Type.Params, "("+strings.Join(texts, ", ")+")")}, ""
}

// match says, for each wanted parameter, which of those that are there is the same: -1 for none. Their order is kept.
func (f *fixer) match(m *method, have []slot, want Method) []int {
	kept := make([]int, len(want.Params))
	next := 0
	for i, p := range want.Params {
		kept[i] = -1
		for j := next; j < len(have); j++ {
			if t := have[j].field.Type; f.sameType(m.in, t, p.Type) == same || f.sameType(m.in, t, p.Type.other()) == same {
				kept[i], next = j, j+1
				break
			}
		}
	}
	return kept
}

// other is the pointer to a type, or what it points to: who leaves out the star means the same parameter.
func (t Type) other() Type {
	switch t.Prefix {
	case "":
		t.Prefix = "*"
	case "*":
		t.Prefix = ""
	}
	return t
}

// names is what a new parameter must not be called.
type names map[string]bool

// taken collects the names that the parameters which stay have, the receiver has, and the body speaks of.
func (f *fixer) taken(m *method, have []slot, kept []int) names {
	n := names{}
	for _, i := range kept {
		if i >= 0 {
			n[have[i].name] = true
		}
	}
	for _, name := range m.decl.Recv.List[0].Names {
		n[name.Name] = true
	}
	if m.decl.Body != nil {
		ast.Inspect(m.decl.Body, func(node ast.Node) bool {
			if id, ok := node.(*ast.Ident); ok {
				n[id.Name] = true
			}
			return true
		})
	}
	return n
}

func (n names) fresh(name string) string {
	if n[name] {
		name += "In"
	}
	for n[name] {
		name += "2"
	}
	n[name] = true
	return name
}

// types replaces the types that differ. A field whose names get several types is taken apart.
func (f *fixer) types(in *source, have []slot, want []Type) []replacement {
	var out []replacement
	for i := 0; i < len(have); {
		field := have[i].field
		n := max(1, len(field.Names))
		wanted := want[i : i+n]
		differ := func(t Type) bool { return f.sameType(in, field.Type, t) == different }
		switch {
		case !slices.ContainsFunc(wanted, differ):
		case !slices.ContainsFunc(wanted, func(t Type) bool { return t != wanted[0] }):
			out = append(out, f.replace(field.Type, f.typeText(wanted[0])))
		default:
			for j, name := range field.Names {
				if j < n-1 {
					end := f.pkg.position(name.End()).Offset
					out = append(out, replacement{end, end, " " + f.typeText(wanted[j])})
				} else if differ(wanted[j]) {
					out = append(out, f.replace(field.Type, f.typeText(wanted[j])))
				}
			}
		}
		i += n
	}
	return out
}

// results replaces the types of results, or all of them where there are more or fewer than wanted.
func (f *fixer) results(m *method, want Method) []replacement {
	list := m.decl.Type.Results
	have := slots(list)
	if len(have) == len(want.Results) {
		return f.types(m.in, have, want.Results)
	}
	var texts []string
	for _, r := range want.Results {
		texts = append(texts, f.typeText(r))
	}
	text := strings.Join(texts, ", ")
	if len(texts) > 1 {
		text = "(" + text + ")"
	}
	if len(have) > 0 {
		return []replacement{f.replace(list, text)}
	}
	_, end := f.pkg.span(m.decl.Type.Params)
	if list != nil {
		_, end = f.pkg.span(list)
	}
	return []replacement{{end, end, " " + text}}
}

// commented says whether a comment stands in a list of parameters.
func (f *fixer) commented(list *ast.FieldList) bool {
	for _, group := range f.in.file.Comments {
		if list.Pos() < group.Pos() && group.End() <= list.End() {
			return true
		}
	}
	return false
}

// mentions says whether a name stands in a body.
func mentions(body *ast.BlockStmt, name string) bool {
	found := false
	if body == nil {
		return false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// String says what was done: "HandleReading: was func(m *ReadingMessage)".
func (f Fixed) String() string { return fmt.Sprintf("%s: was %s", f.Method, f.From) }
