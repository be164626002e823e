package password

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
)

// Verifier verifies passwords against one file. It has no goroutine: who
// verifies a password looks whether the file has changed. All methods may be
// called from any goroutine.
type Verifier struct {
	config Config
	gate   *gate
	key    []byte // of caches

	looking sync.Mutex // held by who reads the file: the others do not wait

	mu sync.Mutex
	// mu guards the following.
	now    *version
	looked time.Time
	seen   stamp // what was read last: what now is of, or what is broken
}

// version is what one version of the file says, and which pairs it has proved
// right. It does not change, but for its cache.
type version struct {
	*accounts
	cache *cache
}

// stamp is by what one sees that a file has changed.
type stamp struct {
	info os.FileInfo // nil for a file that is not there
	// settled: it was old enough when it was read that whoever writes it again
	// gives it another time.
	settled bool
	sum     [sha256.Size]byte // of its bytes; zero where they cannot be read
	wrong   error             // why it cannot be used
}

// settleTime is longer than the steps in which file systems keep times.
const settleTime = 2 * time.Second

// same says whether a file is one that has been read. A file that is not there
// has nothing more to say.
func (s *stamp) same(info os.FileInfo) bool {
	if s.info == nil || info == nil {
		return s.info == nil && info == nil
	}
	return s.settled && os.SameFile(s.info, info) && s.info.ModTime().Equal(info.ModTime()) && s.info.Size() == info.Size()
}

// New reads the password file, which must be there and whole.
func New(c Config) (*Verifier, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("passwords: %w", err)
	}
	v := &Verifier{config: c, gate: newGate(c.Concurrent, c.Queue), key: random(32)}
	if err := v.Reload(); err != nil {
		return nil, err
	}
	return v, nil
}

// Why a password is refused. The log has it; the client gets the code alone,
// 0x86 Bad User Name or Password.
var (
	errNoPassword = errors.New("password: the client sent none")
	errTooLong    = errors.New("password: it is longer than MQTT allows")
	errNoUser     = errors.New("password: the user is not known")
	errWrong      = errors.New("password: it is wrong")
)

func refuse(why error) error { return refused{why} }

// refused is why a client is not let in. It says why alone: the log names the code itself.
type refused struct{ why error }

func (r refused) Error() string { return r.why.Error() }

func (r refused) Unwrap() []error {
	return []error{r.why, &mqtt.Refusal{Code: mqtt.BadUserNameOrPassword}}
}

// Verify returns nil where the password is that of the user. Other errors refuse
// the CONNECT with a reason code: 0x86 where user or password are wrong, 0x89
// where too many wait to be verified. An unknown user costs as much as a wrong
// password of most users. While Verify waits for its turn it ends with ctx.
//
// It runs on the goroutine of its caller, which is that of one connection: no
// other connection waits for it, but for a turn of its own.
func (v *Verifier) Verify(ctx context.Context, user string, password []byte) error {
	switch {
	case len(password) == 0:
		return refuse(errNoPassword) // whoever the user is
	case len(password) > maxPassword:
		return refuse(errTooLong)
	}
	now := v.current()
	h, known := now.users[user]
	why := errWrong
	if !known {
		h, why = now.decoy, errNoUser
	}
	right, err := v.matches(ctx, now.cache, &h, user, password)
	switch {
	case err != nil:
		return err
	case !right || !known:
		return refuse(why)
	}
	return nil
}

// matches hashes a password, when it is its turn, or knows from another client
// of this user what comes out.
func (v *Verifier) matches(ctx context.Context, known *cache, h *hash, user string, password []byte) (bool, error) {
	if h.cheap() {
		return h.matches(password), nil
	}
	d := known.digest(user, password)
	if known.has(d) {
		return true, nil
	}
	return known.once(ctx, d, func() (bool, error) {
		if known.has(d) { // since a moment ago
			return true, nil
		}
		if err := v.gate.enter(ctx); err != nil {
			return false, err
		}
		defer v.gate.leave()
		return h.matches(password), nil
	})
}

// current returns the newest version of the file that can be read.
func (v *Verifier) current() *version {
	v.mu.Lock()
	due := time.Since(v.looked) >= v.config.Reload
	v.mu.Unlock()
	if due && v.looking.TryLock() {
		_ = v.look(false) // it has been logged
		v.looking.Unlock()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Reload reads the file now, whether it seems to have changed or not. Where it
// is broken the passwords that are known stay in use, and the error says what is
// wrong.
func (v *Verifier) Reload() error {
	v.looking.Lock()
	defer v.looking.Unlock()
	return v.look(true)
}

// look reads the file if it has changed. looking is held.
func (v *Verifier) look(always bool) error {
	info, err := os.Stat(v.config.File)
	if err != nil {
		info = nil
	}
	v.mu.Lock()
	v.looked = time.Now()
	same := v.seen.same(info)
	v.mu.Unlock()
	if same && !always {
		return nil
	}
	began := time.Now()
	data, info, err := readFile(v.config.File)
	seen := stamp{info: info, settled: info != nil && began.Sub(info.ModTime()) > settleTime}
	if err == nil {
		seen.sum = sha256.Sum256(data)
	}
	v.mu.Lock()
	before, known := v.seen, v.now != nil
	v.mu.Unlock()
	if err == nil && known && seen.sum == before.sum {
		seen.wrong = before.wrong
		v.take(nil, seen)
		return seen.wrong
	}
	var read *accounts
	if err == nil {
		read, err = parse(data)
	}
	if err != nil {
		err = fmt.Errorf("password file %s: %w", v.config.File, err)
		if !known && errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w; mqttx-gen passwd -c %s USER makes it", err, v.config.File)
		}
	}
	seen.wrong = err
	v.take(read, seen)
	if known {
		v.log(read, before.wrong, err)
	}
	return err
}

// take makes what was read the newest version, where it could be.
func (v *Verifier) take(read *accounts, seen stamp) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = seen
	if read != nil {
		v.now = &version{read, newCache(v.key, v.config.Cache)}
	}
}

// log has a line for each version of the file, and not one for each look at it.
func (v *Verifier) log(read *accounts, before, err error) {
	switch {
	case err == nil:
		v.config.Logger.Info("password file has been read again", "file", v.config.File, "users", len(read.users))
	case before == nil || before.Error() != err.Error():
		v.config.Logger.Error("password file has changed and cannot be used; the passwords that are known stay", "error", err)
	}
}
