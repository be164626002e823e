package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// newRoot builds the tree of commands.
func newRoot(c *console) *cobra.Command {
	version := false
	root := &cobra.Command{
		Use:   "mqttx-gen",
		Short: "compile a YAML spec into a typed MQTT server package",
		Long: `mqttx-gen compiles a YAML spec (topic patterns, payload schemas, auth methods) into a Go package whose
typed methods, one for each topic, run on an MQTT server.

Start with:  mqttx-gen init shop && cd shop && go run .

Exit codes: 0 all is well; 1 the spec or your code is wrong; 2 wrong usage; 3 findings (generate -check, fmt -check, vet,
breaking).
Flags may be written with one dash or two.`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return unknownCommand(cmd, args[0])
			case version:
				return c.version()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version")
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
			return unknownFlag(cmd, unknown.GetSpecifiedName())
		}
		return usageError("%s: %w", cmd.Name(), err)
	})
	root.AddCommand(newInit(c), newGenerate(c), newFmt(c), newVet(c), newBreaking(c), newRoutes(c), newSchema(c))
	root.AddCommand(newRename(c), newPrune(c), newExplain(c), newVersion(c))
	return root
}

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := ""
	if like := cmd.SuggestionsFor(name); len(like) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(like, " or "))
	}
	return usageError("unknown command %q%s", name, hint)
}

func unknownFlag(cmd *cobra.Command, name string) error {
	best, at := "", 3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		d := spec.Distance(name, f.Name)
		if strings.HasPrefix(f.Name, name) {
			d = 0
		}
		if d < at {
			best, at = f.Name, d
		}
	})
	hint := ""
	if best != "" {
		hint = fmt.Sprintf("; did you mean -%s?", best)
	}
	return usageError("%s: unknown flag -%s%s", cmd.Name(), name, hint)
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

// doubleDashes gives long flags that are written as Go's tools write theirs, with one dash, the second one. What is no
// flag gets it too, so that it is not read as several of one letter. Words that a shell asks to complete stay as they are.
func doubleDashes(args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[0], "__complete") {
		return args
	}
	out := make([]string, 0, len(args))
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if longFlag.MatchString(arg) {
			arg = "-" + arg
		}
		out = append(out, arg)
	}
	return out
}

var longFlag = regexp.MustCompile(`^-[A-Za-z][A-Za-z]`)
