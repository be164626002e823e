package item

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// Decoder reads one document, with the methods and the errors of payload.Decoder: its methods are called in the order in
// which the document must have its values. After the first error every method returns a zero value at once, and End
// returns the error.
//
// A Decoder belongs to one goroutine. It keeps the document until Reset; what it returns is a copy, but for the names
// of fields and the bytes of Text. It allocates for what it returns only, whatever the heads of a document promise.
type Decoder struct {
	format *Format
	data   []byte // the document; empty after an error, so that reading ends
	pos    int    // of the next byte
	name   span   // the last name of a field
	start  int    // where the last scalar begins
	tag    uint64 // the last tag of the value after noTag
	depth  int    // of open arrays and maps
	open   [payload.MaxDepth + 1]opened

	joined []byte // the last text that came in chunks

	// The names of the unknown fields of all open maps, as far as there is room: Fields has the others.
	unknown  [8]span
	unknowns int

	whole  []byte // the document, for the path of an error
	second bool   // it was read before, see from
	err    error

	trying bool // a variant of a union: what is wrong with it is not worth an error with a path
	tried  int  // how many bytes were read for that
}

// opened is an array or a map that has been entered.
type opened struct {
	start int32 // of its head
	left  int32 // items or pairs, also the one that is read now; endless until End
}

const (
	endless = -1
	noTag   = math.MaxUint64
)

// span is a part of the document.
type span struct{ start, end int32 }

// Reset makes d read another document, of a format.
func (d *Decoder) Reset(f *Format, document []byte) {
	d.format = f
	d.data, d.whole = document, document
	d.pos, d.depth, d.unknowns, d.err = 0, 0, 0, nil
	d.trying, d.tried = false, 0
	if len(document) > math.MaxInt32 {
		d.fail("", "a document of more than 2 GiB")
	}
}

// End returns the first error, or an error if something follows the value.
func (d *Decoder) End() error {
	if d.pos < len(d.data) {
		d.unexpected(" after the value")
	}
	return d.err
}

// head returns the head at pos, which is not stepped over.
func (d *Decoder) head() Head { return d.format.Head(d.data[d.pos:]) }

// value is head for the next value: tags, which say what a value means beside its kind, are stepped over.
func (d *Decoder) value() Head {
	h := d.format.Head(d.data[d.pos:])
	if h.Kind == Tag {
		return d.tagged(h)
	}
	return h
}

func (d *Decoder) tagged(h Head) Head {
	for h.Kind == Tag {
		d.tag = h.N
		d.pos += h.Size
		h = d.head()
	}
	return h
}

// Object enters a map and returns the name of its first field, nil if it has none. The name is valid until the next
// call of a method. The value of the field must be read before Next is called.
func (d *Decoder) Object() (name []byte) {
	h := d.value()
	if h.Kind != Map {
		d.mismatch("an object")
		return nil
	}
	if !d.enter(h, 2) {
		return nil
	}
	return d.field()
}

// Next returns the name of an object's next field, nil at the object's end.
func (d *Decoder) Next() (name []byte) {
	if !d.next() {
		return nil
	}
	return d.field()
}

// field reads the name of a field.
func (d *Decoder) field() []byte {
	if from := d.pos + 1; from <= len(d.data) {
		n := d.data[d.pos] - d.format.Short
		if to := from + int(n); n < d.format.Shorts && to <= len(d.data) {
			name := d.data[from:to:to]
			if utf8.Valid(name) {
				d.name = span{int32(d.pos), int32(to)}
				d.pos = to
				return name
			}
		}
	}
	return d.longField()
}

// longField reads the name of a field of any form.
func (d *Decoder) longField() []byte {
	h := d.value()
	d.start = d.pos
	if h.Kind != Text {
		d.noName(h)
		return nil
	}
	d.name.start = int32(d.pos)
	name := d.text(h)
	d.name.end = int32(d.pos)
	if name == nil && d.err == nil {
		return []byte{} // the empty name; nil is the end
	}
	return name
}

// Array enters an array and says whether it has a first item, which must be read before More is called.
func (d *Decoder) Array() bool {
	h := d.value()
	if h.Kind != Array {
		d.mismatch("an array")
		return false
	}
	return d.enter(h, 1)
}

// More says whether an array has one more item.
func (d *Decoder) More() bool { return d.next() }

// enter steps into an array or a map, each of whose members has a number of items, and says whether it has a member.
func (d *Decoder) enter(h Head, items uint64) bool {
	if d.depth == payload.MaxDepth {
		d.failAt(d.pos, "nested deeper than "+strconv.Itoa(payload.MaxDepth))
		return false
	}
	start := d.pos
	d.pos += h.Size
	left := int32(endless)
	if !h.open() {
		// Every item has one byte at least: so no head can promise more than there is.
		if h.N > uint64(len(d.data)-d.pos)/items {
			d.pos = len(d.data)
			d.unexpected("")
			return false
		}
		if left = int32(h.N); left == 0 {
			d.open[d.depth+1] = opened{int32(start), 0}
			return false
		}
	}
	d.depth++
	d.open[d.depth] = opened{int32(start), left}
	return left != endless || !d.ended()
}

// next steps to the next member of the innermost array or map, and says whether there is one.
func (d *Decoder) next() bool {
	if d.err != nil {
		return false
	}
	o := &d.open[d.depth]
	if o.left == endless {
		return !d.ended()
	}
	if o.left--; o.left == 0 {
		d.depth--
		return false
	}
	return true
}

// ended steps over the end of an endless array or map, if it is there.
func (d *Decoder) ended() bool {
	if d.head().Kind != End {
		return false
	}
	d.pos++
	d.depth--
	return true
}

// AtMost is called before the next of the items of an array is read, of which n were read before. It fails if that is
// all that there may be: so an array that is too long is refused before memory is spent on it.
func (d *Decoder) AtMost(maximum, n int) {
	if n >= maximum && d.err == nil {
		d.failAt(d.pos, "more than "+items(maximum))
	}
}

// AtLeast is called at the end of an array of n items. It fails if there must be more.
func (d *Decoder) AtLeast(minimum, n int) {
	if n < minimum && d.err == nil {
		d.failAt(int(d.open[d.depth+1].start), items(n)+", fewer than "+strconv.Itoa(minimum)) // the array was left just now
	}
}

func items(n int) string {
	if n == 1 {
		return "1 item"
	}
	return strconv.Itoa(n) + " items"
}

// Start returns where the next value begins, for Const.
func (d *Decoder) Start() int { return d.pos }

// Const fails if the value that was read last, from start, is not the only one that is allowed, as ok says.
//
//go:noinline
func (d *Decoder) Const(start int, ok bool, want string) {
	if !ok && d.err == nil {
		d.failAt(start, d.snippet(start)+" is not "+want)
	}
}

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	h := d.value()
	if h.Kind != Bool {
		d.mismatch("true or false")
		return false
	}
	d.pos += h.Size
	return h.N != 0
}
