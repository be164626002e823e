package gen

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// marking is the file of a generated package that names the spec.
const marking = "spec_gen.go"

// leftOver finds packages below the folder of the spec that were generated from it when it named another folder under
// go: out. It returns the file of each that says so. Folders with a spec of the same name belong to that.
func (p *place) leftOver() ([]string, error) {
	var found []string
	err := filepath.WalkDir(p.dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if err := p.module.enter(at, e); err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(at, p.model.Spec)); err == nil && at != p.dir {
			return fs.SkipDir
		}
		file := filepath.Join(at, marking)
		if data, err := os.ReadFile(file); err == nil && at != p.out && p.wrote(data) {
			found = append(found, file)
		}
		return nil
	})
	return found, err
}

// wrote says whether a file was generated from a spec of this name.
func (p *place) wrote(data []byte) bool {
	words := bytes.Join(bytes.Fields(bytes.ReplaceAll(data, []byte("\n//"), nil)), []byte(" "))
	return generated(data) && bytes.Contains(words, []byte("generated from "+p.model.Spec))
}

// Stale says whether path, an import path of the spec's module, is not that of the generated package but of another
// generated one, or of a folder that is not there.
func (o *Output) Stale(path string) bool {
	m := o.place.module
	rel, ok := strings.CutPrefix(path+"/", m.path+"/")
	if !ok || path == o.Model.Path {
		return false
	}
	dir := filepath.Join(m.root, filepath.FromSlash(rel))
	if _, err := os.Stat(dir); err != nil {
		return true
	}
	data, err := os.ReadFile(filepath.Join(dir, marking))
	return err == nil && generated(data)
}
