package password

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Hashes of the password "secret" that other programs made: the
// reference library of argon2, crypt(3) of libxcrypt, and mosquitto_passwd 2.0.11.
const (
	argon2Of  = "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$a+14sZrM3WlHRqt5/WdCUV/JLk6EZ2msKUAUr2unNqI"
	bcryptOf  = "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
	sha512Of  = "$6$R7CR6sVvx/PmJFlp$zx7cjns6XJhqEfkxBn2kXTpSK7hVaJj3Kx8ZEG1P11jseezs/45WJ/yYsZ7TgOTndp497J37afE/CY5cl8JoSQ=="
	pbkdf2Of  = "$7$101$noAz1GrPIvyL9/5u$NuVX0qL0efoU1OSmedRYvV+zQplY9Nipl8/ZnvucZAU50vQykeEnethq1KK3NxnI2zzINz/bBKybr3rdmRc2+Q=="
	otherHash = "$7$1$c2FsdHNhbHQ=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
)

// low are settings that cost little.
var low = Settings{Memory: 8, Time: 1}

func hashed(t testing.TB, password string, s Settings) string {
	t.Helper()
	text, err := Hash([]byte(password), s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// write writes a password file and returns its name.
func write(t testing.TB, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "passwords")
	rewrite(t, name, lines...)
	return name
}

func rewrite(t testing.TB, name string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"argon2id": argon2Of, "bcrypt": bcryptOf, "bcrypt 2a": strings.Replace(bcryptOf, "$2b$", "$2a$", 1),
		"bcrypt 2y": strings.Replace(bcryptOf, "$2b$", "$2y$", 1), "$6$": sha512Of, "$7$": pbkdf2Of,
		"Hash argon2id": hashed(t, "secret", low), "Hash bcrypt": hashed(t, "secret", Settings{Algorithm: Bcrypt, Cost: 4}),
		"Hash": hashed(t, "secret", Settings{}),
	} {
		h, err := parseHash(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !h.matches([]byte("secret")) {
			t.Errorf("%s: the password is not taken", name)
		}
		for _, wrong := range []string{"", "Secret", "secret ", "secre", "secret\x00"} {
			if h.matches([]byte(wrong)) {
				t.Errorf("%s: %q is taken", name, wrong)
			}
		}
	}
}

func TestHash(t *testing.T) {
	a, b := hashed(t, "secret", low), hashed(t, "secret", low)
	if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Errorf("%s\n%s", a, b)
	}
	if text := hashed(t, "x", Settings{}); !strings.HasPrefix(text, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("defaults: %s", text)
	}
	if text := hashed(t, "x", Settings{Algorithm: Bcrypt}); !strings.HasPrefix(text, "$2a$10$") {
		t.Errorf("defaults: %s", text)
	}
	for want, tt := range map[string]struct {
		password string
		s        Settings
	}{
		"it is empty":                              {"", low},
		"65535 at most":                            {strings.Repeat("x", 65536), low},
		"no algorithm \"md5\"; take argon2id":      {"x", Settings{Algorithm: "md5"}},
		"m=4 KiB of memory, and needs at least 8":  {"x", Settings{Memory: 4}},
		"m=262145 KiB of memory, 262144 (256 MiB)": {"x", Settings{Memory: 262145}},
		"t=33 passes":                              {"x", Settings{Time: 33}},
		"p=17 lanes":                               {"x", Settings{Threads: 17}},
		"bcrypt takes 72 at most":                  {strings.Repeat("x", 73), Settings{Algorithm: Bcrypt, Cost: 4}},
		"bcrypt's cost is 17":                      {"x", Settings{Algorithm: Bcrypt, Cost: 17}},
		"bcrypt's cost is 3":                       {"x", Settings{Algorithm: Bcrypt, Cost: 3}},
	} {
		if text, err := Hash([]byte(tt.password), tt.s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, %v; want %q", text, err, want)
		}
	}
}

// TestHostileHashes: what is wrong is said, and nothing of the text.
func TestHostileHashes(t *testing.T) {
	salt, key := "c2FsdHNhbHQ", strings.Repeat("A", 43)
	argon := func(parameters string) string { return "$argon2id$v=19$" + parameters + "$" + salt + "$" + key }
	if _, err := parseHash(argon("m=8,t=1,p=1")); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("QUJD", 43) // 129 bytes
	for text, want := range map[string]error{
		"": errPlain, "swordfish": errPlain, "$": errUnknown, "$$": errUnknown, "$1$abc$def": errUnknown, "$y$j9T$a$b": errUnknown,
		"$swordfish": errUnknown, "$swordfish$": errUnknown, "$argon2i$v=19$m=8,t=1,p=1$a$b": errOther, "$argon2d$": errOther,
		"$argon2id$": errArgon, "$argon2id$m=8,t=1,p=1$" + salt + "$" + key: errArgon, "$argon2id$v=16$m=8,t=1,p=1$" + salt + "$" + key: errArgon,
		argon(""): errArgon, argon("m=8,t=1"): errArgon, argon("t=1,m=8,p=1"): errArgon, argon("m=8,t=1,p=1,keyid=x"): errArgon,
		argon("m=-8,t=1,p=1"): errArgon, argon("m=+8,t=1,p=1"): errArgon, argon("m=08,t=1,p=1"): errArgon, argon("m=4294967296,t=1,p=1"): errArgon,
		argon("m=67108864,t=1,p=1"): nil, argon("m=262145,t=1,p=1"): nil, argon("m=262144,t=9,p=1"): nil, argon("m=8,t=0,p=1"): nil,
		argon("m=8,t=33,p=1"): nil, argon("m=8,t=4294967295,p=1"): nil, argon("m=8,t=1,p=0"): nil, argon("m=7,t=1,p=1"): nil,
		argon("m=4096,t=1,p=17"): nil, argon("m=4096,t=1,p=256"): nil, argon("m=15,t=1,p=2"): nil,
		argon("m=8,t=1,p=1") + "=": errArgon, argon("m=8,t=1,p=1") + "$": errArgon, argon("m=8,t=1,p=1") + "\x00": errSigns,
		"$argon2id$v=19$m=8,t=1,p=1$$" + key: nil, "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$": nil,
		"$argon2id$v=19$m=8,t=1,p=1$" + salt + "$QUJD": nil, "$argon2id$v=19$m=8,t=1,p=1$" + long + "$" + key: nil,
		"$2b$": errBcrypt, "$2b$10$": errBcrypt, strings.Replace(bcryptOf, "$2b$", "$2x$", 1): errUnknown, bcryptOf + "A": errBcrypt,
		bcryptOf[:59]: errBcrypt, bcryptOf[:59] + "=": errBcrypt, "$2b$xx" + bcryptOf[6:]: errBcrypt, "$2b$+4" + bcryptOf[6:]: errBcrypt,
		"$2b$03" + bcryptOf[6:]: nil, "$2b$17" + bcryptOf[6:]: nil, "$2b$31" + bcryptOf[6:]: nil, "$2b$99" + bcryptOf[6:]: nil,
		"$6$": errSHA512, "$6$a": errSHA512, "$6$$": errSHA512, sha512Of + "=": errSHA512, sha512Of[:len(sha512Of)-4]: errSHA512,
		"$6$rounds=5000$saltsalt$" + strings.Repeat("A", 86): errCrypt, "$6$saltsalt$" + strings.Repeat("A", 86): errCrypt,
		"$6$QUJD$" + otherHash[len(otherHash)-88:]: nil,
		"$7$": errPBKDF2, "$7$1$": errPBKDF2, "$7$1$$": errPBKDF2, "$7$x" + otherHash[4:]: errPBKDF2, "$7$0" + otherHash[4:]: nil,
		"$7$-1" + otherHash[4:]: errPBKDF2, "$7$2000001" + otherHash[4:]: nil, "$7$99999999999999999999" + otherHash[4:]: errPBKDF2,
		strings.Repeat("$", 513): errLong, "$6$" + strings.Repeat("A", 600): errLong,
	} {
		_, err := parseHash(text)
		if err == nil || want != nil && err != want {
			t.Errorf("%s: %v, want %v", text, err, want)
			continue
		}
		for _, secret := range []string{"swordfish", salt, key, "rounds=5000"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells it: %v", text, err)
			}
		}
	}
}
