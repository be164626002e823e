package payload

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseInteger reads the parameter of a topic name that is an integer. There is one way to write each: no plus, no
// leading zeros, no -0. So a name that is put together from its parameters again is the same.
func ParseInteger[T int32 | int64 | uint32 | uint64](path, text string) (T, error) {
	var v T
	var again string
	switch p := any(&v).(type) {
	case *int32:
		n, _ := strconv.ParseInt(text, 10, 32)
		*p, again = int32(n), strconv.FormatInt(n, 10)
	case *int64:
		n, _ := strconv.ParseInt(text, 10, 64)
		*p, again = n, strconv.FormatInt(n, 10)
	case *uint32:
		n, _ := strconv.ParseUint(text, 10, 32)
		*p, again = uint32(n), strconv.FormatUint(n, 10)
	case *uint64:
		n, _ := strconv.ParseUint(text, 10, 64)
		*p, again = n, strconv.FormatUint(n, 10)
	}
	if again != text {
		return 0, &Error{path, fmt.Sprintf("%s is not a whole number of type %T, written without + and leading zeros", shorten(text), v)}
	}
	return v, nil
}

// ParseBoolean reads the parameter of a topic name that is true or false.
func ParseBoolean(path, text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, &Error{path, shorten(text) + " is not true or false"}
	}
	return text == "true", nil
}

// ParseUUIDParam reads the parameter of a topic name that is a uuid, in lower case: there is one way to write each, as
// with ParseInteger.
func ParseUUIDParam(path, text string) (UUID, error) {
	u, ok := parseUUID(text)
	if !ok || strings.ContainsAny(text, "ABCDEF") {
		return UUID{}, &Error{path, shorten(text) + " is not a uuid in lower case, such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
	}
	return u, nil
}
