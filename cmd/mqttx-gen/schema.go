package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

func newSchema(c *console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of a spec, for editors",
		Long: `schema prints the JSON Schema of the language. With

    mqttx-gen schema -o mqttx.schema.json

and this first line in mqttx.yaml, an editor with the YAML language server completes and checks a spec while you type:

    # yaml-language-server: $schema=./mqttx.schema.json`,
		Args: arguments(0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if file != "" {
				return c.writeSchema(file)
			}
			_, err := c.out.Write(spec.JSONSchema())
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write it to this file")
	return cmd
}

// writeSchema writes the schema, unless the file holds it already.
func (c *console) writeSchema(file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	have, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("schema: %w", err)
	}
	if bytes.Equal(have, spec.JSONSchema()) {
		c.say("%s: unchanged", file)
		return nil
	}
	if err := gen.WriteAll([]gen.Change{{Path: path, Old: have, New: spec.JSONSchema()}}); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	c.say("%s: written", file)
	return nil
}
