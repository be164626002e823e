package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/templates/scaffold"
)

// source says where a new project takes mqttx-gen from: the tree that this program was built from, if it lies on this
// machine, or else the release that it is. given, if not empty, is a tree that the user names.
func source(given string) (scaffold.Source, error) {
	if given != "" {
		dir, err := filepath.Abs(given)
		if err != nil || !isTree(dir) {
			return scaffold.Source{}, usageError("-source %s: there is no go.mod of %s in it", given, gen.Module)
		}
		return scaffold.Source{Dir: dir}, nil
	}
	_, file, _, _ := runtime.Caller(0)
	exe, _ := os.Executable()
	for _, start := range []string{file, exe} {
		if dir := treeAbove(start); dir != "" {
			return scaffold.Source{Dir: dir}, nil
		}
	}
	if v := gen.Version(); v != "(devel)" {
		return scaffold.Source{Version: v}, nil
	}
	return scaffold.Source{}, errors.New("this mqttx-gen is no release, and the tree that it was built from is not found; name that with -source DIR")
}

// treeAbove returns the folder above path that holds this module's source; "" if there is none, or if it is a copy in
// the module cache, which is a release.
func treeAbove(path string) string {
	if !filepath.IsAbs(path) || strings.Contains(filepath.ToSlash(path), "@v") {
		return ""
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if isTree(dir) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func isTree(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	path, err := gen.ModulePath(data)
	return err == nil && path == gen.Module
}
