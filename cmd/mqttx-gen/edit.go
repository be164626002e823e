package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen"
	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/splice"
)

// writeEdits writes files that are the user's, all or none. One that is read-only is an error: where it lies, it could be
// replaced, which is not what its owner wants.
func writeEdits(changes []gen.Change) error {
	for _, c := range changes {
		info, err := os.Stat(c.Path)
		if err == nil && info.Mode().Perm()&0o200 == 0 {
			return fmt.Errorf("%s is read-only; nothing was written", gen.ShortPath(c.Path))
		}
	}
	return gen.WriteAll(changes)
}

// changesOf turns edits of the user's files over.
func changesOf(edits []splice.Edit) []gen.Change {
	var list []gen.Change
	for _, e := range edits {
		list = append(list, gen.Change{Path: e.Path, Old: e.Old, New: e.New})
	}
	return list
}

// editAndGenerate writes the edits that one function finds for each spec, and then generates. With an error all is as
// before.
func editAndGenerate(paths []string, edit func(*work) ([]gen.Change, error)) (all []*work, err error) {
	if _, err := buildAll(paths); err != nil {
		return nil, err
	}
	var done []gen.Change
	defer func() {
		if err == nil {
			return
		}
		for _, c := range slices.Backward(done) {
			err = errors.Join(err, gen.WriteAll([]gen.Change{{Path: c.Path, Old: c.New, New: c.Old}}))
		}
	}()
	for _, path := range paths { // one after the other: specs may share a handler
		w, err := build(path)
		if err != nil {
			return nil, err
		}
		edits, err := edit(w)
		if err != nil {
			return nil, err
		}
		if err := writeEdits(edits); err != nil {
			return nil, err
		}
		done = append(done, edits...)
	}
	return generate(paths, gen.WriteAll)
}
