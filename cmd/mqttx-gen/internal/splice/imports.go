package splice

import (
	"cmp"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// imports decides under which name the stubs of one file reach a package, and collects what has to be imported.
type imports struct {
	target *Target
	file   *ast.File       // nil for a file that does not exist yet
	taken  map[string]bool // names that an import must not have
	names  map[string]string
	added  []importSpec
}

// importSpec is one import to add; name is "" where the package's own name does.
type importSpec struct{ name, path string }

func newImports(t *Target, pkg *sources, in *source) *imports {
	im := &imports{target: t, taken: map[string]bool{}, names: map[string]string{}}
	for _, s := range pkg.files {
		for _, d := range s.file.Decls {
			for _, id := range declaredBy(d) {
				im.taken[id.Name] = true
			}
		}
	}
	if in == nil {
		return im
	}
	im.file = in.file
	used := selectorBases(in.file)
	guessed := false // an import whose name is not the one guessed from its path
	for _, spec := range in.file.Imports {
		name := localName(spec)
		im.taken[name] = true
		guessed = guessed || spec.Name == nil && !used[name]
	}
	if guessed {
		for name := range used {
			im.taken[name] = true
		}
	}
	return im
}

// qualify returns the name by which the file reaches the package of typ, "" for none, and notes the import that this
// takes.
func (im *imports) qualify(typ Type) string {
	if typ.Path == "" || typ.Path == im.target.Path {
		return ""
	}
	if name, ok := im.names[typ.Path]; ok {
		return name
	}
	name, ok := im.existing(typ)
	if !ok {
		name = im.fresh(typ.Package)
		spec := importSpec{path: typ.Path}
		if name != typ.Package {
			spec.name = name
		}
		im.added = append(im.added, spec)
		im.taken[name] = true
	}
	im.names[typ.Path] = name
	return name
}

// existing looks for an import of the package that the file already has.
func (im *imports) existing(typ Type) (string, bool) {
	if im.file == nil {
		return "", false
	}
	for _, spec := range im.file.Imports {
		if specPath(spec) != typ.Path {
			continue
		}
		switch {
		case spec.Name == nil:
			return typ.Package, true
		case spec.Name.Name == ".":
			return "", true
		case spec.Name.Name != "_":
			return spec.Name.Name, true
		}
	}
	return "", false
}

// fresh returns a name that nothing in the file or the package has yet.
func (im *imports) fresh(name string) string {
	if !im.taken[name] && !predeclared(name) {
		return name
	}
	base := name + "pkg"
	for i := 2; im.taken[base]; i++ {
		base = name + "pkg" + strconv.Itoa(i)
	}
	return base
}

// sorted returns the imports to add in the order in which they are printed.
func (im *imports) sorted() []importSpec {
	slices.SortFunc(im.added, func(a, b importSpec) int { return cmp.Compare(a.path, b.path) })
	return im.added
}

func (s importSpec) String() string {
	if s.name == "" {
		return strconv.Quote(s.path)
	}
	return s.name + " " + strconv.Quote(s.path)
}

// standard says whether path looks like one of the standard library, seen from the user's module.
func (t *Target) standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && path != t.Module && !strings.HasPrefix(path, t.Module+"/")
}

// importPath returns the path of the import that a file calls name.
func importPath(file *ast.File, name string) string {
	for _, spec := range file.Imports {
		if localName(spec) == name {
			return specPath(spec)
		}
	}
	return ""
}

// importedAs says whether the file imports path under that name; "" means without a name of its own.
func importedAs(file *ast.File, path, name string) bool {
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		own := ""
		if spec.Name != nil {
			own = spec.Name.Name
		}
		return specPath(spec) == path && own == name
	})
}

func specPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return p
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

// localName is the name of an import in its file: the given one, or the one that its path makes likely.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p := specPath(spec)
	base := path.Base(p)
	if versionSuffix.MatchString(base) && base != p {
		base = path.Base(path.Dir(p))
	}
	base, _, _ = strings.Cut(base, ".")
	base = strings.TrimPrefix(base, "go-")
	return strings.ReplaceAll(base, "-", "_")
}

// selectorBases collects the names before a dot in a file.
func selectorBases(file *ast.File) map[string]bool {
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	return used
}
