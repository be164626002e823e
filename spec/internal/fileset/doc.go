// Package fileset is the files of one spec: the spec itself, and those that it includes or refers to. It reads each once,
// and knows in which of them a node stands.
//
// # Where things are
//
//	set.go       Set: what is read, the place of a node, what is wrong with any file
//	source.go    Source: one file, and what it calls others
//	pointer.go   Pointer, Spot: the way to a value in a file
package fileset
