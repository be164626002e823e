package main

import (
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// brokenFindings names each place of the user's code that the new generated package breaks. If the code cannot be
// checked, that is told instead, and known is false: what is generated is written all the same.
func brokenFindings(o *gen.Output, r *splice.Report) (list []finding, known bool) {
	edited := map[string][]byte{}
	if r.Edit != nil {
		edited[r.Edit.Path] = r.Edit.New
	}
	broken, err := o.Broken(edited)
	if err != nil {
		at := token.Position{Filename: filepath.Join(o.Out, "types_gen.go"), Line: 1, Column: 1}
		return []finding{newFinding(severityWarning, at, "Go types have changed, and whether your code still compiles could not be checked: "+err.Error(),
			"run `go vet ./...`")}, false
	}
	for _, b := range broken {
		if told(r, b) {
			continue
		}
		list = append(list, newFinding(severityError, b.Pos, "no longer compiles: "+b.Message, strings.Join(b.Changes, "; ")))
	}
	return list, true
}

// told says whether splice has told of the same: methods of the handler that are not as the interface wants them.
func told(r *splice.Report, b gen.Broken) bool {
	wrong := slices.ContainsFunc(r.Problems, func(p splice.Problem) bool { return p.Severity == splice.Error })
	return wrong && (strings.Contains(b.Message, "missing method") || strings.Contains(b.Message, "wrong type for method"))
}
