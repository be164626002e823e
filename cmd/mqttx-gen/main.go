// Command mqttx-gen compiles a YAML spec of topics, payloads and auth methods into a Go package whose typed methods,
// one for each topic, run on an MQTT server.
//
//	mqttx-gen init shop && cd shop && go run .
//
// Exit codes: 0 all is well, 1 the spec or the user's code is wrong, 2 wrong usage, 3 findings of generate -check, fmt -check,
// vet or breaking.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a short run with a small heap: a third of its time went into collecting
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes.
const (
	exitWrong    = 1 // the spec or the user's code
	exitUsage    = 2
	exitFindings = 3
)

// exitError ends the program with a code. What there is to say has been printed already, if err is nil.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// run is the whole program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot(&console{out: stdout, err: stderr})
	root.SetArgs(doubleDashes(args))
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	exit := &exitError{code: exitWrong, err: err}
	errors.As(err, &exit)
	if exit.err != nil {
		fmt.Fprintf(stderr, "mqttx-gen: %v\n", exit.err)
	}
	if exit.err != nil && exit.code == exitUsage {
		fmt.Fprintf(stderr, "`%s -help` shows how it is used\n", cmd.CommandPath())
	}
	return exit.code
}
