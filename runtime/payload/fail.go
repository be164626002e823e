package payload

import (
	"errors"
	"fmt"
	"strconv"
)

// fail ends the reading with an error, unless there is one.
func (d *Decoder) fail(path, reason string) { d.failWith(&Error{Path: path, Reason: reason}) }

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
	if !d.dead() {
		d.fail(pathTo(d.whole[:offset]), reason)
	}
}

// failField fails at a field, there or missing, of the object that holds offset.
func (d *Decoder) failField(offset int, name, reason string) {
	if !d.dead() {
		d.fail(join(pathAround(d.whole[:offset]), field(name)), reason)
	}
}

// unexpected fails where the document is not JSON.
func (d *Decoder) unexpected(where string) {
	switch {
	case d.dead():
	case len(d.whole) == 0:
		d.fail("", "empty, want JSON")
	case d.pos >= len(d.data):
		d.fail("", "not JSON: ends too early, "+where)
	default:
		d.fail("", fmt.Sprintf("not JSON: %q at byte %d %s", rune(d.data[d.pos]), d.pos, where))
	}
}

// mismatch fails where the next value is of another type, or none at all.
func (d *Decoder) mismatch(want string) {
	if d.dead() {
		return
	}
	start := d.pos
	probe := Decoder{}
	probe.Reset(d.whole)
	probe.pos, probe.depth = start, d.depth
	probe.SkipValue()
	if probe.err != nil {
		d.unexpected("where " + want + " should be")
		return
	}
	d.failAt(start, snippet(d.whole[start:probe.pos])+" is not "+want)
}

// snippet prints a value of the document as it stands there.
func snippet(b []byte) string {
	switch b[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		if s, err := strconv.Unquote(string(b)); err == nil {
			return shorten(s)
		}
	}
	if len(b) > longest {
		return string(b[:longest]) + "..."
	}
	return string(b)
}

// failAround fails at the array or object that holds offset.
func (d *Decoder) failAround(offset int, reason string) {
	if !d.dead() {
		d.fail(pathAround(d.whole[:offset]), reason)
	}
}
