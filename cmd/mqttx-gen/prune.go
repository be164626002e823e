package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

func newPrune(c *console) *cobra.Command {
	var dry, force bool
	cmd := &cobra.Command{
		Use:   "prune [spec file or folder]...",
		Short: "remove the handler's methods whose topic or auth method is gone from the spec",
		Long: `prune removes the methods that generate reports as never called, because the spec no longer has their topic, auth method
or event: with their doc comments, and the imports that only they used. Every other byte of your files stays. Then it
generates, so that what was kept for those methods in removed_gen.go goes too.

A file is edited only where git has it as it is, so that nothing can be lost: commit first. A method stays if other code
uses it, or if it has no //mqttx: comment that says what it was for.

Without an argument the spec is mqttx.yaml in this folder.`,
		Example: `  mqttx-gen prune -dry-run          says what would go
  mqttx-gen prune                   handler.go: removed HandleAlarm (lines 40 to 46)`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			if dry {
				return c.pruneDry(specPaths(args))
			}
			return c.prune(specPaths(args), force)
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "write nothing; say what would be removed")
	cmd.Flags().BoolVar(&force, "force", false, "edit files too that git does not have as they are")
	c.addFormat(cmd)
	return cmd
}

// prune writes.
func (c *console) prune(paths []string, force bool) error {
	start := time.Now()
	var removed []string
	var stays []finding
	all, err := editAndGenerate(paths, func(w *work) ([]gen.Change, error) {
		p, err := splice.Prune(target(w.Output))
		if err != nil {
			return nil, err
		}
		for _, e := range p.Edits {
			if err := clean(e.Path); err != nil && !force {
				return nil, fmt.Errorf("prune: %w; commit it first, or prune with -force", err)
			} else if err != nil {
				fmt.Fprintf(c.err, "mqttx-gen: prune: %v; -force: it is edited all the same\n", err)
			}
		}
		for _, m := range p.Pruned {
			removed = append(removed, pruned("removed", m))
		}
		stays = append(stays, problemFindings(p.Problems)...)
		return changesOf(p.Edits), nil
	})
	if err != nil {
		return c.failed(err)
	}
	if len(removed) == 0 {
		removed = []string{"nothing to prune"}
	}
	for _, line := range removed {
		c.say("%s", line)
	}
	for _, w := range all {
		c.say("%s", w.summary(time.Since(start)))
	}
	c.findings(stays)
	return c.conclude(all, 0)
}

// pruneDry says what prune would do.
func (c *console) pruneDry(paths []string) error {
	all, err := buildAll(paths)
	if err != nil {
		return c.failed(err)
	}
	said := false
	for _, w := range all {
		p, err := splice.Prune(target(w.Output))
		if err != nil {
			return err
		}
		for _, m := range p.Pruned {
			c.say("%s", pruned("would remove", m))
			said = true
		}
		c.findings(problemFindings(p.Problems))
		for _, e := range p.Edits {
			if err := clean(e.Path); err != nil {
				fmt.Fprintf(c.err, "mqttx-gen: prune: %v; commit it first\n", err)
			}
		}
	}
	if !said {
		c.say("nothing to prune")
	}
	return c.flush()
}

func pruned(what string, m splice.Pruned) string {
	return fmt.Sprintf("%s: %s %s (lines %d to %d)", gen.ShortPath(m.Pos.Filename), what, m.Method, m.From, m.End)
}

// clean says why a file could not be had back from git as it is; nil if it could.
func clean(path string) error {
	name := gen.ShortPath(path)
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", append([]string{"-C", filepath.Dir(path)}, args...)...)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	inside, err := git("rev-parse", "--is-inside-work-tree")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("git is not there to ask about %s", name)
	case err != nil || inside != "true":
		return fmt.Errorf("%s is not in a work tree of git", name)
	}
	if _, err := git("ls-files", "--error-unmatch", "--", filepath.Base(path)); err != nil {
		return fmt.Errorf("git does not know %s", name)
	}
	status, err := git("status", "--porcelain", "--", filepath.Base(path))
	if err != nil {
		return fmt.Errorf("git status %s: %w", name, err)
	}
	if status != "" {
		return fmt.Errorf("%s has changes that are not committed", name)
	}
	return nil
}
