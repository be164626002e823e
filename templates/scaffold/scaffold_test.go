package scaffold

import (
	"bytes"
	"flag"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "copy requirements from the go.mod of this module")

// TestRequirements keeps the copies of requirements equal to what mqttx-gen is built from.
func TestRequirements(t *testing.T) {
	want := map[string]bool{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", modulePath+"/cmd/mqttx-gen")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" && line != modulePath {
				want[line] = true
			}
		}
	}
	var list []string
	for line := range want {
		list = append(list, line)
	}
	slices.Sort(list)
	text := strings.Join(list, "\n") + "\n"
	if *update {
		if err := os.WriteFile("requirements.txt", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != requirements {
		t.Errorf("requirements.txt is\n%swant\n%srun go test ./templates/scaffold -update", requirements, text)
	}
}

// TestReserved wants each folder of the standard library to be a name that no module may begin with.
func TestReserved(t *testing.T) {
	out, err := exec.Command("go", "list", "std", "cmd").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if first, _, _ := strings.Cut(strings.TrimSpace(line), "/"); !reserved[first] {
			t.Errorf("%s is not reserved", first)
		}
	}
}

// TestSums wants every line of sums.txt to stand in the go.sum of this module too, and all that it says of the modules in
// requirements.txt.
func TestSums(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(sums)) {
		have[line] = true
		if !bytes.Contains(data, []byte(line)) {
			t.Errorf("go.sum has no line %s", line)
		}
	}
	for line := range strings.Lines(string(data)) {
		for need := range strings.Lines(requirements) {
			if need = strings.TrimSpace(need); (strings.HasPrefix(line, need+" ") || strings.HasPrefix(line, need+"/go.mod ")) && !have[line] {
				t.Errorf("sums.txt lacks %s", line)
			}
		}
	}
}

func TestGoVersion(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ngo " + strings.TrimSpace(goVersion) + "\n"; !strings.Contains(string(data), want) {
		t.Errorf("go.mod does not say %q", want)
	}
}

func TestFiles(t *testing.T) {
	for _, name := range Templates() {
		for _, module := range []string{"a", "zoo.example/b"} {
			files, err := Files(Project{Module: module, Template: name, Source: Source{Dir: "/src/mqttx-gen"}})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range files {
				names = append(names, f.Name)
				if bytes.Contains(f.Data, []byte("{{")) || bytes.Contains(f.Data, []byte("<no value>")) {
					t.Errorf("%s: %s is not filled in", name, f.Name)
				}
				if strings.HasSuffix(f.Name, ".go") {
					if text, err := format.Source(f.Data); err != nil || !bytes.Equal(text, f.Data) {
						t.Errorf("%s: %s is not formatted for module %s: %v", name, f.Name, module, err)
					}
				}
			}
			slices.Sort(names)
			want := ".gitignore Dockerfile Makefile gen.go go.mod go.sum handler.go main.go main_test.go mqttx.yaml"
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: files %s, want %s", name, got, want)
			}
		}
	}
	if _, err := Files(Project{Template: "../common"}); err == nil {
		t.Error("a template outside of Templates is taken")
	}
}

// TestProjectTests wants no subtest to run on the server of its parent, and no test to wait for ever.
func TestProjectTests(t *testing.T) {
	for _, name := range Templates() {
		files, err := Files(Project{Module: "a", Template: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for part := range strings.SplitSeq(string(f.Data), "\nfunc Test") {
				_, sub, found := strings.Cut(part, "t.Run(")
				if f.Name == "main_test.go" && found && !strings.Contains(sub, "start(t)") {
					t.Errorf("%s: a subtest does not start its own server:\n%s", name, part)
				}
				if strings.Contains(part, "mqttxtest.Receive") && !strings.Contains(part, "context.WithTimeout(") {
					t.Errorf("%s: a test waits without a limit:\n%s", name, part)
				}
			}
		}
	}
}

func TestGoMod(t *testing.T) {
	local := string(goMod(Project{Module: "a", Source: Source{Dir: "/my src/x"}}))
	for _, want := range []string{"module a\n", "\nrequire " + modulePath + " v0.0.0\n", "\nreplace " + modulePath + " => \"/my src/x\"\n"} {
		if !strings.Contains(local, want) {
			t.Errorf("%q is not in\n%s", want, local)
		}
	}
	released := string(goMod(Project{Module: "a", Source: Source{Version: "v0.4.0"}}))
	if !strings.Contains(released, "\nrequire "+modulePath+" v0.4.0\n") || strings.Contains(released, "replace") {
		t.Errorf("got\n%s", released)
	}
}

func TestModulePaths(t *testing.T) {
	for path, ok := range map[string]bool{
		"shop": true, "example.com/shop": true, "example.com/Shop/v2": true, "a~b/_c": true,
		"": false, "/a": false, "a/": false, "a//b": false, "a b": false, "..": false, "a/../b": false, ".a": false, "a.": false,
		"std": false, "cmd": false, "main": false, "ä": false, "a\n": false, "fmt": false, "encoding/json": false, "vendor": false, "a/vendor": false, "go": false,
		"con": false, "a/NUL.x": false, "com1": false, "a~1": false, "a~1.x": false, "a~b1": true, "-a": false, "a-": true, "console": true, modulePath: false, modulePath + "/x": false,
	} {
		if err := CheckModule(path); (err == nil) != ok {
			t.Errorf("CheckModule(%q) = %v, want ok %v", path, err, ok)
		}
	}
	for folder, want := range map[string]string{
		"shop": "shop", "My Shop": "my-shop", "Über-1": "ber-1", "...": "", "日本": "", "/": "", "cmd": "cmd-server", "-x-": "x", "a.b": "a.b",
		"fmt": "fmt-server", "Go": "go-server", "builtin": "builtin-server", "vendor": "vendor-server", "CON": "con-server", "con.x": "", "a~1": "",
	} {
		if got := ModuleOf(folder); got != want {
			t.Errorf("ModuleOf(%q) = %q, want %q", folder, got, want)
		}
	}
}
