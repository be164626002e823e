package payload

import "strconv"

// MaxDepth is how deep arrays and objects may lie in each other.
const MaxDepth = 64

// Decoder reads one JSON document. Its methods are called in the order in which the document must have its values.
// After the first error every method returns a zero value at once, and End returns the error: so the callers need not
// ask in between.
//
// A Decoder belongs to one goroutine. It keeps the document until Reset; what it returns is a copy, but for the names
// of fields and the bytes of Text.
type Decoder struct {
	data  []byte // the document; empty after an error, so that reading ends
	pos   int    // of the next byte
	name  int    // where the name of the last field begins
	start int    // where the last number or text begins
	depth int    // of open arrays and objects

	unescaped []byte // the last text that had escapes

	// The names of the unknown fields of all open objects, as far as there is room: Fields has the others.
	unknown  [8]span
	unknowns int

	whole []byte // the document, for the path of an error
	err   error

	trying  bool   // a variant of a union: what is wrong with it is not worth an error with a path
	tried   int    // how many bytes were read for that
	reasons []byte // why no variant fits
}

// Reset makes d read another document.
//
//go:noinline
func (d *Decoder) Reset(document []byte) {
	d.data, d.whole = document, document
	d.pos, d.depth, d.unknowns, d.err = 0, 0, 0, nil
	d.trying, d.tried = false, 0
}

// End returns the first error, or an error if something follows the value.
func (d *Decoder) End() error {
	if d.token() != 0 {
		d.unexpected("after the value")
	}
	return d.err
}

// Object enters an object and returns the name of its first field, nil if it has none. The name is valid until the
// next call of a method. The value of the field must be read before Next is called.
func (d *Decoder) Object() (name []byte) {
	if d.token() != '{' {
		d.mismatch("an object")
		return nil
	}
	d.enter()
	if d.token() == '}' {
		d.leave()
		return nil
	}
	return d.field()
}

// Next returns the name of an object's next field, nil at the object's end.
func (d *Decoder) Next() (name []byte) {
	switch d.token() {
	case ',':
		d.pos++
		return d.field()
	case '}':
		d.leave()
	default:
		d.unexpected("in an object, want , or }")
	}
	return nil
}

// field reads the name of a field and the colon.
func (d *Decoder) field() []byte {
	if d.token() != '"' {
		d.unexpected("in an object, want the name of a field")
		return nil
	}
	d.name = d.pos
	name := d.quoted()
	if d.token() != ':' {
		d.unexpected("after the name of a field, want :")
		return nil
	}
	d.pos++
	return name
}

// Array enters an array and says whether it has a first item, which must be read before More is called.
func (d *Decoder) Array() bool {
	if d.token() != '[' {
		d.mismatch("an array")
		return false
	}
	d.enter()
	if d.token() == ']' {
		d.leave()
		return false
	}
	return d.err == nil
}

// More says whether an array has one more item.
func (d *Decoder) More() bool {
	switch d.token() {
	case ',':
		d.pos++
		return true
	case ']':
		d.leave()
	default:
		d.unexpected("in an array, want , or ]")
	}
	return false
}

// AtMost is called before the next of the items of an array is read, of which n were read before. It fails if that is
// all that there may be: so an array that is too long is refused before memory is spent on it.
func (d *Decoder) AtMost(maximum, n int) {
	if n >= maximum && d.err == nil {
		d.token()
		d.failAt(d.pos, "more than "+count(maximum, "item"))
	}
}

// AtLeast is called at the end of an array of n items. It fails if there must be more.
func (d *Decoder) AtLeast(minimum, n int) {
	if n < minimum {
		d.failAround(d.pos-1, count(n, "item")+", fewer than "+strconv.Itoa(minimum))
	}
}

// Start returns where the next value begins, for Const.
func (d *Decoder) Start() int {
	d.token()
	return d.pos
}

// Const fails if the value that was read last, from start, is not the only one that is allowed, as ok says.
//
//go:noinline
func (d *Decoder) Const(start int, ok bool, want string) {
	if !ok && d.err == nil {
		d.failAt(start, snippet(d.whole[start:d.pos])+" is not "+want)
	}
}

// Push appends an item to the list that an array becomes. The first one makes room for a few, so that small arrays,
// which most are, cost one allocation.
func Push[T any](list []T, item T) []T {
	if list == nil {
		list = make([]T, 0, 4)
	}
	return append(list, item)
}

// Add appends a zero item to the list that an array becomes, and returns its address: so that large items are read where
// they stay.
func Add[T any](list *[]T) *T {
	var zero T
	*list = Push(*list, zero)
	return &(*list)[len(*list)-1]
}

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	switch d.token() {
	case 't':
		if d.word("true") {
			return true
		}
	case 'f':
		if d.word("false") {
			return false
		}
	}
	d.mismatch("true or false")
	return false
}

// Null reads null if that is the next value, and says so.
func (d *Decoder) Null() bool { return d.token() == 'n' && d.word("null") }

// word reads a literal if it is the next.
func (d *Decoder) word(s string) bool {
	if rest := d.data[d.pos:]; len(rest) < len(s) || string(rest[:len(s)]) != s {
		return false
	}
	d.pos += len(s)
	return true
}

// enter steps into an array or an object.
func (d *Decoder) enter() {
	d.depth++
	if d.depth > MaxDepth {
		d.failAt(d.pos, "nested deeper than "+strconv.Itoa(MaxDepth))
		return
	}
	d.pos++
}

// leave steps behind the end of an array or an object.
func (d *Decoder) leave() {
	d.pos++
	d.depth--
}

// token skips white space and returns the next byte, 0 at the end of the document.
func (d *Decoder) token() (c byte) {
	if d.pos < len(d.data) {
		c = d.data[d.pos]
	}
	if c <= ' ' {
		return d.space()
	}
	return c
}

// space is the rare part of token, which is inlined without it.
//
//go:noinline
func (d *Decoder) space() byte {
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\n', '\r':
			d.pos++
		case 0:
			return 1 // 0 means the end
		default:
			return c
		}
	}
	return 0
}
