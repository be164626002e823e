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
	return finding{severity, shortPath(pos.Filename), pos.Line, pos.Column, message, hint}
}

// findings joins what splice found and what the generated package had to keep into one list, sorted by place.
func findings(o *gen.Output, r *splice.Report) []finding {
	var list []finding
	for _, p := range r.Problems {
		severity := severityWarning
		if p.Severity == splice.Error {
			severity = severityError
		}
		list = append(list, newFinding(severity, p.Pos, p.Message, p.Hint))
	}
	for _, orphan := range r.Orphans {
		list = append(list, orphanFinding(orphan))
	}
	list = append(list, leftoverFindings(o, r)...)
	slices.SortStableFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// orphanFinding warns of a method whose topic is gone.
func orphanFinding(o splice.Orphan) finding {
	message := fmt.Sprintf("%s is never called: the spec no longer has its topic", o.Method)
	if o.Topic != "" {
		message = fmt.Sprintf("%s is never called: the spec no longer has a topic %q that clients publish to", o.Method, o.Topic)
	}
	hint := "the method is kept; remove it when you no longer need it"
	if o.Like != "" {
		hint = fmt.Sprintf("if the topic was renamed, move its code to %s and remove it", o.Like)
	}
	return newFinding(severityWarning, o.Pos, message, hint)
}

// leftoverFindings warns of other code that uses what is gone. What stands in an orphan has been told.
func leftoverFindings(o *gen.Output, r *splice.Report) []finding {
	var list []finding
	for name, pos := range o.Leftovers {
		told := slices.ContainsFunc(r.Orphans, func(o splice.Orphan) bool {
			return o.Pos.Filename == pos.Filename && o.Pos.Line <= pos.Line && pos.Line <= o.End
		})
		if !told {
			list = append(list, newFinding(severityWarning, pos,
				fmt.Sprintf("the spec no longer describes %s", name),
				fmt.Sprintf("it is kept in %s until nothing uses it", shortPath(filepath.Join(o.Out, gen.RemovedFile)))))
		}
	}
	slices.SortFunc(list, func(a, b finding) int { return cmp.Compare(a.Message, b.Message) })
	return list
}
