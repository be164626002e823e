package gen

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// userPackage is one package of the user's module, with what go/types knows of it. There is no more than the module's own
// source to know it from: all other packages are taken to be empty, and the errors that follow do not count. Where a name
// hangs on them, the standard library is read too, which takes its time.
type userPackage struct {
	dir, path string
	files     []*userFile
	scope     *types.Scope
	info      *types.Info
	types     *types.Package
}

type userFile struct {
	path      string
	data      []byte
	ast       *ast.File
	generated bool
}

// load reads the packages of a folder: the one that others import, with its tests, and that of external tests.
func (u *userCode) load(dir string) ([]*userPackage, error) {
	all, err := u.parseDir(dir)
	if err != nil {
		return nil, err
	}
	importPath, err := u.module.importPath(dir)
	if err != nil {
		return nil, err
	}
	byName := map[string][]*userFile{}
	for _, f := range all {
		byName[f.ast.Name.Name] = append(byName[f.ast.Name.Name], f)
	}
	var list []*userPackage
	for _, name := range sortedKeys(byName) {
		p := &userPackage{dir: dir, path: importPath, files: byName[name]}
		if strings.HasSuffix(name, "_test") && len(byName) > 1 {
			p.path += "_test"
		}
		u.check(p, false)
		list = append(list, p)
	}
	return list, nil
}

// parseDir parses all Go files of a folder; in that of the generated package, these are as they were before the change.
func (u *userCode) parseDir(dir string) ([]*userFile, error) {
	var files []*userFile
	for _, at := range sortedKeys(u.files) {
		if filepath.Dir(at) == dir {
			files = append(files, &userFile{path: at, data: u.files[at], generated: true})
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("read the user's packages: %w", err)
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		if e.IsDir() || filepath.Ext(at) != ".go" || e.Name()[0] == '_' || e.Name()[0] == '.' {
			continue
		}
		data, err := readFile(at)
		if err != nil {
			return nil, fmt.Errorf("read the user's packages: %w", err)
		}
		if gen := generated(data); !gen || dir != u.out {
			files = append(files, &userFile{path: at, data: data, generated: gen})
		}
	}
	for _, f := range files {
		f.ast, err = parser.ParseFile(u.fset, f.path, f.data, parser.ParseComments|parser.SkipObjectResolution)
		var list scanner.ErrorList
		if errors.As(err, &list) {
			return nil, fmt.Errorf("%s:%d:%d: %s: names cannot be changed in a file that does not parse", ShortPath(f.path), list[0].Pos.Line, list[0].Pos.Column, list[0].Msg)
		} else if err != nil {
			return nil, fmt.Errorf("read the user's packages: %w", err)
		}
	}
	return files, nil
}

// check runs go/types over a package, and takes what it finds out before errors.
func (u *userCode) check(p *userPackage, declarations bool) {
	p.info = &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: moduleImporter{u}, Error: func(error) {}, FakeImportC: true, IgnoreFuncBodies: declarations}
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.ast)
	}
	p.types, _ = config.Check(p.path, u.fset, files, p.info)
	p.scope = p.types.Scope()
}

// moduleImporter finds packages of the user's module by their source.
type moduleImporter struct{ *userCode }

// Import implements types.Importer.
func (im moduleImporter) Import(at string) (*types.Package, error) {
	if at == "unsafe" {
		return types.Unsafe, nil
	}
	rel, inside := strings.CutPrefix(at+"/", im.module.path+"/")
	dir := filepath.Join(im.module.root, filepath.FromSlash(rel))
	if p := im.packages[at]; p != nil {
		return p.types, nil
	}
	if inside && !im.loading[at] {
		im.loading[at] = true
		defer delete(im.loading, at)
		files, err := im.parseDir(dir)
		files = slices.DeleteFunc(files, func(f *userFile) bool { return strings.HasSuffix(f.path, "_test.go") })
		if err == nil && len(files) > 0 {
			p := &userPackage{dir: dir, path: at, files: files}
			im.check(p, true)
			im.packages[at] = p
			return p.types, nil
		}
	}
	if first, _, _ := strings.Cut(at, "/"); im.std != nil && !strings.Contains(first, ".") {
		if p, err := im.std.Import(at); err == nil {
			return p, nil
		}
	}
	p := types.NewPackage(at, likelyName(at))
	p.MarkComplete()
	return p, nil
}

// likelyName is the name that the path of a package makes likely.
func likelyName(at string) string {
	base := path.Base(at)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(at))
	}
	base, _, _ = strings.Cut(base, ".")
	return strings.ReplaceAll(strings.TrimPrefix(base, "go-"), "-", "_")
}

// receiverOf names the type that a method is declared for.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	e := f.Recv.List[0].Type
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.ParenExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// isHandler says whether a type of a package is the handler, or has all methods of the interface, as a fake in a test.
func (u *userCode) isHandler(p *userPackage, name string) bool {
	if name == "" {
		return false
	}
	if strings.TrimSuffix(p.path, "_test") == u.handler.Path && name == u.handler.Type {
		return true
	}
	obj, ok := p.scope.Lookup(name).(*types.TypeName)
	if !ok {
		return false
	}
	methods := types.NewMethodSet(types.NewPointer(obj.Type()))
	for _, m := range u.was.handler {
		if methods.Lookup(p.types, m) == nil {
			return false
		}
	}
	return len(u.was.handler) > 0
}

// target returns what an object of a generated or the user's package is called now; "" if it keeps its name. Unsure says
// that only the user can tell.
func (u *userCode) target(p *userPackage, obj types.Object) (to string, unsure bool) {
	if obj == nil || obj.Pkg() == nil {
		return "", false
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() && v.Embedded() {
		return u.embedded(p, v)
	}
	if u.isGenerated(obj) {
		if obj.Parent() == obj.Pkg().Scope() {
			return u.names[obj.Name()], false
		}
		return u.members[obj.Name()], false
	}
	to = u.members[obj.Name()]
	f, isFunc := obj.(*types.Func)
	if to == "" || !isFunc || f.Signature().Recv() == nil {
		return "", false
	}
	typ := f.Signature().Recv().Type()
	if ptr, ok := typ.(*types.Pointer); ok {
		typ = ptr.Elem()
	}
	named, ok := types.Unalias(typ).(*types.Named)
	if !ok {
		return to, true // a method of an interface without a name
	}
	home := p
	if other := u.packages[obj.Pkg().Path()]; other != nil && obj.Pkg() != p.types {
		home = other
	}
	if _, iface := named.Underlying().(*types.Interface); iface || !u.isHandler(home, named.Obj().Name()) {
		return to, true
	}
	return to, false
}

// embedded is what the field of an embedded type is called: as its type.
func (u *userCode) embedded(p *userPackage, v *types.Var) (string, bool) {
	typ := v.Type()
	if ptr, ok := typ.(*types.Pointer); ok {
		typ = ptr.Elem()
	}
	if named, ok := types.Unalias(typ).(*types.Named); ok {
		return u.target(p, named.Obj())
	}
	return "", false
}

// isGenerated says whether an object is declared in a generated file of the package.
func (u *userCode) isGenerated(obj types.Object) bool {
	_, ok := u.files[u.fset.PositionFor(obj.Pos(), false).Filename]
	return ok
}

// edit changes the names in the files of a package.
func (u *userCode) edit(p *userPackage, r *Renaming) {
	for _, f := range p.files {
		if f.generated {
			continue
		}
		e := &nameEditor{userCode: u, p: p, f: f, at: map[int]swap{}}
		e.file()
		text, lines := e.apply()
		r.Unsure = append(r.Unsure, e.left...)
		if len(lines) == 0 {
			continue
		}
		r.Changes = append(r.Changes, Change{Path: f.path, Old: f.data, New: text})
		r.Edits = append(r.Edits, Edited{f.path, lines})
	}
}

// nameEditor changes names in one file.
type nameEditor struct {
	*userCode
	p    *userPackage
	f    *userFile
	at   map[int]swap // by offset
	left []Unsure
}

type swap struct{ from, to string }

func (e *nameEditor) swap(pos token.Pos, from, to string) {
	e.at[e.fset.PositionFor(pos, false).Offset] = swap{from, to}
}

func (e *nameEditor) unsure(id *ast.Ident, to string) {
	e.left = append(e.left, Unsure{e.fset.PositionFor(id.Pos(), false), id.Name, to})
}

func (e *nameEditor) file() {
	ast.Inspect(e.f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			e.doc(n)
		case *ast.SelectorExpr:
			if to := e.members[n.Sel.Name]; to != "" && e.p.info.Uses[n.Sel] == nil && !e.isPackage(n.X) {
				e.unresolved = true
				e.unsure(n.Sel, to)
			}
		case *ast.Ident:
			e.ident(n)
		}
		return true
	})
}

func (e *nameEditor) isPackage(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	if !ok {
		return false
	}
	_, isPackage := e.p.info.Uses[id].(*types.PkgName)
	return isPackage
}

func (e *nameEditor) ident(id *ast.Ident) {
	obj := e.p.info.Uses[id]
	if obj == nil {
		obj = e.p.info.Defs[id]
	}
	switch to, unsure := e.target(e.p, obj); {
	case to == "" || id.Name != obj.Name():
	case unsure:
		e.unsure(id, to)
	default:
		e.swap(id.Pos(), id.Name, to)
	}
}

// doc changes the marker of a method, and its name where its comment begins with that.
func (e *nameEditor) doc(f *ast.FuncDecl) {
	if f.Doc == nil || f.Recv == nil {
		return
	}
	marker := "//mqttx:" + e.kind + " "
	for i, c := range f.Doc.List {
		text := strings.TrimRight(c.Text, " \t\r")
		if rest, ok := strings.CutPrefix(text, marker); ok && strings.TrimSpace(rest) == e.from {
			e.swap(c.Pos()+token.Pos(strings.LastIndex(text, e.from)), e.from, e.to)
		}
		to := e.members[f.Name.Name]
		rest, ok := strings.CutPrefix(text, "// "+f.Name.Name)
		if i == 0 && ok && to != "" && e.isHandler(e.p, receiverOf(f)) && (rest == "" || rest[0] == ' ') {
			e.swap(c.Pos()+3, f.Name.Name, to)
		}
	}
}

// apply returns the new text, and the lines that changed. What is left stands in other columns then.
func (e *nameEditor) apply() (text []byte, lines []int) {
	var offsets []int
	for at := range e.at {
		offsets = append(offsets, at)
	}
	slices.Sort(offsets)
	at := 0
	for _, offset := range offsets {
		s := e.at[offset]
		text = append(append(text, e.f.data[at:offset]...), s.to...)
		at = offset + len(s.from)
		lines = append(lines, strings.Count(string(e.f.data[:offset]), "\n")+1)
		for i := range e.left {
			if u := &e.left[i]; u.Pos.Line == lines[len(lines)-1] && u.Pos.Offset > offset {
				u.Pos.Column += len(s.to) - len(s.from)
			}
		}
	}
	return append(text, e.f.data[at:]...), slices.Compact(lines)
}
