package password

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// The caps of what a hash in a file may cost: who verifies a password does the
// work for everybody who can reach the server.
const (
	maxMemory     = 256 << 10 // KiB of argon2id
	maxTime       = 32        // its passes
	maxWork       = 2 << 20   // KiB times passes
	maxThreads    = 16        // its lanes
	maxBcryptCost = 16
	maxIterations = 2_000_000 // of PBKDF2-HMAC-SHA512
	minSalt       = 8         // bytes; mosquitto's have 12
	maxSalt       = 128
	minKey        = 16
	maxKey        = 128
	maxHash       = 512 // bytes of the text of a hash
)

// form is one of the ways to hash a password.
type form byte

const (
	formArgon2id form = iota
	formBcrypt
	formSHA512 // mosquitto's $6$, one SHA-512 of password and salt
	formPBKDF2 // mosquitto's $7$, PBKDF2-HMAC-SHA512
)

// cost is what it takes to hash a password, and of what length the result is.
type cost struct {
	form    form
	threads uint8
	memory  uint32 // KiB
	time    uint32 // passes, iterations, or bcrypt's logarithm of them
	key     int    // bytes
}

// hash is what a file keeps of one password. It is never printed.
type hash struct {
	cost
	salt []byte
	key  []byte // of bcrypt the whole text
}

// The ways in which the text of a hash is wrong. None of them holds any of it:
// it may be a password that somebody forgot to hash.
var (
	errPlain   = errors.New("what follows the user is no hash; never keep a password as it is")
	errSigns   = errors.New("the hash holds a space, a line end or what is not ASCII")
	errUnknown = errors.New("the hash has a form that is not known here, which are argon2id ($argon2id$), bcrypt ($2a$, $2b$, $2y$) and mosquitto's $6$ and $7$")
	errCrypt   = errors.New("the hash is that of crypt(3) for accounts of a system, not mosquitto's $6$salt$hash")
	errOther   = errors.New("the hash is argon2i or argon2d; of the three argon2id alone is taken")
	errArgon   = errors.New("the hash is not $argon2id$v=19$m=KIB,t=PASSES,p=LANES$salt$hash, salt and hash in base64 without padding")
	errBcrypt  = errors.New("the hash is not bcrypt's 60 characters")
	errSHA512  = errors.New("the hash is not mosquitto's $6$salt$hash, both in base64, of 64 bytes")
	errPBKDF2  = errors.New("the hash is not mosquitto's $7$iterations$salt$hash, both in base64, of 64 bytes")
	errLong    = fmt.Errorf("the hash is longer than %d bytes", maxHash)
)

// parseHash reads the text of a hash.
func parseHash(text string) (hash, error) {
	if len(text) > maxHash {
		return hash{}, errLong
	}
	if !strings.HasPrefix(text, "$") {
		return hash{}, errPlain
	}
	// Base64 is read past line ends, which would be a line of their own in a file.
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return hash{}, errSigns
	}
	name, rest, ok := strings.Cut(text[1:], "$")
	if !ok {
		return hash{}, errUnknown
	}
	switch name {
	case "argon2id":
		return parseArgon2id(rest)
	case "argon2i", "argon2d":
		return hash{}, errOther
	case "2a", "2b", "2y":
		return parseBcrypt(text)
	case "6":
		return parseSHA512(rest)
	case "7":
		return parsePBKDF2(rest)
	}
	return hash{}, errUnknown
}

// parseArgon2id reads what follows $argon2id$ in the PHC string format.
func parseArgon2id(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 || parts[0] != "v=19" {
		return hash{}, errArgon
	}
	parameters := strings.Split(parts[1], ",")
	if len(parameters) != 3 {
		return hash{}, errArgon
	}
	var values [3]uint32
	for i, name := range []string{"m=", "t=", "p="} {
		digits, named := strings.CutPrefix(parameters[i], name)
		n, err := decimal(digits)
		if !named || err != nil {
			return hash{}, errArgon
		}
		values[i] = n
	}
	if err := checkArgon2id(values[0], values[1], values[2]); err != nil {
		return hash{}, err
	}
	salt, bad := base64.RawStdEncoding.Strict().DecodeString(parts[2])
	key, worse := base64.RawStdEncoding.Strict().DecodeString(parts[3])
	if bad != nil || worse != nil {
		return hash{}, errArgon
	}
	if err := checkLengths(len(salt), len(key)); err != nil {
		return hash{}, err
	}
	return hash{cost{formArgon2id, uint8(values[2]), values[0], values[1], len(key)}, salt, key}, nil
}

func checkArgon2id(m, t, p uint32) error {
	switch {
	case m > maxMemory:
		return fmt.Errorf("argon2id wants m=%d KiB of memory, %d (256 MiB) at most", m, maxMemory)
	case t < 1 || t > maxTime:
		return fmt.Errorf("argon2id wants t=%d passes; 1 to %d are taken", t, maxTime)
	case p < 1 || p > maxThreads:
		return fmt.Errorf("argon2id wants p=%d lanes; 1 to %d are taken", p, maxThreads)
	case m < 8*p:
		return fmt.Errorf("argon2id wants m=%d KiB of memory, and needs at least 8 for each of its %d lanes", m, p)
	case uint64(m)*uint64(t) > maxWork:
		return fmt.Errorf("argon2id wants m=%d KiB times t=%d passes, %d at most", m, t, maxWork)
	}
	return nil
}

func checkLengths(salt, key int) error {
	switch {
	case salt < minSalt || salt > maxSalt:
		return fmt.Errorf("the salt of the hash has %d bytes; %d to %d are taken", salt, minSalt, maxSalt)
	case key < minKey || key > maxKey:
		return fmt.Errorf("the hash has %d bytes; %d to %d are taken", key, minKey, maxKey)
	}
	return nil
}

// decimal reads a number as PHC strings have them: digits, no zero before them.
func decimal(digits string) (uint32, error) {
	n, err := strconv.ParseUint(digits, 10, 32)
	if err == nil && strconv.FormatUint(n, 10) != digits {
		err = strconv.ErrSyntax
	}
	return uint32(n), err
}

// bcryptDigits are the digits of bcrypt's own base64.
const bcryptDigits = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func parseBcrypt(text string) (hash, error) {
	const digits = 53 // 22 of salt, 31 of hash
	if len(text) != len("$2b$10$")+digits || text[6] != '$' || strings.Trim(text[7:], bcryptDigits) != "" {
		return hash{}, errBcrypt
	}
	n, err := strconv.ParseUint(text[4:6], 10, 8)
	if err != nil {
		return hash{}, errBcrypt
	}
	if n < uint64(bcrypt.MinCost) || n > maxBcryptCost {
		return hash{}, fmt.Errorf("bcrypt has a cost of %d; %d to %d are taken", n, bcrypt.MinCost, maxBcryptCost)
	}
	return hash{cost{form: formBcrypt, time: uint32(n), key: len(text)}, nil, []byte(text)}, nil
}

func parseSHA512(text string) (hash, error) {
	salt, key, ok := strings.Cut(text, "$")
	if strings.HasPrefix(text, "rounds=") || ok && len(key) == 86 {
		return hash{}, errCrypt
	}
	return mosquittos(salt, key, cost{form: formSHA512}, errSHA512)
}

func parsePBKDF2(text string) (hash, error) {
	iterations, rest, _ := strings.Cut(text, "$")
	n, err := decimal(iterations)
	if err != nil {
		return hash{}, errPBKDF2
	}
	if n < 1 || n > maxIterations {
		return hash{}, fmt.Errorf("the hash has %d iterations; 1 to %d are taken", n, maxIterations)
	}
	salt, key, _ := strings.Cut(rest, "$")
	return mosquittos(salt, key, cost{form: formPBKDF2, time: n}, errPBKDF2)
}

// mosquittos reads the last two parts of both forms that mosquitto_passwd writes.
func mosquittos(salt, key string, c cost, wrong error) (hash, error) {
	s, bad := base64.StdEncoding.Strict().DecodeString(salt)
	k, worse := base64.StdEncoding.Strict().DecodeString(key)
	if bad != nil || worse != nil || len(k) != sha512.Size {
		return hash{}, wrong
	}
	if err := checkLengths(len(s), len(k)); err != nil {
		return hash{}, err
	}
	c.key = len(k)
	return hash{c, s, k}, nil
}

// matches hashes a password and compares, in a time that does not depend on
// where the two differ.
func (h *hash) matches(password []byte) bool {
	if len(password) == 0 {
		return false
	}
	var key []byte
	switch h.form {
	case formArgon2id:
		key = argon2.IDKey(password, h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	case formBcrypt:
		return bcrypt.CompareHashAndPassword(h.key, password) == nil
	case formSHA512:
		sum := sha512.New()
		_, _ = sum.Write(password)
		_, _ = sum.Write(h.salt)
		key = sum.Sum(nil)
	case formPBKDF2:
		var err error
		if key, err = pbkdf2.Key(sha512.New, string(password), h.salt, int(h.time), len(h.key)); err != nil {
			return false // FIPS 140 mode does not take short salts
		}
		if password[len(password)-1] == 0 {
			return false // HMAC pads its key with zeros, so "secret\x00" would be "secret"
		}
	}
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// cheap says that a hash costs no more than the cache that would spare it.
func (c cost) cheap() bool { return c.form == formSHA512 }
