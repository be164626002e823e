package splice

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is one Go file of the user.
type source struct {
	path string
	data []byte
	file *ast.File
	test bool // its name ends in _test.go
}

// sources is the user's package as it lies on disk.
type sources struct {
	fset     *token.FileSet
	name     string // of the package
	files    []*source
	outer    []*source // of the external test package
	blank    []byte    // what the file that stubs go to holds, if that is comments and space only; nil for none
	broken   bool      // a file that is not a test does not parse
	problems []Problem
}

// read parses every file of the user's package: those for another platform too, since a stub beside such a method
// would be declared twice there. Left out are files under the tag "ignore", files of the external test package, and
// generated ones.
func read(t *Target) (*sources, error) {
	entries, err := os.ReadDir(t.Dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("read the package of the handler: %w", err)
	}
	pkg := &sources{fset: token.NewFileSet()}
	var all []*source
	for _, e := range entries {
		if e.IsDir() || !isSource(e.Name()) {
			continue
		}
		path := filepath.Join(t.Dir, e.Name())
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			continue // a pipe would wait for its writer
		}
		s, err := pkg.parse(path, t)
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, s)
		}
	}
	pkg.name = packageName(t, all)
	for _, s := range all {
		if s.test && s.file.Name.Name == pkg.name+"_test" {
			pkg.outer = append(pkg.outer, s)
		}
	}
	pkg.files = slices.DeleteFunc(all, func(s *source) bool { return s.file.Name.Name != pkg.name })
	return pkg, nil
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && name[0] != '_' && name[0] != '.'
}

// parse reads one file; nil for one that is left out or does not parse.
func (p *sources) parse(path string, t *Target) (*source, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the package of the handler: %w", err)
	}
	if t.Header != "" && IsGenerated(data, t.Header) {
		return nil, nil
	}
	if filepath.Base(path) == t.File && blank(data) {
		p.blank = data
		return nil, nil
	}
	test := strings.HasSuffix(path, "_test.go")
	file, err := parser.ParseFile(p.fset, path, data, parser.ParseComments)
	if err != nil {
		if !test {
			p.broken = true
		}
		p.problems = append(p.problems, syntaxProblem(path, err, test))
		return nil, nil
	}
	if neverBuilt(file) {
		return nil, nil
	}
	return &source{path: path, data: data, file: file, test: test}, nil
}

// blank says whether data holds nothing but comments and space.
func blank(data []byte) bool {
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(data)), data, nil, 0)
	_, tok, _ := s.Scan()
	return tok == token.EOF && s.ErrorCount == 0
}

// IsGenerated says whether the first line of data is header, whatever the ends of its lines look like.
func IsGenerated(data []byte, header string) bool {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return strings.TrimSuffix(string(line), "\r") == header
}

func syntaxProblem(path string, err error, test bool) Problem {
	p := Problem{Pos: token.Position{Filename: path, Line: 1, Column: 1}, Severity: Error, Message: err.Error()}
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		p.Pos, p.Message = list[0].Pos, list[0].Msg
		p.Pos.Filename = path
	}
	p.Message = "syntax error: " + p.Message
	p.Hint = "the files of this package are left alone until it parses"
	if test {
		p.Severity, p.Hint = Warning, ""
	}
	return p
}

// OtherPackage returns a Go file in dir that cannot be built beside those of the package of that name, and its own package;
// "" if there is none. What cannot be read does not count.
func OtherPackage(dir, name string) (path, other string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() || !isSource(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil || neverBuilt(file) || file.Name.Name == name {
			continue
		}
		if !strings.HasSuffix(path, "_test.go") || file.Name.Name != name+"_test" {
			return path, file.Name.Name
		}
	}
	return "", ""
}

// packageName takes the name from the file that stubs go to, else from the first file that is no test, else from a test.
func packageName(t *Target, all []*source) string {
	name, tested := "", ""
	for _, s := range all {
		if filepath.Base(s.path) == t.File {
			return s.file.Name.Name
		}
		if name == "" && !s.test {
			name = s.file.Name.Name
		}
		if s.test {
			tested = strings.TrimSuffix(s.file.Name.Name, "_test")
		}
	}
	return cmp.Or(name, tested, t.Package)
}

// neverBuilt says whether the build constraint of a file can only hold with the tag "ignore" set.
func neverBuilt(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() >= file.Package {
			return false
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			return err == nil && !satisfiable(expr)
		}
	}
	return false
}

// satisfiable tries every choice of tags other than "ignore".
func satisfiable(expr constraint.Expr) bool {
	var tags []string
	expr.Eval(func(tag string) bool { // visits every tag, also those behind && and ||
		tags = appendNew(tags, tag)
		return true
	})
	if len(tags) > 10 {
		return true
	}
	for set := range 1 << len(tags) {
		ok := expr.Eval(func(tag string) bool {
			i := slices.Index(tags, tag)
			return tag != "ignore" && i >= 0 && set>>i&1 == 1
		})
		if ok {
			return true
		}
	}
	return false
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
