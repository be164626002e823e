package spec

import "github.com/mqttx-gen/mqttx-gen/spec/report"

// What the model and the errors of this package are made of; package report prints and explains it.
type (
	// Pos is a place in a spec.
	Pos = report.Pos
	// Diagnostic is one finding at one place of a spec.
	Diagnostic = report.Diagnostic
	// ErrorList is everything that is wrong with a spec, sorted by position.
	ErrorList = report.ErrorList
)
