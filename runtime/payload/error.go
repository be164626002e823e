package payload

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// Error says what is wrong with a document, or with a value that was to become one.
type Error struct {
	// Path is where: "points[3].lat". It is empty for the document as a whole and where it is not JSON at all.
	Path string
	// Reason is what: "120 is more than 100".
	Reason string
}

// Error returns path and reason: "battery: 120 is more than 100".
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// In returns err, which came from checking a part of a value, with the path of that part before its own.
func In(path string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Path: join(path, e.Path), Reason: e.Reason}
	}
	return &Error{Path: path, Reason: err.Error()}
}

// Item returns the path of an item of the array at path: "points[3]".
func Item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// join puts two paths together.
func join(path, rest string) string {
	if path == "" || rest == "" || rest[0] == '[' {
		return path + rest
	}
	return path + "." + rest
}

// field is a path to a field of the document: its name, quoted where a dot or a bracket could be taken for a path.
func field(name string) string {
	for i := range len(name) {
		c := name[i]
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || i > 0 && (c == '-' || '0' <= c && c <= '9')
		if !plain {
			return "[" + shorten(name) + "]"
		}
	}
	if name == "" {
		return `[""]`
	}
	return name
}

// longest is how many code points of a value an error shows.
const longest = 40

// shorten quotes a text, and cuts it where it is long: the errors go to logs and over the wire.
func shorten(s string) string {
	n := 0
	for i := range s {
		if n == longest {
			return strconv.Quote(s[:i]) + "..."
		}
		n++
	}
	return strconv.Quote(s)
}

// show prints a value as errors have it.
func show[T any](v T) string {
	if s, ok := any(v).(fmt.Stringer); ok {
		return strconv.Quote(s.String())
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return shorten(r.String())
	}
	return fmt.Sprint(v)
}
