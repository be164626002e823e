package payload

import "fmt"

// UUID is a string of format uuid (RFC 9562), as its bytes. It converts to the UUID types of other packages that are
// arrays of 16 bytes.
type UUID [16]byte

// ParseUUID reads the form 8-4-4-4-12 of hexadecimal digits, in either case.
func ParseUUID(s string) (UUID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return UUID{}, fmt.Errorf("parse uuid: %s is not of the form 8-4-4-4-12", shorten(s))
	}
	return u, nil
}

// String returns the form 8-4-4-4-12 in lower case.
func (u UUID) String() string { return string(appendUUID(nil, u)) }

// MarshalText returns String's text.
func (u UUID) MarshalText() ([]byte, error) { return appendUUID(nil, u), nil }

// UnmarshalText reads what ParseUUID reads.
func (u *UUID) UnmarshalText(text []byte) error {
	v, ok := parseUUID(text)
	if !ok {
		return wrongText(text, wantUUID)
	}
	*u = v
	return nil
}

// UUID reads a string of the form 8-4-4-4-12.
func (d *Decoder) UUID() UUID {
	start, text := d.textOf("a uuid")
	u, ok := parseUUID(text)
	if !ok {
		d.wrongText(start, text, wantUUID)
	}
	return u
}

func parseUUID[T string | []byte](s T) (u UUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return UUID{}, false
	}
	at := 0
	for i := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			at++ // the hyphen
		}
		high, low := hexDigit(s[at]), hexDigit(s[at+1])
		if high < 0 || low < 0 {
			return UUID{}, false
		}
		u[i] = byte(high<<4 | low)
		at += 2
	}
	return u, true
}

func appendUUID(b []byte, u UUID) []byte {
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}

const hexDigits = "0123456789abcdef"
