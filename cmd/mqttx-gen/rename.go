package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

// kinds is what rename takes as its first argument.
var kinds = []string{"topic", "auth", "payload", "event"}

func newRename(c *console) *cobra.Command {
	path := ""
	cmd := &cobra.Command{
		Use:   "rename topic|auth|payload|event OLD NEW",
		Short: "give a topic, an auth method, a payload or an event another name, in the spec and in your code",
		Long: `rename changes a name in the spec and in the Go code of your module, and generates: the key, every reference to it, the
handler's method with its //mqttx: comment, and each use of what the generated package declares for it. Not a byte beside
these names changes. If anything stands in the way, nothing is written.

The code is read with its types, as far as your module's own source tells them. What may have to be renamed too, but need
not, is named with its line.`,
		Example: `  mqttx-gen rename topic reading measurement
  mqttx-gen rename payload Command Order -spec fleet/mqttx.yaml`,
		Args: arguments(3, 3, "topic, auth, payload or event, and the old and the new name"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			if !slices.Contains(kinds, args[0]) {
				return usageError("rename: %q is nothing that can be renamed; want one of %s", args[0], strings.Join(kinds, ", "))
			}
			if args[1] == args[2] {
				return usageError("rename: it is called %s already", args[1])
			}
			return c.rename(specPaths([]string{path})[0], args[0], args[1], args[2])
		},
	}
	cmd.Flags().StringVar(&path, "spec", gen.SpecFile, "the spec, or its folder")
	c.addFormat(cmd)
	return cmd
}

func (c *console) rename(path, kind, from, to string) error {
	start := time.Now()
	var r *gen.Renaming
	all, err := editAndGenerate([]string{path}, func(w *work) ([]gen.Change, error) {
		if w.failed() {
			return nil, &codeError{w.findings}
		}
		var err error
		if r, err = gen.Rename(path, kind, from, to); err != nil {
			return nil, err
		}
		return r.Changes, nil
	})
	if err != nil {
		return c.failed(err)
	}
	for _, e := range r.Edits {
		c.say("%s: %s", gen.ShortPath(e.Path), lineList(e.Lines))
	}
	if r.Kept != "" {
		c.say("x-go-name keeps the Go name %s", r.Kept)
	}
	for _, w := range all {
		c.say("%s", w.summary(time.Since(start)))
	}
	var unsure []finding
	for _, u := range r.Unsure {
		unsure = append(unsure, newFinding(severityWarning, u.Pos, fmt.Sprintf("%s was left: it may not be that of the generated package", u.Name),
			fmt.Sprintf("rename it to %s if it is", u.To)))
	}
	c.findings(unsure)
	return c.conclude(all, 0)
}

// codeError says that the user's code has to be mended first.
type codeError struct{ findings []finding }

func (e *codeError) Error() string { return "your code has to be mended first; nothing was written" }

func lineList(lines []int) string {
	var list []string
	for _, l := range lines {
		list = append(list, fmt.Sprint(l))
	}
	if len(list) == 1 {
		return "line " + list[0]
	}
	return "lines " + strings.Join(list, ", ")
}
