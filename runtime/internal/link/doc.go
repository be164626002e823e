// Package link runs one connection: it reads packets, obeys them in their
// order, answers, and ends well.
//
// A Link has one goroutine, which reads, calls user code and closes. Other
// goroutines reach it in one way only: they leave a letter in its mailbox and
// wake it. The road of a PUBLISH through this package is publish.go.
package link
