package spec

import (
	"path"
	"regexp"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// fileObject is the table of the top level.
func fileObject() *object[File] {
	return &object[File]{fields: []field[File]{
		{"mqttx", required, "1", "version of this language", (*decoder).version},
		{"include", optional, "list of text", "other files with more of the spec; * stands for any text", func(*decoder, *File, entry) {}},
		{"info", optional, "info", "what people read about the spec", func(d *decoder, f *File, e entry) {
			decodeObject(d, e.value, d.Pos(e.key), "info", infoObject(), &f.Info)
		}},
		{"go", optional, "go", "where the generated code goes", func(d *decoder, f *File, e entry) {
			f.Go.Pos = d.Pos(e.key)
			if !decodeObject(d, e.value, d.Pos(e.key), "go", goObject(), &f.Go) {
				d.goWrong = true
			}
		}},
		{"server", optional, "server", "defaults of the generated server", func(d *decoder, f *File, e entry) {
			f.Server.Pos = d.Pos(e.key)
			decodeObject(d, e.value, d.Pos(e.key), "server", serverObject(), &f.Server)
		}},
		{"auth", required, "map of auth, {device: {method: anonymous}}", "ways to authenticate, in the order in which they are tried", (*decoder).authSection},
		{"payloads", optional, "map of payload", "what messages carry", (*decoder).payloadSection},
		{"topics", optional, "map of topic", "where messages go", (*decoder).topicSection},
		{"x-vet-ignore", optional, "map of text", "findings of vet to leave out in the whole file, with the reason", func(d *decoder, f *File, e entry) {
			f.VetIgnore = d.vetIgnore(e)
		}},
		{"events", optional, "map of event", "typed messages from elsewhere in the program to one connection", (*decoder).eventSection},
	}}
}

func (d *decoder) version(_ *File, e entry) {
	if e.value.Value == "1" {
		return
	}
	d.Fail("MQX025", d.Pos(e.value), "version %q of the language is not known", e.value.Value).Hint("write mqttx: 1")
}

func infoObject() *object[Info] {
	return &object[Info]{fields: []field[Info]{
		{"title", optional, "text", "name of the service", textField(func(i *Info) *string { return &i.Title })},
		{"version", optional, "text", "version of the spec, as written", textField(func(i *Info) *string { return &i.Version })},
		{"description", optional, "text", "what it is for", textField(func(i *Info) *string { return &i.Description })},
	}}
}

func goObject() *object[Go] {
	return &object[Go]{fields: []field[Go]{
		{"package", optional, "text", "name of the generated package; by default the last part of out", goText(func(g *Go) *string { return &g.Package }, packageProblem)},
		{"out", optional, "text", "its folder, relative to the spec; by default the package's name", goText(func(g *Go) *string { return &g.Out }, folderProblem)},
		{"handler", optional, "handler", "where the methods are written that the user fills in", func(d *decoder, g *Go, e entry) {
			g.Handler.Pos = d.Pos(e.key)
			decodeObject(d, e.value, d.Pos(e.key), "handler", handlerObject(), &g.Handler)
		}},
	}}
}

func handlerObject() *object[Handler] {
	return &object[Handler]{fields: []field[Handler]{
		{"package", optional, "text", `folder of the handler's package, relative to the spec; "." by default`, goText(func(h *Handler) *string { return &h.Package }, folderProblem)},
		{"type", optional, "text", "its Go type; Handler by default", goText(func(h *Handler) *string { return &h.Type }, typeProblem)},
		{"file", optional, "text", "the file that new methods are appended to; handler.go by default", goText(func(h *Handler) *string { return &h.File }, fileProblem)},
	}}
}

// goText makes the reader of a text that ends up in Go or on disk.
func goText[T any](at func(*T) *string, problem func(string) (reason, hint string)) func(*decoder, *T, entry) {
	return func(d *decoder, into *T, e entry) {
		s, ok := d.text(e)
		if !ok {
			return
		}
		if reason, hint := problem(s); reason != "" {
			d.goWrong = true
			wrong := d.Fail("MQX022", d.Pos(e.value), "%s cannot be %q: %s", e.what(), s, reason)
			if hint != "" {
				wrong.Hint("%s", hint)
			}
			return
		}
		*at(into) = s
	}
}

var packageName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func packageProblem(s string) (reason, hint string) {
	switch {
	case goKeyword(s) || s == "main" || s == "_":
		return "Go keeps this word for itself", "name it after what the messages are about, such as fleet"
	case !packageName.MatchString(s):
		hint = packageFrom(s)
		if hint != "" {
			hint = "write " + hint
		}
		return "a package has small letters, digits and _, and starts with a letter", hint
	}
	return "", ""
}

// packageFrom makes the name of a package from other text, or "".
func packageFrom(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, strings.ToLower(s))
	if !packageName.MatchString(s) || goKeyword(s) || s == "main" {
		return ""
	}
	return s
}

func folderProblem(s string) (reason, hint string) {
	switch {
	case s == "":
		return "a folder has a name", `"." is the folder of the spec`
	case strings.Contains(s, `\`):
		return "a path has slashes", "write " + strings.ReplaceAll(s, `\`, "/")
	case path.IsAbs(s) || len(s) > 1 && s[1] == ':':
		return "the path is not relative to the spec", ""
	case path.Clean(s) != strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/") && s != "./":
		return "the path is not clean", "write " + path.Clean(s)
	}
	for level := range strings.SplitSeq(path.Clean(s), "/") {
		if reason = levelProblem(level); reason != "" {
			return reason, ""
		}
	}
	return "", ""
}

var importable = regexp.MustCompile(`^[A-Za-z0-9._~+-]+$`)

// levelProblem says why the go command could not import what lies in a folder, or would overlook it.
func levelProblem(name string) string {
	switch {
	case name == "." || name == "..":
	case !importable.MatchString(name) || strings.HasSuffix(name, "."):
		return "Go imports packages from folders whose names have letters, digits and - . _ ~ +"
	case name[0] == '_' || name[0] == '.':
		return "the go command overlooks folders that begin with _ or a dot"
	case name == "vendor":
		return "the go command keeps other modules in vendor"
	}
	return ""
}

func typeProblem(s string) (reason, hint string) {
	if !regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`).MatchString(s) {
		return "the handler is an exported Go type", "write " + GoName(s)
	}
	return "", ""
}

func fileProblem(s string) (reason, hint string) {
	switch {
	case strings.ContainsAny(s, `/\`):
		return "it is a file in the handler's folder", "the folder stands under package of handler"
	case !strings.HasSuffix(s, ".go") || s == ".go":
		return "it is a Go file", "write " + strings.TrimSuffix(s, ".") + ".go"
	case strings.HasSuffix(s, "_gen.go") || strings.HasSuffix(s, "_test.go"):
		return "such files are generated, or tests", "write handler.go"
	case s[0] == '_' || s[0] == '.':
		return "the go command overlooks files that begin with _ or a dot", "write " + strings.TrimLeft(s, "._")
	}
	return "", ""
}

// goDefaults fills in what go leaves out.
func (d *decoder) goDefaults() {
	g := &d.file.Go
	if g.Out == "" {
		g.Out = g.Package
	}
	g.Out = path.Clean(g.Out)
	if g.Package == "" {
		g.Package = packageFrom(path.Base(g.Out))
	}
	if g.Package == "" && !d.goWrong {
		pos := g.Pos
		if pos.Line == 0 {
			pos = Pos{Line: 1, Column: 1, EndColumn: 1}
		}
		d.Fail("MQX011", pos, "the generated package has no name").Hint("add go: {package: fleet}")
	}
	h := &g.Handler
	for _, def := range []struct {
		at    *string
		value string
	}{{&h.Package, "."}, {&h.Type, "Handler"}, {&h.File, "handler.go"}} {
		if *def.at == "" {
			*def.at = def.value
		}
	}
	h.Package = path.Clean(h.Package)
}

var vetCode = regexp.MustCompile(`^MQX1[0-9]{2}$`)

// vetIgnore reads {MQX104: reason}.
func (d *decoder) vetIgnore(e entry) map[string]string {
	ignore := map[string]string{}
	d.decodeMap(e, e.what(), false, func(code string, re entry) {
		re.where = e.what()
		if _, known := report.Explain(code); !known || !vetCode.MatchString(code) {
			d.Fail("MQX012", d.Pos(re.key), "%q is not the code of a finding of vet", code)
			return
		}
		if reason, ok := d.text(re); ok {
			ignore[code] = reason
		}
	})
	return ignore
}
