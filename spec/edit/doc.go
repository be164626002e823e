// Package edit changes the bytes of a spec and keeps what people wrote: comments, quotes, the order of keys. Format gives
// it the one form that specs have, Rename gives something in it another name.
//
// # Where things are
//
//	formatter.go, lines.go, flow.go   Format: what stands where, its lines, and what is within brackets
//	rename.go                         Rename, RenameFiles
//	extent.go                         where a value begins and ends
package edit
