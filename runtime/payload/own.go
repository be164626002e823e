package payload

import (
	"encoding"
	"encoding/json"
)

// Unmarshal reads a value of any kind into a type that reads JSON by itself.
func (d *Decoder) Unmarshal(v json.Unmarshaler) {
	d.token()
	start := d.pos
	if d.SkipValue(); d.err != nil {
		return
	}
	if err := v.UnmarshalJSON(d.data[start:d.pos:d.pos]); err != nil {
		d.failOwn(start, err)
	}
}

// UnmarshalText reads a string into a type that reads text by itself.
func (d *Decoder) UnmarshalText(v encoding.TextUnmarshaler) {
	start, text := d.textOf("a string")
	if d.err != nil {
		return
	}
	if err := v.UnmarshalText(text); err != nil {
		d.failOwn(start, err)
	}
}

func (d *Decoder) failOwn(start int, err error) {
	if !d.dead() {
		d.failWith(In(pathTo(d.whole[:start]), err))
	}
}

// CheckMarshal returns an error if v cannot be written, or not as one JSON value.
func CheckMarshal(path string, v json.Marshaler) error {
	b, err := v.MarshalJSON()
	if err != nil {
		return In(path, err)
	}
	var d Decoder
	d.Reset(b)
	d.SkipValue()
	if err := d.End(); err != nil {
		return In(path, err)
	}
	return nil
}

// CheckMarshalText returns an error if v cannot be written.
func CheckMarshalText(path string, v encoding.TextMarshaler) error {
	if _, err := v.MarshalText(); err != nil {
		return In(path, err)
	}
	return nil
}

// AppendMarshal appends the JSON of a value that was checked, null if it cannot be written any more.
func AppendMarshal(b []byte, v json.Marshaler) []byte {
	text, err := v.MarshalJSON()
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}

// AppendMarshalText appends the text of a value that was checked as a string, null if it cannot be written any more.
func AppendMarshalText(b []byte, v encoding.TextMarshaler) []byte {
	text, err := v.MarshalText()
	if err != nil {
		return append(b, "null"...)
	}
	return AppendString(b, string(text))
}
