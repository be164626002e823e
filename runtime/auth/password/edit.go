package password

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrNoUser says that a user who shall be deleted is not in the file.
var ErrNoUser = errors.New("there is no such user")

var errMeanwhile = errors.New("somebody else has changed it meanwhile; nothing was written, try again")

// Create makes a password file with one user, that its owner alone may read. A
// file that is there is left alone, with an error that is fs.ErrExist. hash is
// what Hash returns, or any other that a password file may hold.
func Create(file, user, hash string) error {
	err := create(file, user, hash)
	if err != nil {
		return fmt.Errorf("create password file %s: %w", file, err)
	}
	return nil
}

func create(file, user, hash string) error {
	data, err := set(nil, user, hash)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return fs.ErrExist
	}
	temp, err := writeTemp(file, data, nil)
	if err != nil {
		return err
	}
	// A link, unlike Rename, does not replace what has come up meanwhile.
	switch err = os.Link(temp, file); {
	case err == nil:
		err = os.Remove(temp)
	case errors.Is(err, fs.ErrExist):
		err = fs.ErrExist
	default: // a file system without links
		err = os.Rename(temp, file)
	}
	return finish(temp, file, err)
}

// Set gives a user of a password file a hash, as Hash returns it. A user who is
// not there is added at the end. All other lines stay as they are, byte for byte.
// The file is replaced as a whole, or not at all; it keeps its permissions and
// its owner. A broken file is left alone, with an error that names the line.
func Set(file, user, hash string) error {
	err := edit(file, func(data []byte) ([]byte, error) { return set(data, user, hash) })
	if err != nil {
		return fmt.Errorf("set user %q in password file %s: %w", user, file, err)
	}
	return nil
}

// Delete takes a user out of a password file, as Set puts one in. A user who is
// not there is ErrNoUser.
func Delete(file, user string) error {
	err := edit(file, func(data []byte) ([]byte, error) { return remove(data, user) })
	if err != nil {
		return fmt.Errorf("delete user %q in password file %s: %w", user, file, err)
	}
	return nil
}

// Check reads a password file and says what is wrong with it: the line, and what
// to do.
func Check(file string) error {
	data, _, err := readFile(file)
	if err == nil {
		_, err = readLines(data)
	}
	if err != nil {
		return fmt.Errorf("password file %s: %w", file, err)
	}
	return nil
}

// set returns the text of a file in which user has a hash.
func set(data []byte, user, text string) ([]byte, error) {
	if err := CheckUser(user); err != nil {
		return nil, err
	}
	if _, err := parseHash(text); err != nil {
		return nil, err
	}
	lines, err := readLines(data)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(lines, func(l line) bool { return l.user == user }); i >= 0 {
		l := lines[i]
		kept := data[l.start:l.end]
		body := bytes.TrimRight(kept, " \t\r\n")
		changed := slices.Concat(data[:l.start], []byte(user+":"+text), kept[len(body):], data[l.end:])
		return changed, checkSize(changed)
	}
	newline := "\n"
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		newline = "\r\n"
	}
	added := slices.Clone(data)
	if len(added) > 0 && !bytes.Equal(added, byteOrderMark) && added[len(added)-1] != '\n' {
		added = append(added, newline...)
	}
	added = append(added, user+":"+text+newline...)
	return added, checkSize(added)
}

func checkSize(data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("it would become longer than %d MiB", maxFile>>20)
	}
	return nil
}

// remove returns the text of a file without user's line.
func remove(data []byte, user string) ([]byte, error) {
	lines, err := readLines(data)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(lines, func(l line) bool { return l.user == user })
	if i < 0 {
		return nil, ErrNoUser
	}
	return slices.Concat(data[:lines[i].start], data[lines[i].end:]), nil
}

// edit replaces a file by what change makes of it.
func edit(file string, change func([]byte) ([]byte, error)) error {
	place, err := filepath.EvalSymlinks(file) // a link stays one
	if err != nil {
		return cause(err)
	}
	data, info, err := readFile(place)
	if err != nil {
		return err
	}
	if data, err = change(data); err != nil {
		return err
	}
	temp, err := writeTemp(place, data, info)
	if err != nil {
		return err
	}
	now, err := os.Stat(place)
	switch {
	case err != nil || !os.SameFile(now, info) || !now.ModTime().Equal(info.ModTime()) || now.Size() != info.Size():
		err = errMeanwhile
	default:
		err = os.Rename(temp, place)
	}
	return finish(temp, place, err)
}

// writeTemp writes a file beside the one that it shall become, with the
// permissions and the owner of that, or for its owner alone.
func writeTemp(place string, data []byte, like fs.FileInfo) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(place), "."+filepath.Base(place)+".*.tmp") // its mode is 0600
	if err != nil {
		return "", cause(err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if like != nil {
		if err := keepOwner(f, like); err != nil {
			return "", fmt.Errorf("keep its owner: %w", cause(err))
		}
		if err := f.Chmod(like.Mode().Perm()); err != nil {
			return "", fmt.Errorf("keep its permissions: %w", cause(err))
		}
	}
	if _, err := f.Write(data); err != nil {
		return "", cause(err)
	}
	return f.Name(), f.Sync()
}

// finish ends a change that went well with its folder on the disk, and another
// without the temporary file.
func finish(temp, place string, err error) error {
	if err != nil {
		_ = os.Remove(temp) // it may be gone
		return cause(err)
	}
	if dir, err := os.Open(filepath.Dir(place)); err == nil {
		_ = dir.Sync() // not every system can
		_ = dir.Close()
	}
	return nil
}

// cause returns what is wrong without the name of the file, which is said already.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
