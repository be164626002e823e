// Package password verifies user names and passwords against a file, and
// writes such files. It takes argon2id, bcrypt, and what mosquitto_passwd
// writes, all of them side by side. It is a leaf: import it where a spec has an
// auth method password, or where a Handler of your own lets clients in.
//
// A file has a line user:hash for each user, lines of comment that begin with
// #, and empty lines:
//
//	# the pumps of hall 3
//	pump-1:$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$...
//	pump-2:$2y$12$...
//	pump-3:$7$101$...
//
// Make and change it with mqttx-gen passwd, with mosquitto_passwd, or with Set
// and Delete of this package.
package password

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

// Config says where the passwords are, and what it may cost to verify them.
// File must be given; the other fields have good zero values.
type Config struct {
	// File is the name of the password file. It must be there at the start, and
	// is read again when it changes.
	File string
	// Reload is how often the file is looked at, at most, while clients connect;
	// a second if zero. Verifier.Reload reads it at once.
	Reload time.Duration

	// Concurrent is how many passwords are hashed at one time; half of the
	// processors if zero, and at least one. With it the memory of argon2id is
	// bounded: Concurrent times m, which is 19 MiB where this package made the
	// hash, and never more than 256 MiB.
	Concurrent int
	// Queue is how many more wait for their turn; 100 for each of Concurrent if
	// zero, none if negative. Whoever comes then is refused with ServerBusy
	// (0x89; MQTT 3.x: 3, server unavailable), and may try again.
	Queue int

	// Cache is for how long a password that was right is not hashed again, as
	// when many clients come back at once; a minute if zero, not at all if
	// negative. A change of the file empties it. It keeps an HMAC of user and
	// password with a key that this process drew, never the password, and of
	// some 65,000 of them at most.
	Cache time.Duration

	// Logger gets a line when the file is read again, and when it cannot be;
	// slog.Default() if nil.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.File == "":
		return c, errors.New("field File is empty; name a password file, as mqttx-gen passwd -c FILE USER makes one")
	case c.Reload < 0:
		return c, fmt.Errorf("field Reload is %v; give a positive duration, or 0 for 1s", c.Reload)
	case c.Concurrent < 0:
		return c, fmt.Errorf("field Concurrent is %d; give a positive number, or 0 for half of the processors", c.Concurrent)
	}
	if c.Reload == 0 {
		c.Reload = time.Second
	}
	if c.Concurrent == 0 {
		c.Concurrent = max(1, runtime.GOMAXPROCS(0)/2)
	}
	switch {
	case c.Queue == 0:
		c.Queue = 100 * c.Concurrent
	case c.Queue < 0:
		c.Queue = 0
	}
	if c.Cache == 0 {
		c.Cache = time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
