package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testName is how SECURITY.md names a test: the folder of its package, and the function.
var testName = regexp.MustCompile("`([a-z0-9/_]+): ((?:Test|Fuzz)\\w+)`")

// TestSecurityPromises: every promise of SECURITY.md names a test, and every test that it names is there.
func TestSecurityPromises(t *testing.T) {
	text, err := os.ReadFile("../../.github/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, promised, _ := strings.Cut(string(text), "\n## What is promised\n")
	promised, _, _ = strings.Cut(promised, "\n## ")
	rows := 0
	for line := range strings.Lines(promised) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") || strings.HasPrefix(line, "| against") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		named := testName.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != 4 || len(named) == 0 || len(named) != strings.Count(cells[len(cells)-1], ": ") {
			t.Errorf("want four cells, and a test as `folder: TestName` in the last, in %s", line)
		}
		for _, n := range named {
			if !testExists(t, n[1], n[2]) {
				t.Errorf("%s: no such test, in %s", n[0], line)
			}
		}
	}
	if rows < 20 {
		t.Errorf("found %d promises", rows)
	}
}

// testExists looks through the test files of a folder.
func testExists(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
