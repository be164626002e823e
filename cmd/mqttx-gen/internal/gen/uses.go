package gen

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// uses is what the user's code of one module takes from the generated package.
type uses struct {
	names     map[string]token.Position   // declared names, with their first use
	selectors map[string][]token.Position // every name behind a dot, in files that use the package or call a method
}

// Leftover is a use of something that the spec no longer describes.
type Leftover struct {
	Name   string // of a declaration, told at its first use only, or of a method
	Method bool   // of a type that is still there; it returns an error now
	Pos    token.Position
}

// findUses reads the files of the module that import package pkg from path, those in dir, which belong to it, and those
// that may call one of methods. Generated files are left out. A file that does not parse is taken to use every name that
// stands in it.
func findUses(m *module, pkg, path, dir string, methods []string) (*uses, error) {
	u := &uses{names: map[string]token.Position{}, selectors: map[string][]token.Position{}}
	err := filepath.WalkDir(m.root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return m.enter(at, e)
		}
		if filepath.Ext(at) != ".go" || !e.Type().IsRegular() {
			return nil
		}
		data, err := readFile(at)
		if err != nil {
			return err
		}
		inside := filepath.Dir(at) == dir
		called := slices.ContainsFunc(methods, func(name string) bool { return bytes.Contains(data, []byte("."+name)) })
		if generated(data) || !inside && !called && !bytes.Contains(data, []byte(path)) {
			return nil
		}
		u.addFile(at, data, pkg, path, inside)
		return nil
	})
	return u, err
}

// enter says whether a folder belongs to the module: nil, or fs.SkipDir.
func (m *module) enter(at string, e fs.DirEntry) error {
	if at == m.root {
		return nil
	}
	name := e.Name()
	if name[0] == '.' || name[0] == '_' || name == "testdata" || name == "vendor" || name == "node_modules" {
		return fs.SkipDir
	}
	if _, err := os.Lstat(filepath.Join(at, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (u *uses) addFile(at string, data []byte, pkg, path string, inside bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, at, data, 0)
	if err != nil {
		u.addTokens(at, data)
		return
	}
	bases := map[string]bool{} // names under which the file knows the package
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, "`\"") != path {
			continue
		}
		switch {
		case spec.Name == nil:
			bases[pkg] = true
		case spec.Name.Name == ".":
			inside = true
		default:
			bases[spec.Name.Name] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			u.selectors[n.Sel.Name] = append(u.selectors[n.Sel.Name], fset.PositionFor(n.Sel.Pos(), false))
			if id, ok := n.X.(*ast.Ident); ok && bases[id.Name] && id.Obj == nil { // a variable may hide the package
				u.addName(n.Sel.Name, fset.PositionFor(n.Pos(), false))
			}
		case *ast.Ident:
			if inside {
				u.addName(n.Name, fset.PositionFor(n.Pos(), false))
			}
		}
		return true
	})
}

func (u *uses) addName(name string, pos token.Position) {
	if _, ok := u.names[name]; !ok {
		u.names[name] = pos
	}
}

// leftovers lists the uses of names, which are kept.
func (u *uses) leftovers(names []string, methods []string) []Leftover {
	var list []Leftover
	for _, name := range names {
		if slices.Contains(methods, name) {
			for _, pos := range u.selectors[name] {
				list = append(list, Leftover{Name: name, Method: true, Pos: pos})
			}
		} else if pos, ok := u.names[name]; ok {
			list = append(list, Leftover{Name: name, Pos: pos})
		}
	}
	return list
}

// addTokens takes every name of a file that does not parse.
func (u *uses) addTokens(at string, data []byte) {
	fset := token.NewFileSet()
	file := fset.AddFile(at, -1, len(data))
	var s scanner.Scanner
	s.Init(file, data, func(token.Position, string) {}, 0)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		if tok == token.IDENT {
			u.addName(lit, fset.PositionFor(pos, false))
			u.selectors[lit] = append(u.selectors[lit], fset.PositionFor(pos, false))
		}
	}
}
