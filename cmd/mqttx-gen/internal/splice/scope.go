package splice

import (
	"go/ast"
	"go/token"
	"go/types"
)

// typeScope holds the types of a package by name.
type typeScope map[string]*ast.TypeSpec

func (p *sources) typeSpecs() typeScope {
	scope := typeScope{}
	for _, s := range p.files {
		for _, d := range s.file.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				typ := spec.(*ast.TypeSpec)
				scope[typ.Name.Name] = typ
			}
		}
	}
	return scope
}

// resolve follows the aliases of a name to the type that it stands for; nil if that is not of this package.
func (s typeScope) resolve(name string) *ast.TypeSpec {
	for range len(s) + 1 {
		spec := s[name]
		if spec == nil || !spec.Assign.IsValid() {
			return spec
		}
		id, ok := typeName(spec.Type).(*ast.Ident)
		if !ok {
			return nil
		}
		name = id.Name
	}
	return nil
}

// receiver names the type that f is a method of.
func (s typeScope) receiver(f *ast.FuncDecl) string {
	if len(f.Recv.List) != 1 {
		return ""
	}
	id, ok := typeName(f.Recv.List[0].Type).(*ast.Ident)
	if !ok {
		return ""
	}
	if spec := s.resolve(id.Name); spec != nil {
		return spec.Name.Name
	}
	return ""
}

// typeName strips pointers, brackets and type arguments from the expression of a type.
func typeName(e ast.Expr) ast.Expr {
	for {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		default:
			return e
		}
	}
}

func (p *sources) position(pos token.Pos) token.Position { return p.fset.PositionFor(pos, false) }

func (p *sources) fileOf(pos token.Pos) *source {
	for _, s := range p.files {
		if s.file.FileStart <= pos && pos <= s.file.FileEnd {
			return s
		}
	}
	return nil
}

// declared returns the place where the package declares name, if it does.
func (p *sources) declared(name string) token.Pos {
	for _, s := range p.files {
		for _, d := range s.file.Decls {
			for _, id := range declaredBy(d) {
				if id.Name == name {
					return id.Pos()
				}
			}
		}
	}
	return token.NoPos
}

// declaredBy lists the names that a declaration adds to the package.
func declaredBy(d ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name)
			case *ast.ValueSpec:
				names = append(names, spec.Names...)
			}
		}
	}
	return names
}

// predeclared says whether name means something everywhere.
func predeclared(name string) bool { return types.Universe.Lookup(name) != nil }
