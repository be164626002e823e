package password

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	text := "\ufeff# pumps: $6$ is old\r\n\r\nann:" + argon2Of + "\r\n  # indented\n\t \nBob Möller@x/y+#:" + sha512Of + " \nc:" + pbkdf2Of
	a, err := parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.users) != 3 {
		t.Errorf("%d users", len(a.users))
	}
	for _, user := range []string{"ann", "Bob Möller@x/y+#", "c"} {
		if h, ok := a.users[user]; !ok || !h.matches([]byte("secret")) {
			t.Errorf("%s: %v", user, ok)
		}
	}
	for _, empty := range []string{"", "\n", "\ufeff", "# x", "#\n\n"} {
		if a, err := parse([]byte(empty)); err != nil || len(a.users) != 0 || a.decoy.cost != defaultCost {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	good := "ann:" + otherHash + "\n"
	for text, want := range map[string]string{
		"ann":                       "line 1: there is no colon; a line is user:hash",
		"# x\n\n" + good + "bob:pw": "line 4: user \"bob\": what follows the user is no hash; never keep a password as it is; set the password anew with mqttx-gen passwd",
		good + good:                 "line 2: user \"ann\" stands in line 1 already",
		good + "bob:":               "line 2: user \"bob\": what follows",
		":" + otherHash:             "line 1: the user name is empty",
		" ann:" + otherHash:         "line 1: user name \" ann\" begins or ends with a space",
		"ann :" + otherHash:         "begins or ends with a space",
		"a\x00b:" + otherHash:       "line 1: user name \"a\\x00b\" holds a control character",
		"a\rb:" + otherHash:         "holds a control character",
		"a\x7f:" + otherHash:        "holds a control character",
		"a\u0085b:" + otherHash:     "holds a control character",
		"\xc3:" + otherHash:         "line 1: the user name is not UTF-8",
		"\xff\xfea\x00:\x00":        "line 1: the file is not UTF-8; save it so",
		strings.Repeat("a", 1025) + ":" + otherHash: "line 1: the user name has 1025 bytes, 1024 at most",
		"a:" + strings.Repeat("$", maxLine):         "line 1: it is longer than",
		good + "a:$argon2id$v=19$m=67108864,t=1,p=1$c2FsdHNhbHQ$a+14sZrM3WlHRqt5/WdCUV/JLk6EZ2msKUAUr2unNqI": "line 2: user \"a\": argon2id wants m=67108864 KiB of memory, 262144 (256 MiB) at most",
		"a:b:" + otherHash: "line 1: user \"a\": what follows the user is no hash",
	} {
		name := filepath.Join(t.TempDir(), "passwords")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(Config{File: name})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "password file "+name+": line ") {
			t.Errorf("%.60q: %v, want %q", text, err, want)
			continue
		}
		for _, secret := range []string{":pw", "a+14sZ", "AAAAAA"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells what is in the file: %v", err)
			}
		}
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	f, err := os.Create(big)
	if err == nil {
		err = f.Truncate(maxFile + 1)
		_ = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{filepath.Join(dir, "none"): "no such file or directory; mqttx-gen passwd -c ", dir: "it is not a file", big: "it is longer than 64 MiB", "": "field File is empty"} {
		if _, err := New(Config{File: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryPrefix reads a file that was cut off anywhere.
func TestEveryPrefix(t *testing.T) {
	text := "# c\r\nann:" + argon2Of + "\nbob:" + bcryptOf + "\nc:" + sha512Of + "\nd:" + pbkdf2Of + "\n"
	for i := range text {
		if a, err := parse([]byte(text[:i])); err == nil && strings.Count(text[:i], ":") != len(a.users) {
			t.Errorf("%q: %d users", text[:i], len(a.users))
		}
	}
}

// TestDecoy: an unknown user costs what most users do.
func TestDecoy(t *testing.T) {
	strong := hashed(t, "x", Settings{Memory: 16, Time: 2})
	for _, tt := range []struct {
		hashes []string
		want   int // of them
	}{
		{[]string{strong, hashed(t, "x", low), hashed(t, "y", low)}, 1},
		{[]string{bcryptOf}, 0},
		{[]string{otherHash, sha512Of, pbkdf2Of, pbkdf2Of}, 2},
		{[]string{sha512Of}, 0},
	} {
		text := ""
		for i, h := range tt.hashes {
			text += string(rune('a'+i)) + ":" + h + "\n"
		}
		a, err := parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := parseHash(tt.hashes[tt.want])
		if a.decoy.cost != want.cost {
			t.Errorf("%+v, want %+v", a.decoy.cost, want.cost)
		}
		if a.decoy.form == formBcrypt { // it must go all the way
			if _, err := parseHash(string(a.decoy.key)); err != nil {
				t.Error(err)
			}
		}
		if a.decoy.matches([]byte("secret")) {
			t.Error("the decoy takes a password")
		}
	}
}
