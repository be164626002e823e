package splice

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
)

// readFields notes the names of the fields of a struct, and the methods that its embedded types promote.
func (h *handler) readFields(body *ast.StructType, seen map[string]bool) {
	for _, field := range body.Fields.List {
		for _, name := range field.Names {
			h.fields[name.Name] = name.Pos()
		}
		if len(field.Names) > 0 {
			continue
		}
		switch typ := typeName(field.Type).(type) {
		case *ast.Ident:
			h.readEmbedded(typ.Name, seen)
		case *ast.SelectorExpr:
			h.readForeign(typ)
		}
	}
}

// readEmbedded adds the methods of an embedded type of the same package.
func (h *handler) readEmbedded(name string, seen map[string]bool) {
	spec := h.scope.resolve(name)
	if spec == nil || seen[spec.Name.Name] {
		return
	}
	seen[spec.Name.Name] = true
	for _, s := range h.pkg.files {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && h.scope.receiver(f) == spec.Name.Name {
				h.promoted[f.Name.Name] = true
			}
		}
	}
	switch body := spec.Type.(type) {
	case *ast.StructType:
		h.readFields(body, seen)
	case *ast.InterfaceType:
		h.readInterface(body, seen)
	}
}

// readInterface adds the methods of an embedded interface of the same package.
func (h *handler) readInterface(body *ast.InterfaceType, seen map[string]bool) {
	for _, m := range body.Methods.List {
		for _, name := range m.Names {
			h.promoted[name.Name] = true
		}
		if len(m.Names) > 0 {
			continue
		}
		switch typ := typeName(m.Type).(type) {
		case *ast.Ident:
			h.readEmbedded(typ.Name, seen)
		case *ast.SelectorExpr:
			h.readForeign(typ)
		}
	}
}

// readForeign looks at an embedded type of another package: the generated interface has everything; of any other
// type the source is found and read.
func (h *handler) readForeign(sel *ast.SelectorExpr) {
	base, ok := sel.X.(*ast.Ident)
	if !ok {
		return
	}
	s := h.pkg.fileOf(sel.Pos())
	path := importPath(s.file, base.Name)
	if path == h.target.Interface.Path && sel.Sel.Name == h.target.Interface.Name {
		h.complete = true
		return
	}
	if path == h.target.Interface.Path {
		return // generated types have no method of this interface
	}
	names, err := foreignMethods(path, h.target.Dir, sel.Sel.Name)
	if err != nil {
		h.opaque = &Problem{
			Pos: h.pkg.position(sel.Pos()), Severity: Error,
			Message: fmt.Sprintf("cannot see which methods the embedded %s.%s has: %v", base.Name, sel.Sel.Name, err),
		}
		return
	}
	for _, name := range names {
		h.promoted[name] = true
	}
}

// foreignMethods names the methods that the type of another package declares.
func foreignMethods(path, dir, name string) ([]string, error) {
	found, err := build.Import(path, dir, 0)
	if err != nil {
		return nil, err
	}
	pkg, err := read(&Target{Dir: found.Dir, Package: found.Name})
	if err != nil {
		return nil, err
	}
	h := newHandler(&Target{Dir: found.Dir}, pkg)
	h.readEmbedded(name, map[string]bool{})
	if h.opaque != nil {
		return nil, errors.New(h.opaque.Message)
	}
	var names []string
	for n := range h.promoted {
		names = append(names, n)
	}
	return names, nil
}
