package gen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const withAlarm = Header + `

package fleet

import (
	"fmt"
	str "strings"
)

// Server is what runs.
type Server struct{ names []string }

// PublishReading publishes.
func (s *Server) PublishReading(r Reading) { s.send(r.at) }

func (s *Server) send(at int) { s.names = append(s.names, fmt.Sprint(at)) }

// PublishAlarm publishes an Alarm.
func (s *Server) PublishAlarm(a Alarm) { s.send(a.level()); s.alarmed() }

func (s *Server) alarmed() {}

// Reading is there before and after.
type Reading struct{ at int }

// AlarmMessage is an alarm.
//
// It comes from a client.
type AlarmMessage struct {
	Topic   AlarmTopic
	Payload Alarm // what happened
}

type (
	// AlarmTopic is the name.
	AlarmTopic struct{ Device string }

	// Alarm is the payload.
	Alarm struct {
		Kind AlarmKind
		Old  Reading
	}
)

// AlarmKind is what kind.
type AlarmKind string

// Kinds of alarms.
const (
	AlarmKindFire  AlarmKind = "fire"
	AlarmKindFlood AlarmKind = "flood"
)

// String returns the name.
func (t AlarmTopic) String() string { return alarmPrefix + str.ToLower(t.Device) }

// Parse is called by nobody.
func (t *AlarmTopic) Parse(s string) { parseAlarm(s) }

func (a Alarm) level() int { return levels[a.Kind] }

const alarmPrefix = "alarm/"

var levels = map[AlarmKind]int{AlarmKindFire: 1}

func parseAlarm(string) {}

const (
	reading = iota
	alarm
)

// ParseAlarmTopic counts on alarm, which cannot be kept.
func ParseAlarmTopic(name string) (t AlarmTopic, err error) {
	if len(name) != alarm {
		onlyThere()
	}
	return t, nil
}

func onlyThere() {}

// NumberAlarm too, and it has no error to return.
func NumberAlarm(AlarmKind) int { return alarm }

// Colours are counted, and all of them are gone.
const (
	Red = iota
	Green
)

// UnusedTopic is used by nobody.
type UnusedTopic struct{}
`

const withoutAlarm = Header + `

package fleet

import "fmt"

// Server is what runs.
type Server struct{ names []string }

// PublishReading publishes.
func (s *Server) PublishReading(r Reading) { s.send(r.at) }

func (s *Server) send(at int) { s.names = append(s.names, fmt.Sprint(at)) }

// Reading is there before and after.
type Reading struct{ at int }

const reading = iota
`

// project lays out a module whose package main uses the generated package.
func project(t *testing.T, files map[string]string) (*module, string) {
	t.Helper()
	dir := t.TempDir()
	lay(t, dir, files)
	return &module{root: dir, path: "example.com/a"}, filepath.Join(dir, "fleet")
}

// keepFor returns what is kept for a module that has been laid out.
func keepFor(t *testing.T, m *module, out string, old map[string][]byte, now string) (string, []string) {
	t.Helper()
	before, _ := readDecls(old)
	after, err := readDecls(map[string][]byte{"a_gen.go": []byte(now)})
	if err != nil {
		t.Fatal(err)
	}
	gone, methods := lost(before, after)
	if !gone {
		return "", nil
	}
	u, err := findUses(m, "fleet", "example.com/a/fleet", out, methods)
	if err != nil {
		t.Fatal(err)
	}
	text, names, err := keep(before, after, u, "fleet", Header)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), names
}

// compile fails the test if the files are not one package.
func compile(t *testing.T, texts ...string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, text := range texts {
		f, err := parser.ParseFile(fset, "", text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if _, err := (&types.Config{Importer: emptyPackages{}}).Check("fleet", fset, files, nil); err != nil {
		t.Fatalf("%v\n%s", err, texts[len(texts)-1])
	}
}

// emptyPackages knows the two functions that the files of these tests call.
type emptyPackages struct{}

func (emptyPackages) Import(path string) (*types.Package, error) {
	src := map[string]string{
		"fmt":     "package fmt\nfunc Sprint(...any) string { return \"\" }",
		"strings": "package strings\nfunc ToLower(string) string { return \"\" }",
		"errors":  "package errors\nfunc New(string) error { return nil }",
	}[path]
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, 0)
	if err != nil {
		return nil, err
	}
	return new(types.Config).Check(path, fset, []*ast.File{f}, nil)
}

const handlerWithAlarm = "package main\nimport \"example.com/a/fleet\"\nfunc h(m *fleet.AlarmMessage) { _ = m.Topic }\n"

const wantKept = Header + `

package fleet

import (
	str "strings"
)

// Alarm is the payload.
//
// ` + deprecation + `
type Alarm struct {
	Kind AlarmKind
	Old  Reading
}

// AlarmKind is what kind.
//
// ` + deprecation + `
type AlarmKind string

// AlarmMessage is an alarm.
//
// It comes from a client.
//
// ` + deprecation + `
type AlarmMessage struct {
	Topic   AlarmTopic
	Payload Alarm // what happened
}

// AlarmTopic is the name.
//
// ` + deprecation + `
type AlarmTopic struct{ Device string }

// Parse is called by nobody.
func (t *AlarmTopic) Parse(s string) { parseAlarm(s) }

// String returns the name.
func (t AlarmTopic) String() string { return alarmPrefix + str.ToLower(t.Device) }

const alarmPrefix = "alarm/"

func parseAlarm(string) {}
`

func TestKeep(t *testing.T) {
	m, out := project(t, map[string]string{"main.go": handlerWithAlarm})
	got, names := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(withAlarm)}, withoutAlarm)
	if diff := cmp.Diff(wantKept, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Alarm", "AlarmKind", "AlarmMessage", "AlarmTopic"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	compile(t, withoutAlarm, got)

	t.Run("second run", func(t *testing.T) {
		old := map[string][]byte{"a_gen.go": []byte(withoutAlarm), "removed_gen.go": []byte(got)}
		if again, _ := keepFor(t, m, out, old, withoutAlarm); again != got {
			t.Errorf("(-first +second)\n%s", cmp.Diff(got, again))
		}
	})
	t.Run("topic comes back", func(t *testing.T) {
		old := map[string][]byte{"a_gen.go": []byte(withoutAlarm), "removed_gen.go": []byte(got)}
		if again, _ := keepFor(t, m, out, old, withAlarm); again != "" {
			t.Errorf("still kept:\n%s", again)
		}
	})
	t.Run("user is gone", func(t *testing.T) {
		m, out := project(t, map[string]string{"main.go": "package main\n"})
		old := map[string][]byte{"a_gen.go": []byte(withoutAlarm), "removed_gen.go": []byte(got)}
		if again, _ := keepFor(t, m, out, old, withoutAlarm); again != "" {
			t.Errorf("still kept:\n%s", again)
		}
	})
}

// TestKeepMethods keeps methods of types that are still there, with what they need.
func TestKeepMethods(t *testing.T) {
	m, out := project(t, map[string]string{
		"cmd/x/main.go": "package main\nimport f \"example.com/a/fleet\"\nfunc x(s *f.Server) { s.PublishAlarm(f.Alarm{Kind: f.AlarmKindFlood}) }\n",
	})
	got, _ := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(withAlarm)}, withoutAlarm)
	compile(t, withoutAlarm, got)
	for _, want := range []string{
		") PublishAlarm(", ") alarmed()", ") level() int", "\nvar levels", "\nconst AlarmKindFlood AlarmKind = \"flood\"", "AlarmKindFire AlarmKind",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not kept in\n%s", want, got)
		}
	}
	for _, other := range []string{"AlarmMessage", "parseAlarm", "Unused", "import"} {
		if strings.Contains(got, other) {
			t.Errorf("%q is kept in\n%s", other, got)
		}
	}
}

// TestKeepWithoutBody keeps functions that need what cannot be kept: they compile, and say that they no longer work.
func TestKeepWithoutBody(t *testing.T) {
	m, out := project(t, map[string]string{
		"main.go": "package main\nimport \"example.com/a/fleet\"\nfunc x() { fleet.ParseAlarmTopic(\"\"); fleet.NumberAlarm(\"\"); _ = fleet.Green }\n",
	})
	old := map[string][]byte{"a_gen.go": []byte(withAlarm)}
	got, _ := keepFor(t, m, out, old, withoutAlarm)
	compile(t, withoutAlarm, got)
	for _, want := range []string{
		"err error) {\n\treturn *new(AlarmTopic), errors.New(\"the spec no longer describes this\")\n}\n",
		"func NumberAlarm(AlarmKind) int {\n\tpanic(\"the spec no longer describes this\")\n}\n",
		"const (\n\tRed = iota\n\tGreen\n)\n",
		"import (\n\t\"errors\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "onlyThere") {
		t.Errorf("what only the body needs is kept:\n%s", got)
	}
	old = map[string][]byte{"a_gen.go": []byte(withoutAlarm), "removed_gen.go": []byte(got)}
	if again, _ := keepFor(t, m, out, old, withoutAlarm); again != got {
		t.Errorf("(-first +second)\n%s", cmp.Diff(got, again))
	}
}

// TestWhoUses looks for users in all kinds of files.
func TestWhoUses(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"test file":         {map[string]string{"a_test.go": handlerWithAlarm}, true},
		"dot import":        {map[string]string{"a.go": "package main\nimport . \"example.com/a/fleet\"\nvar m AlarmMessage\n"}, true},
		"same package":      {map[string]string{"fleet/own.go": "package fleet\nvar m AlarmMessage\n"}, true},
		"does not parse":    {map[string]string{"a.go": handlerWithAlarm + "func ( {"}, true},
		"another package":   {map[string]string{"a.go": "package main\nimport \"example.com/b/fleet\"\nvar m fleet.AlarmMessage\n"}, false},
		"another qualifier": {map[string]string{"a.go": "package main\nimport (\"example.com/a/fleet\"; \"x/y\")\nvar m y.AlarmMessage\nvar s fleet.Server\n"}, false},
		"another module":    {map[string]string{"sub/go.mod": "module example.com/sub\n", "sub/a.go": handlerWithAlarm}, false},
		"testdata":          {map[string]string{"testdata/a.go": handlerWithAlarm, "vendor/a.go": handlerWithAlarm, ".x/a.go": handlerWithAlarm}, false},
		"generated":         {map[string]string{"fleet/b_gen.go": Header + "\n\npackage fleet\nvar m AlarmMessage\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, out := project(t, tt.files)
			got, _ := keepFor(t, m, out, map[string][]byte{"a_gen.go": []byte(withAlarm)}, withoutAlarm)
			if strings.Contains(got, "type AlarmMessage") != tt.want {
				t.Errorf("kept: %q, want %v", got, tt.want)
			}
		})
	}
}

// TestOldFileThatDoesNotParse leaves out what a merge has torn up.
func TestOldFileThatDoesNotParse(t *testing.T) {
	m, out := project(t, map[string]string{"main.go": handlerWithAlarm})
	old := map[string][]byte{"a_gen.go": []byte(strings.Replace(withAlarm, "type Server", "<<<<<<< HEAD\ntype Server", 1))}
	if got, _ := keepFor(t, m, out, old, withoutAlarm); got != "" {
		t.Errorf("kept:\n%s", got)
	}
}
