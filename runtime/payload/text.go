package payload

import (
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string.
func (d *Decoder) String() string { return string(d.Text()) }

// Text reads a string and returns its text, valid until the next call of a method and not for writing.
func (d *Decoder) Text() []byte {
	if d.token() != '"' {
		d.mismatch("a string")
		return nil
	}
	return d.quoted()
}

// quoted reads a string that begins at pos.
func (d *Decoder) quoted() []byte {
	data, start := d.data, d.pos+1
	i := start
	for i < len(data) && plain[data[i]] {
		i++
	}
	if i < len(data) && data[i] == '"' {
		d.pos = i + 1
		return data[start:i:i]
	}
	return d.quotedFrom(start, i)
}

// plain has the bytes that stand for themselves in a string, and are characters of their own.
var plain = func() (plain [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// quotedFrom goes on where i is the first byte of a string that needs care.
func (d *Decoder) quotedFrom(start, i int) []byte {
	data, text, copied := d.data, d.unescaped[:0], start
	for i < len(data) {
		switch c := data[i]; {
		case c == '"':
			d.pos = i + 1
			if copied == start {
				return data[start:i:i]
			}
			d.unescaped = append(text, data[copied:i]...)
			return d.unescaped
		case c == '\\':
			text = append(text, data[copied:i]...)
			r, n := escape(data[i:])
			if n == 0 {
				d.pos = i
				d.unexpected("begins no escape of JSON")
				return nil
			}
			text = utf8.AppendRune(text, r)
			i += n
			copied = i
		case c < ' ':
			d.pos = i
			d.unexpected("in a string, want an escape")
			return nil
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				d.failAt(start-1, "not UTF-8")
				return nil
			}
			i += n
		}
	}
	d.pos = len(data)
	d.unexpected("in a string")
	return nil
}

// escape reads an escape of n bytes; 0 if it is none. Half a surrogate pair is none.
func escape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r = hex4(b)
	if !utf16.IsSurrogate(r) {
		if r < 0 {
			return 0, 0
		}
		return r, 6
	}
	r = utf16.DecodeRune(r, hex4(b[6:]))
	if r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// hex4 returns the value of \uXXXX at the beginning of b, or -1.
func hex4(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range b[2:6] {
		digit := hexDigit(c)
		if digit < 0 {
			return -1
		}
		r = r<<4 | rune(digit)
	}
	return r
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
