package splice

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// handler is the user's handler type and what it can do.
type handler struct {
	target *Target
	pkg    *sources

	scope    typeScope
	spec     *ast.TypeSpec // nil: the type is not declared yet
	methods  []*method     // declared on the type itself, in the order of files
	promoted map[string]bool
	fields   map[string]token.Pos
	complete bool     // the generated interface is embedded: no method can be missing
	opaque   *Problem // an embedded type that could not be read
	stale    string   // import path of a stale package that the last checked signature names
	problems []Problem
}

// method is one method declared on the handler type.
type method struct {
	decl *ast.FuncDecl
	in   *source
	pos  token.Position
}

func newHandler(t *Target, pkg *sources) *handler {
	return &handler{
		target: t, pkg: pkg, scope: pkg.typeSpecs(),
		promoted: map[string]bool{}, fields: map[string]token.Pos{},
	}
}

// findHandler collects the methods of the handler type in all files of the package.
func findHandler(t *Target, pkg *sources) *handler {
	h := newHandler(t, pkg)
	scope := h.scope
	h.spec = scope.resolve(t.Type)
	if h.spec == nil {
		if pos := pkg.declared(t.Type); pos.IsValid() {
			h.problems = append(h.problems, Problem{
				Pos: pkg.position(pos), Severity: Error,
				Message: fmt.Sprintf("%s is not a type that can have methods", t.Type),
				Hint:    "give the handler type another name under go: handler: type in the spec",
			})
		} else if other := h.otherType(); other != nil {
			h.problems = append(h.problems, *other)
		}
		return h
	}
	name := h.spec.Name.Name
	for _, s := range pkg.files {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || scope.receiver(f) != name {
				continue
			}
			h.methods = append(h.methods, &method{decl: f, in: s, pos: pkg.position(f.Name.Pos())})
		}
	}
	switch body := h.spec.Type.(type) {
	case *ast.StructType:
		h.readFields(body, map[string]bool{name: true})
	case *ast.InterfaceType:
		h.problems = append(h.problems, Problem{
			Pos: pkg.position(h.spec.Name.Pos()), Severity: Error,
			Message: fmt.Sprintf("the handler type %s is an interface", name),
			Hint:    "the handler has to be a type with methods, for example a struct",
		})
	}
	return h
}

// otherType is the problem of a handler type that is not there while another type has methods that are tied to the spec.
func (h *handler) otherType() *Problem {
	for _, s := range h.pkg.files {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			name := h.scope.receiver(f)
			if kind, _ := marked(f.Doc); kind == "" || name == "" {
				continue
			}
			star := ""
			if _, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				star = "*"
			}
			return &Problem{
				Pos: h.pkg.position(h.scope[name].Name.Pos()), Severity: Error,
				Message: fmt.Sprintf("type %s not found; %s%s has the methods: set go.handler.type", h.target.Type, star, name),
				Hint:    fmt.Sprintf("in the spec: go: handler: type: %s", name),
			}
		}
	}
	return nil
}

// method returns the method of that name if it is declared on the type or promoted to it (then with no decl), or says
// what stands in its way.
func (h *handler) method(name string) (*method, *Problem) {
	var inTest *method
	for _, m := range h.methods {
		if m.decl.Name.Name != name {
			continue
		}
		if !m.in.test {
			return m, nil
		}
		inTest = m
	}
	if h.promoted[name] {
		return &method{}, nil
	}
	if inTest != nil {
		return nil, &Problem{
			Pos: inTest.pos, Severity: Error,
			Message: fmt.Sprintf("%s is declared in a test file only", name),
			Hint:    "move it to a file that is always built",
		}
	}
	if pos, ok := h.fields[name]; ok {
		return nil, &Problem{
			Pos: h.pkg.position(pos), Severity: Error,
			Message: fmt.Sprintf("the field %s of %s stands where the method %s has to be", name, h.target.Type, name),
			Hint:    "give the field another name",
		}
	}
	return nil, nil
}

// hidden is the problem of a handler whose missing methods may come from a type that could not be read.
func (h *handler) hidden(missing []Method) Problem {
	var names []string
	for _, m := range missing {
		names = append(names, m.Name)
	}
	p := *h.opaque
	p.Hint = "no stub was added; if they are not there, write " + strings.Join(names, ", ")
	return p
}
