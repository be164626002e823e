package main

import (
	"go/token"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// The packages of the runtime that a handler's signatures name. What mqttx has of the others are aliases.
const (
	mqttxPath = gen.Module + "/runtime/mqttx"
	mqttPath  = gen.Module + "/runtime/mqtt"
	authPath  = gen.Module + "/runtime/auth"
)

// target says what the user's handler has to offer for a generated package.
func target(o *gen.Output) *splice.Target {
	t := &splice.Target{
		Dir: o.Handler.Dir, File: o.Handler.File, Type: o.Handler.Type,
		Package: packageFor(o), Path: o.Handler.Path, Module: o.Handler.Module,
		Interface:      splice.Type{Path: o.Model.Path, Package: o.Model.Name, Name: "Handler"},
		NotImplemented: splice.Type{Path: mqttxPath, Package: "mqttx", Name: "ErrNotImplemented"},
		Header:         gen.Header,
		Same:           map[string]string{mqttPath: mqttxPath, authPath: mqttxPath},
		Distance:       report.Distance,
		Gone:           o.Gone,
		Stale:          o.Stale,
	}
	for _, m := range templates.Methods(o.Model) {
		t.Methods = append(t.Methods, method(m))
	}
	for _, m := range templates.Optional(o.Model) {
		t.Optional = append(t.Optional, method(m))
	}
	return t
}

// packageFor names the handler's package for the case that its folder has no Go file yet.
func packageFor(o *gen.Output) string {
	switch o.Handler.Dir {
	case o.Out:
		return o.Model.Name
	case o.Dir:
		return "main" // the program that init makes
	}
	return packageOf(filepath.Base(o.Handler.Dir))
}

// packageOf makes the name of a package from that of its folder.
func packageOf(folder string) string {
	name := strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, folder)
	if !token.IsIdentifier(name) || name == "_" {
		return "handler"
	}
	return name
}

func method(m templates.Method) splice.Method {
	out := splice.Method{Name: m.Name}
	for _, line := range m.Doc {
		out.Doc = append(out.Doc, wrap(line)...)
	}
	switch {
	case m.Topic != "":
		out.Marker = "topic " + m.Topic
	case m.Auth != "":
		out.Marker = "auth " + m.Auth
	case m.Event != "":
		out.Marker = "event " + m.Event
	}
	for _, a := range m.Params {
		out.Params = append(out.Params, splice.Param{Name: a.Name, Type: splice.Type(a.Type)})
	}
	for _, r := range m.Results {
		out.Results = append(out.Results, splice.Type(r))
	}
	return out
}

// docWidth is how long a line of a doc comment gets before it is wrapped.
const docWidth = 100

func wrap(text string) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > docWidth {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
