package main

import (
	"github.com/spf13/cobra"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/breaking"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"github.com/mqttx-gen/mqttx-gen/templates/scaffold"
)

// completions tells shells which values there are: of flags, and of arguments that are not files.
func completions(root *cobra.Command) {
	values := map[string][]cobra.Completion{
		"format":   formats,
		"template": scaffold.Templates(),
		"level":    {string(breaking.Wire), string(breaking.Source)},
	}
	for _, cmd := range root.Commands() {
		for name, list := range values {
			if cmd.Flags().Lookup(name) == nil {
				continue
			}
			// It fails for a flag that is not there, and on the second time.
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
		}
		switch cmd.Name() {
		case "explain":
			cmd.ValidArgsFunction = completeCode
		case "rename":
			cmd.ValidArgsFunction = completeName
		case "init":
			cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
		}
	}
}

// completeCode lists the codes that explain knows.
func completeCode(_ *cobra.Command, args []string, _ string) (list []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, code := range report.Codes() {
		doc, _ := report.Explain(code)
		list = append(list, cobra.CompletionWithDesc(code, doc.Title))
	}
	for _, code := range breaking.Codes() {
		doc, _ := breaking.Explain(code)
		list = append(list, cobra.CompletionWithDesc(code, doc.Title))
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// completeName lists what rename can rename: the kinds, then what the spec has of one. A spec that is wrong has nothing.
func completeName(cmd *cobra.Command, args []string, _ string) (list []cobra.Completion, _ cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return kinds, cobra.ShellCompDirectiveNoFileComp
	case 1:
		path, err := cmd.Flags().GetString("spec")
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		list = namesOf(specPaths([]string{path})[0], args[0])
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// namesOf returns the names of one kind in the spec at path.
func namesOf(path, kind string) (list []string) {
	file, _, err := gen.Parse(path)
	if err != nil {
		return nil
	}
	switch kind {
	case "topic":
		for _, t := range file.Topics {
			list = append(list, t.Name)
		}
	case "auth":
		for _, a := range file.Auth {
			list = append(list, a.Name)
		}
	case "payload":
		for _, p := range file.Payloads {
			list = append(list, p.Name)
		}
	case "event":
		for _, e := range file.Events {
			list = append(list, e.Name)
		}
	}
	return list
}
