package main

import (
	"io"
	"maps"
	"os"
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
