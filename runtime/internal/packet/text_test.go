package packet

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestScanText holds the scan by words against the plain one, for every length up to several
// words and every place of a single byte of interest.
func TestScanText(t *testing.T) {
	for n := range 40 {
		for at := range max(n, 1) {
			for c := range 256 {
				s := bytes.Repeat([]byte{'a'}, n)
				if n > 0 {
					s[at] = byte(c)
				}
				checkScan(t, s)
			}
		}
	}
}

func TestScanTextRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "\x00\x01\x22\x23\x24\x2A\x2B\x2C\x7F\x80\xA3\xAB\xFFab"
	for range 100_000 {
		s := make([]byte, r.IntN(30))
		for i := range s {
			s[i] = letters[r.IntN(len(letters))]
		}
		checkScan(t, s)
	}
}

func checkScan(t *testing.T, s []byte) {
	t.Helper()
	got := scanText(s)
	if (got.zero != 0) != bytes.Contains(s, []byte{0}) {
		t.Fatalf("%q: zero = %x", s, got.zero)
	}
	if (got.wildcard != 0) != bytes.ContainsAny(s, "+#") {
		t.Fatalf("%q: wildcard = %x", s, got.wildcard)
	}
	ascii := bytes.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
	if (got.high != 0) == ascii {
		t.Fatalf("%q: high = %x", s, got.high)
	}
}

func TestCheckName(t *testing.T) {
	for s, want := range map[string]error{
		"a": nil, "/": nil, "$SYS/x": nil, "a b": nil, "\uFEFF": nil, "\uFFFF": nil, "\x01": nil,
		"": errNameEmpty, "+": errNameWildcard, "a/b/c/d/e/#": errNameWildcard,
		"a\x00": errText, "+\x00": errText, "\xED\xA0\x80": errText, "\xF4\x90\x80\x80": errText,
		"\xC1\xBF": errText, "\x80": errText,
	} {
		if err := checkName([]byte(s)); err != want {
			t.Errorf("%q: got %v, want %v", s, err, want)
		}
	}
}

func TestLegalText(t *testing.T) {
	long := strings.Repeat("x", maxField)
	for s, want := range map[string]string{
		"": "", "ok": "ok", "\uFEFFx": "\uFEFFx", "a\x00b": "ab", "\xFF": "\uFFFD",
		long: long, long + "y": long, long[1:] + "ä": long[1:], long[2:] + "ä": long[2:] + "ä",
	} {
		if got := legalText(s); got != want {
			t.Errorf("legalText(%.20q, %d bytes) = %.20q, %d bytes", s, len(s), got, len(got))
		}
	}
}
