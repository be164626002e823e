package payload

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The functions of this file make the errors of generated checks. Each takes the path of the value that broke its
// schema. They cost nothing until something is wrong: so they are not inlined, which would only make each check longer to
// compile.

// Less is the error of a number below its minimum.
//
//go:noinline
func Less[T any](path string, v T, minimum string) error {
	return &Error{path, show(v) + " is less than " + minimum}
}

// More is the error of a number above its maximum.
//
//go:noinline
func More[T any](path string, v T, maximum string) error {
	return &Error{path, show(v) + " is more than " + maximum}
}

// NotMore is the error of a number at or below its exclusive minimum.
//
//go:noinline
func NotMore[T any](path string, v T, minimum string) error {
	return &Error{path, show(v) + " is not more than " + minimum}
}

// NotLess is the error of a number at or above its exclusive maximum.
//
//go:noinline
func NotLess[T any](path string, v T, maximum string) error {
	return &Error{path, show(v) + " is not less than " + maximum}
}

// NotFinite is the error of a number that JSON cannot write.
//
//go:noinline
func NotFinite[T any](path string, v T) error {
	return &Error{path, show(v) + " is not a number in JSON"}
}

// Finite says whether JSON can write v: neither infinite nor NaN.
func Finite[T ~float32 | ~float64](v T) bool { return v-v == 0 }

// Length is how many code points v has: what a schema means by the length of a text. It is not inlined for the same reason.
//
//go:noinline
func Length(v string) int { return utf8.RuneCountInString(v) }

// Shorter is the error of a text with fewer code points than its minimum.
//
//go:noinline
func Shorter[T ~string](path string, v T, minimum int) error {
	return &Error{path, shorten(string(v)) + " is shorter than " + count(minimum, "character")}
}

// Longer is the error of a text with more code points than its maximum.
//
//go:noinline
func Longer[T ~string](path string, v T, maximum int) error {
	return &Error{path, shorten(string(v)) + " is longer than " + count(maximum, "character")}
}

// NoMatch is the error of a text that its pattern does not match.
//
//go:noinline
func NoMatch[T ~string](path string, v T, pattern string) error {
	return &Error{path, shorten(string(v)) + " does not match " + pattern}
}

// NotOneOf is the error of a value that is not in its enumeration.
//
//go:noinline
func NotOneOf[T any](path string, v T, values ...string) error {
	return &Error{path, show(v) + " is none of " + strings.Join(values, ", ")}
}

// NotConst is the error of a value other than the only one that is allowed.
//
//go:noinline
func NotConst[T any](path string, v T, want string) error {
	return &Error{path, show(v) + " is not " + want}
}

// Fewer is the error of an array of n items that has too few of them.
//
//go:noinline
func Fewer(path string, n, minimum int) error {
	return &Error{path, count(n, "item") + ", fewer than " + strconv.Itoa(minimum)}
}

// Exceeds is the error of an array that has too many items.
//
//go:noinline
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

// CheckTimeOfDay returns an error if there is no such time.
func CheckTimeOfDay(path string, t Time) error {
	if !t.Valid() {
		return &Error{path, "there is no time " + t.String()}
	}
	return nil
}

// CheckDuration returns an error if ISO 8601 cannot write d.
func CheckDuration(path string, d Duration) error {
	if !d.Valid() {
		return &Error{path, "a duration has no negative parts and none above 999999999, and its weeks stand alone"}
	}
	return nil
}

// NotMultiple is the error of a number that is not a multiple of another.
//
//go:noinline
func NotMultiple[T any](path string, v T, of string) error {
	return &Error{path, show(v) + " is not a multiple of " + of}
}

// Repeats is the error of item i of an array whose items must differ.
//
//go:noinline
func Repeats(path string, i int) error {
	return &Error{Item(path, i), "is there twice"}
}

// Missing is the error of a value that must be there.
//
//go:noinline
func Missing(path string) error { return &Error{path, "is missing"} }

// Reserved is the error of an additional field that has the name of another field.
//
//go:noinline
func Reserved(path, key string) error {
	return &Error{join(path, Key("", key)), "is a field of its own"}
}

// Key returns the path of an entry of the map at path: "labels.site".
func Key(path, key string) string { return join(path, field(key)) }

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
