package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// flagError says what is wrong with a flag in the words of this program.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var lacks *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usageError("%s: unknown flag -%s", cmd.Name(), unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown.GetSpecifiedName())
	case errors.As(err, &lacks):
		return usageError("%s: -%s has no value; want %s", cmd.Name(), lacks.GetFlag().Name, wantedValue(lacks.GetFlag()))
	case errors.As(err, &invalid):
		return usageError("%s: -%s cannot be %q; want %s", cmd.Name(), invalid.GetFlag().Name, invalid.GetValue(), wantedValue(invalid.GetFlag()))
	case errors.As(err, &syntax):
		return usageError("%s: %s is no flag", cmd.Name(), syntax.GetSpecifiedFlag())
	}
	return usageError("%s: %w", cmd.Name(), err)
}

// wantedValue says what a flag takes.
func wantedValue(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "int":
		return fmt.Sprintf("a whole number, such as -%s %s", f.Name, f.DefValue)
	}
	if f.DefValue != "" {
		return fmt.Sprintf("text, such as -%s %s", f.Name, f.DefValue)
	}
	return f.Usage
}

// ownErrors gives the commands that cobra adds the errors of the others.
func ownErrors(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if at, rest, err := root.Find(args); err != nil || len(rest) > 0 || at == nil {
					return unknownCommand(root, strings.Join(args, " "))
				}
				return nil
			}
		case "completion":
			var shells []string
			for _, shell := range cmd.Commands() {
				shell.Args = arguments(0, 0, "no argument")
				shells = append(shells, shell.Name())
			}
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if len(args) == 1 && slices.Contains(shells, args[0]) {
					return nil
				}
				return usageError("completion: want one shell, %s, got %s", strings.Join(shells, ", "), given(args))
			}
			cmd.RunE = func(*cobra.Command, []string) error { return nil } // the shells are commands of their own
		}
	}
}

// given names arguments for people.
func given(args []string) string {
	if len(args) == 0 {
		return "none"
	}
	var list []string
	for _, arg := range args {
		list = append(list, fmt.Sprintf("%q", arg))
	}
	return strings.Join(list, " ")
}

// arguments checks how many arguments a command got.
func arguments(low, high int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			return usageError("%s: want %s, got %s", cmd.Name(), what, given(args))
		}
		return nil
	}
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
		d := report.Distance(name, f.Name)
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
