package gen

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// decls is an index of what the files of one version of the generated package declare.
type decls struct {
	fset    *token.FileSet
	names   map[string]*decl   // package level, without methods
	methods map[string][]*decl // by the name of the receiver's type
	imports map[string]string  // local name -> path, of all files
}

// decl is one declared name, or one method.
type decl struct {
	name string
	recv string // of a method

	// moved marks a method that is kept for another type than the one that it was declared for.
	moved bool

	kind string // "type", "const", "var", "func"
	node ast.Node
	doc  *ast.CommentGroup
	data []byte // the file that it stands in

	// group names all constants of a group that counts with iota; such a group can only stand as a whole.
	group []string
}

// readDecls parses files by path. One that does not parse is left out, and told of in the error.
func readDecls(files map[string][]byte) (*decls, error) {
	d := &decls{
		fset:  token.NewFileSet(),
		names: map[string]*decl{}, methods: map[string][]*decl{}, imports: map[string]string{},
	}
	paths := sortedKeys(files)
	parsed, errs := make([]*ast.File, len(paths)), make([]error, len(paths))
	var wait sync.WaitGroup
	for i, path := range paths {
		wait.Go(func() {
			parsed[i], errs[i] = parser.ParseFile(d.fset, filepath.Base(path), files[path], parser.ParseComments|parser.SkipObjectResolution)
		})
	}
	wait.Wait()
	for i, path := range paths {
		if errs[i] == nil {
			d.add(parsed[i], files[path])
		}
	}
	return d, errors.Join(errs...)
}

func (d *decls) add(file *ast.File, data []byte) {
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, "`\"")
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		d.imports[name] = path
	}
	for _, top := range file.Decls {
		switch top := top.(type) {
		case *ast.FuncDecl:
			d.addFunc(top, data)
		case *ast.GenDecl:
			d.addGroup(top, data)
		}
	}
}

func (d *decls) addFunc(f *ast.FuncDecl, data []byte) {
	entry := &decl{name: f.Name.Name, kind: "func", node: f, doc: f.Doc, data: data}
	if f.Recv == nil {
		d.names[entry.name] = entry
		return
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		entry.recv = id.Name
		d.methods[id.Name] = append(d.methods[id.Name], entry)
	}
}

// addGroup adds each name of a declaration. A group of constants that counts on with iota stays in one piece.
func (d *decls) addGroup(gen *ast.GenDecl, data []byte) {
	if gen.Tok == token.IMPORT {
		return
	}
	whole := false
	for _, spec := range gen.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && (gen.Tok == token.CONST && len(v.Values) == 0 || mentions(v, "iota")) {
			whole = true
		}
	}
	var group []string
	for _, spec := range gen.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && whole {
			for _, id := range v.Names {
				group = append(group, id.Name)
			}
		}
	}
	for _, spec := range gen.Specs {
		entry := decl{kind: gen.Tok.String(), node: spec, data: data}
		if whole {
			entry.node, entry.doc, entry.group = gen, gen.Doc, group
		}
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			entry.doc = docOf(spec.Doc, gen)
			entry.name = spec.Name.Name
			d.names[entry.name] = &entry
		case *ast.ValueSpec:
			if !whole {
				entry.doc = docOf(spec.Doc, gen)
			}
			for _, id := range spec.Names {
				one := entry
				one.name = id.Name
				d.names[id.Name] = &one
			}
		}
	}
}

// docOf is the comment of one declaration: its own, or that of a group which it is the only member of.
func docOf(own *ast.CommentGroup, gen *ast.GenDecl) *ast.CommentGroup {
	if own == nil && !gen.Lparen.IsValid() {
		return gen.Doc
	}
	return own
}

func mentions(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// source is the text of a node of d's files.
func (d *decls) source(n ast.Node, data []byte) []byte {
	return data[d.fset.PositionFor(n.Pos(), false).Offset:d.fset.PositionFor(n.End(), false).Offset]
}

func (d *decls) has(name string) bool { return d.names[name] != nil }

// hasMethod says whether a type has a method: its own, or one of a type of d that it embeds.
func (d *decls) hasMethod(recv, name string) bool {
	own := slices.ContainsFunc(d.methods[recv], func(m *decl) bool { return m.name == name })
	return own || slices.ContainsFunc(d.embedded(recv), func(e string) bool { return d.hasMethod(e, name) })
}

// embedded names the types of d that a struct embeds by value.
func (d *decls) embedded(name string) []string {
	entry := d.names[name]
	if entry == nil {
		return nil
	}
	spec, ok := entry.node.(*ast.TypeSpec)
	if !ok {
		return nil
	}
	body, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var list []string
	for _, f := range body.Fields.List {
		if id, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 {
			list = append(list, id.Name)
		}
	}
	return list
}
