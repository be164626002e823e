package gen

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxLines is how many lines a topic may have, beside those of its payload types and their codecs. Empty lines are for the
// eye and do not count.
const maxLines = 60

// topicLines counts the lines of the files that have something for each topic.
func topicLines(files map[string][]byte) int {
	n := 0
	for path, source := range files {
		switch filepath.Base(path) {
		case "connection_gen.go", "handler_gen.go", "route_gen.go", "server_gen.go", "topics_gen.go":
			for line := range bytes.Lines(source) {
				if len(bytes.TrimSpace(line)) > 0 {
					n++
				}
			}
		}
	}
	return n
}

// TestSize counts the lines of topics that clients both publish and subscribe to, with a bound parameter.
func TestSize(t *testing.T) {
	lines := func(topics int) int {
		files, err := Render([]byte(manyTopics(topics)), filepath.FromSlash("/shop"), "example.com/shop")
		if err != nil {
			t.Fatal(err)
		}
		return topicLines(files)
	}
	if n := (lines(110) - lines(10)) / 100; n > maxLines {
		t.Errorf("%d lines for a topic, want at most %d", n, maxLines)
	}
}

// BenchmarkCompile300 builds the package of 300 topics with the go command: the time is that of its compilation alone, without
// the runtime and the standard library. What it takes depends on the payloads: one type of three fields for each topic, or three
// types that both sides use.
func BenchmarkCompile300(b *testing.B) {
	b.Run("flat", func(b *testing.B) { benchmarkCompile(b, flatTopics(300)) })
	b.Run("nested", func(b *testing.B) { benchmarkCompile(b, manyTopics(300)) })
}

// flatTopics is a spec of n topics that clients publish to, each with a payload of three fields.
func flatTopics(n int) string {
	var b strings.Builder
	b.WriteString("mqttx: 1\ngo: {package: api, out: api}\nauth: {device: {method: password}}\npayloads:\n")
	for i := range n {
		fmt.Fprintf(&b, "  P%d: {schema: {type: object, required: [t, b], properties: {t: {type: number, minimum: -50}, b: {type: integer, maximum: 100}, n: {type: string, maxLength: 100}}}}\n", i)
	}
	b.WriteString("topics:\n")
	for i := range n {
		fmt.Fprintf(&b, "  t%d: {pattern: \"a%d/{device}/b\", params: {device: {is: client_id}}, publish: {payload: P%d, qos: 1}}\n", i, i, i)
	}
	return b.String()
}

func benchmarkCompile(b *testing.B, spec string) {
	root, err := filepath.Abs("../../../..")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	write := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	write("go.mod", []byte("module example.com/shop\n\ngo 1.26.0\n\nrequire "+Module+" v0.0.0\n\nreplace "+Module+" => "+root+"\n"))
	files, err := Render([]byte(spec), dir, "example.com/shop")
	if err != nil {
		b.Fatal(err)
	}
	for path, source := range files {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			b.Fatal(err)
		}
		write(filepath.ToSlash(rel), source)
	}
	compile := func(n int) {
		write("api/again_gen.go", []byte("package api\n\n"+strings.Repeat("// again\n", n)))
		cmd := exec.Command("go", "build", "./api")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	compile(1) // and the runtime
	n := 1
	for b.Loop() {
		n++
		compile(n)
	}
	b.ReportMetric(float64(topicLines(files))/300, "lines/topic")
}
