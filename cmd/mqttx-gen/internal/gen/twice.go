package gen

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Twice is Go of a .proto file that another generated package of the module has too. A program that links both panics when
// it starts: the runtime of protobuf takes each file and each message once.
type Twice struct {
	Path  string // of this spec
	Other string
	What  string // "frame.proto" or "message Frame of package fleetv1"
}

// protoTwice looks through the module for Go of the .proto files of this spec, and for messages of the same names.
func (p *place) protoTwice() ([]Twice, error) {
	if len(p.messages) == 0 {
		return nil, nil
	}
	var found []Twice
	err := filepath.WalkDir(p.module.root, func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && at == p.out:
			return filepath.SkipDir
		case e.IsDir():
			return p.module.enter(at, e)
		case !strings.HasSuffix(at, ".pb.go") || !e.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		for _, own := range sortedKeys(p.messages) {
			if what := sameProto(p.messages[own], data); what != "" {
				found = append(found, Twice{own, at, what})
			}
		}
		return nil
	})
	return found, err
}

// sameProto says what two files of Go for .proto files both register.
func sameProto(a, b []byte) string {
	source, other := afterPrefix(a, "// source: "), afterPrefix(b, "// source: ")
	name, otherName := afterPrefix(a, "package "), afterPrefix(b, "package ")
	if source != "" && source == other {
		return source
	}
	if name != otherName {
		return ""
	}
	for line := range bytes.Lines(a) {
		rest, ok := bytes.CutPrefix(line, []byte("func (x *"))
		message, method, _ := bytes.Cut(rest, []byte(") "))
		if !ok || !bytes.HasPrefix(method, []byte("ProtoReflect()")) {
			continue
		}
		if bytes.Contains(b, line) {
			return "message " + string(message) + " of package " + name
		}
	}
	return ""
}

// afterPrefix is what follows at the first line that begins so.
func afterPrefix(data []byte, prefix string) string {
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte(prefix)); ok {
			return string(bytes.TrimSpace(rest))
		}
	}
	return ""
}
