package payload

import (
	"fmt"
	"strconv"
)

// fail ends the reading with an error, unless there is one.
func (d *Decoder) fail(path, reason string) {
	if d.err == nil {
		d.err = &Error{Path: path, Reason: reason}
	}
	d.data, d.pos = nil, 0
}

// failAt fails at the value that begins at offset.
func (d *Decoder) failAt(offset int, reason string) {
	if d.err == nil {
		d.fail(pathTo(d.whole[:offset]), reason)
	}
}

// failField fails at a field, there or missing, of the object that holds offset.
func (d *Decoder) failField(offset int, name, reason string) {
	if d.err == nil {
		d.fail(join(pathAround(d.whole[:offset]), field(name)), reason)
	}
}

// unexpected fails where the document is not JSON.
func (d *Decoder) unexpected(where string) {
	switch {
	case d.err != nil:
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
	if d.err != nil {
		return
	}
	start := d.pos
	probe := Decoder{}
	probe.Reset(d.whole)
	probe.pos, probe.depth = start, d.depth
	probe.skip()
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
