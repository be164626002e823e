package gen

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	gobuild "go/build" // the tests of this package have a function build
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// code is the user's code that the generated package may break: the packages of the module that import it, themselves or
// through others. They are checked from their source, so that all of them see the same version; what they import from
// elsewhere comes from the go command's export data.
type code struct {
	place    *place
	fset     *token.FileSet
	packages map[string]*codePackage // by import path
	exports  map[string]string       // import path -> file
	rest     types.Importer          // of packages that know nothing of the generated ones
}

// codePackage is one package of the module, without the generated files.
type codePackage struct {
	path    string
	imports map[string]bool
	paths   []string // of files
	files   []*ast.File
	tests   []*ast.File // of the same package
	xtests  []*ast.File // of package x_test
}

// newCode reads the module. Versions are the generated files, by path.
func newCode(p *place, edited map[string][]byte, versions ...map[string][]byte) (*code, error) {
	c := &code{place: p, fset: token.NewFileSet(), packages: map[string]*codePackage{}}
	read := map[string]bool{}
	add := func(at string) error {
		if read[at] {
			return nil
		}
		read[at] = true
		data := edited[at]
		if data == nil {
			var err error
			if data, err = readFile(at); err != nil {
				return err
			}
		}
		return c.addFile(at, data, edited[at] != nil)
	}
	err := filepath.WalkDir(p.module.root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return p.module.enter(at, e)
		}
		if filepath.Ext(at) != ".go" || !e.Type().IsRegular() {
			return nil
		}
		return add(at)
	})
	for at := range edited {
		if err == nil {
			err = add(at)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the module's Go files: %w", err)
	}
	c.keepDependents(versions)
	return c, c.parse(edited)
}

// addFile notes what a file imports. One that this system does not build, or that is written by the generator, is left out.
func (c *code) addFile(at string, data []byte, edited bool) error {
	dir, name := filepath.Split(at)
	dir = filepath.Clean(dir)
	if generated(data) && (dir == c.place.out || filepath.Dir(dir) == c.place.out && strings.HasSuffix(name, ".pb.go")) {
		return nil
	}
	if ok, err := gobuild.Default.MatchFile(dir, name); !edited && (err != nil || !ok) {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), at, data, parser.ImportsOnly|parser.SkipObjectResolution)
	if file == nil || file.Name == nil {
		return nil // it is told of where it stands in the handler's package
	}
	_ = err // the imports in front of the mistake count
	path, err := c.place.module.importPath(dir)
	if err != nil {
		return err
	}
	p := c.packages[path]
	if p == nil {
		p = &codePackage{path: path, imports: map[string]bool{}}
		c.packages[path] = p
	}
	p.paths = append(p.paths, at)
	for _, spec := range file.Imports {
		p.imports[strings.Trim(spec.Path.Value, "`\"")] = true
	}
	return nil
}

// keepDependents drops the packages that the generated ones cannot break.
func (c *code) keepDependents(versions []map[string][]byte) {
	keep := map[string]bool{c.place.outPath: true}
	for _, files := range versions {
		for path := range files {
			keep[c.place.packageOf(path)] = true
		}
	}
	for n := 0; n != len(keep); {
		n = len(keep)
		for path, p := range c.packages {
			for i := range p.imports {
				if keep[i] {
					keep[path] = true
				}
			}
		}
	}
	for path := range c.packages {
		if !keep[path] {
			delete(c.packages, path)
		}
	}
}

// parse reads the files of what is left.
func (c *code) parse(edited map[string][]byte) error {
	for _, p := range c.packages {
		slices.Sort(p.paths)
		for _, at := range p.paths {
			var source any
			if data := edited[at]; data != nil {
				source = data
			}
			file, err := parser.ParseFile(c.fset, at, source, parser.SkipObjectResolution)
			var perr *fs.PathError
			if errors.As(err, &perr) {
				return fmt.Errorf("read the module's Go files: %w", err)
			}
			switch {
			case file == nil:
			case !strings.HasSuffix(at, "_test.go"):
				p.files = append(p.files, file)
			case strings.HasSuffix(file.Name.Name, "_test"):
				p.xtests = append(p.xtests, file)
			default:
				p.tests = append(p.tests, file)
			}
		}
	}
	return nil
}

// findExports asks the go command for the export data of everything that is imported from elsewhere.
func (c *code) findExports(versions ...map[string][]byte) error {
	wanted := map[string]bool{}
	for _, p := range c.packages {
		for path := range p.imports {
			wanted[path] = true
		}
	}
	for _, files := range versions {
		d, _ := readDecls(files)
		for _, path := range d.imports {
			wanted[path] = true
		}
	}
	for _, path := range append(sortedKeys(c.packages), c.place.outPath, "C", "unsafe") {
		delete(wanted, path)
	}
	for _, files := range versions {
		for path := range files {
			delete(wanted, c.place.packageOf(path))
		}
	}
	c.exports = map[string]string{}
	if len(wanted) > 0 {
		args := append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "--"}, sortedKeys(wanted)...)
		cmd := exec.Command("go", args...)
		cmd.Dir = c.place.module.root
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
			return fmt.Errorf("go list: %w: %s", err, first)
		}
		for l := range strings.Lines(string(out)) {
			if path, file, ok := strings.Cut(strings.TrimSpace(l), "\t"); ok {
				c.exports[path] = file
			}
		}
	}
	c.rest = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		file := c.exports[path]
		if file == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file)
	})
	return nil
}

type line struct {
	file string
	line int
}

// universe is the user's code with one version of the generated package.
type universe struct {
	*code
	version   map[string][]*ast.File // the generated packages, by import path: those of protobuf messages lie beside the own one
	generated *types.Package
	done      map[string]*types.Package
	errors    []types.Error
	uses      map[line][]types.Object // what each line uses of the generated package
}

// check type-checks everything with one version of the generated files.
func (c *code) check(files map[string][]byte) *universe {
	u := &universe{code: c, version: map[string][]*ast.File{}, done: map[string]*types.Package{}, uses: map[line][]types.Object{}}
	for _, path := range sortedKeys(files) {
		if file, _ := parser.ParseFile(c.fset, path, files[path], parser.SkipObjectResolution); file != nil {
			in := c.place.packageOf(path)
			u.version[in] = append(u.version[in], file)
		}
	}
	u.generated, _ = u.Import(c.place.outPath)
	for _, path := range sortedKeys(c.packages) {
		p := c.packages[path]
		plain, _ := u.Import(path)
		if len(p.tests) > 0 {
			u.files(path, append(u.own(path), p.tests...), p.tests)
		}
		if len(p.xtests) > 0 && plain != nil {
			u.files(path+"_test", p.xtests, p.xtests)
		}
	}
	return u
}

// own are the files of a package, with the generated ones where they stand in the same folder.
func (u *universe) own(path string) []*ast.File {
	list := slices.Clone(u.version[path])
	if p := u.packages[path]; p != nil {
		list = append(list, p.files...)
	}
	return list
}

// Import returns a package as this universe has it.
func (u *universe) Import(path string) (*types.Package, error) {
	if p, ok := u.done[path]; ok {
		if p == nil {
			return nil, fmt.Errorf("import cycle through %s", path)
		}
		return p, nil
	}
	if u.version[path] == nil && u.packages[path] == nil {
		return u.rest.Import(path)
	}
	u.done[path] = nil
	var told []*ast.File
	if p := u.packages[path]; p != nil {
		told = p.files
	}
	u.done[path] = u.files(path, u.own(path), told)
	return u.done[path], nil
}

// files checks the files of one package, and keeps the errors in those that are to be told of.
func (u *universe) files(path string, all, told []*ast.File) *types.Package {
	names := map[string]bool{}
	for _, f := range told {
		names[u.fset.PositionFor(f.Package, false).Filename] = true
	}
	config := types.Config{
		Importer: u, FakeImportC: true, IgnoreFuncBodies: len(told) == 0,
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && names[u.fset.PositionFor(e.Pos, false).Filename] && !strings.HasPrefix(e.Msg, "\t") {
				u.errors = append(u.errors, e)
			}
		},
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	p, _ := config.Check(path, u.fset, all, info)
	for id, obj := range info.Uses {
		if obj.Pkg() != nil && obj.Pkg().Path() == u.place.outPath {
			pos := u.fset.PositionFor(id.Pos(), false)
			at := line{pos.Filename, pos.Line}
			u.uses[at] = append(u.uses[at], obj)
		}
	}
	return p
}

// errorKey tells an error from others of its file, whatever version it was found with.
func (c *code) errorKey(e types.Error) string {
	pos := c.fset.PositionFor(e.Pos, false)
	return fmt.Sprintf("%s:%d:%d: %s", pos.Filename, pos.Line, pos.Column, e.Msg)
}
