package splice_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// randomFile makes a Go file that compiles and is written in any of the ways in which people write them.
func randomFile(r *rand.Rand) string {
	var b strings.Builder
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	b.WriteString(pick("", "", "// A licence.\n\n", "/* A\n   licence. */\n", "//go:build !plan9\n\n", "\n\n"))
	b.WriteString("package main" + pick("\n", "\n", "\n\n", " // mine\n", ";\n", " /* a\n b */\n"))
	fmtName, zebraName := pick("", "", "f", "mqttx", "fleet"), pick("", "", "z", "context")
	used := ""
	if r.IntN(4) > 0 {
		b.WriteString(randomImports(r, fmtName, zebraName))
		used = "func f1() { " + orName(fmtName, "fmt") + ".Println(1); " + orName(zebraName, "zebra") + ".Run() }\n"
	}
	if r.IntN(4) == 0 {
		b.WriteString("\n// #include <stdio.h>\nimport \"C\"\n")
	}
	pieces := []string{
		used,
		"\ntype Handler struct{ a   int }\n",
		"\n// note is kept.\nvar note = `raw\n// text\n`\n",
		"\nfunc ( " + pick("h", "m", "x") + "   " + pick("", "*") + "Handler) Other( ) { }\n",
		"\n/* a\n\n\nblock */\n",
		"\n//line other.go:7\nvar lined = 1\n",
	}
	r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	b.WriteString(strings.Join(pieces, ""))
	text := strings.TrimRight(b.String(), "\n") + pick("\n", "\n", "", "\n\n", "\n// last words", "\n\n\t")
	if r.IntN(3) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return pick("", "", "", "\ufeff") + text
}

// randomImports imports fmt and zebra under the given names.
func randomImports(r *rand.Rand, fmtName, zebraName string) string {
	f := strings.TrimSpace(fmtName + " \"fmt\"")
	z := strings.TrimSpace(zebraName + " \"example.com/zebra\"")
	return []string{
		"\nimport " + f + "\nimport " + z + "\n",
		"\nimport (\n\t" + f + "\n\n\t" + z + " // stripes\n)\n",
		"\nimport (\n\t" + z + "\n\t" + f + "\n)\n",
		"import (" + f + "; " + z + ")\n",
		"import " + f + "; import " + z + "\n",
		"\n// about fmt\nimport (\n  // doc\n  " + f + "\n)\n\nimport (\n  /* zoo */ " + z + "\n)\n",
		"\nimport (\n\t" + f + " /* a\n b */\n\t" + z + "\n)\n",
	}[r.IntN(7)]
}

func orName(name, fallback string) string {
	if name == "" {
		return fallback
	}
	return name
}

// TestEveryOtherByteSurvives splices into random files: only insertions are made, the result compiles, the line ends
// are those of the file, and a second run finds nothing to do.
func TestEveryOtherByteSurvives(t *testing.T) {
	for seed := range uint64(250) {
		old := randomFile(rand.New(rand.NewPCG(seed, 1)))
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := write(t, map[string]string{"handler.go": old})
			r, err := splice.Plan(target(dir))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Added) != 2 {
				t.Fatalf("added %v, problems %v", r.Added, messages(r.Problems))
			}
			apply(t, r)
			typeCheck(t, dir)
			checkLines(t, r)
			again, err := splice.Plan(target(dir))
			if err != nil || again.Edit != nil || len(again.Problems) > 0 {
				t.Errorf("second run: %v, %v", messages(again.Problems), err)
			}
		})
		if !ok {
			t.Fatalf("the file was %q", old)
		}
	}
}

// checkLines looks at the ends of the lines and at the line numbers that were told.
func checkLines(t *testing.T, r *splice.Report) {
	t.Helper()
	if bytes.Contains(r.Edit.Old, []byte("\r\n")) {
		if n := bytes.Count(r.Edit.New, []byte("\n")) - bytes.Count(r.Edit.New, []byte("\r\n")); n > 0 {
			t.Errorf("%d lines end without CR in %q", n, r.Edit.New)
		}
	}
	lines := strings.Split(string(r.Edit.New), "\n")
	for _, a := range r.Added {
		if got := lines[a.Line-1]; !strings.HasPrefix(got, "func (") || !strings.Contains(got, ") "+a.Method+"(") {
			t.Errorf("line %d is %q, not %s", a.Line, got, a.Method)
		}
	}
}
