package item

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// fail ends the reading with an error, unless there is one.
func (d *Decoder) fail(path, reason string) { d.failWith(&payload.Error{Path: path, Reason: reason}) }

func (d *Decoder) failWith(err error) {
	if d.err == nil {
		d.err = err
	}
	d.data, d.pos = nil, 0
}

// dead says that there is no error to be made: there is one, or a variant of a union is only tried.
func (d *Decoder) dead() bool {
	if d.trying {
		d.failWith(errNoFit)
	}
	return d.err != nil
}

var errNoFit = errors.New("does not fit")

// failAt fails at the value that begins at offset.
func (d *Decoder) failAt(offset int, reason string) {
	switch {
	case d.dead():
	case d.second:
		d.fail("", reason)
	default:
		d.fail(d.pathTo(offset), reason)
	}
}

// from returns a decoder that reads the document a second time, from offset on. It knows no paths: to find them is what it
// is for.
func (d *Decoder) from(offset int) *Decoder {
	again := &Decoder{second: true}
	again.Reset(d.format, d.whole)
	again.pos = offset
	return again
}

// failField fails at a field, there or missing, of the object that begins at offset.
func (d *Decoder) failField(offset int, name, reason string) {
	switch {
	case d.dead():
	case d.second:
		d.fail("", reason)
	default:
		d.fail(payload.Join(d.pathTo(offset), payload.Field(name)), reason)
	}
}

// unexpected fails where the document is not of its format.
func (d *Decoder) unexpected(where string) {
	not := "not " + d.format.Name + ": "
	switch {
	case d.dead():
	case len(d.whole) == 0:
		d.fail("", "empty, want "+d.format.Name)
	case d.pos >= len(d.data) || d.head().Kind == Short:
		d.fail("", not+"ends too early")
	default:
		d.fail("", fmt.Sprintf("%s0x%02x at byte %d%s", not, d.data[d.pos], d.pos, where))
	}
}

// noName fails where the name of a field should be.
func (d *Decoder) noName(h Head) {
	if h.Kind == Invalid || h.Kind == Short || h.Kind == End {
		d.unexpected(" in an object, want the name of a field")
		return
	}
	if !d.dead() {
		d.failAt(int(d.open[d.depth].start), "the name of a field is "+d.snippet(d.pos)+", want a string")
	}
}

// mismatch fails where the next value is of another type, or none at all.
func (d *Decoder) mismatch(want string) {
	if d.dead() {
		return
	}
	start := d.pos
	probe := Decoder{}
	probe.Reset(d.format, d.whole)
	probe.pos, probe.depth = start, d.depth
	probe.SkipValue()
	if probe.err != nil {
		d.data, d.pos, d.err = nil, 0, probe.err
		return
	}
	d.failAt(start, d.snippet(start)+" is not "+want)
}

// snippet prints the value that begins at offset, as errors show it.
func (d *Decoder) snippet(offset int) string {
	at := d.from(offset)
	switch h := at.value(); h.Kind {
	case Map:
		return "an object"
	case Array:
		return "an array"
	case Text:
		return payload.Quote(string(at.text(h)))
	case Bytes:
		return "a byte string"
	case Extension:
		return "an extension of type " + strconv.Itoa(int(h.Type))
	case Bool:
		return strconv.FormatBool(h.N != 0)
	case Uint:
		return strconv.FormatUint(h.N, 10)
	case Negative:
		if h.N == math.MaxUint64 {
			return "-18446744073709551616"
		}
		return "-" + strconv.FormatUint(h.N+1, 10)
	case Float32:
		return showFloat(math.Float64frombits(h.N), 32)
	case Float64:
		return showFloat(math.Float64frombits(h.N), 64)
	}
	return "null"
}

func showFloat(f float64, size int) string {
	switch {
	case f-f != 0:
		return strconv.FormatFloat(f, 'g', -1, 64)
	case size == 32:
		return string(payload.AppendFloat32(nil, float32(f)))
	}
	return string(payload.AppendFloat64(nil, f))
}

// step is one open array or object on the way to a value.
type step struct {
	array bool
	left  int // items or pairs that are not complete; endless
	index int
	named bool // the name of the pair has been read
	name  string
}

// pathTo returns the path of the value that begins at offset. It reads what lies before, which the decoder has found right,
// once more: only errors ask for paths, so decoding pays nothing for them.
func (d *Decoder) pathTo(offset int) string {
	again := d.from(0)
	var open []step
	for again.pos < offset && again.err == nil {
		open = again.step(open)
	}
	path := ""
	for _, s := range open {
		switch {
		case s.array:
			path = payload.Item(path, s.index)
		case s.named:
			path = payload.Join(path, payload.Field(s.name))
		}
	}
	return path
}

// step reads one head, or one item that has no items in it.
func (d *Decoder) step(open []step) []step {
	h := d.head()
	if n := len(open); n > 0 && !open[n-1].array && !open[n-1].named && h.Kind != End {
		from := d.pos
		d.SkipValue()
		open[n-1].named, open[n-1].name = true, d.nameAt(from)
		return open
	}
	switch h.Kind {
	case Tag:
		d.pos += h.Size
		return open
	case End:
		d.pos++
		return complete(open[:len(open)-1])
	case Array, Map:
		d.pos += h.Size
		s := step{array: h.Kind == Array, left: endless}
		if !h.open() {
			s.left = int(h.N)
		}
		if s.left == 0 {
			return complete(open)
		}
		return append(open, s)
	}
	d.SkipValue()
	return complete(open)
}

// nameAt is the name at offset. In what is skipped it may be no text.
func (d *Decoder) nameAt(offset int) string {
	at := d.from(offset)
	if h := at.value(); h.Kind == Text {
		return string(at.text(h))
	}
	return d.snippet(offset)
}

// complete notes that an item is complete, and so perhaps the ones that it lies in.
func complete(open []step) []step {
	for n := len(open); n > 0; n-- {
		s := &open[n-1]
		s.index++
		s.named = false
		if s.left == endless {
			return open
		}
		if s.left--; s.left > 0 {
			return open
		}
		open = open[:n-1]
	}
	return open
}
