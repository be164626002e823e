package auth

import (
	"encoding/base64"
	"testing"
)

func TestHasToken(t *testing.T) {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for text, want := range map[string]bool{
		part(`{"alg":"x"}`) + "." + part("{}") + "." + part("s"):          true,
		part(`{}`) + "." + part("{}") + ".":                               false, // nobody has signed it
		part(`{}`) + "." + part("{}"):                                     false,
		part(`{}`) + "." + part("{}") + "." + part("s") + "." + part("t"): false,
		part(`x`) + "." + part("{}") + "." + part("s"):                    false,
		part(`{}`) + ".=." + part("s"):                                    false,
		"a.b.c":                                                           false, "..": false, "": false, "secret": false,
	} {
		user, password := &Connect{UserName: text}, &Connect{Password: []byte(text)}
		if user.HasToken("user") != want || password.HasToken("password") != want || user.HasToken("password") || password.HasToken("user") {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func TestStep(t *testing.T) {
	if s := Done([]byte("x")); !s.Done || string(s.Data) != "x" {
		t.Errorf("%+v", s)
	}
	if s := Continue([]byte("x")); s.Done || string(s.Data) != "x" {
		t.Errorf("%+v", s)
	}
}
