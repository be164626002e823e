package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

func newBreaking(c *console) *cobra.Command {
	var against, level string
	cmd := &cobra.Command{
		Use:   "breaking -against git:REVISION|FILE|FOLDER [spec file or folder]",
		Short: "find changes of a spec that break devices or Go code",
		Long: `breaking compares a spec with an older one and names every change that breaks somebody. Exit code 3 if there is any.

  mqttx-gen breaking -against git:main
  mqttx-gen breaking -against git:v1.2.0 -level source

git:REVISION is the same file as it was in that commit, branch or tag, git:REVISION:PATH another one; nothing is checked
out. Payloads are judged by who sends them: what clients send may only be loosened, what the server sends only tightened.
-level wire looks at what devices see, -level source also at Go code that uses the generated package.
"mqttx-gen explain MQX201" says what a code means.`,
		Args: arguments(0, 1, "at most one spec"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			if against == "" {
				return usageError("breaking: say what to compare with: -against git:main, or a file or folder")
			}
			if l := breaking.Level(level); l != breaking.Wire && l != breaking.Source {
				return usageError("breaking: unknown -level %q; want wire or source", level)
			}
			return c.breaking(specPaths(args)[0], against, breaking.Level(level))
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "the older spec: git:REVISION, git:REVISION:PATH, a file or a folder")
	cmd.Flags().StringVar(&level, "level", string(breaking.Wire), "what is not to break: wire (devices) or source (Go code too)")
	c.addFormat(cmd)
	return cmd
}

func (c *console) breaking(path, against string, level breaking.Level) error {
	now, source, err := gen.Parse(path)
	if err != nil {
		return c.failed(err)
	}
	old, err := readOld(against, path)
	if err != nil {
		return c.failed(err)
	}
	messages, err := gen.Messages(path, now)
	if err != nil {
		return c.failed(err)
	}
	list := breaking.CompareVersions(breaking.Version{File: old.file, Messages: old.messages}, breaking.Version{File: now, Messages: messages}, level)
	if err := c.breaks(list, &version{now, path, source, messages}, old); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	switch len(list) {
	case 0:
		c.say("%s: nothing breaks against %s", gen.ShortPath(path), old.name)
		return nil
	case 1:
		c.say("1 breaking change against %s", old.name)
	default:
		c.say("%d breaking changes against %s", len(list), old.name)
	}
	return &exitError{code: exitFindings}
}

// version is a spec as it was at one time.
type version struct {
	file   *spec.File
	name   string // "mqttx.yaml", "main:mqttx.yaml"
	source []byte

	messages map[*spec.Payload]*proto.Message // what its .proto files say
}

// fileOf returns the name and the bytes of a file of the spec.
func (v *version) fileOf(name string) (string, []byte) {
	if name == "" {
		return v.name, v.source
	}
	for _, s := range v.file.Sources {
		if s.Name == name {
			return filepath.Join(filepath.Dir(v.name), filepath.FromSlash(name)), s.Data
		}
	}
	return filepath.Join(filepath.Dir(v.name), filepath.FromSlash(name)), nil
}

// breaks prints findings, those of one file together.
func (c *console) breaks(list []breaking.Finding, now, old *version) error {
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Gone == list[0].Gone && list[n].Pos.File == list[0].Pos.File {
			n++
		}
		v := now
		if list[0].Gone {
			v = old
		}
		name, source := v.fileOf(list[0].Pos.File)
		if err := c.breaksIn(list[:n], name, source); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (c *console) breaksIn(list []breaking.Finding, name string, source []byte) error {
	var out spec.ErrorList
	for _, f := range list {
		d := spec.Diagnostic{
			File: name, Line: f.Pos.Line, Column: f.Pos.Column, EndColumn: f.Pos.EndColumn,
			Code: f.Code, Message: f.Message + "; breaks " + f.Breaks, Suggestion: f.Hint,
		}
		if c.format != "json" {
			out = append(out, d)
			continue
		}
		d.Message = f.Message
		c.report = append(c.report, struct {
			Severity string `json:"severity"`
			spec.Diagnostic
			From   string `json:"from"`
			To     string `json:"to"`
			Breaks string `json:"breaks"`
			Gone   bool   `json:"gone"` // the place is one of the older spec
		}{d.Severity(), d, f.From, f.To, f.Breaks, f.Gone})
	}
	if out == nil {
		return nil
	}
	return c.diagnostics(out, source)
}

// readOld reads the spec to compare with.
func readOld(against, path string) (*version, error) {
	if rev, ok := cutGit(against); ok {
		return readRevision(rev, path)
	}
	name := specPaths([]string{against})[0]
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("breaking: -against %s: there is no such file; a branch, tag or commit is written git:NAME", against)
	}
	file, source, err := gen.Parse(name)
	if err != nil {
		return nil, oldError(err, name)
	}
	messages, err := gen.Messages(name, file)
	return &version{file, name, source, messages}, err
}

// oldError says that an error is about the older spec.
func oldError(err error, name string) error {
	var bad *gen.SpecError
	if errors.As(err, &bad) {
		return err
	}
	return fmt.Errorf("breaking: -against %s: %w", name, err)
}
