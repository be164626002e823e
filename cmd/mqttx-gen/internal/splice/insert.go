package splice

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"
)

// split separates imports of the standard library from others. Order is kept.
func (t *Target) split(list []importSpec) (std, other []importSpec) {
	for _, s := range list {
		if t.standard(s.path) {
			std = append(std, s)
		} else {
			other = append(other, s)
		}
	}
	return std, other
}

// insertImports says where the imports of list go into a file: into its block of imports, else behind its last import,
// else behind its package clause. import "C" and the comment before it are not touched.
func insertImports(t *Target, pkg *sources, in *source, list []importSpec) []insertion {
	if len(list) == 0 {
		return nil
	}
	e := &importEditor{target: t, pkg: pkg, data: in.data, eol: lineEnd(in.data)}
	var last *ast.GenDecl
	for _, d := range in.file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT || onlyC(gen) {
			continue
		}
		if block := e.block(gen); block != nil {
			return block.insert(list)
		}
		last = gen
	}
	if last != nil && e.endsLine(last.End()) {
		at, text := e.nextLine(last.End()), e.lines("import ", list)
		return []insertion{{at, e.openLine(at) + text}}
	}
	return []insertion{e.afterClause(in.file, list)}
}

func onlyC(gen *ast.GenDecl) bool {
	for _, s := range gen.Specs {
		if specPath(s.(*ast.ImportSpec)) != "C" {
			return false
		}
	}
	return len(gen.Specs) > 0
}

// importEditor finds places in the bytes of one file.
type importEditor struct {
	target *Target
	pkg    *sources
	data   []byte
	eol    string
}

func (e *importEditor) offset(pos token.Pos) int { return e.pkg.position(pos).Offset }

// endsLine says whether nothing but spaces and a comment up to the end of the line follows.
func (e *importEditor) endsLine(pos token.Pos) bool {
	line, _, _ := bytes.Cut(e.data[e.offset(pos):], []byte("\n"))
	rest := bytes.TrimSpace(line)
	return len(rest) == 0 || bytes.HasPrefix(rest, []byte("//"))
}

// startsLine says whether nothing but spaces stands before pos on its line.
func (e *importEditor) startsLine(pos token.Pos) bool {
	return len(bytes.TrimSpace(e.data[e.lineStart(pos):e.offset(pos)])) == 0
}

func (e *importEditor) lineStart(pos token.Pos) int {
	return bytes.LastIndexByte(e.data[:e.offset(pos)], '\n') + 1
}

// nextLine is the offset behind the end of the line of pos, or the length of the file.
func (e *importEditor) nextLine(pos token.Pos) int {
	at := e.offset(pos)
	if i := bytes.IndexByte(e.data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(e.data)
}

func (e *importEditor) lines(prefix string, list []importSpec) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(prefix + s.String() + e.eol)
	}
	return b.String()
}

// afterClause puts imports behind the package clause, which can always be done: on lines of their own, or on the same
// line where something follows that a line break could tear apart.
func (e *importEditor) afterClause(file *ast.File, list []importSpec) insertion {
	end := file.Name.End()
	if !e.endsLine(end) {
		text := ""
		for _, s := range list {
			text += "; import " + s.String()
		}
		return insertion{e.offset(end), text}
	}
	at := e.nextLine(end)
	text := e.eol + "import " + list[0].String() + e.eol
	if len(list) > 1 {
		std, other := e.target.split(list)
		text = e.eol + "import (" + e.eol + e.lines("\t", std)
		if len(std) > 0 && len(other) > 0 {
			text += e.eol
		}
		text += e.lines("\t", other) + ")" + e.eol
	}
	return insertion{at, e.openLine(at) + text}
}

// openLine is what has to come before text at offset at so that it begins a line.
func (e *importEditor) openLine(at int) string {
	if at > 0 && e.data[at-1] != '\n' {
		return e.eol
	}
	return ""
}

// importBlock is a parenthesized import declaration with one import on each line.
type importBlock struct {
	*importEditor
	decl   *ast.GenDecl
	groups [][]*ast.ImportSpec // separated by empty lines
}

// block returns gen as an importBlock; nil if it is not written line by line.
func (e *importEditor) block(gen *ast.GenDecl) *importBlock {
	if !gen.Lparen.IsValid() || !e.endsLine(gen.Lparen+1) || !e.startsLine(gen.Rparen) {
		return nil
	}
	b := &importBlock{importEditor: e, decl: gen}
	end := 0
	for _, s := range gen.Specs {
		spec := s.(*ast.ImportSpec)
		if !e.startsLine(start(spec)) || !e.startsLine(spec.Pos()) || !e.endsLine(spec.End()) {
			return nil
		}
		if first := e.lineStart(start(spec)); end == 0 || len(bytes.TrimSpace(e.data[end:first])) > 0 || bytes.IndexByte(e.data[end:first], '\n') >= 0 {
			b.groups = append(b.groups, nil)
		}
		b.groups[len(b.groups)-1] = append(b.groups[len(b.groups)-1], spec)
		end = e.nextLine(spec.End())
	}
	return b
}

// start is where an import with its doc comment begins.
func start(spec *ast.ImportSpec) token.Pos {
	if spec.Doc != nil {
		return spec.Doc.Pos()
	}
	return spec.Pos()
}

// insert places each import in the group of its kind, where gofmt would sort it.
func (b *importBlock) insert(list []importSpec) []insertion {
	std, other := b.target.split(list)
	if len(b.groups) == 0 {
		text := b.lines("\t", std)
		if len(std) > 0 && len(other) > 0 {
			text += b.eol
		}
		return []insertion{{b.lineStart(b.decl.Rparen), text + b.lines("\t", other)}}
	}
	out := b.insertKind(std, true)
	return append(out, b.insertKind(other, false)...)
}

func (b *importBlock) insertKind(list []importSpec, std bool) []insertion {
	if len(list) == 0 {
		return nil
	}
	for _, group := range b.groups {
		for _, spec := range group {
			if b.target.standard(specPath(spec)) == std && specPath(spec) != "C" {
				return b.insertGroup(group, list)
			}
		}
	}
	text := b.lines("\t", list)
	if std {
		return []insertion{{b.lineStart(start(b.groups[0][0])), text + b.eol}}
	}
	return []insertion{{b.lineStart(b.decl.Rparen), b.eol + text}}
}

// insertGroup places each import before the first one of the group with a greater path.
func (b *importBlock) insertGroup(group []*ast.ImportSpec, list []importSpec) []insertion {
	var out []insertion
	for _, s := range list {
		at := b.nextLine(group[len(group)-1].End())
		for _, spec := range group {
			if specPath(spec) > s.path {
				at = b.lineStart(start(spec))
				break
			}
		}
		out = append(out, insertion{at, b.lines("\t", []importSpec{s})})
	}
	return out
}
