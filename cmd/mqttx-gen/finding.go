package main

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// The severities of a finding.
const (
	severityError   = "error"   // the user has to mend something
	severityWarning = "warning" // the build stays as it is
)

// finding is something in the user's Go code that a person should look at.
type finding struct {
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"suggestion,omitempty"`
}

func newFinding(severity string, pos token.Position, message, hint string) finding {
	return finding{severity, gen.ShortPath(pos.Filename), pos.Line, pos.Column, message, hint}
}

// findings joins what splice found, what the generated package had to keep and what no longer compiles into one list,
// sorted by place.
func findings(o *gen.Output, r *splice.Report, list []finding) []finding {
	list = append(list, problemFindings(r.Problems)...)
	for _, orphan := range r.Orphans {
		list = append(list, orphanFinding(orphan))
	}
	list = append(list, leftoverFindings(o, r)...)
	for _, file := range o.LeftOver {
		list = append(list, newFinding(severityWarning, token.Position{Filename: file, Line: 1, Column: 1},
			fmt.Sprintf("the generated package in %s is left over: the spec says go: out: %s now", gen.ShortPath(filepath.Dir(file)), gen.ShortPath(o.Out)),
			"remove the folder's generated files when nothing uses them"))
	}
	for _, twice := range o.Twice {
		list = append(list, newFinding(severityWarning, token.Position{Filename: twice.Path, Line: 2, Column: 1},
			fmt.Sprintf("%s holds the Go of %s too: a program that links both panics when it starts", gen.ShortPath(twice.Other), twice.What),
			"let one spec take the Go type of the other: x-go-type in place of file and message"))
	}
	slices.SortStableFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

func problemFindings(problems []splice.Problem) []finding {
	var list []finding
	for _, p := range problems {
		severity := severityWarning
		if p.Severity == splice.Error {
			severity = severityError
		}
		list = append(list, newFinding(severity, p.Pos, p.Message, p.Hint))
	}
	return list
}

// orphanFinding warns of a method that nothing calls.
func orphanFinding(o splice.Orphan) finding {
	what, message := "topic", fmt.Sprintf("%s is never called: ", o.Method)
	switch o.Kind {
	case "auth":
		what = "auth method"
	case "event":
		what = "event"
	}
	hint := "the method is kept; `mqttx-gen prune` removes it when you no longer need it"
	if o.Like != "" {
		hint = fmt.Sprintf("if the %s was renamed, move its code to %s and remove it", what, o.Like)
	}
	switch {
	case o.Served != "":
		message += fmt.Sprintf("%s serves %s %q", o.Served, what, o.Key)
		hint = fmt.Sprintf("move its code to %s and remove it", o.Served)
	case o.Key == "":
		message += fmt.Sprintf("the spec no longer has its %s", what)
	case o.Kind == "topic":
		message += fmt.Sprintf("the spec no longer has a topic %q that clients publish to", o.Key)
	case o.Kind == "event":
		message += fmt.Sprintf("the spec no longer has an event %q", o.Key)
	default:
		message += fmt.Sprintf("the spec no longer has an auth method %q", o.Key)
	}
	return newFinding(severityWarning, o.Pos, message, hint)
}

// leftoverFindings warns of other code that uses what is gone. What stands in an orphan has been told.
func leftoverFindings(o *gen.Output, r *splice.Report) []finding {
	var list []finding
	for _, left := range o.Leftovers {
		told := slices.ContainsFunc(r.Orphans, func(o splice.Orphan) bool {
			return o.Pos.Filename == left.Pos.Filename && o.Pos.Line <= left.Pos.Line && left.Pos.Line <= o.End
		})
		if told {
			continue
		}
		message := fmt.Sprintf("the spec no longer describes %s", left.Name)
		if left.Method {
			message = fmt.Sprintf("%s only returns an error: the spec no longer describes what it did", left.Name)
		}
		list = append(list, newFinding(severityWarning, left.Pos, message,
			fmt.Sprintf("it is kept in %s until nothing uses it", gen.ShortPath(filepath.Join(o.Out, gen.RemovedFile)))))
	}
	return list
}
