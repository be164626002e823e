package gen

import (
	"bytes"
	"go/ast"
	"go/scanner"
	"go/token"
)

// otherNow says whether a function, or a variable that holds one, does something else now, and needs nothing of the package.
func (k *keeper) otherNow(d *decl) bool {
	now := k.now.names[d.name]
	if ast.IsExported(d.name) || d.kind != "func" && d.kind != "var" || tokens(k.old.source(d.node, d.data)) == tokens(k.now.source(now.node, now.data)) {
		return false
	}
	needs := false
	ast.Inspect(d.node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		needs = needs || ok && id.Name != d.name && k.old.has(id.Name)
		return !needs
	})
	return !needs
}

// freeName returns a name for what is kept beside another thing of its name.
func (k *keeper) freeName(name string) string {
	for free := name + "Removed"; ; free += "X" {
		if !k.old.has(free) && !k.now.has(free) {
			return free
		}
	}
}

// rename writes the new names of what is renamed into Go code. What stands behind a dot is no name of the package.
func (k *keeper) rename(source []byte) []byte {
	if len(k.renamed) == 0 {
		return source
	}
	var out bytes.Buffer
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, func(token.Position, string) {}, scanner.ScanComments)
	done, before := 0, token.ILLEGAL
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			out.Write(source[done:])
			return out.Bytes()
		}
		if to := k.renamed[lit]; tok == token.IDENT && to != "" && before != token.PERIOD {
			at := file.Offset(pos)
			out.Write(source[done:at])
			out.WriteString(to)
			done = at + len(lit)
		}
		before = tok
	}
}
