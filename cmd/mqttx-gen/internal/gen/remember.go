package gen

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// keptFor is how long the generated files of a package that nobody generates any more are kept.
const keptFor = 90 * 24 * time.Hour

// remembered is a generated package with which the user's code compiled last, while it does not compile with the one that
// there is now: later runs tell of the same lines, and of what became of the things that they use. It lies in the user's cache:
// what is generated follows from the spec alone.
type remembered struct {
	Out   string
	Files map[string][]byte // by path
}

// memory is the file for this package.
func (o *Output) memory() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(o.Out))
	return filepath.Join(cache, "mqttx-gen", "broken", hex.EncodeToString(sum[:16])+".json"), nil
}

// recall returns the generated files with which the user's code compiled last; nil if it is not known to be broken.
func (o *Output) recall() map[string][]byte {
	path, err := o.memory()
	if err != nil {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	data, err := os.ReadFile(path)
	var r remembered
	if err != nil || json.Unmarshal(data, &r) != nil || r.Out != o.Out {
		return nil // as good as none: the go command tells of what is broken too
	}
	return r.Files
}

// Remember notes, once everything is written, whether Broken has found anything, so that a later run tells of it again.
func (o *Output) Remember(broken bool) error {
	path, err := o.memory()
	if err != nil {
		return nil // a machine without a cache
	}
	if !broken {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("forget what was broken: %w", err)
		}
		return nil
	}
	data, err := json.Marshal(remembered{o.Out, o.base})
	if err != nil {
		return fmt.Errorf("note what is broken: %w", err)
	}
	dir := filepath.Dir(path)
	if os.MkdirAll(dir, 0o700) != nil {
		return nil // one that cannot be written is no reason to fail
	}
	dropOld(dir)
	temp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if os.WriteFile(temp, data, 0o600) != nil || os.Rename(temp, path) != nil {
		_ = os.Remove(temp)
	}
	return nil
}

// dropOld removes what belongs to projects that are gone.
func dropOld(dir string) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keptFor {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
