package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
)

func newGenerate(c *console) *cobra.Command {
	var check, diff, fix, watch bool
	cmd := &cobra.Command{
		Use:   "generate [spec file or folder]...",
		Short: "write the package that a spec describes, and stubs for new methods",
		Long: `generate writes the Go package that a spec describes, and appends a stub to your handler file for each method that it
lacks. Not a byte of your code is changed otherwise. A file that has not changed is not touched; if anything is wrong
with a spec, nothing is. Each line of your module that no longer compiles, since a field is gone or of another type, is named,
by this run and by each one until it is mended, and the exit code is 1.

  mqttx-gen generate              in the folder of mqttx.yaml
  mqttx-gen generate -check       for CI: names what is out of date, missing or left over, and the stubs that lack

With -fix, a method whose signature is not the wanted one gets it: the types of its parameters and results are replaced,
their names and the body stay. With -watch it goes on, and generates whenever the spec or the handler's package changes.

Without an argument the spec is mqttx.yaml in this folder.`,
		Example: `  mqttx-gen generate                the package, and stubs for what is new
  mqttx-gen generate -check         exit code 3 if anything would change
  mqttx-gen generate -fix           after a payload, a topic or an auth method became another one
  mqttx-gen generate -watch         until it is interrupted`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			paths := specPaths(args)
			switch {
			case (check || diff) && (fix || watch):
				return usageError("generate: -check and -diff write nothing; they do not go with -fix and -watch")
			case check || diff:
				return c.compare(paths, check, diff)
			case watch && c.format == "json":
				return usageError("generate: -watch prints text; it does not go with -format json")
			case watch:
				return c.watch(paths, fix)
			}
			return c.generate(paths, fix)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; exit with 3 if anything would change")
	cmd.Flags().BoolVar(&diff, "diff", false, "write nothing; print what would change as a diff")
	cmd.Flags().BoolVar(&fix, "fix", false, "replace signatures that are not the wanted ones")
	cmd.Flags().BoolVar(&watch, "watch", false, "go on, and generate whenever a file changes that matters")
	c.addFormat(cmd)
	return cmd
}

// specPaths names the spec in each folder among args.
func specPaths(args []string) []string {
	if len(args) == 0 {
		args = []string{gen.SpecFile}
	}
	paths := make([]string, len(args))
	for i, arg := range args {
		paths[i] = arg
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			paths[i] = filepath.Join(arg, gen.SpecFile)
		}
	}
	return paths
}

// generate writes.
func (c *console) generate(paths []string, fix bool) error {
	_, err := c.once(paths, fix)
	return err
}

// once writes, says what it did, and returns it.
func (c *console) once(paths []string, fix bool) ([]*work, error) {
	start := time.Now()
	var done []string
	var err error
	var all []*work
	if fix {
		all, err = editAndGenerate(paths, func(w *work) (edits []gen.Change, err error) {
			edits, said, err := fixes(w)
			done = append(done, said...)
			return edits, err
		})
	} else {
		all, err = generate(paths, gen.WriteAll)
	}
	if err != nil {
		return nil, c.failed(err)
	}
	for _, line := range done {
		c.say("%s", line)
	}
	for _, w := range all {
		c.say("%s", w.summary(time.Since(start)))
		if idle := vet.Idle(w.Spec); len(idle) > 0 { // that is found out late otherwise: they connect, and are refused
			if err := c.diagnostics(idle, w.Source); err != nil {
				return nil, err
			}
		}
	}
	err = c.conclude(all, 0)
	if !fix && c.format == "text" && slices.ContainsFunc(all, (*work).fixable) {
		fmt.Fprintln(c.err, "`mqttx-gen generate -fix` writes the wanted signatures")
	}
	return all, err
}

// fixable says whether -fix could mend something.
func (w *work) fixable() bool {
	if !w.failed() {
		return false
	}
	fixing, err := splice.Fix(target(w.Output))
	return err == nil && len(fixing.Fixed) > 0
}

// fixes works out the edits of -fix, and what there is to say about them.
func fixes(w *work) (edits []gen.Change, said []string, err error) {
	fixing, err := splice.Fix(target(w.Output))
	if err != nil {
		return nil, nil, err
	}
	for _, f := range fixing.Fixed {
		said = append(said, fmt.Sprintf("%s:%d: fixed %s", gen.ShortPath(f.Pos.Filename), f.Pos.Line, f))
	}
	for _, l := range fixing.Left {
		said = append(said, fmt.Sprintf("%s:%d: left %s: %s", gen.ShortPath(l.Pos.Filename), l.Pos.Line, l.Method, l.Why))
	}
	return changesOf(fixing.Edits), said, nil
}

// compare builds in memory and says what differs from the disk.
func (c *console) compare(paths []string, check, diff bool) error {
	all, err := buildAll(paths)
	if err != nil {
		return c.failed(err)
	}
	code := 0
	for _, w := range all {
		for _, change := range w.changes() {
			if check {
				code = exitFindings
			}
			if !diff {
				c.say("%s: %s", gen.ShortPath(change.Path), w.outdated(change))
			} else if err := c.diff(change); err != nil {
				return err
			}
		}
	}
	return c.conclude(all, code)
}

// diff prints a change as a unified diff.
func (c *console) diff(change gen.Change) error {
	name := filepath.ToSlash(gen.ShortPath(change.Path))
	from, to := "a/"+name, "b/"+name
	if change.Old == nil {
		from = "/dev/null"
	}
	if change.New == nil {
		to = "/dev/null"
	}
	text := diff.Diff(from, change.Old, to, change.New)
	if bytes.HasPrefix(text, []byte("diff ")) { // a line that says which command it was
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	_, err := c.text().Write(text)
	return err
}

// outdated says in what way a file is not as generate would leave it.
func (w *work) outdated(change gen.Change) string {
	edit := w.handler.Edit
	switch {
	case edit != nil && edit.Path == change.Path:
		var names []string
		for _, a := range w.handler.Added {
			names = append(names, a.Method)
		}
		return "lacks " + strings.Join(names, ", ")
	case change.New == nil:
		return "would be removed"
	case change.Old == nil:
		return "is missing"
	}
	return "is out of date"
}

// conclude prints the findings and turns them into the exit code.
func (c *console) conclude(all []*work, code int) error {
	for _, w := range all {
		c.findings(w.findings)
		if w.failed() {
			code = exitWrong
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// failed prints everything that is wrong with specs, and returns what else there is to say.
func (c *console) failed(err error) error {
	var rest []error
	for _, err := range gen.Errors(err) {
		var code *codeError
		if errors.As(err, &code) {
			c.findings(code.findings)
		}
		var bad *gen.SpecError
		if !errors.As(err, &bad) {
			rest = append(rest, err)
			continue
		}
		if err := c.diagnostics(bad.List, nil); err != nil {
			return err
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	return &exitError{exitWrong, errors.Join(rest...)}
}
