package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mqttx-gen/mqttx-gen/"

// arrows says, for each room of the house, which rooms it may import itself;
// what those may import, it may too. README.md draws the same picture.
var arrows = map[string][]string{
	"runtime/mqtt":                  nil,
	"runtime/topic":                 nil,
	"runtime/payload":               nil,
	"runtime/payload/internal/item": {"runtime/payload"},
	"runtime/payload/msgpack":       {"runtime/payload/internal/item"},
	"runtime/payload/cbor":          {"runtime/payload/internal/item"},
	"runtime/payload/protobuf":      {"runtime/payload"},
	"runtime/payload/text":          {"runtime/payload"},
	"runtime/internal/transport":    nil,
	"runtime/auth":                  {"runtime/mqtt"},
	"runtime/auth/jwt":              {"runtime/auth"},
	"runtime/auth/scram":            {"runtime/auth"},
	"runtime/auth/password":         {"runtime/auth"},
	"runtime/internal/packet":       {"runtime/mqtt"},
	"runtime/internal/session":      {"runtime/internal/packet", "runtime/internal/limit"},
	"runtime/internal/broker":       {"runtime/topic", "runtime/internal/session"},
	"runtime/internal/limit":        nil,
	"runtime/internal/link":         {"runtime/auth", "runtime/internal/broker", "runtime/internal/transport", "runtime/internal/limit"},
	"runtime/internal/proxy":        nil,
	"runtime/internal/listen":       {"runtime/internal/proxy", "runtime/internal/transport"},
	"runtime/mqttx":                 {"runtime/internal/link", "runtime/internal/listen"},
	"runtime/websocket":             {"runtime/mqttx"},
	"runtime/metrics":               {"runtime/mqttx"},
	"runtime/mqttxtest":             {"runtime/mqttx"},
	"runtime/internal/conformance":  {"runtime/mqttxtest"},

	"spec/report":                      nil,
	"spec/internal/syntax":             {"spec/report"},
	"spec/internal/overlap":            {"runtime/topic"},
	"spec/internal/fileset":            {"spec/internal/syntax"},
	"spec/internal/textformat":         nil,
	"spec":                             {"spec/internal/fileset", "spec/internal/overlap", "spec/internal/textformat"},
	"spec/vet":                         {"spec"},
	"spec/edit":                        {"spec"},
	"templates":                        nil,
	"templates/scaffold":               nil,
	"cmd/mqttx-gen/internal/splice":    nil,
	"cmd/mqttx-gen/internal/gen/proto": {"spec", "templates"},
	"cmd/mqttx-gen/internal/gen":       {"cmd/mqttx-gen/internal/gen/proto", "spec/edit"},
	"cmd/mqttx-gen/internal/breaking":  {"cmd/mqttx-gen/internal/gen/proto"},
	"cmd/mqttx-gen":                    {"spec/vet", "cmd/mqttx-gen/internal/breaking", "cmd/mqttx-gen/internal/gen", "cmd/mqttx-gen/internal/splice", "templates/scaffold", "runtime/auth/password"},
}

// thirdParties says in which rooms a module from elsewhere may be imported.
var thirdParties = map[string][]string{
	"github.com/dave/jennifer": {"templates"},
	"gopkg.in/yaml.v3":         {"spec", "spec/edit", "spec/internal/fileset", "spec/internal/syntax"},
	"golang.org/x/tools":       {"cmd/mqttx-gen/internal/gen", "cmd/mqttx-gen/internal/splice"},
	"golang.org/x/mod":         {"cmd/mqttx-gen"},
	// .proto files are read and their Go is printed in the generator; what is printed, and the leaf that it calls, need the
	// module of protobuf at run time.
	"github.com/bufbuild/protocompile": {"cmd/mqttx-gen/internal/gen/proto"},
	"google.golang.org/protobuf":       {"cmd/mqttx-gen/internal/gen/proto", "runtime/payload/protobuf"},
	"github.com/gobwas/ws":             {"runtime/websocket"},
	"github.com/go-jose/go-jose":       {"runtime/auth/jwt"},
	"github.com/xdg-go/scram":          {"runtime/auth/scram"},
	"golang.org/x/crypto":              {"runtime/auth/password"},
	"github.com/xdg-go/stringprep":     {"runtime/auth/scram"},
	"github.com/rogpeppe/go-internal":  {"cmd/mqttx-gen/internal/gen", "cmd/mqttx-gen"},
	"github.com/spf13/cobra":           {"cmd/mqttx-gen"},
	"github.com/spf13/pflag":           {"cmd/mqttx-gen"},
	"golang.org/x/term":                {"cmd/mqttx-gen"},
}

// reach returns all rooms that room may import.
func reach(arrows map[string][]string, room string) map[string]bool {
	found := map[string]bool{}
	var walk func(string)
	walk = func(r string) {
		for _, next := range arrows[r] {
			if !found[next] {
				found[next] = true
				walk(next)
			}
		}
	}
	walk(room)
	return found
}

// wrongArrows returns the imports that the house does not allow.
func wrongArrows(arrows map[string][]string, imports map[string][]string) (wrong []string) {
	for room, paths := range imports {
		if _, ok := arrows[room]; !ok {
			wrong = append(wrong, room+" is not drawn: say in arrows what it may import")
			continue
		}
		allowed := reach(arrows, room)
		for _, path := range paths {
			if other, ok := strings.CutPrefix(path, module); ok {
				if !allowed[other] {
					wrong = append(wrong, room+" imports "+other)
				}
			} else if strings.Contains(strings.SplitN(path, "/", 2)[0], ".") && !allowedThere(path, room) {
				wrong = append(wrong, room+" imports "+path)
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func allowedThere(path, room string) bool {
	for prefix, rooms := range thirdParties {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return slices.Contains(rooms, room)
		}
	}
	return false
}

// readImports parses the imports of every package of the module, tests aside.
func readImports(t *testing.T, root string) map[string][]string {
	found := map[string]map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		room, _ := filepath.Rel(root, filepath.Dir(path))
		room = filepath.ToSlash(room)
		name := d.Name()
		switch {
		case d.IsDir() && (name == "testdata" || name == "examples" || name == "bench" || name == "otelmqttx" || name == "files" || path != root && strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if found[room] == nil {
			found[room] = map[string]bool{}
		}
		for _, i := range f.Imports {
			found[room][strings.Trim(i.Path.Value, `"`)] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for room, paths := range found {
		imports[room] = slices.Sorted(maps.Keys(paths))
	}
	return imports
}

func TestArrows(t *testing.T) {
	imports := readImports(t, "../..")
	if len(imports) < len(arrows)/2 {
		t.Fatalf("only %d packages found", len(imports))
	}
	for _, w := range wrongArrows(arrows, imports) {
		t.Error(w)
	}
}

// TestArrowsSeesReversedArrows turns every arrow of the house round, one at a
// time, and wants it to be found.
func TestArrowsSeesReversedArrows(t *testing.T) {
	for room, others := range arrows {
		for _, other := range others {
			reversed := map[string][]string{other: {module + room}}
			if len(wrongArrows(arrows, reversed)) != 1 {
				t.Errorf("%s importing %s goes unseen", other, room)
			}
		}
	}
	for _, path := range []string{"gopkg.in/yaml.v3", "github.com/dave/jennifer/jen", "example.com/any"} {
		if len(wrongArrows(arrows, map[string][]string{"runtime/mqttx": {path}})) != 1 {
			t.Errorf("runtime/mqttx importing %s goes unseen", path)
		}
	}
	if len(wrongArrows(arrows, map[string][]string{"util": nil})) != 1 {
		t.Error("a room that is not drawn goes unseen")
	}
}

func TestArrowsHaveNoCycle(t *testing.T) {
	for room := range arrows {
		if reach(arrows, room)[room] {
			t.Errorf("%s reaches itself", room)
		}
	}
}
