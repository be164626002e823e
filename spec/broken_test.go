package spec_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

// TestBroken breaks every word and every line of the valid files in turn: what is left is a spec, or says where it is wrong.
func TestBroken(t *testing.T) {
	names, err := filepath.Glob("testdata/valid/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files: %v", err)
	}
	words := regexp.MustCompile(`[A-Za-z0-9_.-]+|"[^"]*"`)
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(source)
		for _, at := range words.FindAllStringIndex(text, -1) {
			for _, instead := range []string{"zz", "{}"} {
				breakOne(t, text[:at[0]]+instead+text[at[1]:])
			}
		}
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			breakOne(t, strings.Join(lines[:i], "")+strings.Join(lines[i+1:], ""))
		}
	}
}

func breakOne(t *testing.T, source string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("panic %v on:\n%s", r, source)
		}
	}()
	f, err := spec.Parse("mqttx.yaml", []byte(source))
	if err == nil {
		vet.Check(f)
		return
	}
	var list spec.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		t.Fatalf("error %v on:\n%s", err, source)
	}
	for _, d := range list {
		if d.Line < 1 || d.Column < 1 || d.Message == "" {
			t.Errorf("diagnostic %+v on:\n%s", d, source)
		}
	}
}
