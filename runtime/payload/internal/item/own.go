package item

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// Unmarshal reads a value of any kind into a type that reads JSON by itself. Byte strings are text in base64 then, and
// times text in the form of RFC 3339.
func (d *Decoder) Unmarshal(v json.Unmarshaler) {
	start := d.pos
	text := d.appendJSON(nil)
	if d.err != nil {
		return
	}
	if err := v.UnmarshalJSON(text); err != nil {
		d.failOwn(start, err)
	}
}

// UnmarshalText reads a string into a type that reads text by itself.
func (d *Decoder) UnmarshalText(v encoding.TextUnmarshaler) {
	text, ok := d.textOf("a string")
	if !ok {
		return
	}
	if err := v.UnmarshalText(text); err != nil {
		d.failOwn(d.start, err)
	}
}

func (d *Decoder) failOwn(start int, err error) {
	if !d.dead() {
		d.failWith(payload.In(d.pathTo(start), err))
	}
}

// appendJSON reads a value of any kind and appends it as JSON.
func (d *Decoder) appendJSON(b []byte) []byte {
	h := d.value()
	switch h.Kind {
	case Null:
		d.pos += h.Size
		return append(b, "null"...)
	case Bool:
		return strconv.AppendBool(b, d.Bool())
	case Uint:
		return strconv.AppendUint(b, d.Uint64(), 10)
	case Negative:
		if h.N > math.MaxInt64 {
			return payload.AppendFloat64(b, d.Float64())
		}
		return strconv.AppendInt(b, d.Int64(), 10)
	case Float32:
		return payload.AppendFloat32(b, d.Float32())
	case Float64:
		return payload.AppendFloat64(b, d.Float64())
	case Text:
		return payload.AppendString(b, d.String())
	case Bytes:
		b = base64.StdEncoding.AppendEncode(append(b, '"'), d.bytes(h))
		return append(b, '"')
	case Extension:
		var at time.Time
		if h.Type != timestamp {
			d.mismatch("a value of JSON")
			return b
		}
		at = d.DateTime()
		return payload.AppendDateTime(b, at)
	case Array:
		return d.appendArray(b)
	case Map:
		return d.appendMap(b)
	}
	d.unexpected(" where a value should be")
	return b
}

func (d *Decoder) appendArray(b []byte) []byte {
	b = append(b, '[')
	n := 0
	for ok := d.Array(); ok; ok = d.More() {
		if n > 0 {
			b = append(b, ',')
		}
		b = d.appendJSON(b)
		n++
	}
	return append(b, ']')
}

func (d *Decoder) appendMap(b []byte) []byte {
	b = append(b, '{')
	n := 0
	var f Fields
	for name := d.Object(); name != nil; name = d.Next() {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(payload.AppendString(b, string(name)), ':')
		d.noteUnknown(&f)
		b = d.appendJSON(b)
		n++
	}
	d.Require(&f)
	return append(b, '}')
}

// Writer is the functions that append values of a format.
type Writer struct {
	Map, Array func(b []byte, n int) []byte
	Text       func(b []byte, v string) []byte
	Int        func(b []byte, v int64) []byte
	Uint       func(b []byte, v uint64) []byte
	Float      func(b []byte, v float64) []byte
	Bool       func(b []byte, v bool) []byte
	Null       func(b []byte) []byte
}

// AppendMarshal appends a value that was checked, null if it cannot be written any more.
func (w *Writer) AppendMarshal(b []byte, v json.Marshaler) []byte {
	text, err := v.MarshalJSON()
	if err != nil {
		return w.Null(b)
	}
	var d payload.Decoder
	d.Reset(text)
	out := w.value(b, &d)
	if d.End() != nil {
		return w.Null(b)
	}
	return out
}

// AppendMarshalText appends the text of a value that was checked as a string, null if it cannot be written any more.
func (w *Writer) AppendMarshalText(b []byte, v encoding.TextMarshaler) []byte {
	text, err := v.MarshalText()
	if err != nil {
		return w.Null(b)
	}
	return w.Text(b, string(text))
}

// value appends what d reads.
func (w *Writer) value(b []byte, d *payload.Decoder) []byte {
	var members []byte
	n := 0
	switch d.Kind() {
	case payload.KindObject:
		for name := d.Object(); name != nil; name = d.Next() {
			members = w.value(w.Text(members, string(name)), d)
			n++
		}
		return append(w.Map(b, n), members...)
	case payload.KindArray:
		for ok := d.Array(); ok; ok = d.More() {
			members = w.value(members, d)
			n++
		}
		return append(w.Array(b, n), members...)
	case payload.KindString:
		return w.Text(b, d.String())
	case payload.KindNumber:
		return w.number(b, d)
	case payload.KindBoolean:
		return w.Bool(b, d.Bool())
	}
	d.SkipValue() // null, or the error that no JSON is
	return w.Null(b)
}

// number appends an integer where there is one, whose digits a float64 might not have.
func (w *Writer) number(b []byte, d *payload.Decoder) []byte {
	var text json.Number
	d.Unmarshal((*number)(&text))
	if i, err := strconv.ParseInt(text.String(), 10, 64); err == nil {
		return w.Int(b, i)
	}
	if u, err := strconv.ParseUint(text.String(), 10, 64); err == nil {
		return w.Uint(b, u)
	}
	f, err := text.Float64()
	if err != nil {
		return w.Null(b)
	}
	return w.Float(b, f)
}

type number json.Number

// UnmarshalJSON keeps the number as it is written.
func (n *number) UnmarshalJSON(b []byte) error {
	*n = number(b)
	return nil
}
