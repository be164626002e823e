package payload

import "strings"

// Kind is the kind of a value, as it shows at the value's first byte.
type Kind uint8

// The kinds of values.
const (
	KindNone Kind = iota // no value
	KindNull
	KindBoolean
	KindNumber
	KindString
	KindArray
	KindObject
)

// Kind returns the kind of the next value, which it does not read.
func (d *Decoder) Kind() Kind {
	switch c := d.token(); c {
	case 'n':
		return KindNull
	case 't', 'f':
		return KindBoolean
	case '"':
		return KindString
	case '[':
		return KindArray
	case '{':
		return KindObject
	default:
		if c == '-' || c-'0' <= 9 {
			return KindNumber
		}
	}
	return KindNone
}

// Mismatch fails because the next value is of another kind than all variants of a union. want is what it should be:
// "an object or a string".
func (d *Decoder) Mismatch(want string) {
	d.token()
	d.mismatch(want)
}

// Discriminator looks for a property of the object that comes next, and returns its text, valid until the next call of
// a method. The object is then read as if nothing had been.
func (d *Decoder) Discriminator(property string) (text []byte) {
	if d.token() != '{' {
		d.mismatch("an object")
		return nil
	}
	before := d.place()
	var f Fields
	for name := d.Object(); name != nil; name = d.Next() {
		if string(name) == property {
			text = d.Text()
			d.back(before)
			return text
		}
		d.Skip(&f)
	}
	d.failField(d.pos-1, property, "is missing")
	return nil
}

// NoVariant fails because the text of a discriminator stands for no variant. The next value is the object.
func (d *Decoder) NoVariant(property string, text []byte, texts ...string) {
	if d.dead() {
		return
	}
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = shorten(s)
	}
	err := NotOneOf(field(property), string(text), quoted...)
	d.failWith(In(pathTo(d.whole[:d.pos]), err))
}

// place is how far a document has been read.
type place struct{ pos, depth, unknowns int }

func (d *Decoder) place() place { return place{d.pos, d.depth, d.unknowns} }

// back returns to a place, unless there is an error.
func (d *Decoder) back(to place) {
	if d.err == nil {
		d.pos, d.depth, d.unknowns = to.pos, to.depth, to.unknowns
	}
}

// Union is the search for the variant that a value fits: each is read from the same bytes in turn. Generated code does
//
//	u := d.OneOf("Circle", "Square")
//	for u.Next(d) {
//		switch u.Variant {
//		case 0:
//			var x Circle
//			x.decode(d)
//			if u.Fits(d, x.check) {
//				v.Value = x
//			}
//		...
//
// Where none fits, all are read once more, for an error that says why each does not.
type Union struct {
	Variant int // the one to try

	names   []string
	any     bool // the first that fits will do; otherwise it must be the only one
	first   int  // the first that fits, -1 for none
	second  int  // one more that fits
	start   place
	end     int  // of the value
	outer   bool // the value lies in a variant that is only tried
	explain bool // why none fits
	said    int  // where in Decoder.reasons those of this union begin
}

// OneOf begins the search for the only variant that the next value fits.
func (d *Decoder) OneOf(variants ...string) Union { return d.union(false, variants) }

// AnyOf begins the search for the first variant that the next value fits.
func (d *Decoder) AnyOf(variants ...string) Union { return d.union(true, variants) }

func (d *Decoder) union(anyOf bool, variants []string) Union {
	d.token()
	u := Union{Variant: -1, names: variants, any: anyOf, first: -1, second: -1, start: d.place(), outer: d.trying}
	d.SkipValue() // so that what is no JSON is told at once
	u.end = d.pos
	d.trying = d.trying || d.err == nil
	return u
}

// Next goes to the next variant to try. At the end the value has been read.
func (u *Union) Next(d *Decoder) bool {
	u.Variant++
	switch {
	case u.end == 0: // the error is that of the value
		return false
	case u.any && u.first >= 0 || u.Variant == len(u.names) && (u.first >= 0 || u.outer):
		u.settle(d)
		return false
	case u.Variant == len(u.names) && u.explain:
		u.refuse(d)
		return false
	case u.Variant == len(u.names):
		u.Variant, u.explain, u.said, d.trying = 0, true, len(d.reasons), false
	}
	u.rewind(d)
	d.tried += u.end - u.start.pos
	if d.tried > maxTried+triedTimes*len(d.whole) {
		d.trying = u.outer
		d.failAt(u.start.pos, "fits too many variants of unions at the beginning")
		return false
	}
	return true
}

// What may be read to find the variants of all unions of a document, beside the document: so that unions in unions
// cannot make a short document cost much.
const (
	maxTried   = 1 << 16
	triedTimes = 64
)

// Fits says whether the variant that was read is the one. check is called if it was read without an error; nil is no
// check.
func (u *Union) Fits(d *Decoder, check func() error) bool {
	err := d.err
	if err == nil && check != nil {
		err = check()
	}
	switch {
	case u.explain:
		u.note(d, err)
	case err != nil:
	case u.first >= 0:
		u.second = u.Variant
	default:
		u.first = u.Variant
		return true
	}
	return false
}

func (u *Union) rewind(d *Decoder) {
	d.data, d.err = d.whole, nil
	d.back(u.start)
}

// settle ends the search.
func (u *Union) settle(d *Decoder) {
	u.rewind(d)
	d.trying = u.outer
	switch {
	case u.first < 0:
		d.failWith(errNoFit)
	case u.second >= 0:
		d.failAt(u.start.pos, "fits "+u.names[u.first]+" and "+u.names[u.second]+", but must fit one only")
	default:
		d.pos = u.end
	}
}

// longestReason is how much an error says of one variant.
const longestReason = 200

// note keeps why a variant does not fit, with the path from the value on.
func (u *Union) note(d *Decoder, err error) {
	reason := "fits at the second look" // a check that does not always say the same
	if err != nil {
		reason = err.Error()
	}
	if d.err != nil {
		reason = strings.TrimPrefix(strings.TrimPrefix(reason, pathTo(d.whole[:u.start.pos])), ".")
		reason = strings.TrimPrefix(reason, ": ")
	}
	if len(reason) > longestReason {
		reason = strings.ToValidUTF8(reason[:longestReason], "") + "..."
	}
	if u.Variant > 0 {
		d.reasons = append(d.reasons, ", "...)
	}
	for _, part := range [...]string{"not ", u.names[u.Variant], " (", reason, ")"} {
		d.reasons = append(d.reasons, part...)
	}
}

func (u *Union) refuse(d *Decoder) {
	u.rewind(d)
	reasons := string(d.reasons[u.said:])
	d.reasons = d.reasons[:u.said]
	d.failAt(u.start.pos, "fits no variant: "+reasons)
}

// NotVariant is the error of a union that holds nothing, or a type that is not one of its variants.
func NotVariant(path string, variants ...string) error {
	return &Error{path, "holds none of " + strings.Join(variants, ", ")}
}
