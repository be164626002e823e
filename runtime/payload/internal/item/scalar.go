package item

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// Float64 reads a number and returns the nearest float64. What is not finite is an error.
func (d *Decoder) Float64() float64 {
	h := d.value()
	d.start = d.pos
	switch h.Kind {
	case Float64, Float32:
		d.pos += h.Size
		f := math.Float64frombits(h.N)
		if f-f != 0 {
			d.failAt(d.start, strconv.FormatFloat(f, 'g', -1, 64)+" is not a finite number")
			return 0
		}
		return f
	case Uint:
		d.pos += h.Size
		return float64(h.N)
	case Negative:
		d.pos += h.Size
		if h.N == math.MaxUint64 {
			return -1 << 64
		}
		return -float64(h.N + 1)
	}
	d.mismatch("a number")
	return 0
}

// Float32 reads a number and returns the nearest float32. One that is too large for it is an error.
func (d *Decoder) Float32() float32 {
	f := d.Float64()
	small := float32(f)
	if small-small != 0 {
		d.outOfRange("a number of 32 bits")
		return 0
	}
	return small
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
		d.failAt(d.start, d.snippet(d.start)+" is not "+want)
	}
}

// integer reads a number without a fraction and returns its absolute value: the floating point number 1.0 is an
// integer, as JSON Schema has it. One that has more than 64 bits is a failure as well.
func (d *Decoder) integer() (u uint64, negative, ok bool) {
	h := d.value()
	d.start = d.pos
	switch h.Kind {
	case Uint:
		d.pos += h.Size
		return h.N, false, true
	case Negative:
		d.pos += h.Size
		if h.N == math.MaxUint64 {
			d.outOfRange("an integer of 64 bits")
			return 0, false, false
		}
		return h.N + 1, true, true
	case Float32, Float64:
		d.pos += h.Size
		f := math.Float64frombits(h.N)
		if f != math.Trunc(f) || f-f != 0 {
			d.outOfRange("an integer")
			return 0, false, false
		}
		if math.Abs(f) >= 1<<64 {
			d.outOfRange("an integer of 64 bits")
			return 0, false, false
		}
		return uint64(math.Abs(f)), f < 0, true
	}
	d.mismatch("an integer")
	return 0, false, false
}

// String reads a string.
func (d *Decoder) String() string { return string(d.Text()) }

// Text reads a string and returns its text, valid until the next call of a method and not for writing.
func (d *Decoder) Text() []byte {
	h := d.value()
	if h.Kind != Text {
		d.mismatch("a string")
		return nil
	}
	return d.text(h)
}

// Bytes reads a byte string, of which it returns a copy, nil if it is empty.
func (d *Decoder) Bytes() []byte {
	h := d.value()
	if h.Kind != Bytes {
		d.mismatch("a byte string")
		return nil
	}
	return append([]byte(nil), d.bytes(h)...)
}

// text reads the text whose head lies at pos.
func (d *Decoder) text(h Head) []byte {
	start := d.pos
	text := d.bytes(h)
	// Chunks were looked at one by one: a character may not lie in two of them.
	if !h.open() && !utf8.Valid(text) {
		d.failText(start)
		return nil
	}
	return text
}

func (d *Decoder) failText(start int) { d.failAt(start, "not UTF-8") }

// bytes reads what a text or a byte string holds.
func (d *Decoder) bytes(h Head) []byte {
	if !h.open() {
		return d.take(h)
	}
	start := d.pos
	d.pos += h.Size
	d.joined = d.joined[:0]
	for {
		chunk := d.head()
		switch {
		case chunk.Kind == End:
			d.pos++
			return d.joined
		case chunk.Kind != h.Kind || chunk.open():
			d.unexpected(" in a string of chunks")
			return nil
		}
		part := d.take(chunk)
		if h.Kind == Text && !utf8.Valid(part) {
			d.failText(start)
			return nil
		}
		d.joined = append(d.joined, part...)
	}
}

// take reads an item of h.N bytes.
func (d *Decoder) take(h Head) []byte {
	from := d.pos + h.Size
	if uint64(len(d.data)-from) < h.N {
		d.pos = len(d.data)
		d.unexpected("")
		return nil
	}
	d.pos = from + int(h.N)
	return d.data[from:d.pos:d.pos]
}
