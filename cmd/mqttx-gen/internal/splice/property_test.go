package splice_test

import (
	"bytes"
	"fmt"
	"go/format"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// randomFile makes a Go file that compiles and is written in any of the ways in which people write them.
func randomFile(r *rand.Rand) string { return randomFileWith(r, nil) }

// randomFileWith adds what extra returns to it; that may use what it is given, which the file imports and does not use
// elsewhere, or nothing where that is "".
func randomFileWith(r *rand.Rand, extra func(call string) string) string {
	var b strings.Builder
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	b.WriteString(pick("", "", "// A licence.\n\n", "/* A\n   licence. */\n", "//go:build !plan9\n\n", "\n\n"))
	b.WriteString("package main" + pick("\n", "\n", "\n\n", " // mine\n", ";\n", " /* a\n b */\n"))
	fmtName, zebraName := pick("", "", "f", "mqttx", "fleet"), pick("", "", "z", "context")
	used, call := "", ""
	if r.IntN(4) > 0 {
		b.WriteString(randomImports(r, fmtName, zebraName))
		print, run := orName(fmtName, "fmt")+".Println(1)", orName(zebraName, "zebra")+".Run()"
		used = "func f1() { " + print + "; " + run + " }\n"
		if extra != nil && r.IntN(2) == 0 {
			used, call = "func f1() { "+print+" }\n", run
		}
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
	if extra != nil {
		pieces = append(pieces, extra(call))
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

// without drops empty lines, also of comments, and those that hold one of some texts.
func without(text string, texts ...string) []string {
	var list []string
lines:
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		for _, t := range texts {
			if strings.Contains(line, t) {
				continue lines
			}
		}
		if s := strings.TrimSpace(line); s != "" && s != "//" {
			list = append(list, line)
		}
	}
	return list
}

const handlerMethods = "\nfunc (Handler) HandleReading(context.Context, *fleet.ReadingMessage) error { return nil }\n" +
	"\nfunc (Handler) HandleAlarm(context.Context, *fleet.AlarmMessage) error { return nil }\n"

// TestPruneTakesNothingElse prunes random files: every line but those of the method, and the import that only it used,
// survives; the result compiles, is formatted where the file was, and a second run finds nothing to do.
func TestPruneTakesNothingElse(t *testing.T) {
	other := "package main\nimport (\"context\"; \"example.com/demo/fleet\")\n" + handlerMethods
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		pick := func(list ...string) string { return list[r.IntN(len(list))] }
		oneLine := ""
		old := randomFileWith(r, func(call string) string {
			oneLine = call
			return pick("\n", "\n\n") + pick("// GONE\n// GONE more\n//\n", "// GONE\n", "") + "//mqttx:topic GONE\n" +
				"func (h *Handler) HandleGone(GONE int) {" + pick(" "+call+" /* GONE */ }", "\n\t"+call+" // GONE\n\t_ = `GONE` }") + pick("\n", "\n\n")
		})
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := write(t, map[string]string{"handler.go": old, "other.go": other})
			p, err := splice.Prune(target(dir))
			if err != nil || len(p.Pruned) != 1 || len(p.Edits) != 1 {
				t.Fatalf("%+v, %v", p, err)
			}
			gone := []string{"GONE"}
			if oneLine != "" {
				gone = append(gone, "example.com/zebra", "import ")
			}
			text := string(p.Edits[0].New)
			if a, b := without(old, gone...), without(text, gone...); oneLine == "" && strings.Join(a, "\n") != strings.Join(b, "\n") {
				t.Errorf("lines are lost:\n%q\n%q", a, b)
			} else if body := "note is kept"; !strings.Contains(text, body) || len(a)-len(b) > 4 || len(b) > len(a) {
				t.Errorf("%d lines became %d:\n%q\n%q", len(a), len(b), a, b)
			}
			if strings.Contains(text, "GONE") || oneLine != "" && strings.Contains(text, "example.com/zebra") {
				t.Errorf("it is not gone")
			}
			save(t, p.Edits)
			typeCheck(t, dir)
			if formatted(old) && !formatted(text) {
				t.Errorf("the result is not formatted")
			}
			if p, err = splice.Prune(target(dir)); err != nil || len(p.Edits)+len(p.Problems) > 0 {
				t.Errorf("second run: %+v, %v", p, err)
			}
		})
		if !ok {
			t.Fatalf("the file was %q", old)
		}
	}
}

func formatted(text string) bool {
	out, err := format.Source([]byte(text))
	return err == nil && string(out) == text
}

func save(t *testing.T, edits []splice.Edit) {
	t.Helper()
	for _, e := range edits {
		if err := os.WriteFile(e.Path, e.New, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFixTouchesSignaturesOnly fixes random signatures in random files: what stands behind the signature survives to the
// last byte, and what stands before it but for imports; the names of parameters stay; the result compiles.
func TestFixTouchesSignaturesOnly(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		pick := func(list ...string) string { return list[r.IntN(len(list))] }
		signature := pick("(a , b  int)", "(ctx int, m string) (err error)", "()", "(x, y, z bool)", "(int, string)", "(a int,\n\tb int,\n) (int)",
			"(_ int, msg []byte)  string", "(a ...int)", "( /* mine */ a int, b /* too */ int ) ( error )", "(only func(int) int) (a, b int)", "(h2 int /* z */, q int)")
		body := pick(" { panic(0) /* BODY */ }", "{\n\tpanic( 0 ) // BODY\n}", " /* BODY */ {panic(0)}")
		old := randomFileWith(r, func(call string) string {
			if call != "" {
				call = "func useIt() { " + call + " }\n"
			}
			return call + "\n// SIG\nfunc (" + pick("h *Handler", "*Handler", "h  Handler") + ") HandleReading" + signature + body + "\n"
		})
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := write(t, map[string]string{"handler.go": old})
			f, err := splice.Fix(target(dir))
			if err != nil || len(f.Fixed) != 1 || len(f.Edits) != 1 {
				t.Fatalf("%+v, %v", f, err)
			}
			text := string(f.Edits[0].New)
			sig := signature
			if strings.Contains(old, "\r\n") {
				sig = strings.ReplaceAll(sig, "\n", "\r\n")
			}
			before, after, _ := strings.Cut(old, "HandleReading"+sig)
			if !strings.HasSuffix(text, after) {
				t.Errorf("what follows is lost: %q", text)
			}
			now, _, _ := strings.Cut(text, "HandleReading")
			was, is := without(before, "import"), without(now, "import", "\tcontext", `"context"`, `"example.com/demo/fleet"`)
			if last := is[len(is)-1]; strings.Contains(old, "import") && strings.Join(was, "\n") != strings.Join(is, "\n") && !strings.Contains(last, "SIG") && last != was[len(was)-1] {
				t.Errorf("what stands before is lost:\n%q\n%q", was, is)
			}
			for _, kept := range []string{"msg", "ctx", "/* mine */", "/* too */", "/* z */"} {
				if strings.Contains(signature, kept) && !strings.Contains(text, kept) {
					t.Errorf("%s is gone", kept)
				}
			}
			save(t, f.Edits)
			if again, err := splice.Fix(target(dir)); err != nil || len(again.Edits) > 0 {
				t.Errorf("second run: %+v, %v", again, err)
			}
			plan, err := splice.Plan(target(dir))
			if err != nil || len(plan.Added) != 1 {
				t.Fatalf("%v, %v", messages(plan.Problems), err)
			}
			apply(t, plan)
			typeCheck(t, dir)
		})
		if !ok {
			t.Fatalf("the file was %q", old)
		}
	}
}

// TestFixLeaves wants methods that cannot be mended by their signature alone to stay, and to be told of by Plan.
func TestFixLeaves(t *testing.T) {
	for _, method := range []string{
		"func (h *Handler) HandleReading(a, b, c int) error { _ = b; return nil }",
		"func (h *Handler) HandleReading(a /* mine */ int) error { return nil }",
		"func (h *Handler) HandleReading(ctx context.Context, m *stale.ReadingMessage) error { return nil }",
	} {
		dir := write(t, map[string]string{"handler.go": "package main\n\nimport (\n\t\"context\"\n\tstale \"example.com/demo/old\"\n)\n\ntype Handler struct{}\n\n" +
			method + "\n\nvar _ context.Context\nvar _ stale.T\n"})
		target := target(dir)
		target.Stale = func(path string) bool { return path == "example.com/demo/old" }
		f, err := splice.Fix(target)
		if err != nil || len(f.Edits) > 0 {
			t.Errorf("%s: %+v, %v", method, f, err)
		}
		if plan, err := splice.Plan(target); err != nil || len(plan.Problems) != 1 {
			t.Errorf("%s: %v, %v", method, messages(plan.Problems), err)
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "handler.go")); !strings.Contains(string(data), method) {
			t.Error("the file was written")
		}
	}
}
