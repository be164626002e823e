package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
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
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newInit(c), newGenerate(c), newFmt(c), newVet(c), newBreaking(c), newRoutes(c), newSchema(c))
	root.AddCommand(newRename(c), newPrune(c), newExplain(c), newPasswd(c), newVersion(c))
	ownErrors(root)
	completions(root)
	return root
}

// doubleDashes gives long flags that are written as Go's tools write theirs, with one dash, the second one. What is no
// flag gets it too, so that it is not read as several of one letter. The word that a shell asks to complete stays as it is: the
// shell wants it to go on as it begins.
func doubleDashes(args []string) []string {
	if len(args) > 1 && strings.HasPrefix(args[0], "__complete") {
		last := len(args) - 1
		return append(append([]string{args[0]}, doubleDashes(args[1:last])...), args[last])
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
