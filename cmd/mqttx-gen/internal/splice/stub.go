package splice

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreignFile says that the file which stubs should go to exists but is not part of the package.
func (t *Target) foreignFile(pkg *sources) *Problem {
	if _, err := os.Lstat(t.file()); err != nil || pkg.file(t.File) != nil || pkg.blank != nil {
		return nil
	}
	return &Problem{
		Pos: token.Position{Filename: t.file(), Line: 1, Column: 1}, Severity: Error,
		Message: fmt.Sprintf("%s is not part of package %s; stubs cannot be added to it", t.File, pkg.name),
		Hint:    "name another file under go: handler: file in the spec",
	}
}

// file returns the file of the package with that base name, if it is one.
func (p *sources) file(name string) *source {
	for _, s := range p.files {
		if filepath.Base(s.path) == name {
			return s
		}
	}
	return nil
}

// appendStubs works out the new bytes of the file that stubs go to.
func appendStubs(t *Target, pkg *sources, h *handler, missing []Method) (*Edit, []Added, error) {
	in := pkg.file(t.File)
	im := newImports(t, pkg, in)
	w := &stubWriter{handler: h, imports: im, receiver: h.receiver()}
	var parts []string
	if h.spec == nil {
		parts = append(parts, w.handlerType())
	}
	for _, m := range missing {
		parts = append(parts, w.stub(m))
	}
	edit := &Edit{Path: t.file()}
	if in == nil {
		edit.Old = pkg.blank
		edit.New = below(pkg.blank, newFile(t, pkg.name, im, parts))
	} else {
		edit.Old = in.data
		edit.New = insertAll(in.data, append(insertImports(t, pkg, in, im.sorted()), atEnd(in.data, parts)))
	}
	added, err := locate(edit, h, missing)
	return edit, added, err
}

// newFile prints a file that did not exist.
func newFile(t *Target, name string, im *imports, parts []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n", name)
	if len(im.added) > 0 {
		b.WriteString("\nimport (\n")
		std, other := t.split(im.sorted())
		for _, s := range std {
			b.WriteString("\t" + s.String() + "\n")
		}
		if len(std) > 0 && len(other) > 0 {
			b.WriteString("\n")
		}
		for _, s := range other {
			b.WriteString("\t" + s.String() + "\n")
		}
		b.WriteString(")\n")
	}
	for _, p := range parts {
		b.WriteString("\n" + p)
	}
	return []byte(b.String())
}

// below puts a new file under the comments that stand in its place, so that they do not become those of the package.
func below(comments, text []byte) []byte {
	if len(bytes.TrimSpace(comments)) == 0 {
		return text
	}
	eol := lineEnd(comments)
	head := append(bytes.TrimRight(comments, " \t\r\n"), eol+eol...)
	return append(head, bytes.ReplaceAll(text, []byte("\n"), []byte(eol))...)
}

// insertion is text that comes in before the byte at offset.
type insertion struct {
	offset int
	text   string
}

// insertAll returns data with all insertions made. Those at one offset keep their order.
func insertAll(data []byte, list []insertion) []byte {
	slices.SortStableFunc(list, func(a, b insertion) int { return a.offset - b.offset })
	var b bytes.Buffer
	at := 0
	for _, in := range list {
		b.Write(data[at:in.offset])
		b.WriteString(in.text)
		at = in.offset
	}
	b.Write(data[at:])
	return b.Bytes()
}

// atEnd puts parts behind the last byte of data, with one empty line before each.
func atEnd(data []byte, parts []string) insertion {
	eol := lineEnd(data)
	text := ""
	switch {
	case !bytes.HasSuffix(data, []byte("\n")):
		text = "\n\n"
	case !bytes.HasSuffix(data, []byte("\n\n")) && !bytes.HasSuffix(data, []byte("\n\r\n")):
		text = "\n"
	}
	text += strings.Join(parts, "\n")
	return insertion{len(data), strings.ReplaceAll(text, "\n", eol)}
}

// lineEnd is the end of most lines of data.
func lineEnd(data []byte) string {
	crlf := bytes.Count(data, []byte("\r\n"))
	if crlf > 0 && crlf*2 >= bytes.Count(data, []byte("\n")) {
		return "\r\n"
	}
	return "\n"
}

// locate parses what was made, as a check on ourselves, and finds the lines of the stubs.
func locate(e *Edit, h *handler, missing []Method) ([]Added, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, e.Path, e.New, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("append stubs: internal error, please report it: the result does not parse: %w", err)
	}
	lines := map[string]int{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv != nil {
			lines[f.Name.Name] = fset.PositionFor(f.Pos(), false).Line
		}
	}
	var added []Added
	for _, m := range missing {
		added = append(added, Added{Method: m.Name, Line: lines[m.Name]})
	}
	return added, nil
}

// stubWriter prints methods of one handler into one file.
type stubWriter struct {
	handler  *handler
	imports  *imports
	receiver receiver
}

// receiver is how the handler's other methods write theirs.
type receiver struct{ name, typ string }

// receiver follows the methods that are there: their most frequent name, and a pointer unless all take a value.
func (h *handler) receiver() receiver {
	r := receiver{name: "h", typ: h.target.Type}
	if h.spec != nil && h.spec.TypeParams != nil {
		var params []string
		for _, f := range h.spec.TypeParams.List {
			for _, n := range f.Names {
				params = append(params, n.Name)
			}
		}
		r.typ += "[" + strings.Join(params, ", ") + "]"
	}
	count := map[string]int{}
	pointer := len(h.methods) == 0
	for _, m := range h.methods {
		field := m.decl.Recv.List[0]
		if _, ok := field.Type.(*ast.StarExpr); ok {
			pointer = true
		}
		if len(field.Names) == 0 || field.Names[0].Name == "_" {
			continue
		}
		name := field.Names[0].Name
		count[name]++
		if count[name] > count[r.name] {
			r.name = name
		}
	}
	if pointer {
		r.typ = "*" + r.typ
	}
	return r
}

// stub prints one method.
func (w *stubWriter) stub(m Method) string {
	failure := w.handler.target.NotImplemented
	value := qualified(w.imports.qualify(failure), failure.Name)
	hidden := map[string]bool{} // names that the body needs
	base, _, _ := strings.Cut(value, ".")
	hidden[base] = true
	recv := w.receiver.name
	if hidden[recv] {
		recv = "h"
	}
	hidden[recv] = true
	for _, r := range m.Results {
		hidden[w.imports.qualify(r)] = true
	}
	var b strings.Builder
	for _, line := range docLines(m) {
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(&b, "func (%s %s) %s {\n", recv, w.receiver.typ, signature(m, w.imports.qualify, hidden))
	b.WriteString(body(m, w.imports.qualify, value) + "}\n")
	return b.String()
}

// docLines are the lines of the doc comment. Text from the spec cannot leave the comment: each line gets its slashes.
func docLines(m Method) []string {
	var lines []string
	for _, d := range m.Doc {
		for _, l := range strings.FieldsFunc(d, func(r rune) bool { return r == '\n' || r == '\r' }) {
			lines = append(lines, strings.TrimRight("// "+l, " \t"))
		}
	}
	if m.Marker == "" {
		return lines
	}
	if len(lines) > 0 {
		lines = append(lines, "//")
	}
	return append(lines, marker+m.Marker)
}

// signature prints name, parameters and results of m. Names in hidden are not used for parameters.
func signature(m Method, qualify func(Type) string, hidden map[string]bool) string {
	used := map[string]bool{}
	var params, results []string
	for _, p := range m.Params {
		name := p.Name
		if hidden[name] {
			name += "In"
		}
		for used[name] || hidden[name] {
			name += "2"
		}
		used[name] = true
		params = append(params, name+" "+p.Type.print(qualify))
	}
	for _, r := range m.Results {
		results = append(results, r.print(qualify))
	}
	result := strings.Join(results, ", ")
	if len(results) > 1 {
		result = "(" + result + ")"
	}
	return strings.TrimRight(fmt.Sprintf("%s(%s) %s", m.Name, strings.Join(params, ", "), result), " ")
}

// body returns zero values and the error that says that nothing is written yet.
func body(m Method, qualify func(Type) string, value string) string {
	var b strings.Builder
	var values []string
	for i, r := range m.Results {
		if r.Path == "" && r.Name == "error" && r.Prefix == "" {
			values = append(values, value)
			continue
		}
		name := "zero"
		if i > 0 {
			name = fmt.Sprintf("zero%d", i+1)
		}
		fmt.Fprintf(&b, "\tvar %s %s\n", name, r.print(qualify))
		values = append(values, name)
	}
	if len(values) > 0 {
		fmt.Fprintf(&b, "\treturn %s\n", strings.Join(values, ", "))
	}
	return b.String()
}

// handlerType prints the type itself, for a package that does not declare it yet.
func (w *stubWriter) handlerType() string {
	t := w.handler.target
	iface := t.Interface.Name
	if t.Interface.Path != t.Path {
		iface = qualified(t.Interface.Package, iface) // in a comment: this needs no import
	}
	return fmt.Sprintf("// %s implements %s: one value for each connection, whose fields are that connection's state.\n"+
		"type %s struct{}\n", t.Type, iface, t.Type)
}

func (t Type) print(qualify func(Type) string) string {
	return t.Prefix + qualified(qualify(t), t.Name)
}

func qualified(pkg, name string) string {
	if pkg == "" {
		return name
	}
	return pkg + "." + name
}
