package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRoot builds the tree of commands.
func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "mqttx-gen",
		Short: "compile a YAML spec into a typed MQTT server package",
		Long: `mqttx-gen compiles a YAML spec (topic patterns, payload schemas, auth methods) into a Go package whose
typed methods, one for each topic, run on an MQTT server.

Start with:  mqttx-gen init shop && cd shop && go run .

Exit codes: 0 all is well; 1 the spec or your code is wrong; 2 wrong usage; 3 findings (generate -check, vet).
Flags may be written with one dash or two.`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%s: %w", cmd.Name(), err)
	})
	root.AddCommand(newInit(c), newGenerate(c), newVet(c), newExplain(c), newVersion(c))
	return root
}

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := ""
	if like := cmd.SuggestionsFor(name); len(like) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(like, " or "))
	}
	return usageError("unknown command %q%s", name, hint)
}

// arguments checks how many arguments a command got.
func arguments(low, high int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			return usageError("%s: want %s, got %d arguments", cmd.Name(), what, len(args))
		}
		return nil
	}
}

// doubleDashes gives long flags that are written as Go's tools write theirs, with one dash, the second one.
func doubleDashes(root *cobra.Command, args []string) []string {
	known := map[string]bool{"help": true}
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && len(name) > 1 && known[name] {
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}
