package main

import (
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/spec/vet"
	"github.com/spf13/cobra"
)

func newVet(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vet [spec file or folder]...",
		Short: "find what is allowed in a spec but probably not meant",
		Long: `vet reads a spec and reports what is allowed but probably not meant. Exit code 3 if there is anything.

A finding is ignored where it stands:  x-vet-ignore: {MQX104: reason}`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.checkFormat(); err != nil {
				return err
			}
			return c.vet(specPaths(args))
		},
	}
	c.addFormat(cmd)
	return cmd
}

func (c *console) vet(paths []string) error {
	code := 0
	for _, path := range paths {
		file, source, err := gen.Parse(path)
		if err != nil {
			return c.failed(err)
		}
		if list := vet.Check(file); len(list) > 0 {
			code = exitFindings
			if err := c.diagnostics(list, source); err != nil {
				return err
			}
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
