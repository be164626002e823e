package spec

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReserved compares the names that are kept free with those that package mqttx has.
func TestReserved(t *testing.T) {
	var methods, options []string
	files, err := filepath.Glob("../runtime/mqttx/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if on := receiver(decl); decl.Name.IsExported() && (on == "Server" || on == "Conn") {
					methods = append(methods, decl.Name.Name)
				}
			case *ast.GenDecl:
				options = append(options, optionFields(decl)...)
			}
		}
	}
	for _, name := range methods {
		if !slices.Contains(runtimeMethods, name) {
			t.Errorf("method %s of package mqttx is not reserved", name)
		}
	}
	for _, name := range options {
		if !slices.Contains(runtimeOptions, name) {
			t.Errorf("option %s of package mqttx is not reserved", name)
		}
	}
	if len(methods) < 10 || len(options) < 10 {
		t.Errorf("methods %v, options %v", methods, options)
	}
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		if id, ok := star.X.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

func optionFields(decl *ast.GenDecl) []string {
	var names []string
	for _, s := range decl.Specs {
		declared, ok := s.(*ast.TypeSpec)
		if !ok || declared.Name.Name != "Options" {
			continue
		}
		for _, f := range declared.Type.(*ast.StructType).Fields.List {
			for _, id := range f.Names {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

func TestMeasure(t *testing.T) {
	for text, want := range map[string]string{
		"90s": "90", "1h30m": "5400", "1.5h": "5400", "7d": "604800", "0s": "0", "0.5s": "1/2", "1m1m": "120",
		"90": "!90s", "3600": "!1h", "90 s": "!90s", "2H": "!2h", "5minutes": "!5m", "s": "!", "": "!", "1x": "!", "-1s": "!", "1h-1m": "!", "1e3s": "!", "1h30": "!",
	} {
		total, meant := measure(text, timeUnits, timeWords, "s")
		got := "!" + meant
		if total != nil {
			got = total.RatString()
		}
		if got != want {
			t.Errorf("measure(%q) = %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"1B": "1", "256KiB": "262144", "1.5MiB": "1572864", "1GiB": "1073741824",
		"1024": "!1KiB", "1000": "!1000B", "1kb": "!1KiB", "1 MiB": "!1MiB", "1TiB": "!", "99999999999999999999B": "!",
	} {
		total, meant := measure(text, sizeUnits, sizeWords, "B")
		got := "!" + meant
		if total != nil {
			got = total.RatString()
		}
		if got != want {
			t.Errorf("measure(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestNameCases(t *testing.T) {
	a, b, c := &Payload{GoName: "A"}, &Payload{GoName: "B"}, &Payload{GoName: "B"}
	choice := &Choice{Cases: []*Case{{Value: "b", Payload: a}, {Value: "a", Payload: b}, {Value: "A", Payload: c}, {Value: "a!", Payload: b}, {Value: "application/json", Payload: b}}}
	nameCases(choice)
	var names []string
	for _, one := range choice.Cases {
		names = append(names, one.GoName)
	}
	if want := []string{"A", "A_2", "A_3", "A_4", "ApplicationJSON"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
}
