package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

func newFmt(c *console) *cobra.Command {
	var check, diff bool
	cmd := &cobra.Command{
		Use:   "fmt [spec file or folder]...",
		Short: "bring a spec and the files it includes into the one form that specs have",
		Long: `fmt brings a spec into one form: two spaces for each level, lists one level below their key, one space after a colon
(columns of values stay columns), two spaces for each line within { } and [ ], no blanks at the end of a line, at most one empty
line in a row, LF at the end of lines.

Comments, quotes, the order of keys and what else stands inside of { } and [ ] stay as they are. What fmt made is read again
before it is written: a file that would say anything else is left alone, and named. Files that a spec includes are formatted
with it; files of schemas, and those in JSON, are not.

Without an argument the spec is mqttx.yaml in this folder.`,
		Example: `  mqttx-gen fmt                     writes mqttx.yaml
  mqttx-gen fmt -diff               shows what it would write
  mqttx-gen fmt -check a.yaml b/    exit code 3, and their names, if any is not in the form`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			return c.fmt(specPaths(args), check, diff)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; list the files that are not in the form and exit with 3")
	cmd.Flags().BoolVar(&diff, "diff", false, "write nothing; print what would change as a diff")
	c.addFormat(cmd)
	return cmd
}

// fmt formats every spec before it writes one.
func (c *console) fmt(paths []string, check, diff bool) error {
	var changes []gen.Change
	var failed []error
	seen := map[string]bool{} // specs may include the same file
	for _, path := range paths {
		list, err := gen.Format(path)
		if err != nil {
			failed = append(failed, err)
		}
		for _, change := range list {
			if at := gen.ShortPath(change.Path); !seen[at] {
				seen[at] = true
				changes = append(changes, change)
			}
		}
	}
	if len(failed) > 0 {
		return c.failed(errors.Join(failed...))
	}
	for _, change := range changes {
		if diff {
			if err := c.diff(change); err != nil {
				return err
			}
		} else {
			c.say("%s", gen.ShortPath(change.Path))
		}
	}
	if !check && !diff {
		if err := writeEdits(changes); err != nil {
			return err
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	if check && len(changes) > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}
