package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
	"github.com/mqttx-gen/mqttx-gen/templates/scaffold"
)

func newInit(c *console) *cobra.Command {
	var module, template, tree string
	cmd := &cobra.Command{
		Use:   "init [folder]",
		Short: "make a new project that builds, passes its tests and serves at once",
		Long: `init makes a project: a spec, its generated package, a handler, a program and its tests. It needs no network.

  mqttx-gen init shop && cd shop && go run .
  mqttx-gen init -template auth -module example.com/shop

-template minimal is one kind of device; auth has accounts with passwords beside anonymous guests, and topics that are bound
to who the client is; fleet has relayed and retained topics, wills and raw logs.

Without a folder the project is made in the present one. Files that exist are kept and listed; nothing is overwritten. If anything goes wrong, nothing is made.`,
		Args: arguments(0, 1, "at most one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if dir == "" {
				return usageError("init: the name of the folder is empty; leave it out for this one")
			}
			p, err := newProject(dir, module, template, tree)
			if err != nil {
				return err
			}
			if err := p.write(); err != nil {
				return c.failed(err)
			}
			p.tell(c, dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&module, "module", "", "path of the Go module (default: the name of the folder)")
	cmd.Flags().StringVar(&template, "template", scaffold.Templates()[0], "kind of project: "+strings.Join(scaffold.Templates(), " or "))
	cmd.Flags().StringVar(&tree, "source", "", "source tree of mqttx-gen that the project uses (default: the one that this program was built from)")
	return cmd
}

// project is a project that init is about to make.
type project struct {
	dir  string // an absolute path
	spec scaffold.Project

	changes []gen.Change
	made    []string // names, seen from dir
	kept    []string
	goMod   []byte // what go.mod should say, if one is kept that says something else
}

// newProject checks what the user asked for.
func newProject(dir, module, template, tree string) (*project, error) {
	if !slices.Contains(scaffold.Templates(), template) {
		return nil, usageError("init: there is no template %q; there is %s", template, strings.Join(scaffold.Templates(), ", "))
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	p := &project{dir: abs, spec: scaffold.Project{Module: module, Template: template}}
	if err := p.chooseModule(); err != nil {
		return nil, err
	}
	if err := p.checkPackage(); err != nil {
		return nil, err
	}
	p.spec.Source, err = source(tree)
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	return p, nil
}

// chooseModule takes the module path from a go.mod that is there, from -module, or from the name of the folder.
func (p *project) chooseModule() error {
	if data, err := os.ReadFile(filepath.Join(p.dir, "go.mod")); err == nil {
		path, err := gen.ModulePath(data)
		if err != nil {
			return fmt.Errorf("init: %s: %w", filepath.Join(p.dir, "go.mod"), err)
		}
		if p.spec.Module != "" && p.spec.Module != path {
			return usageError("init: -module is %s, but the go.mod that is there says %s", p.spec.Module, path)
		}
		p.spec.Module = path
		return nil
	}
	if p.spec.Module == "" {
		if p.spec.Module = scaffold.ModuleOf(filepath.Base(p.dir)); p.spec.Module == "" {
			return usageError("init: the name of the folder %s makes no module path; give one with -module", p.dir)
		}
	}
	if err := scaffold.CheckModule(p.spec.Module); err != nil {
		return usageError("init: %w; give another with -module", err)
	}
	return nil
}

// checkPackage refuses a folder whose Go files cannot stand beside those of a program.
func (p *project) checkPackage() error {
	if path, name := splice.OtherPackage(p.dir, "main"); name != "" {
		return fmt.Errorf("init: %s is of package %s, and the project's files would be of package main; choose another folder",
			gen.ShortPath(path), name)
	}
	return nil
}

// write makes all files, or none.
func (p *project) write() error {
	files, err := scaffold.Files(p.spec)
	if err != nil {
		return err
	}
	var source []byte
	for _, f := range files {
		have, err := p.add(f.Name, f.Data)
		if err != nil {
			return err
		}
		switch {
		case f.Name == gen.SpecFile:
			source = have
		case f.Name == "go.mod" && !bytes.Equal(have, f.Data):
			_, p.goMod, _ = bytes.Cut(f.Data, []byte("\ngo "))
			_, p.goMod, _ = bytes.Cut(p.goMod, []byte("\n"))
		}
	}
	generated, err := gen.Render(source, p.dir, p.spec.Module)
	if err != nil {
		return err
	}
	for path, data := range generated {
		rel, err := filepath.Rel(p.dir, path)
		if err != nil {
			return err
		}
		if _, err := p.add(rel, data); err != nil {
			return err
		}
	}
	return gen.WriteAll(p.changes)
}

// add plans one file, or keeps the one that is there; it returns what the file will hold.
func (p *project) add(name string, data []byte) ([]byte, error) {
	path := filepath.Join(p.dir, name)
	have, err := os.ReadFile(path)
	switch {
	case err == nil:
		p.kept = append(p.kept, name)
		return have, nil
	case !errors.Is(err, fs.ErrNotExist) && !notAFolder(p.dir) && !notAFolder(filepath.Dir(path)):
		return nil, fmt.Errorf("init: %w", err)
	}
	p.made = append(p.made, name)
	p.changes = append(p.changes, gen.Change{Path: path, New: data})
	return data, nil
}

// notAFolder says whether something that is no folder stands in the place of one: writing tells of it better.
func notAFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && !info.IsDir()
}

// tell says what was done and what can be done now.
func (p *project) tell(c *console, dir string) {
	slices.Sort(p.made)
	slices.Sort(p.kept)
	if len(p.made) > 0 {
		place := dir
		if dir == "." {
			place = "this folder, " + p.dir
		}
		c.say("made module %s in %s: %s", p.spec.Module, place, strings.Join(fold(p.made), " "))
	}
	if len(p.kept) > 0 {
		c.say("kept, since they exist: %s", strings.Join(fold(p.kept), " "))
	}
	if p.goMod != nil {
		c.say("\ngo.mod is kept as it is. It needs these lines too:\n\n%s", bytes.TrimSpace(p.goMod))
	}
	if work := workAbove(p.dir); work != "" {
		c.say("\n%s is in charge of this folder: run `go work use %s`, or set GOWORK=off", work, dir)
	}
	if p.spec.Source.Dir == "" {
		c.say("\nrun `go mod tidy` once, with a network, to fetch mqttx-gen %s", p.spec.Source.Version)
	}
	c.say("\nnext:")
	if dir != "." {
		c.say("  cd %s", shellWord(dir))
	}
	if p.goMod != nil {
		c.say("  add the lines above to go.mod")
	}
	c.say("  go test ./...")
	if setting := scaffold.Setting(p.spec.Template); setting != "" {
		c.say("  %s", setting)
	}
	c.say("  go run . -addr 127.0.0.1:1883")
}

// shellWord quotes a path with a space in it.
func shellWord(path string) string {
	if strings.ContainsAny(path, " \t") {
		return `"` + path + `"`
	}
	return path
}

// fold names the files of a folder below as one.
func fold(names []string) []string {
	var out []string
	for _, name := range names {
		if dir, _, below := strings.Cut(filepath.ToSlash(name), "/"); below {
			name = dir + "/"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// workAbove returns the go.work that the go command would use in dir; "" for none.
func workAbove(dir string) string {
	if os.Getenv("GOWORK") == "off" {
		return ""
	}
	for {
		path := filepath.Join(dir, "go.work")
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}
