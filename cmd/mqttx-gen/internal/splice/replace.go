package splice

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// replacement puts text in the place of the bytes from start to end of a file.
type replacement struct {
	start, end int
	text       string
}

// replaceAll returns data with all replacements made. They must not overlap; those at one place keep their order.
func replaceAll(data []byte, list []replacement) []byte {
	slices.SortStableFunc(list, func(a, b replacement) int { return a.start - b.start })
	var b bytes.Buffer
	at := 0
	for _, r := range list {
		b.Write(data[at:max(at, r.start)])
		b.WriteString(r.text)
		at = max(at, r.end)
	}
	b.Write(data[at:])
	return b.Bytes()
}

// span is where a node stands in its file.
func (p *sources) span(n ast.Node) (start, end int) {
	return p.position(n.Pos()).Offset, p.position(n.End()).Offset
}

// parsed reads what was made of a file, as a check on ourselves.
func parsed(path string, data []byte) (*ast.File, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("edit %s: internal error, please report it: the result does not parse: %w", path, err)
	}
	return file, nil
}

// finish makes the replacements in one file, and then takes out the imports that nothing uses any more.
func (h *handler) finish(in *source, list []replacement) (Edit, error) {
	edit := Edit{Path: in.path, Old: in.data}
	without := replaceAll(in.data, slices.Clone(list))
	after, err := parsed(in.path, without)
	if err != nil {
		return edit, err
	}
	unused := h.unusedImports(in, selectorBases(after))
	edit.New = replaceAll(in.data, append(list, h.dropImports(in, unused)...))
	_, err = parsed(in.path, edit.New)
	return edit, err
}

// unusedImports lists the imports of a file that it used, and does not among the names that are used now.
func (h *handler) unusedImports(in *source, now map[string]bool) []*ast.ImportSpec {
	before := selectorBases(in.file)
	var list []*ast.ImportSpec
	for _, spec := range in.file.Imports {
		name := localName(spec)
		if iface := h.target.Interface; spec.Name == nil && specPath(spec) == iface.Path {
			name = iface.Package
		}
		if specPath(spec) != "C" && before[name] && !now[name] {
			list = append(list, spec)
		}
	}
	return list
}

// dropImports takes imports out of a file, each with its comments and its line. A declaration that has no other goes too.
func (h *handler) dropImports(in *source, list []*ast.ImportSpec) []replacement {
	var out []replacement
	e := &importEditor{target: h.target, pkg: h.pkg, data: in.data, eol: lineEnd(in.data)}
	for _, d := range in.file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		var gone []*ast.ImportSpec
		for _, s := range gen.Specs {
			if spec := s.(*ast.ImportSpec); slices.Contains(list, spec) {
				gone = append(gone, spec)
			}
		}
		switch {
		case len(gone) == 0:
		case len(gone) == len(gen.Specs):
			from := gen.Pos()
			if gen.Doc != nil {
				from = gen.Doc.Pos()
			}
			out = append(out, e.lift(e.offset(from), e.offset(gen.End())))
		default:
			for _, spec := range gone {
				end := spec.End()
				if spec.Comment != nil {
					end = spec.Comment.End()
				}
				out = append(out, e.lift(e.offset(start(spec)), e.offset(end)))
			}
		}
	}
	return out
}

// lift takes out the bytes from start to end: whole lines where nothing else stands on them, and with them one of the empty
// lines between which they stood; else only what separates them from what follows.
func (e *importEditor) lift(start, end int) replacement {
	first := bytes.LastIndexByte(e.data[:start], '\n') + 1
	last := len(e.data)
	if i := bytes.IndexByte(e.data[end:], '\n'); i >= 0 {
		last = end + i + 1
	}
	if len(bytes.TrimSpace(e.data[first:start])) > 0 || len(bytes.Trim(e.data[end:last], " \t\r\n;")) > 0 {
		if before := bytes.TrimRight(e.data[:start], " \t"); bytes.HasSuffix(before, []byte(";")) {
			return replacement{start: len(before) - 1, end: end}
		}
		for end < len(e.data) && (e.data[end] == ' ' || e.data[end] == '\t' || e.data[end] == ';') {
			end++
		}
		return replacement{start: start, end: end}
	}
	switch above, below := e.emptyAbove(first), e.emptyBelow(last); {
	case last == len(e.data): // nothing below: the empty lines above go
		for above < first {
			first = above
			above = e.emptyAbove(first)
		}
	case above < first && below > last, first == 0:
		last = below
	case above < first && bytes.HasPrefix(bytes.TrimLeft(e.data[last:], " \t"), []byte(")")):
		first = above
	case below > last && bytes.HasSuffix(bytes.TrimRight(e.data[:first], " \t\r\n"), []byte("(")):
		last = below
	}
	return replacement{start: first, end: last}
}

// emptyAbove is where the empty line above a line begins, or the line itself.
func (e *importEditor) emptyAbove(line int) int {
	if line == 0 {
		return line
	}
	before := bytes.LastIndexByte(e.data[:line-1], '\n') + 1
	if len(bytes.TrimSpace(e.data[before:line])) > 0 {
		return line
	}
	return before
}

// emptyBelow is where the line behind the empty one at an offset begins, or the offset itself.
func (e *importEditor) emptyBelow(line int) int {
	text, _, found := bytes.Cut(e.data[line:], []byte("\n"))
	if !found || len(bytes.TrimSpace(text)) > 0 {
		return line
	}
	return line + len(text) + 1
}
