// Package scaffold holds the text starters of `mqttx-gen init`: a project that builds, passes its tests and serves at
// once, and that is the user's own from then on.
//
// Everything here is read only after the program has started; any goroutine may call it.
package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"
)

// The texts lie in files/, each with .txt behind its name so that the go command does not take them for its own. A
// project is made of files/common and the folder of its template.
//
//go:embed all:files
var texts embed.FS

// Templates are the kinds of projects, the default first.
func Templates() []string { return []string{"minimal", "auth", "fleet"} }

// Setting says what has to be set in the environment before the program of a template runs; "" for nothing.
func Setting(template string) string {
	switch template {
	case "auth":
		return "set PASSWORDS in the environment to a file that `go tool mqttx-gen passwd -c FILE USER` makes: without it only guests are let in"
	case "fleet":
		return "set OPERATOR_PASSWORD in the environment: without it no operator is let in"
	}
	return ""
}

// Project says what is to be made.
type Project struct {
	Module   string // module path
	Template string // one of Templates
	Source   Source
}

// Source says where the project takes the mqttx-gen module from: a released version, or a folder of this machine.
type Source struct {
	Version string // for example "v0.4.0"
	Dir     string // an absolute path; if it is set, the version does not matter
}

// File is one file of a project.
type File struct {
	Name string // base name
	Data []byte
}

// Files returns the files of a project, sorted by name. The generated package is not among them.
func Files(p Project) ([]File, error) {
	var files []File
	for _, folder := range []string{"common", p.Template} {
		entries, err := fs.ReadDir(texts, path.Join("files", folder))
		if err != nil {
			return nil, fmt.Errorf("scaffold: there is no template %q; there is %s", p.Template, strings.Join(Templates(), ", "))
		}
		for _, e := range entries {
			f, err := expand(path.Join("files", folder, e.Name()), p)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return append(files, File{"go.mod", goMod(p)}, File{"go.sum", sums}), nil
}

// expand fills one text in.
func expand(name string, p Project) (File, error) {
	text, err := texts.ReadFile(name)
	if err != nil {
		return File{}, fmt.Errorf("scaffold: %w", err)
	}
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return File{}, fmt.Errorf("scaffold: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, map[string]any{"Module": p.Module, "Name": path.Base(p.Module), "Local": p.Source.Dir != ""}); err != nil {
		return File{}, fmt.Errorf("scaffold: %w", err)
	}
	return File{strings.TrimSuffix(path.Base(name), ".txt"), b.Bytes()}, nil
}
