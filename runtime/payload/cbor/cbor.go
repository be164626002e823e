// Package cbor reads and writes CBOR (RFC 8949) for generated codecs, with the methods, the rules and the errors that
// package payload has for JSON: names of fields are text strings, none is there twice, arrays and maps lie at most
// payload.MaxDepth deep, text is UTF-8, integers are checked against their range and may come as floating point numbers
// without a fraction, and nothing follows the value. Strings, arrays and maps of indefinite length are read too.
//
// What a schema calls a string of format byte is a byte string. A date-time is written as text in the form of RFC 3339
// without a tag, as the schema says it, so that a reader that knows no tags can use it; a text with tag 0 and a number with
// tag 1 are read as well, a date also from a number with tag 100 (RFC 8943), and a uuid from 16 bytes. Other tags are
// stepped over: the value within counts. Everything is written in the preferred serialization: the shortest head, and of
// 16, 32 and 64 bits the shortest floating point number that loses nothing.
//
// It reads heads itself. Packages that decode into Go values by reflection would make a tree of every document, which then
// had to be walked once more.
package cbor

import (
	"math"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload/internal/item"
)

// Decoder reads one CBOR document. Its methods are those of payload.Decoder, with Fields of this package.
//
// A Decoder belongs to one goroutine. It keeps the document until Reset; what it returns is a copy, but for the names
// of fields and the bytes of Text. It allocates for what it returns only, whatever the heads of a document promise.
type Decoder struct{ item.Decoder }

// Reset makes d read another document.
func (d *Decoder) Reset(document []byte) { d.Decoder.Reset(&format, document) }

// Fields notes which fields of one object have been read. The zero value is ready for a new object.
type Fields = item.Fields

var format = item.Format{Name: "CBOR", Head: head, Short: majorText, Shorts: 24}

// The major types (RFC 8949, 3.1), as they stand in the upper bits of the first byte.
const (
	majorUint     = 0 << 5
	majorNegative = 1 << 5
	majorBytes    = 2 << 5
	majorText     = 3 << 5
	majorArray    = 4 << 5
	majorMap      = 5 << 5
	majorTag      = 6 << 5
	majorSimple   = 7 << 5
)

var kinds = [8]item.Kind{item.Uint, item.Negative, item.Bytes, item.Text, item.Array, item.Map, item.Tag, item.Invalid}

// head reads the head of an item.
func head(b []byte) item.Head {
	if len(b) == 0 {
		return item.Head{Kind: item.Short}
	}
	major, low := b[0]>>5, b[0]&31
	if low < 24 && major != majorSimple>>5 {
		return item.Head{Kind: kinds[major], Size: 1, N: uint64(low)}
	}
	return longHead(b, major, low)
}

// longHead reads the head of an item whose first byte does not have all of it.
func longHead(b []byte, major, low byte) item.Head {
	length := 0
	switch {
	case 24 <= low && low <= 27:
		length = 1 << (low - 24)
	case 28 <= low && low <= 30:
		return item.Head{Kind: item.Invalid}
	}
	n, ok := item.Number(b, length)
	if !ok {
		return item.Head{Kind: item.Short}
	}
	h := item.Head{Kind: kinds[major], Size: 1 + length, N: n}
	switch {
	case major == majorSimple>>5:
		h.Kind, h.N = simple(low, n)
	case low == 31:
		h.Type = item.Open
		if major<<5 < majorBytes || major<<5 == majorTag {
			h.Kind = item.Invalid
		}
	}
	return h
}

// simple returns the kind of an item of major type 7, whose first byte n follows.
func simple(low byte, n uint64) (item.Kind, uint64) {
	switch low {
	case 20, 21:
		return item.Bool, uint64(low - 20)
	case 22, 23: // null and undefined
		return item.Null, 0
	case 25:
		return item.Float32, math.Float64bits(fromHalf(uint16(n)))
	case 26:
		return item.Float32, math.Float64bits(float64(math.Float32frombits(uint32(n))))
	case 27:
		return item.Float64, n
	case 31:
		return item.End, 0
	}
	return item.Invalid, 0 // the others have no meaning, and 24 only for those
}

// fromHalf returns the value of a floating point number of 16 bits.
func fromHalf(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	f := 0.0
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		f = math.Inf(1)
		if fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(fraction+1024, exponent-25)
	}
	if bits>>15 != 0 {
		f = -f
	}
	return f
}

// toHalf returns f as a floating point number of 16 bits, if it is finite and loses nothing.
func toHalf(f float32) (bits uint16, ok bool) {
	all := math.Float32bits(f)
	sign, exponent, fraction := uint16(all>>16&0x8000), int(all>>23&255)-127, all&(1<<23-1)
	switch {
	case f == 0:
		return sign, true
	case -14 <= exponent && exponent <= 15:
		return sign | uint16(exponent+15)<<10 | uint16(fraction>>13), fraction&(1<<13-1) == 0
	case -24 <= exponent && exponent < -14: // subnormal: no leading one
		shift := 13 - 14 - exponent
		fraction |= 1 << 23
		return sign | uint16(fraction>>shift), fraction&(1<<shift-1) == 0
	}
	return 0, false
}
