package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/edit"
)

// Renaming is what it takes to give something of a spec another name.
type Renaming struct {
	Changes []Change // the files of the spec, and the user's Go files
	Edits   []Edited
	Unsure  []Unsure // what may have to be renamed by hand, sorted by place
	Kept    string   // the Go name that x-go-name keeps as it is; "" where it follows from the name
}

// Edited says what changes in one file.
type Edited struct {
	Path  string
	Lines []int
}

// Unsure is a name in the user's code that may be one of the generated package.
type Unsure struct {
	Pos  token.Position
	Name string
	To   string // what it would be now
}

// Rename works out how the spec at path and the user's module look when a topic, an auth method, a payload or an event has
// another name. Kind is one of "topic", "auth", "payload" and "event". In Go files only the names change that are those of
// the generated package, found with go/types, and those of the handler's methods. It writes nothing.
func Rename(path, kind, from, to string) (*Renaming, error) {
	before, source, err := Parse(path)
	if err != nil {
		return nil, err
	}
	renamed, err := edit.RenameFiles(before.Sources, kind, from, to)
	if err != nil {
		return nil, sourceError(err, path, source)
	}
	after, err := parseRenamed(path, source, renamed)
	if err != nil {
		return nil, err
	}
	if err := sameValues(before, after); err != nil {
		return nil, err
	}
	u, err := newUserCode(path, before)
	if err != nil {
		return nil, err
	}
	if u.now, err = u.generated(after); err != nil {
		return nil, err
	}
	u.kind, u.from, u.to = kind, from, to
	goName := renamed[0].GoName
	if goName == "" {
		u.pair(spec.GoName(from), spec.GoName(to))
	}
	run := func() (*Renaming, error) {
		r := &Renaming{Kept: goName}
		for _, file := range renamed {
			at := sourcePath(path, before, file.Name)
			r.Changes = append(r.Changes, Change{Path: at, Old: dataOf(before, file.Name), New: file.Source})
			r.Edits = append(r.Edits, Edited{at, file.Lines})
		}
		return r, u.rename(r)
	}
	r, err := run()
	if err == nil && u.unresolved {
		u.std, u.packages = importer.ForCompiler(u.fset, "source", nil), map[string]*userPackage{}
		r, err = run()
	}
	return r, err
}

// parseRenamed reads a spec of which some files are others now.
func parseRenamed(path string, source []byte, renamed []*edit.Renamed) (*spec.File, error) {
	files := spec.Dir(filepath.Dir(path))
	read := files.ReadFile
	files.ReadFile = func(name string) ([]byte, error) {
		for _, file := range renamed {
			if file.Name == name {
				return file.Source, nil
			}
		}
		return read(name)
	}
	if renamed[0].Name == path {
		source = renamed[0].Source
	}
	after, sources, err := spec.ParseFiles(path, source, files)
	return after, specError(err, path, sources)
}

// sourcePath is the path of a file of the spec.
func sourcePath(path string, f *spec.File, name string) string {
	if name == f.Sources[0].Name {
		return path
	}
	return filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
}

func dataOf(f *spec.File, name string) []byte {
	i := slices.IndexFunc(f.Sources, func(s spec.SourceFile) bool { return s.Name == name })
	return f.Sources[i].Data
}

// sameValues wants the names of payloads not to be what stands in messages: that of a discriminator without mapping.
func sameValues(before, after *spec.File) error {
	was, now := discriminated(before), discriminated(after)
	for i, v := range was {
		if i < len(now) && !slices.Equal(v.Values, now[i].Values) {
			return fmt.Errorf("%s:%d: clients send %q for this alternative, which would become %q; give the discriminator a mapping first",
				ShortPath(placeOf(before, v.Pos)), v.Pos.Line, strings.Join(v.Values, ", "), strings.Join(now[i].Values, ", "))
		}
	}
	return nil
}

func placeOf(f *spec.File, pos spec.Pos) string {
	if pos.File == "" {
		return f.Name
	}
	return sourcePath(f.Name, f, pos.File)
}

// discriminated lists the alternatives of all unions, in the order of the spec.
func discriminated(f *spec.File) []*spec.Variant {
	var list []*spec.Variant
	seen := map[*spec.Schema]bool{}
	var walk func(s *spec.Schema)
	walk = func(s *spec.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, p := range slices.Concat(s.Properties, s.PrefixItems) {
			walk(p.Schema)
		}
		walk(s.Items)
		walk(s.Additional)
		for _, v := range s.Variants {
			list = append(list, v)
			walk(v.Schema)
		}
	}
	for _, p := range f.Payloads {
		walk(p.Schema)
	}
	for _, e := range f.Events {
		walk(e.Payload.Schema)
	}
	return list
}

// userCode is the user's module, and the package that is generated into it.
type userCode struct {
	*place
	files map[string][]byte // generated files before the change, by path
	was   *declared
	now   *declared

	kind, from, to string            // of the marker of methods
	names          map[string]string // of the package's declarations that are renamed
	members        map[string]string // of methods and fields that are renamed

	fset     *token.FileSet
	packages map[string]*userPackage // by import path
	loading  map[string]bool
	std      types.Importer // nil: the standard library is taken to be empty

	unresolved bool // the type is not known of something that has one of members
}

func newUserCode(path string, before *spec.File) (*userCode, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the spec: %w", err)
	}
	m, err := findModule(filepath.Dir(abs))
	if err != nil {
		return nil, err
	}
	u := &userCode{
		names: map[string]string{}, members: map[string]string{},
		fset: token.NewFileSet(), packages: map[string]*userPackage{}, loading: map[string]bool{},
	}
	if u.place, err = locate(before, filepath.Dir(abs), m); err != nil {
		return nil, err
	}
	if u.files, err = u.place.render(before); err != nil {
		return nil, err
	}
	u.was, err = readDeclared(u.files)
	return u, err
}

// generated returns what the package declares for another spec in the same place.
func (u *userCode) generated(f *spec.File) (*declared, error) {
	p, err := locate(f, u.dir, u.module)
	if err != nil {
		return nil, err
	}
	files, err := p.render(f)
	if err != nil {
		return nil, err
	}
	return readDeclared(files)
}

// declared is the names that a package declares.
type declared struct {
	names   map[string]bool
	members map[string]bool // methods, those of interfaces too, and fields
	handler []string        // the methods of the interface Handler
}

func readDeclared(files map[string][]byte) (*declared, error) {
	index, err := readDecls(files)
	if err != nil {
		return nil, fmt.Errorf("read the generated package: internal error, please report it: %w", err)
	}
	d := &declared{names: map[string]bool{}, members: map[string]bool{}}
	for name := range index.names {
		d.names[name] = true
	}
	for _, methods := range index.methods {
		for _, m := range methods {
			d.members[m.name] = true
		}
	}
	for name, entry := range index.names {
		ast.Inspect(entry.node, func(n ast.Node) bool {
			var list *ast.FieldList
			switch n := n.(type) {
			case *ast.StructType:
				list = n.Fields
			case *ast.InterfaceType:
				list = n.Methods
			case *ast.FuncDecl:
				return false
			}
			if list == nil {
				return true
			}
			for _, f := range list.List {
				for _, id := range f.Names {
					d.members[id.Name] = true
					if _, isFunc := f.Type.(*ast.FuncType); isFunc && name == "Handler" {
						d.handler = append(d.handler, id.Name)
					}
				}
			}
			return true
		})
	}
	return d, nil
}

// pair finds what each name of the package is called now, when from in it becomes to.
func (u *userCode) pair(from, to string) {
	find := func(was, now map[string]bool, into map[string]string) {
		for name := range was {
			if now[name] {
				continue
			}
			for at := 0; ; at++ {
				i := strings.Index(name[at:], from)
				if i < 0 {
					break
				}
				at += i
				if next := name[:at] + to + name[at+len(from):]; now[next] && !was[next] {
					into[name] = next
				}
			}
		}
	}
	find(u.was.names, u.now.names, u.names)
	find(u.was.members, u.now.members, u.members)
}

// rename edits the user's files.
func (u *userCode) rename(r *Renaming) error {
	dirs, err := u.folders()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		list, err := u.load(dir)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := u.clash(p); err != nil {
				return err
			}
			u.edit(p, r)
		}
	}
	slices.SortFunc(r.Unsure, func(a, b Unsure) int {
		return strings.Compare(fmt.Sprintf("%s:%09d", a.Pos.Filename, a.Pos.Offset), fmt.Sprintf("%s:%09d", b.Pos.Filename, b.Pos.Offset))
	})
	r.Unsure = slices.Compact(r.Unsure)
	return nil
}

// folders lists those of the module that may hold one of the names: that of the handler, of the package itself, and each
// with a file that imports the package or has a name behind a dot.
func (u *userCode) folders() ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(u.module.root, func(at string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return u.module.enter(at, e)
		}
		dir := filepath.Dir(at)
		if filepath.Ext(at) != ".go" || !e.Type().IsRegular() || found[dir] {
			return nil
		}
		data, err := readFile(at)
		if err != nil {
			return err
		}
		named := bytes.Contains(data, []byte(u.outPath))
		for name := range u.members {
			named = named || bytes.Contains(data, []byte("."+name))
		}
		if !generated(data) && (named || dir == u.out || dir == u.handler.Dir) {
			found[dir] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for code that uses the package: %w", err)
	}
	return sortedKeys(found), nil
}

// clash is the error of a handler, or of a package beside the generated files, that has the new name already.
func (u *userCode) clash(p *userPackage) error {
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || f.generated || decl.Recv == nil || !u.isHandler(p, receiverOf(decl)) {
				continue
			}
			for old, next := range u.members {
				if decl.Name.Name == next {
					return fmt.Errorf("%s: %s has a method %s already, which %s would become", u.where(decl.Name), receiverOf(decl), next, old)
				}
			}
		}
	}
	if p.dir != u.out {
		return nil
	}
	for _, next := range u.names {
		if obj := p.scope.Lookup(next); obj != nil {
			return fmt.Errorf("%s: %s is declared here already", u.fset.PositionFor(obj.Pos(), false), next)
		}
	}
	return nil
}

func (u *userCode) where(n ast.Node) string {
	pos := u.fset.PositionFor(n.Pos(), false)
	return fmt.Sprintf("%s:%d:%d", ShortPath(pos.Filename), pos.Line, pos.Column)
}
