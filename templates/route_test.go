package templates

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// wideTest is run in a package of 600 topics.
const wideTest = `package wide

import (
	"fmt"
	"testing"
)

func name(i int) string { return fmt.Sprintf("fleet/acme/t-%d/sensor_%d", i, i) }

func TestRoute(t *testing.T) {
	for i := range 600 {
		var p params
		if got := route(name(i), &p); got != index(i) || p != (params{"acme", fmt.Sprint("t-", i)}) {
			t.Fatalf("%s: topic %d, %q", name(i), got, p)
		}
	}
	last := name(599)
	if n := testing.AllocsPerRun(100, func() {
		var p params
		if route(last, &p) != 599 || route("fleet/acme/t-1/sensor_600", &p) != noTopic {
			t.Fatal("wrong topic")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRoute(b *testing.B) {
	last := name(599)
	b.ReportAllocs()
	for b.Loop() {
		var p params
		if route(last, &p) != 599 {
			b.Fatal("wrong topic")
		}
	}
}

func BenchmarkRouteAll(b *testing.B) {
	var names []string
	for i := range 600 {
		names = append(names, name(i))
	}
	i := 0
	for b.Loop() {
		var p params
		if route(names[i], &p) != index(i) {
			b.Fatal("wrong topic")
		}
		if i++; i == len(names) {
			i = 0
		}
	}
}
`

// TestRouteOf600Topics runs the router of a large package, which is laid over an empty folder.
func TestRouteOf600Topics(t *testing.T) {
	auth := []*AuthMethod{{Name: "any", GoName: "Any", Kind: AuthAnonymous}}
	p := &Package{Name: "wide", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/wide", Auth: auth}
	for i := range 600 {
		topic := topicOf(fmt.Sprint("s", i), fmt.Sprint("S", i), fmt.Sprintf("fleet/{tenant}/{device}/sensor_%d", i))
		topic.Subscribe = &Direction{Auth: auth}
		p.Topics = append(p.Topics, topic)
	}
	files, err := Print(p)
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	target, err := filepath.Abs("testdata/wide")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, f := range append(files, File{Name: "wide_test.go", Source: []byte(wideTest)}) {
		if f.Name != "route_gen.go" && f.Name != "wide_test.go" { // the router stands by itself, and the rest takes time
			continue
		}
		path := filepath.Join(temp, f.Name)
		replace[filepath.Join(target, f.Name)] = path
		if err := os.WriteFile(path, f.Source, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(temp, "wide.test.exe")
	if out, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", path, "-o", binary, "./testdata/wide").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(binary)
	if testing.Verbose() {
		run.Args = append(run.Args, "-test.bench=.", "-test.benchtime=20ms", "-test.count=5")
	}
	run.Dir = temp
	out, err := run.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Error(err)
	}
}
