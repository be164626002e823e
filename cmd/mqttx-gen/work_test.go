package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// shop lays out a module with a spec and a handler that lacks a method, and returns the paths of both.
func shop(t *testing.T) (spec, handler string) {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "go.mod"), "module example.com/shop\n")
	spec, handler = filepath.Join(dir, gen.SpecFile), filepath.Join(dir, "handler.go")
	put(t, spec, "mqttx: 1\ngo: {package: api, out: api}\nauth: {d: {method: anonymous}}\n"+
		"topics: {reading: {pattern: \"a/b\", publish: {}}}\n")
	put(t, handler, "package main\n\ntype Handler struct{}\n")
	return spec, handler
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestReadAgain changes the handler after it was read: what was written there meanwhile is kept.
func TestReadAgain(t *testing.T) {
	spec, handler := shop(t)
	const mine = "package main // changed meanwhile\n\ntype Handler struct{ n int }\n"
	calls := 0
	_, err := generate([]string{spec}, func(changes []gen.Change) error {
		if calls++; calls == 1 {
			put(t, handler, mine)
		}
		return gen.WriteAll(changes)
	})
	if err != nil || calls != 2 {
		t.Fatalf("%d calls, %v", calls, err)
	}
	data, err := os.ReadFile(handler)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte("package main // changed meanwhile\n")) || !bytes.Contains(data, []byte("HandleReading")) {
		t.Errorf("got\n%s", data)
	}
}

// TestNeverQuiet gives up when the handler changes each time.
func TestNeverQuiet(t *testing.T) {
	spec, handler := shop(t)
	calls := 0
	_, err := generate([]string{spec}, func(changes []gen.Change) error {
		calls++
		put(t, handler, fmt.Sprintf("package main // %d\n", calls))
		return gen.WriteAll(changes)
	})
	if !errors.Is(err, gen.ErrStale) || calls != attempts {
		t.Errorf("%d calls, %v", calls, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(spec), "api")); err == nil {
		t.Error("the package was written")
	}
}

// TestSummary names the first methods that were added to a handler, and the last one where there are many.
func TestSummary(t *testing.T) {
	for n, want := range map[int]string{
		0:  "",
		2:  "; handler.go: added H0 (line 100), H1 (line 101)",
		11: "(line 109), and 1 more down to H10 (line 110)",
	} {
		w := &work{Output: &gen.Output{Model: &templates.Package{Name: "api"}}, handler: &splice.Report{Edit: &splice.Edit{Path: "handler.go"}}}
		for i := range n {
			w.handler.Added = append(w.handler.Added, splice.Added{Method: fmt.Sprint("H", i), Line: 100 + i})
		}
		if got := w.summary(0); !strings.HasSuffix(got, want) || n == 0 && got != "api:  (0ms)" {
			t.Errorf("%d: %q, want the end %q", n, got, want)
		}
	}
}
