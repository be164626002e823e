package templates

import (
	"bytes"
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden compares what is printed with testdata. Those are real packages: TestGoldenPackages runs the tests that
// lie beside them.
func TestGolden(t *testing.T) {
	for _, p := range []*Package{fleet(), gate(), office(), zoo(), codecs(), wire()} {
		dir := filepath.Join("testdata", p.Name)
		files, err := Print(p)
		if err != nil {
			t.Fatal(err)
		}
		printed := map[string]bool{}
		for _, f := range files {
			printed[f.Name] = true
			path := filepath.Join(dir, f.Name)
			if *update {
				if err := os.WriteFile(path, f.Source, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Source, golden) {
				t.Errorf("%s is not what is printed: go test -update shows the difference", path)
			}
		}
		old, err := filepath.Glob(filepath.Join(dir, "*_gen.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range old {
			if !printed[filepath.Base(path)] {
				t.Errorf("%s is not printed any more", path)
			}
		}
	}
}

// TestGoldenPackages vets and tests the golden packages.
func TestGoldenPackages(t *testing.T) {
	for _, args := range [][]string{{"vet"}, {"test"}} {
		args = append(args, "./testdata/fleet", "./testdata/gate", "./testdata/office", "./testdata/zoo", "./testdata/codecs", "./testdata/wire")
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestPrinted looks at every file that any model of the tests gives.
func TestPrinted(t *testing.T) {
	for name, p := range models() {
		t.Run(name, func(t *testing.T) {
			files, err := Print(p)
			if err != nil {
				t.Fatal(err)
			}
			var parsed []*ast.File
			fset := token.NewFileSet()
			for i, f := range files {
				if i > 0 && files[i-1].Name >= f.Name {
					t.Errorf("%s comes behind %s", f.Name, files[i-1].Name)
				}
				if !bytes.HasPrefix(f.Source, []byte(header+"\n")) {
					t.Errorf("%s does not begin with the header", f.Name)
				}
				if again, err := format.Source(f.Source); err != nil || !bytes.Equal(again, f.Source) {
					t.Errorf("%s is not formatted: %v", f.Name, err)
				}
				file, err := parser.ParseFile(fset, f.Name, f.Source, parser.ParseComments)
				if err != nil {
					t.Fatal(err)
				}
				parsed = append(parsed, file)
				for _, line := range strings.Split(strings.ReplaceAll(string(f.Source), "\n//\n//go:noinline\nfunc ", ""), "\n") {
					if strings.HasPrefix(line, "//") && line != "//" && !strings.HasPrefix(line, "// ") && !strings.HasPrefix(line, "//\t") {
						t.Errorf("%s: a directive: %s", f.Name, line)
					}
					if strings.HasPrefix(strings.TrimLeft(line, "/ \t"), "+build") {
						t.Errorf("%s: a build constraint: %s", f.Name, line)
					}
				}
			}
			typeCheck(t, fset, p, parsed)
			documented(t, parsed)
		})
	}
}

// documented wants a comment on every exported declaration.
func documented(t *testing.T, files []*ast.File) {
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" {
					t.Error("a text of the spec has become code")
				}
				if d.Name.IsExported() && d.Doc == nil {
					t.Errorf("func %s is not documented", d.Name.Name)
				}
			case *ast.GenDecl:
				if d.Tok != token.IMPORT && d.Doc == nil && !strings.HasPrefix(firstName(d), "no") && !strings.HasPrefix(firstName(d), "method") {
					t.Errorf("%s %s is not documented", d.Tok, firstName(d))
				}
			}
		}
	}
}

func firstName(d *ast.GenDecl) string {
	switch s := d.Specs[0].(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	}
	return ""
}

func TestDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []File
	for i := range 50 {
		runtime.GOMAXPROCS(1 + i%2)
		files, err := Print(zoo())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = files
		}
		for k := range files {
			if files[k].Name != first[k].Name || !bytes.Equal(files[k].Source, first[k].Source) {
				t.Fatalf("%s differs in run %d", files[k].Name, i)
			}
		}
	}
}

// TestVersionInOneFile makes sure that an upgrade and an edit of the spec that changes nothing touch one file only.
func TestVersionInOneFile(t *testing.T) {
	p := fleet()
	before, err := Print(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Generator, p.Hash, p.Version = "v9.9.9", "fedcba", "2.0.0"
	after, err := Print(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if changed := !bytes.Equal(before[i].Source, after[i].Source); changed != (before[i].Name == "spec_gen.go") {
			t.Errorf("%s: changed is %v", before[i].Name, changed)
		}
	}
}

// TestLinesPerTopic keeps the generated code small: one more topic costs at most 60 lines on the average, empty ones not
// counted.
func TestLinesPerTopic(t *testing.T) {
	count := func(p *Package) int {
		files, err := Print(p)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range files {
			for line := range bytes.Lines(f.Source) {
				if len(bytes.TrimSpace(line)) > 0 {
					n++
				}
			}
		}
		return n
	}
	total := 0
	for i, t1 := range fleet().Topics {
		p := fleet()
		before := count(p)
		again := *p.Topics[i]
		again.Name, again.GoName = "other_"+again.Name, "Other"+again.GoName
		p.Topics = append(p.Topics, &again)
		n := count(p) - before
		t.Logf("topic %s costs %d lines", t1.Name, n)
		total += n
	}
	if mean := total / len(fleet().Topics); mean > 60 {
		t.Errorf("a topic costs %d lines", mean)
	}
}

func BenchmarkPrint(b *testing.B) {
	p := fleet()
	many := fleet()
	many.Topics = nil
	for i := range 300 {
		t := *p.Topics[i%len(p.Topics)]
		t.GoName += strings.Repeat("x", i+1)
		many.Topics = append(many.Topics, &t)
	}
	for b.Loop() {
		if _, err := Print(many); err != nil {
			b.Fatal(err)
		}
	}
}
