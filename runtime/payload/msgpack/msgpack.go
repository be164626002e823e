// Package msgpack reads and writes MessagePack for generated codecs, with the methods, the rules and the errors that
// package payload has for JSON: names of fields are strings, none is there twice, arrays and maps lie at most
// payload.MaxDepth deep, text is UTF-8, integers are checked against their range and may come as floating point numbers
// without a fraction, and nothing follows the value.
//
// What a schema calls a string of format byte is a byte string (bin). A date-time is written as text in the form of RFC
// 3339, as the schema says it, so that a reader without an extension for times can use it; a timestamp (extension -1) is
// read as well. A uuid is written as text, and read from 16 bytes too. Numbers and lengths are written in their shortest
// form: a number with a fraction as a float 32 where that loses nothing.
//
// It reads heads itself. Functions that read one value of one type, as other packages have them, cannot tell where a
// value has another type than is wanted, nor keep the limits, without looking at the head first.
package msgpack

import (
	"math"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload/internal/item"
)

// Decoder reads one MessagePack document. Its methods are those of payload.Decoder, with Fields of this package.
//
// A Decoder belongs to one goroutine. It keeps the document until Reset; what it returns is a copy, but for the names
// of fields and the bytes of Text. It allocates for what it returns only, whatever the heads of a document promise.
type Decoder struct{ item.Decoder }

// Reset makes d read another document.
func (d *Decoder) Reset(document []byte) { d.Decoder.Reset(&format, document) }

// Fields notes which fields of one object have been read. The zero value is ready for a new object.
type Fields = item.Fields

var format = item.Format{Name: "MessagePack", Head: head, Short: 0xa0, Shorts: 32}

// family is what the first bytes from 0xc0 to 0xdf stand for.
type family struct {
	kind   item.Kind
	length int  // bytes of the number that follows; of those with a fixed length that length
	fixed  bool // an extension of a fixed length
}

var families = [32]family{
	0x00: {kind: item.Null},
	0x02: {kind: item.Bool}, 0x03: {kind: item.Bool},
	0x04: {kind: item.Bytes, length: 1}, 0x05: {kind: item.Bytes, length: 2}, 0x06: {kind: item.Bytes, length: 4},
	0x07: {kind: item.Extension, length: 1}, 0x08: {kind: item.Extension, length: 2}, 0x09: {kind: item.Extension, length: 4},
	0x0a: {kind: item.Float32, length: 4}, 0x0b: {kind: item.Float64, length: 8},
	0x0c: {kind: item.Uint, length: 1}, 0x0d: {kind: item.Uint, length: 2}, 0x0e: {kind: item.Uint, length: 4}, 0x0f: {kind: item.Uint, length: 8},
	0x10: {kind: item.Negative, length: 1}, 0x11: {kind: item.Negative, length: 2}, 0x12: {kind: item.Negative, length: 4}, 0x13: {kind: item.Negative, length: 8},
	0x14: {kind: item.Extension, length: 1, fixed: true}, 0x15: {kind: item.Extension, length: 2, fixed: true},
	0x16: {kind: item.Extension, length: 4, fixed: true}, 0x17: {kind: item.Extension, length: 8, fixed: true},
	0x18: {kind: item.Extension, length: 16, fixed: true},
	0x19: {kind: item.Text, length: 1}, 0x1a: {kind: item.Text, length: 2}, 0x1b: {kind: item.Text, length: 4},
	0x1c: {kind: item.Array, length: 2}, 0x1d: {kind: item.Array, length: 4},
	0x1e: {kind: item.Map, length: 2}, 0x1f: {kind: item.Map, length: 4},
}

// head reads the head of an item.
func head(b []byte) item.Head {
	if len(b) == 0 {
		return item.Head{Kind: item.Short}
	}
	switch c := b[0]; {
	case c < 0x80:
		return item.Head{Kind: item.Uint, Size: 1, N: uint64(c)}
	case c < 0x90:
		return item.Head{Kind: item.Map, Size: 1, N: uint64(c & 0x0f)}
	case c < 0xa0:
		return item.Head{Kind: item.Array, Size: 1, N: uint64(c & 0x0f)}
	case c < 0xc0:
		return item.Head{Kind: item.Text, Size: 1, N: uint64(c & 0x1f)}
	case c >= 0xe0:
		return item.Head{Kind: item.Negative, Size: 1, N: uint64(^c)}
	}
	return longHead(b)
}

// longHead reads the head of an item whose first byte does not have all of it.
func longHead(b []byte) item.Head {
	f := families[b[0]-0xc0]
	if f.kind == item.Extension {
		return extension(b, f)
	}
	n, ok := item.Number(b, f.length)
	if !ok {
		return item.Head{Kind: item.Short}
	}
	h := item.Head{Kind: f.kind, Size: 1 + f.length, N: n}
	switch f.kind {
	case item.Bool:
		h.N = uint64(b[0] & 1)
	case item.Float32:
		h.N = math.Float64bits(float64(math.Float32frombits(uint32(n))))
	case item.Negative: // of two's complement; one that is positive too
		shift := 64 - 8*f.length
		if signed := int64(n<<shift) >> shift; signed < 0 {
			h.N = uint64(^signed)
		} else {
			h.Kind = item.Uint
		}
	}
	return h
}

func extension(b []byte, f family) item.Head {
	size, n, ok := 2, uint64(f.length), len(b) >= 2
	if !f.fixed {
		n, ok = item.Number(b, f.length)
		size += f.length
	}
	if !ok || len(b) < size {
		return item.Head{Kind: item.Short}
	}
	return item.Head{Kind: item.Extension, Type: int8(b[size-1]), Size: size, N: n}
}
