package item

import "bytes"

// Fields notes which fields of one object have been read. The zero value is ready for a new object. The known fields of
// an object are numbered from 0, the required ones first.
type Fields struct {
	seen    uint64          // the fields 0 to 63
	more    []uint64        // those from 64
	unknown int             // how many of the last in Decoder.unknown are of this object
	names   map[string]bool // the unknown fields, from when on there are many
}

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
func (d *Decoder) Twice() { d.failName("is there twice") }

// Refuse fails because the object has no field of the name that was read last.
func (d *Decoder) Refuse() { d.failName("unknown field") }

// failName fails at the field whose name was read last.
func (d *Decoder) failName(reason string) {
	if d.err == nil {
		d.failField(int(d.open[d.depth].start), d.nameText(d.name), reason)
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
			d.failField(int(d.open[d.depth+1].start), name, "is missing") // the object was left just now
		}
	}
}

// noteUnknown makes sure that the last name is there once.
func (d *Decoder) noteUnknown(f *Fields) {
	if d.err != nil {
		return
	}
	own := d.unknown[d.unknowns-f.unknown : d.unknowns]
	if f.names == nil && d.unknowns < len(d.unknown) {
		for _, other := range own {
			if d.sameName(d.name, other) {
				d.Twice()
				return
			}
		}
		d.unknown[d.unknowns] = d.name
		d.unknowns++
		f.unknown++
		return
	}
	if f.names == nil {
		f.names = map[string]bool{}
		for _, other := range own {
			f.names[d.nameText(other)] = true
		}
	}
	text := d.nameText(d.name)
	if f.names[text] {
		d.Twice()
	}
	f.names[text] = true
}

// sameName compares names by what they mean: their heads may have different lengths, and they may come in chunks.
func (d *Decoder) sameName(a, b span) bool {
	x, y := d.whole[a.start:a.end], d.whole[b.start:b.end]
	if bytes.Equal(x, y) {
		return true
	}
	if f := d.format; x[0]-f.Short < f.Shorts && y[0]-f.Short < f.Shorts {
		return false
	}
	return d.nameText(a) == d.nameText(b)
}

// nameText is the text of a name that was read before.
func (d *Decoder) nameText(name span) string { return d.from(int(name.start)).String() }

// SkipValue reads over a value of any kind.
func (d *Decoder) SkipValue() {
	switch h := d.value(); h.Kind {
	case Map:
		d.skipMap(h)
	case Array:
		for ok := d.enter(h, 1); ok; ok = d.next() {
			d.SkipValue()
		}
	case Text:
		d.text(h)
	case Bytes:
		d.bytes(h)
	case Extension:
		d.take(h)
	case Invalid, Short, End:
		d.unexpected(" where a value should be")
	default:
		d.pos += h.Size
	}
}

// skipMap reads over a map, in which the names may be of other kinds than text.
func (d *Decoder) skipMap(h Head) {
	var f Fields
	for ok := d.enter(h, 2); ok; ok = d.next() {
		if d.value().Kind == Text {
			d.field()
			d.noteUnknown(&f)
		} else {
			d.SkipValue()
		}
		d.SkipValue()
	}
	d.Require(&f)
}
