package payload

import (
	"strconv"
	"strings"
	"time"
)

// The functions of this file make the errors of generated checks. Each takes the path of the value that broke its
// schema. They cost nothing until something is wrong.

// Less is the error of a number below its minimum.
func Less[T any](path string, v T, minimum string) error {
	return &Error{path, show(v) + " is less than " + minimum}
}

// More is the error of a number above its maximum.
func More[T any](path string, v T, maximum string) error {
	return &Error{path, show(v) + " is more than " + maximum}
}

// NotMore is the error of a number at or below its exclusive minimum.
func NotMore[T any](path string, v T, minimum string) error {
	return &Error{path, show(v) + " is not more than " + minimum}
}

// NotLess is the error of a number at or above its exclusive maximum.
func NotLess[T any](path string, v T, maximum string) error {
	return &Error{path, show(v) + " is not less than " + maximum}
}

// NotFinite is the error of a number that JSON cannot write.
func NotFinite[T any](path string, v T) error {
	return &Error{path, show(v) + " is not a number in JSON"}
}

// Finite says whether JSON can write v: neither infinite nor NaN.
func Finite[T ~float32 | ~float64](v T) bool { return v-v == 0 }

// Shorter is the error of a text with fewer code points than its minimum.
func Shorter[T ~string](path string, v T, minimum int) error {
	return &Error{path, shorten(string(v)) + " is shorter than " + count(minimum, "character")}
}

// Longer is the error of a text with more code points than its maximum.
func Longer[T ~string](path string, v T, maximum int) error {
	return &Error{path, shorten(string(v)) + " is longer than " + count(maximum, "character")}
}

// NoMatch is the error of a text that its pattern does not match.
func NoMatch[T ~string](path string, v T, pattern string) error {
	return &Error{path, shorten(string(v)) + " does not match " + pattern}
}

// NotOneOf is the error of a value that is not in its enumeration.
func NotOneOf[T any](path string, v T, values ...string) error {
	return &Error{path, show(v) + " is none of " + strings.Join(values, ", ")}
}

// NotConst is the error of a value other than the only one that is allowed.
func NotConst[T any](path string, v T, want string) error {
	return &Error{path, show(v) + " is not " + want}
}

// Fewer is the error of an array of n items that has too few of them.
func Fewer(path string, n, minimum int) error {
	return &Error{path, count(n, "item") + ", fewer than " + strconv.Itoa(minimum)}
}

// Exceeds is the error of an array that has too many items.
func Exceeds(path string, n, maximum int) error {
	return &Error{path, count(n, "item") + ", more than " + strconv.Itoa(maximum)}
}

// CheckTime returns an error if RFC 3339 cannot write t: its year, in UTC, has four digits.
func CheckTime(path string, t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return &Error{path, "year " + strconv.Itoa(year) + " does not have four digits"}
	}
	return nil
}

// CheckDate returns an error if there is no such day.
func CheckDate(path string, d Date) error {
	if !d.Valid() {
		return &Error{path, "there is no day " + d.String()}
	}
	return nil
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
