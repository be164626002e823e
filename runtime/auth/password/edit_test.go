package password

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// only wants a folder to hold one file, so nothing temporary.
func only(t testing.TB, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(name) {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestEdit(t *testing.T) {
	const h = otherHash
	for _, tt := range []struct{ name, before, user, set, deleted string }{
		{"empty", "", "a", "a:" + h + "\n", ""},
		{"added", "# c\na:x" + h, "b", "", ""}, // broken
		{"behind a comment", "# c", "a", "# c\na:" + h + "\n", "# c\n"},
		{"no newline at the end", "b:" + h, "a", "b:" + h + "\na:" + h + "\n", "b:" + h + "\n"},
		{"in between", "# 1\n\n b\n", "a", "", ""}, // broken
		{"replaced", "# 1\r\n\r\na:" + sha512Of + " \t\r\n \t# 2\r\nb:" + h, "a", "# 1\r\n\r\na:" + h + " \t\r\n \t# 2\r\nb:" + h, "# 1\r\n\r\n \t# 2\r\nb:" + h},
		{"windows", "b:" + h + "\r\n", "a", "b:" + h + "\r\na:" + h + "\r\n", "b:" + h + "\r\n"},
		{"byte order mark", "\ufeffa:" + sha512Of + "\n", "a", "\ufeffa:" + h + "\n", "\ufeff"},
		{"only a byte order mark", "\ufeff", "a", "\ufeffa:" + h + "\n", "\ufeff"},
		{"last without newline", "b:" + h + "\na:" + sha512Of, "a", "b:" + h + "\na:" + h, "b:" + h + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "passwords")
			if err := os.WriteFile(name, []byte(tt.before), 0o640); err != nil {
				t.Fatal(err)
			}
			err := Set(name, tt.user, h)
			if tt.set == "" {
				if err == nil || !strings.Contains(err.Error(), ": line ") || read(t, name) != tt.before {
					t.Errorf("%v, %q", err, read(t, name))
				}
				only(t, name)
				return
			}
			if err != nil || read(t, name) != tt.set {
				t.Fatalf("set: %v\n%q, want\n%q", err, read(t, name), tt.set)
			}
			if info, _ := os.Stat(name); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v", info.Mode())
			}
			if err := Delete(name, tt.user); err != nil || read(t, name) != tt.deleted {
				t.Errorf("delete: %v\n%q, want\n%q", err, read(t, name), tt.deleted)
			}
			if err := Delete(name, tt.user); !errors.Is(err, ErrNoUser) || read(t, name) != tt.deleted {
				t.Errorf("delete again: %v", err)
			}
			only(t, name)
		})
	}
}

func TestCreate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "passwords")
	if err := Set(name, "a", otherHash); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("set without a file: %v", err)
	}
	if err := Create(name, "a", otherHash); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(name); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := Create(name, "b", otherHash); !errors.Is(err, fs.ErrExist) || read(t, name) != "a:"+otherHash+"\n" {
		t.Errorf("created twice: %v", err)
	}
	only(t, name)
	if err := Check(name); err != nil {
		t.Error(err)
	}
	if err := Create(filepath.Join(name, "x"), "b", otherHash); err == nil {
		t.Error("a file is a folder")
	}
}

// TestNothingIsSmuggled: no user and no hash adds a second line.
func TestNothingIsSmuggled(t *testing.T) {
	name := write(t, "a:"+otherHash)
	before := read(t, name)
	for user, h := range map[string]string{
		"": otherHash, "b\nc": otherHash, "b:c": otherHash, "#b": otherHash, " b": otherHash, "\ufeffb": otherHash, "b\r": otherHash,
		"c": "", "d": "plain", "e": otherHash + "\nroot:" + otherHash, "f": otherHash + " ", "g": sha512Of + "\n", "h": "$7$1$QUFB\nQUFBQUFB$" + otherHash[len(otherHash)-88:],
	} {
		if err := Set(name, user, h); err == nil || read(t, name) != before {
			t.Errorf("%q with %q: %v", user, h, err)
		}
	}
	only(t, name)
}

// TestLink: a file that is a link stays one.
func TestLink(t *testing.T) {
	name := write(t, "a:"+otherHash)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(name, link); err != nil {
		t.Skip(err)
	}
	if err := Set(link, "b", otherHash); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 || !strings.Contains(read(t, name), "\nb:") {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestMeanwhile: what somebody else writes at the same time is not lost.
func TestMeanwhile(t *testing.T) {
	name := write(t, "a:"+otherHash)
	err := edit(name, func(data []byte) ([]byte, error) {
		rewrite(t, name, "a:"+otherHash, "b:"+otherHash)
		return set(data, "c", otherHash)
	})
	if !errors.Is(err, errMeanwhile) || !strings.Contains(read(t, name), "\nb:") {
		t.Errorf("%v, %q", err, read(t, name))
	}
	only(t, name)
}

// TestMosquitto holds the package against mosquitto_passwd, both ways.
func TestMosquitto(t *testing.T) {
	path, err := exec.LookPath("mosquitto_passwd")
	if err != nil {
		t.Skip("mosquitto_passwd is not installed (Debian: mosquitto)")
	}
	name := filepath.Join(t.TempDir(), "passwords")
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	run("-c", "-b", name, "ann", "hunter2 $:#ü")
	run("-H", "sha512", "-b", name, "bob", "terces")
	v := verifier(t, Config{File: name, Reload: 1})
	check := func(user, password string, want bool) {
		t.Helper()
		if err := v.Verify(t.Context(), user, []byte(password)); (err == nil) != want {
			t.Errorf("%s %s: %v", user, password, err)
		}
	}
	check("ann", "hunter2 $:#ü", true)
	check("ann", "hunter2", false)
	check("bob", "terces", true)
	check("bob", "Terces", false)
	if err := Set(name, "carl", hashed(t, "third", low)); err != nil {
		t.Fatal(err)
	}
	run("-b", name, "ann", "new")
	run("-D", name, "bob")
	check("ann", "new", true)
	check("ann", "hunter2 $:#ü", false)
	check("bob", "terces", false)
	check("carl", "third", true)
}
