package text_test

import (
	"fmt"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/text"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		text string
		read func(d *text.Decoder) any
		want string
	}{
		{`say "hi"` + "\n\x00ä", func(d *text.Decoder) any { return d.String() }, `say "hi"` + "\n\x00ä"},
		{"", func(d *text.Decoder) any { return d.String() }, ""},
		{"low", func(d *text.Decoder) any { return string(d.Text()) }, "low"},
		{"\xff", func(d *text.Decoder) any { return d.String() }, "not UTF-8"},
		{"\xff", func(d *text.Decoder) any { return d.Int64() }, "not UTF-8"},
		{"-12", func(d *text.Decoder) any { return d.Int64() }, "-12"},
		{" 1.0\r\n", func(d *text.Decoder) any { return d.Int32() }, "1"},
		{"12x", func(d *text.Decoder) any { return d.Int64() }, `"12x" is not an integer`},
		{"1.5", func(d *text.Decoder) any { return d.Uint32() }, "1.5 is not an integer"},
		{"-1", func(d *text.Decoder) any { return d.Uint64() }, "-1 is not an integer from 0 to 18446744073709551615"},
		{"", func(d *text.Decoder) any { return d.Float64() }, `"" is not a number`},
		{"21.5", func(d *text.Decoder) any { return d.Float32() }, "21.5"},
		{"NaN", func(d *text.Decoder) any { return d.Float64() }, `"NaN" is not a number`},
		{"[1]", func(d *text.Decoder) any { return d.Float64() }, "an array is not a number"},
		{"true", func(d *text.Decoder) any { return d.Bool() }, "true"},
		{"yes", func(d *text.Decoder) any { return d.Bool() }, `"yes" is not true or false`},
		{"2026-01-02", func(d *text.Decoder) any { return d.Date() }, "2026-01-02"},
		{"2026-01-02T03:04:05Z", func(d *text.Decoder) any { return d.DateTime() }, "2026-01-02 03:04:05 +0000 UTC"},
		{"today", func(d *text.Decoder) any { return d.Date() }, `"today" is not a date such as 2006-01-02`},
		{"P1D", func(d *text.Decoder) any { return d.Duration() }, "P1D"},
		{"192.0.2.1", func(d *text.Decoder) any { return d.IPv4() }, "192.0.2.1"},
		{"AQI=", func(d *text.Decoder) any { return d.Bytes() }, "[1 2]"},
	} {
		var d text.Decoder
		d.Reset([]byte(c.text))
		got := fmt.Sprint(c.read(&d))
		if err := d.End(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, want := range []string{`say "hi"` + "\n\x00ä", ""} {
		if got := string(text.Append([]byte("<"), payload.AppendString(nil, want))); got != "<"+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := string(text.Append(nil, payload.AppendFloat64(nil, 21.5))); got != "21.5" {
		t.Errorf("%q", got)
	}
}
