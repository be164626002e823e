package payload

import (
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// The functions of this file append a value to b, as JSON, and return the longer slice. Booleans are
// appended by package strconv.

// AppendInt appends a number in decimal. It is not inlined, as that of package strconv is: it would make every encoder longer.
//
//go:noinline
func AppendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// AppendUint appends a number in decimal.
//
//go:noinline
func AppendUint(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }

// AppendString appends a string. What is not UTF-8 in it becomes U+FFFD.
func AppendString[T ~string](b []byte, v T) []byte {
	s := string(v)
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = appendEscape(append(b, s[done:i]...), c)
			i++
			done = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(append(b, s[done:i]...), "\uFFFD"...)
			done = i + n
		}
		i += n
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// AppendFloat64 appends the shortest number that reads back as v, in the form of encoding/json. v must be finite.
func AppendFloat64[T ~float64](b []byte, v T) []byte {
	f := float64(v)
	if digits, decimals, ok := shortDecimal(f); ok {
		return appendDecimal(b, digits, decimals)
	}
	return appendFloat(b, f, 64)
}

// AppendFloat32 is AppendFloat64 for 32 bits.
func AppendFloat32[T ~float32](b []byte, v T) []byte { return appendFloat(b, float64(v), 32) }

// shortDecimal finds the shortest decimal of most numbers that people and sensors write: few digits, up to three
// decimals. Of decimals with at most 15 digits only one reads back as f, so the first that does is the shortest.
func shortDecimal(f float64) (digits int64, decimals int, ok bool) {
	const most = 1e15
	for decimals = range 4 {
		scaled := f * powers[decimals]
		if !(-most < scaled && scaled < most) {
			break
		}
		digits = int64(scaled + math.Copysign(0.5, f))
		if float64(digits)/powers[decimals] == f {
			return digits, decimals, digits != 0 || !math.Signbit(f)
		}
	}
	return 0, 0, false
}

// appendDecimal appends digits with a point before the last decimals of them.
func appendDecimal(b []byte, digits int64, decimals int) []byte {
	if decimals == 0 {
		return strconv.AppendInt(b, digits, 10)
	}
	if digits < 0 {
		b = append(b, '-')
		digits = -digits
	}
	unit := int64(powers[decimals])
	b = strconv.AppendInt(b, digits/unit, 10)
	b = append(b, '.')
	for rest := digits % unit; decimals > 0; decimals-- {
		unit /= 10
		b = append(b, byte('0'+rest/unit%10))
	}
	return b
}

// appendFloat appends as encoding/json does: like ES6, with an exponent for very small and very large numbers.
func appendFloat(b []byte, f float64, size int) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 {
		if size == 64 && (abs < 1e-6 || abs >= 1e21) || size == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	b = strconv.AppendFloat(b, f, format, -1, size)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 is e-9
		b = b[:n-1]
	}
	return b
}

// AppendDateTime appends t in the form of RFC 3339, in UTC.
func AppendDateTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// AppendDate appends a day.
func AppendDate(b []byte, d Date) []byte { return append(d.append(append(b, '"')), '"') }

// AppendTime appends a time of day.
func AppendTime(b []byte, t Time) []byte { return append(t.append(append(b, '"')), '"') }

// AppendDuration appends a duration.
func AppendDuration(b []byte, d Duration) []byte { return append(d.append(append(b, '"')), '"') }

// AppendUUID appends u in lower case.
func AppendUUID(b []byte, u UUID) []byte { return append(appendUUID(append(b, '"'), u), '"') }

// AppendBytes appends bytes as base64 with padding.
func AppendBytes(b, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// AppendIPv4 appends an address.
func AppendIPv4(b []byte, a netip.Addr) []byte { return append(a.AppendTo(append(b, '"')), '"') }

// AppendIPv6 appends an address.
func AppendIPv6(b []byte, a netip.Addr) []byte { return append(a.AppendTo(append(b, '"')), '"') }

// AppendField appends the name of an object's field, with the comma before it and the colon behind it: see CloseObject.
func AppendField(b []byte, name string) []byte {
	return append(AppendString(append(b, ','), name), ':')
}

// AppendKey appends the key of entry i of a map, with the colon behind it and a comma before all but the first.
func AppendKey(b []byte, i int, key string) []byte {
	if i > 0 {
		return AppendField(b, key)
	}
	return append(AppendString(b, key), ':')
}

// CloseObject ends an object of which every field was appended with a comma before it, from b[start] on: the first
// comma becomes the opening brace.
func CloseObject(b []byte, start int) []byte {
	if len(b) == start {
		return append(b, "{}"...)
	}
	b[start] = '{'
	return append(b, '}')
}
