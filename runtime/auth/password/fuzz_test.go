package password

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// FuzzParse: whatever a file holds, reading it does not panic, what it takes
// survives an edit, and all other bytes stay.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "\ufeff# x\r\n", "a:" + argon2Of + "\nb:" + bcryptOf + "\r\n\n#\nc:" + sha512Of + "\nd:" + pbkdf2Of, "a:$6$$", "a", ":", "a:$7$1$$\n",
		"a:" + otherHash + "\na:" + otherHash, "\xff\xfe", "a:$argon2id$v=19$m=67108864,t=1,p=1$$",
		"b:" + otherHash + "\r\nuser of the fuzz target:" + otherHash + "\r\nc:" + otherHash, "user of the fuzz target:" + argon2Of,
		"a:$argon2id$v=19$m=8,t=0,p=1$$", "a:$argon2id$v=19$m=8,t=1,p=0$$", "a:$argon2id$v=19$m=8,t=1,p=2$$", "a:$argon2id$v=19$m=262144,t=64,p=1$$",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		a, err := parse(data)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "line ") || strings.ContainsAny(text, "\n\r\x00") {
				t.Errorf("the error is %q", text)
			}
			return
		}
		const user = "user of the fuzz target"
		_, known := a.users[user]
		with, err := set(data, user, otherHash)
		if err != nil {
			t.Fatalf("set: %v", err)
		}
		if !bytes.Equal(data, before) {
			t.Fatal("set writes to what it was given")
		}
		b, err := parse(with)
		if err != nil {
			t.Fatalf("after set: %v", err)
		}
		if _, ok := b.users[user]; !ok || !known && len(b.users) != len(a.users)+1 {
			t.Fatalf("%d users, then %d", len(a.users), len(b.users))
		}
		without, err := remove(with, user)
		if err != nil {
			t.Fatal(err)
		}
		if !known && !bytes.HasPrefix(without, data) {
			t.Errorf("%q became %q", data, without)
		}
		c, err := parse(without)
		if err != nil {
			t.Fatalf("after remove: %v", err)
		}
		delete(a.users, user)
		if !reflect.DeepEqual(a.users, c.users) {
			t.Errorf("%q became %q: other users are not what they were", data, without)
		}
	})
}

// FuzzHash: a hash that is taken can be verified, within its caps.
func FuzzHash(f *testing.F) {
	for _, s := range []string{argon2Of, bcryptOf, sha512Of, pbkdf2Of, otherHash, "$argon2id$v=19$m=8,t=1,p=1$$", "$2b$31$", "$7$2000000$a$a", "$6$rounds=1$"} {
		f.Add(s, []byte("secret"))
	}
	f.Fuzz(func(t *testing.T, text string, password []byte) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		expensive := map[form]bool{
			formArgon2id: h.memory > 64 || h.time > 2, formBcrypt: h.time > 5, formPBKDF2: h.time > 200,
		}
		if h.memory > maxMemory || h.threads > maxThreads || h.form == formBcrypt && h.time > maxBcryptCost || h.time > maxIterations {
			t.Fatalf("cost %+v is taken", h.cost)
		}
		if expensive[h.form] {
			return
		}
		matched := h.matches(password)
		if again, _ := parseHash(text); again.matches(password) != matched {
			t.Error("it depends on the time")
		}
	})
}
