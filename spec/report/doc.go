// Package report says what is wrong with a spec: diagnostics with their places, how they are printed, and what their
// codes mean. It knows nothing of the language itself.
//
// All functions may be called from any goroutine; nothing here keeps state.
//
// # Where things are
//
//	diagnostic.go          Pos, Diagnostic, ErrorList
//	render.go              Render: the lines around a place, and a caret; or JSON
//	suggest.go             what was probably meant
//	explain.go, codes.md   what a code means
package report
