package payload

import (
	"math/big"
	"strconv"
	"strings"
)

// IsMultiple says whether v is a multiple of a decimal, exactly: 0.3 is one of 0.1. A floating-point number counts as
// the shortest decimal that reads back as it, which is what JSON shows.
func IsMultiple[T ~int32 | ~int64 | ~uint32 | ~uint64 | ~float32 | ~float64](v T, of string) bool {
	digits, decimals, ok := shortDecimal(float64(v))
	unit, more, small := smallDecimal(of)
	if !ok || !small || single[T]() && (digits > 1<<24 || digits < -1<<24) {
		return isMultiple(text(v), of)
	}
	for ; decimals < more; decimals++ {
		digits *= 10 // at most 1e18 in the end: 1e15, and three decimals
	}
	for ; more < decimals; more++ {
		unit *= 10
	}
	return digits%unit == 0
}

// single says whether T is a float32.
func single[T ~int32 | ~int64 | ~uint32 | ~uint64 | ~float32 | ~float64]() bool {
	return T(1<<24)+1 == T(1<<24)
}

// smallDecimal reads a decimal of few digits and up to three decimals.
func smallDecimal(s string) (digits int64, decimals int, ok bool) {
	before, after, _ := strings.Cut(s, ".")
	if len(before)+len(after) > 15 || len(after) > 3 {
		return 0, 0, false
	}
	for _, part := range [...]string{before, after} {
		for i := range len(part) {
			if part[i]-'0' > 9 {
				return 0, 0, false
			}
			digits = digits*10 + int64(part[i]-'0')
		}
	}
	return digits, len(after), digits > 0
}

// text is a number as JSON shows it.
func text[T ~int32 | ~int64 | ~uint32 | ~uint64 | ~float32 | ~float64](v T) string {
	switch half := T(1) / 2; {
	case half == 0 && v < 0:
		return strconv.FormatInt(int64(v), 10)
	case half == 0:
		return strconv.FormatUint(uint64(v), 10)
	case single[T]():
		return strconv.FormatFloat(float64(v), 'e', -1, 32)
	}
	return strconv.FormatFloat(float64(v), 'e', -1, 64)
}

// isMultiple is the rare part of IsMultiple.
func isMultiple(v, of string) bool {
	x, ok := new(big.Rat).SetString(v)
	y, okOf := new(big.Rat).SetString(of)
	return ok && okOf && y.Sign() != 0 && x.Quo(x, y).IsInt()
}
