package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

func TestDoubleDashes(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"generate -check -diff", "generate --check --diff"},
		{"init -module=a --template fleet d", "init --module=a --template fleet d"},
		{"generate -format json", "generate --format json"},
		{"generate -x - -h --", "generate -x - -h --"},
		{"generate -- -check", "generate -- -check"},
		{"-help", "--help"},
		{"init -modul x", "init --modul x"},
		{"generate -max-errors -1 -xy=-2", "generate --max-errors -1 --xy=-2"},
		{"__complete generate -ch", "__complete generate -ch"},
		{"__complete init -template -mod", "__complete init --template -mod"},
		{"__complete", "__complete"},
	} {
		if got := doubleDashes(strings.Fields(tt.in)); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: got %q", tt.in, got)
		}
	}
}

func TestColored(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if colored(&bytes.Buffer{}) {
		t.Error("a buffer wants colours")
	}
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	if !colored(device) {
		t.Skip("the null device is no character device here")
	}
	t.Setenv("NO_COLOR", "1")
	if colored(device) {
		t.Error("NO_COLOR is not kept")
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "dumb")
	if colored(device) {
		t.Error("a dumb terminal wants colours")
	}
}

func TestTreeAbove(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		wd + "/root.go":      true,
		"cmd/mqttx-gen/x.go": false, // as -trimpath leaves it
		"/root/go/pkg/mod/" + gen.Module + "@v1.2.3/cmd/mqttx-gen/x.go": false,
		t.TempDir() + "/x.go": false,
	} {
		if got := treeAbove(path); (got != "") != want {
			t.Errorf("treeAbove(%s) = %q", path, got)
		}
	}
}
