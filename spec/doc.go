// Package spec is the language of mqttx.yaml: it reads a spec, finds everything that is wrong with it at once, and
// returns a model in which every default is filled in and every name is resolved.
//
// Parse and Load read. Their error is an ErrorList, which Render prints with the line and a caret. Vet finds what is
// allowed but probably not meant. Explain says what a code means. README.md is the reference of the language.
//
// All functions may be called from any goroutine; nothing here keeps state.
package spec
