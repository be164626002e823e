package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
)

func newVersion(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			return c.version()
		},
	}
}

func (c *console) version() error {
	_, err := fmt.Fprintf(c.out, "mqttx-gen %s %s %s/%s\n", gen.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
