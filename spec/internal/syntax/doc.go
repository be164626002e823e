// Package syntax turns the text of one file, YAML or JSON, into nodes. It says where each of them stands, and what is wrong
// with a text that is none.
//
// # Where things are
//
//	reader.go        Reader: one file, and what is wrong with it; the names of files
//	place.go         the place of a node, and of a part of a text
//	yaml.go, json.go text to nodes
//	mistake.go       what is wrong with a line that is not YAML, in words that say what to do about it
//	walk.go          aliases, keys that stand twice, tags
package syntax
