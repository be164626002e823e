// Package text reads and writes scalars as plain text for generated codecs: a string as it is, without quotes, and
// everything else as JSON writes it. A number may have white space around it.
package text

import (
	"encoding"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// Decoder reads one scalar from text. It has the methods of payload.Decoder, of which those for arrays and objects always
// fail: generated code does not call them.
type Decoder struct {
	payload.Decoder
	text []byte
	want string // what a text should be that is not even JSON
}

// Reset makes d read another text.
func (d *Decoder) Reset(text []byte) {
	d.text, d.want = text, "a scalar"
	d.Decoder.Reset(text)
}

// End returns the first error.
func (d *Decoder) End() error {
	err := d.Decoder.End()
	e, ok := err.(*payload.Error)
	switch {
	case !ok || e.Path != "":
		return err
	case !utf8.Valid(d.text):
		return &payload.Error{Reason: "not UTF-8"}
	case strings.HasPrefix(e.Reason, "not JSON: ") || strings.HasPrefix(e.Reason, "empty, "):
		return &payload.Error{Reason: payload.Quote(string(d.text)) + " is not " + d.want}
	}
	return err
}

// quote makes a string of JSON of the text.
func (d *Decoder) quote() *payload.Decoder {
	if utf8.Valid(d.text) {
		d.Decoder.Reset(payload.AppendString(nil, string(d.text)))
	} else {
		d.Decoder.Reset([]byte("\"\xff\""))
	}
	return &d.Decoder
}

// Float64 reads a number.
func (d *Decoder) Float64() float64 { d.want = "a number"; return d.Decoder.Float64() }

// Float32 reads a number of 32 bits.
func (d *Decoder) Float32() float32 { d.want = "a number"; return d.Decoder.Float32() }

// Int64 reads an integer.
func (d *Decoder) Int64() int64 { d.want = "an integer"; return d.Decoder.Int64() }

// Int32 reads an integer of 32 bits.
func (d *Decoder) Int32() int32 { d.want = "an integer"; return d.Decoder.Int32() }

// Uint64 reads an integer that is not negative.
func (d *Decoder) Uint64() uint64 { d.want = "an integer"; return d.Decoder.Uint64() }

// Uint32 reads an integer of 32 bits that is not negative.
func (d *Decoder) Uint32() uint32 { d.want = "an integer"; return d.Decoder.Uint32() }

// Bool reads true or false.
func (d *Decoder) Bool() bool { d.want = "true or false"; return d.Decoder.Bool() }

// String reads any text.
func (d *Decoder) String() string { return d.quote().String() }

// Text reads any text and returns its bytes, valid until the next call of a method and not for writing.
func (d *Decoder) Text() []byte { return d.quote().Text() }

// Bytes reads a text in base64.
func (d *Decoder) Bytes() []byte { return d.quote().Bytes() }

// Date reads a text of the form "2006-01-02".
func (d *Decoder) Date() payload.Date { return d.quote().Date() }

// DateTime reads a text in the form of RFC 3339.
func (d *Decoder) DateTime() time.Time { return d.quote().DateTime() }

// Time reads a text of the form "15:04:05Z".
func (d *Decoder) Time() payload.Time { return d.quote().Time() }

// Duration reads a text such as "P3DT4H".
func (d *Decoder) Duration() payload.Duration { return d.quote().Duration() }

// UUID reads a text of the form 8-4-4-4-12.
func (d *Decoder) UUID() payload.UUID { return d.quote().UUID() }

// IPv4 reads a text such as "192.0.2.1".
func (d *Decoder) IPv4() netip.Addr { return d.quote().IPv4() }

// IPv6 reads a text such as "2001:db8::1".
func (d *Decoder) IPv6() netip.Addr { return d.quote().IPv6() }

// UnmarshalText reads a text into a type that reads text by itself.
func (d *Decoder) UnmarshalText(v encoding.TextUnmarshaler) { d.quote().UnmarshalText(v) }

// Append appends a scalar, of which it gets the JSON, as text.
func Append(b, json []byte) []byte {
	if len(json) == 0 || json[0] != '"' {
		return append(b, json...)
	}
	var d payload.Decoder
	d.Reset(json)
	return append(b, d.Text()...)
}
