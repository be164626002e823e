// Package conformance holds tests only: what an MQTT server must do, line by
// line, said by raw clients to a server in memory and in virtual time, in each
// protocol version where it applies; and a model test, which holds random
// operations against a small reference of the standard.
//
// Each file is a section, each row of its table a script (see script_test.go).
// After each script a well-behaved pair of clients must still be served.
// README.md lists the lines with their tests; TestTable keeps it true.
package conformance
