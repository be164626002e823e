// Package overlap finds the patterns of topics that may describe the same name.
//
//	overlap.go   Index
package overlap
