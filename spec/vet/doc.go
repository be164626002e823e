// Package vet finds what is allowed in a spec but probably not meant: what no client can reach, what everyone can, settings
// without effect. Its codes are MQX1xx, which package report explains.
//
// # Where things are
//
//	vet.go      Check; patterns, directions, topics that take names from others
//	topics.go   what is never used or never reached; bindings and replies that do not fit each other
//	auth.go     auth methods whose clients may do nothing, or that are not what they seem
//	unions.go   alternatives that nothing tells apart
package vet
