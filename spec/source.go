package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
)

// Files is where the other files of a spec are read. Names are relative to the folder of the spec, with slashes; they
// may begin with "..". Dir reads from disk.
type Files struct {
	// ReadFile returns what a file holds. One that does not exist is an error that is fs.ErrNotExist. If it is nil, a spec
	// that speaks of another file is wrong.
	ReadFile func(name string) ([]byte, error)
	// Glob returns the names of the files that match a pattern as path.Match has it. If it is nil, none does.
	Glob func(pattern string) ([]string, error)
}

// Dir returns the files on disk of a spec that lies in a folder.
func Dir(folder string) Files {
	at := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
	return Files{
		ReadFile: func(name string) ([]byte, error) { return readRegular(at(name)) },
		Glob: func(pattern string) ([]string, error) {
			found, err := filepath.Glob(at(pattern))
			var names []string
			for _, f := range found {
				info, statErr := os.Stat(f)
				rel, relErr := filepath.Rel(folder, f)
				if statErr == nil && relErr == nil && info.Mode().IsRegular() {
					names = append(names, filepath.ToSlash(rel))
				}
			}
			return names, err
		},
	}
}

// readRegular reads a file, and no more of it than a spec may have: a device has no end.
func readRegular(name string) ([]byte, error) {
	switch info, err := os.Stat(name); { // before it is opened: a pipe waits for its writer
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is a folder")}
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, syntax.MaxSource+1))
}

// sourceFiles returns what was read.
func (d *decoder) sourceFiles() []SourceFile {
	var list []SourceFile
	for _, s := range d.Sources {
		if s.Problem == "" {
			list = append(list, SourceFile{Name: s.Name, Data: s.Data, Schemas: !s.Main && !s.Spec})
		}
	}
	return list
}

// hashOf covers the bytes of all files and, where there are several, their names.
func hashOf(sources []SourceFile) string {
	h := sha256.New()
	for i, s := range sources {
		if i > 0 {
			fmt.Fprintf(h, "\n%s %d\n", s.Name, len(s.Data))
		}
		h.Write(s.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Locate gives findings in a spec, whose files are those of a Pos, the names that are shown and the text of their files,
// and sorts them.
func (f *File) Locate(list ErrorList) ErrorList {
	files := make([]*fileset.Source, len(f.Sources))
	for i, file := range f.Sources {
		files[i] = fileset.NewSource(f.Name, file.Name, file.Data, i == 0)
	}
	return fileset.Locate(files, list)
}
