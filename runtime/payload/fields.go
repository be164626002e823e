package payload

import (
	"bytes"
)

// Fields notes which fields of one object have been read. The zero value is ready for a new object. The known fields of
// an object are numbered from 0, the required ones first.
type Fields struct {
	seen    uint64          // the fields 0 to 63
	more    []uint64        // those from 64
	unknown int             // how many of the last in Decoder.unknown are of this object
	names   map[string]bool // the unknown fields, from when on there are many
}

// span is a part of the document.
type span struct{ start, end int }

// Mark notes that field i is there: it is the one whose name was read last. To see it twice is an error.
func (d *Decoder) Mark(f *Fields, i uint) {
	if i >= 64 || f.seen>>i&1 != 0 {
		d.markMore(f, i)
	}
	f.seen |= 1 << i
}

func (d *Decoder) markMore(f *Fields, i uint) {
	if i >= 64 {
		word, bit := int(i/64)-1, uint64(1)<<(i%64)
		for len(f.more) <= word {
			f.more = append(f.more, 0)
		}
		if f.more[word]&bit == 0 {
			f.more[word] |= bit
			return
		}
	}
	d.Twice()
}

// Twice fails because the name that was read last has been there before.
func (d *Decoder) Twice() {
	if d.err == nil {
		d.failField(d.name, unquote(d.whole[d.name:]), "is there twice")
	}
}

// Refuse fails because the object has no field of the name that was read last.
func (d *Decoder) Refuse() {
	if d.err == nil {
		d.failField(d.name, unquote(d.whole[d.name:]), "unknown field")
	}
}

// Skip reads over the value of a field that is not known.
func (d *Decoder) Skip(f *Fields) {
	d.noteUnknown(f)
	d.SkipValue()
}

// Require is called at the end of an object. names are those of the fields 0, 1, ... that must have been there.
func (d *Decoder) Require(f *Fields, names ...string) {
	d.unknowns -= f.unknown
	if n := len(names); n < 64 && f.seen&(1<<n-1) == 1<<n-1 {
		return
	}
	d.requireEach(f, names)
}

func (d *Decoder) requireEach(f *Fields, names []string) {
	for i, name := range names {
		word, bit := f.seen, uint64(1)<<(i%64)
		if i >= 64 {
			word = 0
			if i/64 <= len(f.more) {
				word = f.more[i/64-1]
			}
		}
		if word&bit == 0 && d.err == nil {
			d.failField(d.pos-1, name, "is missing")
		}
	}
}

// noteUnknown makes sure that the last name is there once.
func (d *Decoder) noteUnknown(f *Fields) {
	if d.err != nil {
		return
	}
	name := span{d.name, d.name + quotedLength(d.data[d.name:])}
	own := d.unknown[d.unknowns-f.unknown : d.unknowns]
	if f.names == nil && d.unknowns < len(d.unknown) {
		for _, other := range own {
			if d.sameName(name, other) {
				d.Twice()
				return
			}
		}
		d.unknown[d.unknowns] = name
		d.unknowns++
		f.unknown++
		return
	}
	if f.names == nil {
		f.names = map[string]bool{}
		for _, other := range own {
			f.names[unquote(d.data[other.start:other.end])] = true
		}
	}
	text := unquote(d.data[name.start:name.end])
	if f.names[text] {
		d.Twice()
	}
	f.names[text] = true
}

// quotedLength is the length of the string, with its quotes, that b begins with.
func quotedLength(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}

// sameName compares names by what they mean: "a" may be written "\u0061".
func (d *Decoder) sameName(a, b span) bool {
	x, y := d.data[a.start:a.end], d.data[b.start:b.end]
	if bytes.IndexByte(x, '\\') < 0 && bytes.IndexByte(y, '\\') < 0 {
		return bytes.Equal(x, y)
	}
	return unquote(x) == unquote(y)
}

// SkipValue reads over a value of any kind.
func (d *Decoder) SkipValue() {
	switch c := d.token(); c {
	case '{':
		var f Fields
		for name := d.Object(); name != nil; name = d.Next() {
			d.noteUnknown(&f)
			d.SkipValue()
		}
		d.Require(&f)
	case '[':
		for ok := d.Array(); ok; ok = d.More() {
			d.SkipValue()
		}
	case '"':
		d.quoted()
	case 't', 'f', 'n':
		if !d.word("true") && !d.word("false") && !d.word("null") {
			d.unexpected("where a value should be")
		}
	default:
		if _, ok := d.number(); !ok {
			d.unexpected("where a value should be")
		}
	}
}
