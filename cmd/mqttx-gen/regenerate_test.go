package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

var regenerations = flag.Int("regenerations", 0, "how many random projects TestRegenerate makes; 0: up to six, in about 15 seconds")

// ownCache keeps what generate notes out of the cache of whoever runs the test; that of the go command stays.
func ownCache(t *testing.T) {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(out)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
}

// TestRegenerate changes the specs of random projects in random ways and generates again. Whatever happens: every byte of
// the user survives, a second run changes nothing, what no longer compiles is named line by line, and adding and removing
// topics leaves a build that was green green.
func TestRegenerate(t *testing.T) {
	ownCache(t)
	check := newTypeChecker(t)
	counts := map[string]int{}
	wanted, end := uint64(*regenerations), time.Now().Add(15*time.Second)
	if wanted == 0 {
		wanted = 6
	}
	for seed := range wanted {
		if *regenerations == 0 && time.Now().After(end) {
			t.Logf("time is up after %d projects", seed)
			return
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newRandomProject(t, rand.New(rand.NewPCG(seed, 3)), check)
			p.counts = counts
			p.step("start", true)
			for range 6 {
				name, keepsGreen := p.change()
				p.step(name, keepsGreen)
			}
		})
	}
	t.Log(counts)
	for _, what := range []string{"broken lines", "stubs", "torn"} {
		if counts[what] == 0 {
			t.Errorf("no %s were seen", what)
		}
	}
}

// typeChecker checks the packages of a project with one importer for everything else.
type typeChecker struct {
	fset *token.FileSet
	rest types.Importer
}

func newTypeChecker(t *testing.T) *typeChecker {
	t.Helper()
	paths := []string{"context", "fmt", "time", gen.Module + "/runtime/mqttx", gen.Module + "/runtime/payload", gen.Module + "/runtime/topic"}
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, paths...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	c := &typeChecker{fset: token.NewFileSet()}
	c.rest = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(files[path])
	})
	return c
}

// api is an importer that knows the generated package too.
type api struct {
	*typeChecker
	generated *types.Package
}

func (a api) Import(path string) (*types.Package, error) {
	if path == "example.com/x/api" {
		return a.generated, nil
	}
	return a.rest.Import(path)
}

// errors returns what does not compile in a project, by "file:line"; files that do not parse are left out.
func (c *typeChecker) errors(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	check := func(dir, path string, i types.Importer) *types.Package {
		names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		var files []*ast.File
		for _, name := range names {
			if f, err := parser.ParseFile(c.fset, name, nil, parser.SkipObjectResolution); err == nil {
				files = append(files, f)
			}
		}
		config := types.Config{Importer: i, Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				pos := c.fset.PositionFor(e.Pos, false)
				all[fmt.Sprintf("%s:%d", filepath.Base(pos.Filename), pos.Line)] = e.Msg
			}
		}}
		p, _ := config.Check(path, c.fset, files, nil)
		return p
	}
	generated := check(filepath.Join(dir, "api"), "example.com/x/api", c.rest)
	if len(all) > 0 {
		t.Fatalf("the generated package does not compile: %v", all)
	}
	check(dir, "example.com/x", api{c, generated})
	return all
}

// randomProject is a spec that changes, and a user's code beside it.
type randomProject struct {
	t      *testing.T
	r      *rand.Rand
	check  *typeChecker
	dir    string
	counts map[string]int
	green  bool
	fresh  int // numbers of names

	auth     []string // password first, then anonymous
	payloads []*randomPayload
	topics   []*randomTopic
}

type randomPayload struct {
	name   string
	fields []randomField
}

type randomField struct {
	name, typ string
	required  bool
}

type randomTopic struct {
	name, pattern      string
	publish, subscribe bool
	payload            *randomPayload // nil: raw
}

func newRandomProject(t *testing.T, r *rand.Rand, c *typeChecker) *randomProject {
	t.Helper()
	p := &randomProject{t: t, r: r, check: c, dir: t.TempDir(), green: true, auth: []string{"user", "lab"}}
	for range 2 {
		p.addPayload()
	}
	for range 3 {
		p.addTopic()
	}
	p.topics[0].publish, p.topics[1].subscribe = true, true
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	p.write("go.mod", "module example.com/x\n\ngo 1.26.0\n\nrequire "+gen.Module+" v0.0.0\n\nreplace "+gen.Module+" => "+root+"\n")
	p.userFiles()
	return p
}

func (p *randomProject) path(name string) string { return filepath.Join(p.dir, name) }

func (p *randomProject) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

func (p *randomProject) name(prefix string) string {
	p.fresh++
	return fmt.Sprintf("%s%d", prefix, p.fresh)
}

func (p *randomProject) one(n int) bool { return p.r.IntN(n) == 0 }

func (p *randomProject) addPayload() {
	pl := &randomPayload{name: p.name("P")}
	for range 2 + p.r.IntN(3) {
		pl.fields = append(pl.fields, p.field())
	}
	p.payloads = append(p.payloads, pl)
}

func (p *randomProject) field() randomField {
	kinds := []string{"{type: string}", "{type: integer}", "{type: number}", "{type: boolean}", "{enum: [a, b]}", "{type: array, items: {type: string}}",
		"{type: string, format: date-time}", "{type: object, properties: {z: {type: integer}}}"}
	return randomField{p.name("f"), kinds[p.r.IntN(len(kinds))], p.one(2)}
}

func (p *randomProject) addTopic() {
	name := p.name("t")
	t := &randomTopic{name: name, pattern: name + "/{device}", publish: p.one(2), payload: p.anyPayload()}
	t.subscribe = !t.publish || p.one(2)
	p.topics = append(p.topics, t)
}

func (p *randomProject) anyPayload() *randomPayload {
	if len(p.payloads) == 0 || p.one(5) {
		return nil
	}
	return p.payloads[p.r.IntN(len(p.payloads))]
}

// spec writes the spec as it is now.
func (p *randomProject) spec() string {
	var b strings.Builder
	b.WriteString("mqttx: 1\ngo: {package: api, out: api}\nauth:\n")
	methods := []string{"password", "anonymous"}
	for i, a := range p.auth {
		fmt.Fprintf(&b, "  %s: {method: %s}\n", a, methods[i%2])
	}
	b.WriteString("payloads:\n  Always: {schema: {type: object}}\n")
	for _, pl := range p.payloads {
		fmt.Fprintf(&b, "  %s:\n    schema:\n      type: object\n", pl.name)
		var required []string
		for _, f := range pl.fields {
			if f.required {
				required = append(required, f.name)
			}
		}
		if required != nil {
			fmt.Fprintf(&b, "      required: [%s]\n", strings.Join(required, ", "))
		}
		b.WriteString("      properties:\n        always: {type: integer}\n")
		for _, f := range pl.fields {
			fmt.Fprintf(&b, "        %s: %s\n", f.name, f.typ)
		}
	}
	b.WriteString("topics:\n  always: {pattern: always, publish: {payload: Always}}\n")
	for _, t := range p.topics {
		payload := ""
		if t.payload != nil {
			payload = "payload: " + t.payload.name
		}
		fmt.Fprintf(&b, "  %s:\n    pattern: %q\n", t.name, t.pattern)
		if t.publish {
			fmt.Fprintf(&b, "    publish: {%s}\n", payload)
		}
		if t.subscribe {
			fmt.Fprintf(&b, "    subscribe: {%s}\n", payload)
		}
	}
	return b.String()
}

// change changes the spec, and says whether code that compiles has to go on compiling.
func (p *randomProject) change() (name string, keepsGreen bool) {
	topic := func() int { return p.r.IntN(len(p.topics)) }
	switch n := p.r.IntN(12); {
	case n < 2 || len(p.topics) < 2:
		p.addTopic()
		return "add a topic", true
	case n == 2:
		i := topic()
		p.topics = slices.Delete(p.topics, i, i+1)
		return "remove a topic", true
	case n == 3:
		p.topics[topic()].name = p.name("t")
		return "rename a topic", true
	case n == 4:
		t := p.topics[topic()]
		t.pattern = p.name("moved") + "/{device}"
		return "another pattern", true
	case n == 5:
		t := p.topics[topic()]
		t.publish, t.subscribe = t.subscribe || p.one(2), true
		return "other directions", true
	case n == 6:
		p.auth[p.r.IntN(len(p.auth))] = p.name("a")
		return "rename an auth method", true
	case n == 7:
		p.addPayload()
		p.topics[topic()].payload = p.payloads[len(p.payloads)-1]
		return "another payload", false
	case n == 8:
		pl := p.payloads[p.r.IntN(len(p.payloads))]
		pl.name = p.name("P")
		return "rename a payload", false
	}
	return p.changeField(), false
}

func (p *randomProject) changeField() string {
	pl := p.payloads[p.r.IntN(len(p.payloads))]
	i := p.r.IntN(len(pl.fields))
	switch p.r.IntN(5) {
	case 0:
		pl.fields = append(pl.fields, p.field())
		return "add a field"
	case 1:
		if len(pl.fields) > 1 {
			pl.fields = slices.Delete(pl.fields, i, i+1)
		}
		return "remove a field"
	case 2:
		pl.fields[i].name = p.name("f")
		return "rename a field"
	case 3:
		pl.fields[i].required = !pl.fields[i].required
		return "optional or required"
	}
	pl.fields[i].typ = p.field().typ
	return "another type"
}

// userFiles writes the user's code in any of the ways in which people write it.
func (p *randomProject) userFiles() {
	pick := func(list ...string) string { return list[p.r.IntN(len(list))] }
	var b strings.Builder
	b.WriteString(pick("", "// A licence.\n\n", "//go:build !plan9\n\n", "/* block\n\n  */\n"))
	b.WriteString("package main" + pick("\n", " // mine\n", "\n\n\n"))
	b.WriteString(pick("", "import \"fmt\"\n\nvar _ = fmt.Sprint\n", "import (\n\tfmt \"fmt\"\n\n)\nvar _ = fmt.Sprint( 1 )\n", "import . \"time\"\nvar _ Duration\n"))
	embedded := p.one(2)
	handler := "\n// Handler is   mine.\ntype Handler struct{ n   int }\n"
	if embedded {
		handler = "\ntype Handler struct {\n  base // odd\n\n}\n"
	}
	pieces := []string{handler, "\n// note is kept.\nvar note = `raw\n// text\n`\n", "\nfunc ( h *Handler ) own( ) { /* x */ }\n", "\n/* a\n\n\nblock */\n", "//line other.go:7\nvar lined = 1\n"}
	p.r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	text := strings.TrimRight(b.String()+strings.Join(pieces, ""), "\n") + pick("\n", "", "\n\n", "\n// last words", "\n\n\t")
	if p.one(3) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	p.write("handler.go", pick("", "\ufeff")+text)
	if embedded {
		p.write("base.go", "package main\n\nimport (\n\t\"context\"\n\t\"example.com/x/api\"\n)\n\ntype base struct{}\n\n"+
			"// HandleAlways is moved here.\nfunc (base) HandleAlways( ctx context.Context,m *api.AlwaysMessage) error {\n\n\treturn nil }\n")
	}
	p.write("main.go", "package main\n\nfunc main() {}\n\nvar _ = (*Handler).own\n")
	if p.one(3) {
		p.write("torn.go", "package main\n\nfunc torn( {\n")
	}
}

// useAll writes code that uses everything that the spec describes now, each on a line of its own.
func (p *randomProject) useAll() {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"context\"\n\n\t\"example.com/x/api\"\n)\n\nvar _ api.Handler = (*Handler)(nil)\n\n")
	p.eachStruct(func(typ string, s *types.Struct) {
		for f := range s.Fields() {
			if f.Exported() && !f.Embedded() && !strings.Contains(f.Type().String(), "runtime") && !strings.Contains(f.Type().String(), "time.") {
				text := types.TypeString(f.Type(), (*types.Package).Name)
				fmt.Fprintf(&b, "var _ = func(v api.%s) (out %s) { out = v.%s; return }\n", typ, text, f.Name())
			} else if f.Exported() && !f.Embedded() {
				fmt.Fprintf(&b, "var _ = func(v api.%s) { _ = v.%s }\n", typ, f.Name())
			}
		}
	})
	for _, t := range p.topics {
		name := strings.ToUpper(t.name[:1]) + t.name[1:]
		fmt.Fprintf(&b, "var _ = api.Parse%sTopic\n", name)
		if t.subscribe {
			value := "nil"
			if t.payload != nil {
				value = "api." + t.payload.name + "{}"
			}
			fmt.Fprintf(&b, "var _ = func(s *api.Server) error { return s.Publish%s(context.Background(), api.%[1]sTopic{}, %s) }\n", name, value)
		}
	}
	p.write("use.go", b.String()+"\nvar _ context.Context\n")
}

// eachStruct visits the structs of the generated package.
func (p *randomProject) eachStruct(f func(typ string, s *types.Struct)) {
	names, _ := filepath.Glob(p.path("api/*_gen.go"))
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(p.check.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			p.t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := (&types.Config{Importer: p.check.rest}).Check("example.com/x/api", p.check.fset, files, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range pkg.Scope().Names() {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || !obj.Exported() || name == "Conn" || name == "Server" || name == "Options" {
			continue
		}
		if s, ok := obj.Type().Underlying().(*types.Struct); ok {
			f(name, s)
		}
	}
}

// step generates after a change, and looks at everything that has to hold.
func (p *randomProject) step(what string, keepsGreen bool) {
	p.t.Helper()
	p.counts[what]++
	p.write("mqttx.yaml", p.spec())
	before := p.files()
	all, err := generate([]string{p.path("mqttx.yaml")}, gen.WriteAll)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.spec())
	}
	p.survives(what, before)
	again, err := build(p.path("mqttx.yaml"))
	if err != nil || len(again.changes()) > 0 {
		p.t.Fatalf("%s: a second run changes %d files, %v", what, len(again.changes()), err)
	}
	p.counts["stubs"] += len(all[0].handler.Added)
	p.named(what, all[0], keepsGreen)
	if before["torn.go"] == nil { // what was broken is mended, and used as it is now
		p.useAll()
		if list := p.check.errors(p.t, p.dir); len(list) > 0 {
			p.t.Fatalf("%s: code that uses the package as it is now does not compile: %v", what, list)
		}
	}
}

// files reads the user's Go files.
func (p *randomProject) files() map[string][]byte {
	out := map[string][]byte{}
	names, _ := filepath.Glob(p.path("*.go"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			p.t.Fatal(err)
		}
		out[filepath.Base(name)] = data
	}
	return out
}

// survives wants every file to be as it was, but for what was put between two bytes of the handler's.
func (p *randomProject) survives(what string, before map[string][]byte) {
	p.t.Helper()
	now := p.files()
	if len(now) != len(before) {
		p.t.Fatalf("%s: files %v, were %v", what, slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(before)))
	}
	for name, old := range before {
		if bytes.Equal(old, now[name]) {
			continue
		}
		rest := now[name]
		for i := 0; name == "handler.go" && i < len(old); i++ {
			at := bytes.IndexByte(rest, old[i])
			if at < 0 {
				p.t.Fatalf("%s: a byte of %s is gone; it was\n%s\nand is\n%s", what, name, old, now[name])
			}
			rest = rest[at+1:]
		}
		if lines := bytes.Split(bytes.TrimSpace(old), []byte("\n")); name != "handler.go" || !inOrder(lines, now[name]) {
			p.t.Fatalf("%s: %s was\n%s\nand is\n%s", what, name, old, now[name])
		}
	}
}

// inOrder says whether text has all lines, in their order.
func inOrder(lines [][]byte, text []byte) bool {
	for _, l := range lines {
		_, rest, found := bytes.Cut(text, l)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// named wants every line that does not compile to be among the findings.
func (p *randomProject) named(what string, w *work, keepsGreen bool) {
	p.t.Helper()
	told := map[string]bool{}
	torn := false
	for _, f := range w.findings {
		if f.Severity == severityError {
			told[fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)] = true
			torn = torn || filepath.Base(f.File) == "torn.go"
		}
	}
	if _, err := os.Stat(p.path("torn.go")); err == nil {
		p.counts["torn"]++
		if !torn || !w.failed() {
			p.t.Fatalf("%s: the file that does not parse is not named: %+v", what, w.findings)
		}
		return // its package is not checked to the end
	}
	for place, message := range p.check.errors(p.t, p.dir) {
		p.counts["broken lines"]++
		if keepsGreen {
			p.t.Errorf("%s: %s: %s", what, place, message)
		}
		if !told[place] {
			p.t.Errorf("%s: %s is not named: %s; findings %+v", what, place, message, w.findings)
		}
	}
}
