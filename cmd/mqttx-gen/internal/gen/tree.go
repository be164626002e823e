package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Change is one file that is written or removed.
type Change struct {
	Path string
	Old  []byte // nil: the file does not exist
	New  []byte // nil: the file is removed
}

// WriteAll makes all changes or none: every file is written beside its place first, then all are moved there. If a
// move fails, those before it are taken back. Folders are made where they are missing. A file that other than Old lies
// in the place of is not overwritten: the error is then ErrStale. An interrupt ends it too, unless the moves have begun:
// then it is too late, and everything gets its place.
func WriteAll(changes []Change) error {
	w := &writer{stop: make(chan os.Signal, 1)}
	signal.Notify(w.stop, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(w.stop)
	err := w.stage(changes)
	if err == nil {
		err = w.move()
	}
	if err != nil {
		return errors.Join(err, w.undo())
	}
	return nil
}

// ErrStale says that a file is no longer what it was when it was read.
var ErrStale = errors.New("the file has changed since it was read")

// writer is one run of WriteAll.
type writer struct {
	stop   chan os.Signal
	staged []staged
	made   []string // folders, outermost first
	moved  int      // how many of staged are in place
}

type staged struct {
	Change
	place string // Path with symbolic links followed
	temp  string // "" for a removal
}

func (w *writer) stage(changes []Change) error {
	for _, c := range changes {
		select {
		case <-w.stop:
			return errors.New("write the files: interrupted")
		default:
		}
		s := staged{Change: c, place: c.Path}
		if real, err := filepath.EvalSymlinks(c.Path); err == nil {
			s.place = real
		}
		if c.New != nil {
			if err := w.mkdir(filepath.Dir(s.place)); err != nil {
				return err
			}
		}
		if err := current(s.place, c.Old); err != nil {
			return fmt.Errorf("write %s: %w", ShortPath(c.Path), cause(err))
		}
		if c.New != nil {
			temp, err := writeTemp(s.place, c.New)
			if err != nil {
				return fmt.Errorf("write %s: %w", ShortPath(c.Path), cause(err))
			}
			s.temp = temp
		}
		w.staged = append(w.staged, s)
	}
	return nil
}

// ShortPath is a path as people want to read it: relative where it lies below the working folder.
func ShortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return path
	}
	return rel
}

// cause is an error without the name of the file that it is about, which may be that of a temporary one.
func cause(err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// current checks that a file still holds what it held.
func current(path string, old []byte) error {
	now, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		now = nil
	case err != nil:
		return err
	case now == nil:
		now = []byte{}
	}
	if (now == nil) != (old == nil) || !slices.Equal(now, old) {
		return ErrStale
	}
	return nil
}

var errIrregular = errors.New("it is not a regular file")

// readFile reads a regular file. Others are not opened: a pipe waits for its writer, a device has no end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errIrregular}
	}
	return os.ReadFile(path)
}

// fileInTheWay returns the nearest of dir and the folders above it that exists, if it is no folder; "" otherwise.
func fileInTheWay(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return at
		case err == nil || at == filepath.Dir(at):
			return ""
		}
	}
}

// mkdir makes a folder and notes those that were missing.
func (w *writer) mkdir(dir string) error {
	if at := fileInTheWay(dir); at != "" {
		return fmt.Errorf("make the folder %s: %s is a file", ShortPath(dir), ShortPath(at))
	}
	var missing []string
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil {
			break
		}
		missing = append(missing, at)
	}
	slices.Reverse(missing)
	for _, at := range missing {
		if err := os.Mkdir(at, 0o777); err != nil {
			return fmt.Errorf("make the folder %s: %w", ShortPath(at), cause(err))
		}
		w.made = append(w.made, at)
	}
	return nil
}

// writeTemp writes data to a new file beside path, with the permissions of path if that exists.
func writeTemp(path string, data []byte) (temp string, err error) {
	mode := fs.FileMode(0)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.OpenFile(tempName(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return "", err
		}
	}
	return f.Name(), nil
}

// tempName is a name that go commands overlook and that no other process uses.
func tempName(path string) string {
	dir, base := filepath.Split(path)
	return filepath.Join(dir, fmt.Sprintf(".%s.%d.tmp", base, os.Getpid()))
}

func (w *writer) move() error {
	for _, s := range w.staged {
		var err error
		if s.temp == "" {
			err = os.Remove(s.place)
		} else {
			err = os.Rename(s.temp, s.place)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", ShortPath(s.Path), cause(err))
		}
		w.moved++
	}
	return nil
}

// undo puts back what was there before and removes what was added.
func (w *writer) undo() error {
	var failed []error
	for i, s := range w.staged {
		switch {
		case i >= w.moved && s.temp != "":
			failed = append(failed, os.Remove(s.temp))
		case i >= w.moved:
		case s.Old == nil:
			failed = append(failed, os.Remove(s.place))
		default:
			failed = append(failed, os.WriteFile(s.place, s.Old, 0o666))
		}
	}
	for _, dir := range slices.Backward(w.made) {
		failed = append(failed, os.Remove(dir))
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("put back what was there: %w", err)
	}
	return nil
}
