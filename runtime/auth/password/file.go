package password

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	maxFile = 64 << 20 // bytes, some 500,000 users
	maxUser = 1024     // bytes of a user name
	maxLine = maxUser + maxHash + 16
)

// accounts are the users of one version of a file. They do not change.
type accounts struct {
	users map[string]hash
	decoy hash // what an unknown user's password is compared with
}

// line is one line of a file with a user. end is behind its line terminator.
type line struct {
	number     int
	start, end int
	user       string
	hash       hash
}

var byteOrderMark = []byte("\ufeff")

// readLines finds the users of a file, in their order.
func readLines(data []byte) ([]line, error) {
	var list []line
	places := map[string]int{}
	at, number := 0, 0
	if bytes.HasPrefix(data, byteOrderMark) {
		at = len(byteOrderMark)
	}
	for at < len(data) {
		number++
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		text := bytes.TrimRight(data[at:end], " \t\r\n")
		if first := bytes.TrimLeft(text, " \t"); len(first) > 0 && first[0] != '#' {
			user, h, err := readLine(text)
			if err == nil && places[user] != 0 {
				err = fmt.Errorf("user %q stands in line %d already; remove one of the two", user, places[user])
			}
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			places[user] = number
			list = append(list, line{number, at, end, user, h})
		}
		at = end
	}
	return list, nil
}

func readLine(text []byte) (string, hash, error) {
	if len(text) > maxLine {
		return "", hash{}, fmt.Errorf("it is longer than %d bytes; a line is user:hash", maxLine)
	}
	if text[0] == 0xff || text[0] == 0xfe {
		return "", hash{}, errors.New("the file is not UTF-8; save it so")
	}
	name, rest, ok := strings.Cut(string(text), ":")
	if !ok {
		return "", hash{}, errors.New("there is no colon; a line is user:hash, or a comment that begins with #")
	}
	if err := CheckUser(name); err != nil {
		return "", hash{}, err
	}
	h, err := parseHash(rest)
	if err != nil {
		return "", hash{}, fmt.Errorf("user %q: %w; set the password anew with mqttx-gen passwd", name, err)
	}
	return name, h, nil
}

// CheckUser says why a user name cannot stand in a password file; nil where it can.
func CheckUser(name string) error {
	switch {
	case name == "":
		return errors.New("the user name is empty")
	case len(name) > maxUser:
		return fmt.Errorf("the user name has %d bytes, %d at most", len(name), maxUser)
	case !utf8.ValidString(name):
		return errors.New("the user name is not UTF-8")
	case strings.Contains(name, ":"):
		return fmt.Errorf("user name %q holds a colon, which ends a user name", name)
	case strings.IndexFunc(name, unicode.IsControl) >= 0:
		return fmt.Errorf("user name %q holds a control character", name)
	case name[0] == '#':
		return fmt.Errorf("user name %q begins with #, as comments do", name)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("user name %q begins or ends with a space", name)
	case strings.HasPrefix(name, "\ufeff"):
		return fmt.Errorf("user name %q begins with a byte order mark", name)
	}
	return nil
}

// parse reads the text of a file.
func parse(data []byte) (*accounts, error) {
	list, err := readLines(data)
	if err != nil {
		return nil, err
	}
	a := &accounts{users: make(map[string]hash, len(list))}
	for _, l := range list {
		a.users[l.user] = l.hash
	}
	a.decoy = newDecoy(list)
	return a, nil
}

// newDecoy makes a hash that nobody knows a password for, and that costs what
// most of the others do.
func newDecoy(list []line) hash {
	most, counts := defaultCost, map[cost]int{}
	for _, l := range list {
		counts[l.hash.cost]++
		if counts[l.hash.cost] > counts[most] {
			most = l.hash.cost
		}
	}
	if most.form != formBcrypt {
		return hash{most, random(saltBytes), random(most.key)}
	}
	text := fmt.Appendf(nil, "$2b$%02d$", most.time)
	for _, b := range random(most.key - len(text)) {
		text = append(text, bcryptDigits[b%64])
	}
	return hash{most, nil, text}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

// readFile reads a file that is not too long, and says what it is.
func readFile(name string) ([]byte, os.FileInfo, error) {
	f, err := os.Open(name) // #nosec G304 -- the program says which file holds its passwords
	if err != nil {
		return nil, nil, errors.Unwrap(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Unwrap(err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("it is not a file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is longer than %d MiB", maxFile>>20)
	}
	return data, info, err
}
