package payload

import (
	"fmt"
	"strconv"
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

// CheckUUID returns an error if the parameter of a topic name is not of the form 8-4-4-4-12.
func CheckUUID(path, text string) error {
	if _, ok := parseUUID(text); !ok {
		return &Error{path, shorten(text) + " is not " + wantUUID}
	}
	return nil
}
