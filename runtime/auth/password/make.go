package password

import (
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// The algorithms that passwords are hashed with.
const (
	Argon2id = "argon2id"
	Bcrypt   = "bcrypt"
)

const (
	saltBytes         = 16
	keyBytes          = 32
	defaultBcryptCost = 10
	maxPassword       = 65535 // bytes, as many as a CONNECT holds
)

// defaultCost is what OWASP's Password Storage Cheat Sheet asks for.
var defaultCost = cost{form: formArgon2id, threads: 1, memory: 19 << 10, time: 2, key: keyBytes}

// Settings say how a password is hashed. The zero value is good: argon2id with
// 19 MiB of memory, 2 passes and 1 lane.
type Settings struct {
	// Algorithm is Argon2id or Bcrypt; Argon2id if empty.
	Algorithm string
	// Memory (KiB), Time (passes) and Threads (lanes) are those of argon2id;
	// 19,456, 2 and 1 if zero.
	Memory, Time uint32
	Threads      uint8
	// Cost is that of bcrypt, the logarithm of its rounds; 10 if zero.
	Cost int
}

// Hash returns what a password file keeps of a password. The salt is random,
// so no two results are alike. bcrypt takes passwords of at most 72 bytes.
func Hash(password []byte, s Settings) (string, error) {
	switch {
	case len(password) == 0:
		return "", errors.New("hash password: it is empty")
	case len(password) > maxPassword:
		return "", fmt.Errorf("hash password: it has %d bytes, %d at most", len(password), maxPassword)
	}
	switch s.Algorithm {
	case "", Argon2id:
		return s.argon2id(password)
	case Bcrypt:
		return s.bcrypt(password)
	}
	return "", fmt.Errorf("hash password: there is no algorithm %q; take %s or %s", s.Algorithm, Argon2id, Bcrypt)
}

func (s *Settings) argon2id(password []byte) (string, error) {
	m, t, p := s.Memory, s.Time, s.Threads
	if m == 0 {
		m = defaultCost.memory
	}
	if t == 0 {
		t = defaultCost.time
	}
	if p == 0 {
		p = defaultCost.threads
	}
	if err := checkArgon2id(m, t, uint32(p)); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	salt := random(saltBytes)
	key := argon2.IDKey(password, salt, t, m, p, keyBytes)
	base64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, m, t, p, base64(salt), base64(key)), nil
}

func (s *Settings) bcrypt(password []byte) (string, error) {
	cost := s.Cost
	if cost == 0 {
		cost = defaultBcryptCost
	}
	if cost < bcrypt.MinCost || cost > maxBcryptCost {
		return "", fmt.Errorf("hash password: bcrypt's cost is %d; give %d to %d, or 0 for %d", cost, bcrypt.MinCost, maxBcryptCost, defaultBcryptCost)
	}
	text, err := bcrypt.GenerateFromPassword(password, cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		err = fmt.Errorf("it has %d bytes, and bcrypt takes 72 at most; take %s", len(password), Argon2id)
	}
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(text), nil
}
