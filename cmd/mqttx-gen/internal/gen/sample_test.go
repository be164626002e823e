package gen

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

var (
	samples    = flag.Int("samples", 10, "how many random packages are vetted and run")
	sampleSeed = flag.Uint64("sample-seed", 1000, "where the random numbers of these begin")
)

// TestSamples vets and runs packages of random specs, all in one module: another implementation of JSON Schema judges documents
// that are made up for each payload, and the router is held to the plain reading of the patterns.
func TestSamples(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds packages")
	}
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for made, seed := 0, *sampleSeed; made < *samples; seed++ {
		if sample(t, filepath.Join(dir, fmt.Sprintf("p%d", seed)), seed) {
			made++
		}
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+Module, "module example.com/sample\n\nrequire "+Module+" v0.0.0\n\nreplace "+Module+" => "+root, 1)
	lay(t, dir, map[string]string{"go.mod": text, "go.sum": string(sum)})
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			kept := filepath.Join(os.TempDir(), "mqttx-gen-samples")
			_ = os.RemoveAll(kept)
			_ = os.CopyFS(kept, os.DirFS(dir))
			t.Fatalf("go %s: %v, see %s\n%.6000s", strings.Join(args, " "), err, kept, out)
		}
	}
}

// decoders finds the types that read payloads.
var decoders = regexp.MustCompile(`(?m)^func \(\w+ \*(\w+)\) DecodePayload\(`)

// sample lays a package of a random spec with its test into a folder, if the spec is accepted.
func sample(t *testing.T, dir string, seed uint64) bool {
	t.Helper()
	w := &author{Rand: rand.New(rand.NewPCG(seed, 2)), standard: true}
	source := w.spec()
	lay(t, dir, otherFiles)
	files, err := Render(source, dir, "example.com/sample/"+filepath.Base(dir))
	var wrong *SpecError
	if errors.As(err, &wrong) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := spec.ParseFiles(SpecFile, source, spec.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := json.MarshalIndent(standardSchemas(f), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	lay(t, dir, map[string]string{SpecFile: string(source), "out/schema.json": string(schemas), "out/sample_test.go": sampleTest(f, files)})
	for path, data := range files {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// sampleTest is the test of a sample.
func sampleTest(f *spec.File, files map[string][]byte) string {
	read := map[string]bool{}
	for _, data := range files {
		for _, m := range decoders.FindAllSubmatch(data, -1) {
			read[string(m[1])] = true
		}
	}
	var judged, noise []string
	for _, p := range f.Payloads {
		if !read[p.GoName] {
			continue
		}
		noise = append(noise, fmt.Sprintf("\tgarbage[%s](t, random)\n", p.GoName))
		if p.Encoding == spec.EncodingJSON {
			judged = append(judged, fmt.Sprintf("\tjudge.Payload[%s](j, %q, 300)\n\tjudge.Broken[%[1]s](j, %[2]q, 300)\n", p.GoName, p.GoName))
		}
	}
	return fmt.Sprintf(sampleSource, f.Go.Package, strings.Join(judged, ""), strings.Join(noise, ""))
}

const sampleSource = `package %s

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

func TestSamplePayloads(t *testing.T) {
	j := judge.New(t, "schema.json")
	j.Sparse = true
%s	j.Report()
	random := rand.New(rand.NewPCG(1, 2))
%s	_ = random
}

// garbage decodes bytes of no meaning: what is accepted can be written and read again.
func garbage[T any, P judge.Codec[T]](t *testing.T, random *rand.Rand) {
	for range 2000 {
		b := make([]byte, random.IntN(12))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		var v, w T
		if P(&v).DecodePayload(b) != nil {
			continue
		}
		again, err := P(&v).AppendPayload(nil)
		if err != nil {
			t.Errorf("%%T %%q: %%v", v, b, err)
		} else if err := P(&w).DecodePayload(again); err != nil {
			t.Errorf("%%T %%q: written as %%q: %%v", v, b, again, err)
		}
	}
}

func TestSampleRoute(t *testing.T) {
	var patterns []topic.Pattern
	levels := []string{"", "zz", "7"}
	for _, r := range rules {
		p, err := topic.ParsePattern(r.pattern)
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
		for _, level := range p.Levels() {
			if level.Kind == topic.Literal {
				levels = append(levels, level.Text)
			}
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 20000 {
		at := patterns[random.IntN(len(patterns))].Levels()
		name := ""
		for i, level := range at {
			if i > 0 {
				name += "/"
			}
			switch text := levels[random.IntN(len(levels))]; {
			case level.Kind == topic.Literal && random.IntN(8) > 0:
				name += level.Text
			default:
				name += text
			}
		}
		for random.IntN(3) == 0 {
			name += "/" + levels[random.IntN(len(levels))]
		}
		want, values := noTopic, []string(nil)
		for i, p := range patterns {
			if v, ok := p.Match(name); ok && (want == noTopic || p.Compare(patterns[want]) == topic.MoreSpecific) {
				want, values = index(i), v
			}
		}
		var p params
		got := route(name, &p)
		if got != want || got != noTopic && len(values) > 0 && !reflect.DeepEqual(append([]string{}, p[:len(values)]...), append([]string{}, values...)) {
			t.Fatalf("%%q: topic %%d %%q, want %%d %%q", name, got, p, want, values)
		}
		if got != noTopic {
			found++
		}
	}
	if found == 0 {
		t.Error("no name belongs to a topic")
	}
}
`
