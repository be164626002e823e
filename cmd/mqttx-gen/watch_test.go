package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatchKnowsItsOwnWriting wants a run of -watch to take account of what it wrote itself, and of nothing else.
func TestWatchKnowsItsOwnWriting(t *testing.T) {
	t.Chdir(t.TempDir())
	if code := run([]string{"init", "-module", "example.com/shop", "."}, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("init: %d", code)
	}
	w := &watcher{console: &console{out: io.Discard, err: io.Discard, format: "text"}, paths: []string{"mqttx.yaml"}, handlers: map[string]bool{}}
	done := w.run()
	if !maps.Equal(done, w.stamps()) {
		t.Error("after the first run")
	}
	edit := func(path, from, to string) {
		data, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(data), from) {
			t.Fatalf("%s has no %q: %v", path, from, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	edit("mqttx.yaml", "\ntopics:\n", "\ntopics:\n  alarm:\n    pattern: alarm\n    publish: {}\n")
	if maps.Equal(done, w.stamps()) {
		t.Error("a change of the spec is not seen")
	}
	done = w.run()
	if data, err := os.ReadFile("handler.go"); err != nil || !strings.Contains(string(data), "HandleAlarm") {
		t.Fatalf("no stub: %v", err)
	}
	if !maps.Equal(done, w.stamps()) {
		t.Error("after a run that added a stub")
	}
	if err := os.WriteFile("more.go", []byte("package main\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if maps.Equal(done, w.stamps()) {
		t.Error("a new file of the handler's package is not seen")
	}
	edit("mqttx.yaml", "topics:", "topic:")
	if done = w.run(); !maps.Equal(done, w.stamps()) {
		t.Error("after a run that failed")
	}
}

// writerFunc is an io.Writer.
type writerFunc func()

func (f writerFunc) Write(text []byte) (int, error) {
	f()
	return len(text), nil
}

// TestWatchSeesAnEditDuringItsRun edits the spec, and a file of the handler's package, while the first run says what it
// wrote: after it has read them, and before it knows that folder.
func TestWatchSeesAnEditDuringItsRun(t *testing.T) {
	for _, path := range []string{"mqttx.yaml", "handler.go", "main.go"} {
		t.Chdir(t.TempDir())
		if code := run([]string{"init", "-module", "example.com/shop", "."}, io.Discard, os.Stderr); code != 0 {
			t.Fatalf("init: %d", code)
		}
		if err := os.RemoveAll("api"); err != nil {
			t.Fatal(err)
		}
		edit := func() {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, append(data, '\n'), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		w := &watcher{console: &console{out: writerFunc(edit), err: io.Discard, format: "text"}, paths: []string{"mqttx.yaml"}, handlers: map[string]bool{}}
		if done := w.run(); maps.Equal(done, w.stamps()) {
			t.Errorf("an edit of %s is not seen", path)
		}
	}
}

// TestWatchSeesFilesAppear wants files to be seen that a spec speaks of before they are there, and .proto files with what
// they import.
func TestWatchSeesFilesAppear(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/shop\n\nrequire google.golang.org/protobuf v1.36.12\n")
	write("mqttx.yaml", "mqttx: 1\ngo: {package: api}\nauth: {device: {method: password}}\ninclude: [more.yaml, parts/*.yaml]\n"+
		"payloads: {P: {schema: {$ref: p.json}}, F: {encoding: protobuf, file: f.proto, message: shop.F}}\n")
	w := &watcher{console: &console{out: io.Discard, err: io.Discard, format: "text"}, paths: []string{"mqttx.yaml"}, handlers: map[string]bool{}}
	done := w.run()
	for _, file := range []struct{ name, text string }{
		{"more.yaml", "topics: {a: {pattern: a, publish: {payload: P}}}\n"},
		{"parts/one.yaml", "topics: {b: {pattern: b, publish: {payload: F}}}\n"},
		{"p.json", `{"type": "integer"}`},
		{"f.proto", "syntax = \"proto3\";\npackage shop;\nimport \"sub/g.proto\";\nmessage F { sub.G g = 1; }\n"},
		{"sub/g.proto", "syntax = \"proto3\";\npackage sub;\nmessage G { bool on = 1; }\n"},
		{"parts/two.yaml", "topics: {c: {pattern: c, publish: {}}}\n"},
	} {
		write(file.name, file.text)
		if maps.Equal(done, w.stamps()) {
			t.Errorf("%s appears, and is not seen", file.name)
		}
		done = w.run()
	}
	if _, err := os.Stat("api/handler_gen.go"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile("api/spec_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	write("sub/g.proto", "syntax = \"proto3\";\npackage sub;\n// G is one.\nmessage G { bool on = 1; }\n")
	if maps.Equal(done, w.stamps()) {
		t.Error("a change of an import is not seen")
	}
	w.run()
	if after, err := os.ReadFile("api/spec_gen.go"); err != nil || string(after) == string(before) {
		t.Errorf("the hash of the spec does not cover .proto files: %v", err)
	}
}
