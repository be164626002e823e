package gen

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// RemovedFile holds declarations that the spec no longer asks for and that the user's code still needs.
const RemovedFile = "removed_gen.go"

// deprecation is the paragraph that marks what is only kept.
const deprecation = "Deprecated: the spec no longer describes this. It goes when no code uses it any more."

// keeper picks declarations of the last run of the generator that have to stay. A name that is declared again comes from the
// new files, so that a topic which is added back replaces what was kept of it.
type keeper struct {
	old, now *decls
	uses     *uses
	kept     map[string]*decl // by name, or by type and name of a method
	needed   map[string]bool  // names of methods that what is kept may call

	// renamed are functions that are still there and do something else now, such as the second of the numbered patterns:
	// what is kept calls the one it knew, under another name.
	renamed map[string]string
}

// lost says whether the old files declare something that people can use and that the new ones lack, and names the
// methods among that.
func lost(old, now *decls) (gone bool, methods []string) {
	for name := range old.names {
		gone = gone || ast.IsExported(name) && !now.has(name)
	}
	for recv, list := range old.methods {
		for _, m := range list {
			if ast.IsExported(m.name) && !now.hasMethod(recv, m.name) {
				methods = append(methods, m.name)
			}
		}
	}
	return gone || len(methods) > 0, methods
}

// keep returns the text of RemovedFile, nil if nothing has to be kept, and the exported names in it: of declarations, and
// of methods that types which are still there have lost.
func keep(old, now *decls, u *uses, pkg, header string) ([]byte, []string, error) {
	k := &keeper{old: old, now: now, uses: u, kept: map[string]*decl{}, needed: map[string]bool{}, renamed: map[string]string{}}
	for name := range u.names {
		k.keepName(name)
	}
	for n := -1; n != len(k.kept); {
		n = len(k.kept)
		k.keepMethods()
	}
	if len(k.kept) == 0 {
		return nil, nil, nil
	}
	text, err := k.print(pkg, header)
	var names []string
	for _, d := range k.kept {
		if (d.recv == "" || now.has(d.recv)) && ast.IsExported(d.name) {
			names = append(names, d.name)
		}
	}
	slices.Sort(names)
	return text, slices.Compact(names), err
}

// keepName keeps a declaration and what it needs in turn.
func (k *keeper) keepName(name string) {
	d := k.old.names[name]
	if d != nil && k.now.has(name) && k.kept[name] == nil && k.otherNow(d) {
		k.kept[name], k.renamed[name] = d, k.freeName(name)
		return
	}
	if d == nil || k.now.has(name) || k.kept[name] != nil || !k.canKeep(d) {
		return
	}
	k.kept[name] = d
	k.keepNeeds(d)
}

// canKeep says whether a declaration can stand beside the new ones. A constant that is counted with iota, such as the
// number of a topic, cannot if others of its group are still there.
func (k *keeper) canKeep(d *decl) bool {
	if d.group != nil && !ast.IsExported(d.name) {
		return false // all numbers of topics may be gone, and those of new ones be in their place
	}
	return !slices.ContainsFunc(d.group, k.now.has)
}

// keepNeeds keeps what a declaration refers to, and calls its methods live. A function that needs something which cannot
// be kept loses its body, and then needs only what its signature names.
func (k *keeper) keepNeeds(d *decl) {
	from := d.node
	if f, ok := from.(*ast.FuncDecl); ok && k.hollow(f, d) {
		from = f.Type
	}
	ast.Inspect(from, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			k.needed[n.Sel.Name] = true
		case *ast.Ident:
			k.keepName(n.Name)
		}
		return true
	})
}

// hollow says whether f cannot keep its body: because of what that needs, or because it is a method that a type which is
// still there has lost, and would go on sending what the spec no longer describes.
func (k *keeper) hollow(f *ast.FuncDecl, d *decl) bool {
	if d.recv != "" && ast.IsExported(d.name) && k.now.has(d.recv) && fails(f) {
		return true
	}
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			d := k.old.names[id.Name]
			found = found || d != nil && !k.now.has(id.Name) && !k.canKeep(d)
		}
		return !found
	})
	return found
}

// keepMethods keeps the methods of kept types, and those that the user's code calls of a type which is still there but
// has lost them.
func (k *keeper) keepMethods() {
	for _, recv := range sortedKeys(k.old.methods) {
		for _, m := range k.old.methods[recv] {
			// Exported methods of a type may be called through an interface: no name tells of that.
			gone := k.kept[recv] != nil
			called := ast.IsExported(m.name) && (gone || len(k.uses.selectors[m.name]) > 0)
			if (gone || k.sameType(recv)) && (called || k.needed[m.name]) {
				k.keepMethod(m, recv)
			}
			if called && fails(m.node.(*ast.FuncDecl)) {
				for _, home := range k.homes(recv) {
					k.keepMethod(m, home)
				}
			}
		}
	}
}

// keepMethod keeps a method of the type recv: its own, or one that it takes over from a type that it embedded.
func (k *keeper) keepMethod(m *decl, recv string) {
	key := recv + "." + m.name
	if k.kept[key] != nil || k.now.hasMethod(recv, m.name) {
		return
	}
	kept := *m
	kept.recv, kept.moved = recv, recv != m.recv
	k.kept[key] = &kept
	k.keepNeeds(&kept)
}

// homes names the types whose values could call the methods of recv before, and that are declared in another way now:
// recv itself, or, if it is gone, the types that embedded it. Without its body a method fits them still.
func (k *keeper) homes(recv string) []string {
	if k.now.has(recv) {
		if k.sameType(recv) {
			return nil
		}
		return []string{recv}
	}
	var list []string
	for _, name := range sortedKeys(k.old.names) {
		if k.now.has(name) && slices.Contains(k.old.embedded(name), recv) {
			list = append(list, name)
		}
	}
	return list
}

// sameType says whether a type is declared as before: then its methods fit it still.
func (k *keeper) sameType(name string) bool {
	before, now := k.old.names[name], k.now.names[name]
	return before != nil && now != nil && bytes.Equal(k.old.source(before.node, before.data), k.now.source(now.node, now.data))
}

// print writes the file: types first, each with its methods, then the rest, by name.
func (k *keeper) print(pkg, header string) ([]byte, error) {
	keys := slices.SortedFunc(maps.Keys(k.kept), func(a, c string) int {
		return cmp.Or(cmp.Compare(k.kept[a].order(), k.kept[c].order()), cmp.Compare(a, c))
	})
	var body strings.Builder
	printed := map[ast.Node]bool{}
	for _, key := range keys {
		if d := k.kept[key]; d.moved || !printed[d.node] {
			printed[d.node] = true
			body.WriteString("\n" + k.text(d))
		}
	}
	start := fmt.Sprintf("%s\n\npackage %s\n", header, pkg)
	imports, err := k.imports(start, body.String())
	if err != nil {
		return nil, err
	}
	out, err := format.Source([]byte(start + imports + body.String()))
	if err != nil {
		return nil, fmt.Errorf("keep removed types: internal error, please report it: %w", err)
	}
	return out, nil
}

// imports prints those of the old files' imports that a body uses: the standard library first.
func (k *keeper) imports(start, body string) (string, error) {
	all := maps.Clone(k.old.imports)
	all["errors"] = "errors" // for functions without their body
	var lines strings.Builder
	for _, name := range sortedKeys(all) {
		fmt.Fprintf(&lines, "import %s %s\n", name, strconv.Quote(all[name]))
	}
	file, err := parser.ParseFile(token.NewFileSet(), RemovedFile, start+lines.String()+body, parser.ParseComments)
	if err != nil {
		return "", fmt.Errorf("keep removed types: internal error, please report it: %w", err)
	}
	var groups [2]string
	for _, name := range sortedKeys(all) {
		path := all[name]
		if !astutil.UsesImport(file, path) {
			continue
		}
		if name == path[strings.LastIndexByte(path, '/')+1:] {
			name = ""
		}
		group := 0
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			group = 1
		}
		groups[group] += "\t" + name + " " + strconv.Quote(path) + "\n"
	}
	if groups == [2]string{} {
		return "", nil
	}
	return "\nimport (\n" + groups[0] + "\n" + groups[1] + ")\n", nil
}

func (d *decl) order() int {
	switch {
	case d.recv != "" || d.kind == "type":
		return 0
	case d.kind == "func":
		return 2
	}
	return 1
}

// text cuts a declaration out of its file and marks it as deprecated if people can see it.
func (k *keeper) text(d *decl) string {
	var b strings.Builder
	if d.doc != nil {
		for _, c := range d.doc.List {
			b.WriteString(c.Text + "\n")
		}
	}
	if ast.IsExported(d.name) && k.kept[d.recv] == nil && !strings.Contains(b.String(), deprecation) {
		if b.Len() > 0 {
			b.WriteString("//\n")
		}
		b.WriteString("// " + deprecation + "\n")
	}
	source := k.old.source(d.node, d.data)
	switch n := d.node.(type) {
	case *ast.FuncDecl:
		if k.hollow(n, d) {
			source = append(bytes.Clone(source[:n.Body.Lbrace-n.Type.Func]), k.emptyBody(n, d)...)
		}
		if d.moved {
			source = append([]byte("func ("+d.recv+") "), source[n.Name.Pos()-n.Type.Func:]...)
		}
	case *ast.GenDecl:
	default:
		b.WriteString(d.kind + " ")
	}
	b.Write(k.rename(source))
	b.WriteString("\n")
	return b.String()
}

// emptyBody returns an error where there is a place for it, and panics otherwise.
func (k *keeper) emptyBody(f *ast.FuncDecl, d *decl) string {
	why := "the spec no longer describes this"
	if d.recv != "" {
		why = d.name + ": " + why
	}
	if !fails(f) {
		return "{\n\tpanic(" + strconv.Quote(why) + ")\n}"
	}
	var values []string
	for _, r := range f.Type.Results.List {
		for range max(1, len(r.Names)) {
			values = append(values, "*new("+string(k.old.source(r.Type, d.data))+")")
		}
	}
	values[len(values)-1] = "errors.New(" + strconv.Quote(why) + ")"
	return "{\n\treturn " + strings.Join(values, ", ") + "\n}"
}

// fails says whether the last result of f is an error.
func fails(f *ast.FuncDecl) bool {
	if f.Type.Results == nil {
		return false
	}
	id, ok := f.Type.Results.List[len(f.Type.Results.List)-1].Type.(*ast.Ident)
	return ok && id.Name == "error"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
