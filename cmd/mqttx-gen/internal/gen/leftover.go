package gen

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// marking is the file of a generated package that names the spec.
const marking = "spec_gen.go"

// leftOver finds packages that were generated from this spec when it named another folder under go: out. It returns the
// file of each that says so. A package below the folder of another spec of the same name belongs to that, and so does one
// that such a spec generates somewhere else. Who left one that lies below neither is known only where there is no other spec.
func (p *place) leftOver() ([]string, error) {
	var found, others []string // others: specs of the same name
	err := filepath.WalkDir(p.module.root, func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if err := p.module.enter(at, e); err != nil {
			return err
		}
		spec := filepath.Join(at, p.model.Spec)
		if _, err := os.Lstat(spec); err == nil && at != p.dir {
			others = append(others, spec)
		}
		file := filepath.Join(at, marking)
		if data, err := readFile(file); err == nil && at != p.out && p.wrote(data) && p.owner(at, others) == p.dir {
			found = append(found, file)
		}
		return nil
	})
	if len(others) > 0 {
		found = slices.DeleteFunc(found, func(f string) bool { return !within(f, p.dir) })
	}
	return unclaimed(found, others), err
}

// owner returns the folder of the nearest spec above a folder; that of p if there is none.
func (p *place) owner(dir string, others []string) string {
	nearest := ""
	for _, at := range append(others, filepath.Join(p.dir, p.model.Spec)) {
		if at = filepath.Dir(at); within(dir, at) && len(at) > len(nearest) {
			nearest = at
		}
	}
	if nearest == "" {
		return p.dir
	}
	return nearest
}

func within(dir, above string) bool {
	return dir == above || strings.HasPrefix(dir, strings.TrimSuffix(above, string(filepath.Separator))+string(filepath.Separator))
}

// unclaimed drops the packages that other specs generate. One that cannot be read may generate any.
func unclaimed(packages, specs []string) []string {
	if len(packages) == 0 {
		return nil
	}
	outs := map[string]bool{}
	for _, at := range specs {
		file, _, err := Parse(at)
		if err != nil {
			return nil
		}
		outs[filepath.Join(filepath.Dir(at), filepath.FromSlash(file.Go.Out))] = true
	}
	return slices.DeleteFunc(packages, func(f string) bool { return outs[filepath.Dir(f)] })
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
	data, err := readFile(filepath.Join(dir, marking))
	return err == nil && generated(data)
}
