package payload

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// number is a number of the document: digits x 10^exponent, negated if negative.
type number struct {
	digits   uint64
	exponent int
	negative bool
	exact    bool // digits has them all: there are not too many
}

// exactDigits is how many digits every uint64 has room for.
const exactDigits = 19

// maxExponent caps exponents, so that counting with them cannot overflow.
const maxExponent = 1_000_000_000

// number reads a number, and notes where it begins. It is not ok if there is none.
func (d *Decoder) number() (n number, ok bool) {
	c := d.token()
	i, data := d.pos, d.data
	d.start = i
	if c == '-' {
		n.negative = true
		i++
	}
	first := i
	var digits uint64
	for ; i < len(data) && data[i]-'0' <= 9; i++ {
		digits = digits*10 + uint64(data[i]-'0')
	}
	count := i - first
	if count == 0 || data[first] == '0' && count > 1 {
		return n, d.noNumber(first)
	}
	if i < len(data) && data[i] == '.' {
		i++
		first = i
		for ; i < len(data) && data[i]-'0' <= 9; i++ {
			digits = digits*10 + uint64(data[i]-'0')
		}
		if i == first {
			return n, d.noNumber(i)
		}
		n.exponent = first - i
		count += i - first
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		exponent, end := readExponent(data, i+1)
		if end == 0 {
			return n, d.noNumber(i)
		}
		n.exponent += exponent
		i = end
	}
	n.digits, n.exact = digits, count <= exactDigits
	d.pos = i
	return n, true
}

// readExponent returns the exponent that begins at i, and where it ends; 0 if it has no digits.
func readExponent(data []byte, i int) (exponent, end int) {
	negative := false
	if i < len(data) && (data[i] == '+' || data[i] == '-') {
		negative = data[i] == '-'
		i++
	}
	first := i
	for ; i < len(data) && data[i]-'0' <= 9; i++ {
		exponent = min(exponent*10+int(data[i]-'0'), maxExponent/10)
	}
	if i == first {
		return 0, 0
	}
	if negative {
		return -exponent, i
	}
	return exponent, i
}

// noNumber fails within a number, at i. A value that is no number at all is left to the caller.
func (d *Decoder) noNumber(i int) bool {
	if i > d.start || i < len(d.data) && d.data[i] == '0' {
		d.pos = i
		d.unexpected("in a number")
	}
	return false
}

// powers are the powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Float64 reads a number and returns the nearest float64. One that is too large for it is an error.
func (d *Decoder) Float64() float64 {
	n, ok := d.number()
	if !ok {
		d.mismatch("a number")
		return 0
	}
	if n.exact && n.digits <= 1<<53 && -22 <= n.exponent && n.exponent <= 22 {
		// Both are exact, so one division or multiplication rounds correctly.
		f := float64(n.digits)
		if n.exponent < 0 {
			f /= powers[-n.exponent]
		} else {
			f *= powers[n.exponent]
		}
		if n.negative {
			return -f
		}
		return f
	}
	return d.parseFloat(64)
}

// Float32 reads a number and returns the nearest float32. One that is too large for it is an error.
func (d *Decoder) Float32() float32 {
	n, ok := d.number()
	if !ok {
		d.mismatch("a number")
		return 0
	}
	if n.exact && n.digits <= 1<<24 && -10 <= n.exponent && n.exponent <= 0 {
		f := float32(n.digits) / float32(powers[-n.exponent])
		if n.negative {
			return -f
		}
		return f
	}
	return float32(d.parseFloat(32))
}

func (d *Decoder) parseFloat(size int) float64 {
	f, err := strconv.ParseFloat(string(d.data[d.start:d.pos]), size)
	if err != nil {
		d.outOfRange("a number of " + strconv.Itoa(size) + " bits")
		return 0
	}
	return f
}

// Int64 reads an integer.
func (d *Decoder) Int64() int64 { return d.signed(math.MinInt64, math.MaxInt64) }

// Int32 reads an integer of 32 bits.
func (d *Decoder) Int32() int32 { return int32(d.signed(math.MinInt32, math.MaxInt32)) }

// Uint64 reads an integer that is not negative.
func (d *Decoder) Uint64() uint64 { return d.unsigned(math.MaxUint64) }

// Uint32 reads an integer of 32 bits that is not negative.
func (d *Decoder) Uint32() uint32 { return uint32(d.unsigned(math.MaxUint32)) }

func (d *Decoder) signed(low, high int64) int64 {
	u, negative, ok := d.integer()
	switch {
	case !ok:
	case !negative && u <= uint64(high):
		return int64(u)
	case negative && u <= -uint64(low):
		return -int64(u)
	default:
		d.outOfRange("an integer from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10))
	}
	return 0
}

func (d *Decoder) unsigned(high uint64) uint64 {
	u, negative, ok := d.integer()
	switch {
	case !ok:
	case u <= high && (!negative || u == 0):
		return u
	default:
		d.outOfRange("an integer from 0 to " + strconv.FormatUint(high, 10))
	}
	return 0
}

func (d *Decoder) outOfRange(want string) {
	if !d.dead() {
		d.failAt(d.start, snippet(d.data[d.start:d.pos])+" is not "+want)
	}
}

// integer reads a number without a fraction and returns its absolute value: 1.0 and 1e2 are integers, as JSON Schema
// has it. One that has more than 64 bits is a failure as well.
func (d *Decoder) integer() (u uint64, negative, ok bool) {
	n, ok := d.number()
	switch {
	case !ok:
		d.mismatch("an integer")
		return 0, false, false
	case n.exact && n.exponent == 0:
		return n.digits, n.negative, true
	}
	u, whole, fits := wholeNumber(d.data[d.start:d.pos])
	switch {
	case !whole:
		d.outOfRange("an integer")
	case !fits:
		d.outOfRange("an integer of 64 bits")
	}
	return u, n.negative, whole && fits
}

// wholeNumber reads a number once more that has a fraction, an exponent or very many digits.
func wholeNumber(text []byte) (u uint64, whole, fits bool) {
	mantissa, exponent := text, 0
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		exponent, _ = readExponent(text, i+1)
	}
	before, after, _ := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	exponent -= len(after)
	digits := bytes.TrimLeft(slices.Concat(before, after), "0")
	exponent += len(digits)
	digits = bytes.TrimRight(digits, "0")
	exponent -= len(digits)
	switch {
	case len(digits) == 0:
		return 0, true, true
	case exponent < 0:
		return 0, false, false
	case len(digits)+exponent > len("18446744073709551615"):
		return 0, true, false
	}
	u, err := strconv.ParseUint(string(digits)+strings.Repeat("0", exponent), 10, 64)
	return u, true, err == nil
}
