package payload_test

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// read gives document to one method of a Decoder.
func read[T any](document string, method func(*payload.Decoder) T) (T, error) {
	var d payload.Decoder
	d.Reset([]byte(document))
	v := method(&d)
	return v, d.End()
}

type test[T any] struct {
	document string
	want     T
	err      string // if not empty, what End must say
}

func run[T any](t *testing.T, name string, method func(*payload.Decoder) T, tests []test[T]) {
	t.Run(name, func(t *testing.T) {
		for _, tt := range tests {
			got, err := read(tt.document, method)
			switch {
			case tt.err != "":
				if err == nil || err.Error() != tt.err {
					t.Errorf("%s: error %v, want %s", tt.document, err, tt.err)
				}
			case err != nil:
				t.Errorf("%s: %v", tt.document, err)
			case !reflect.DeepEqual(got, tt.want):
				t.Errorf("%s: %v, want %v", tt.document, got, tt.want)
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	run(t, "Int64", (*payload.Decoder).Int64, []test[int64]{
		{"0", 0, ""}, {" -0 ", 0, ""}, {"-17", -17, ""}, {"1.0", 1, ""}, {"1e2", 100, ""}, {"12.50E1", 125, ""},
		{"9223372036854775807", math.MaxInt64, ""}, {"-9223372036854775808", math.MinInt64, ""},
		{"9223372036854775807.000000000000000000000", math.MaxInt64, ""}, {"0e999999999999999", 0, ""},
		{"0.00000000000000000000000000001e29", 1, ""}, {"100000000000000000000000000e-26", 1, ""},
		{"9223372036854775808", 0, "9223372036854775808 is not an integer from -9223372036854775808 to 9223372036854775807"},
		{"99999999999999999999", 0, "99999999999999999999 is not an integer of 64 bits"},
		{"1e999999999999999", 0, "1e999999999999999 is not an integer of 64 bits"},
		{"1e-999999999999999", 0, "1e-999999999999999 is not an integer"},
		{"1.5", 0, "1.5 is not an integer"}, {"0.1", 0, "0.1 is not an integer"},
		{"12345678901234567890.5", 0, "12345678901234567890.5 is not an integer"},
		{`"1"`, 0, `"1" is not an integer`}, {"null", 0, "null is not an integer"}, {"{}", 0, "an object is not an integer"},
		{"01", 0, "not JSON: '0' at byte 0 in a number"}, {"-", 0, "not JSON: ends too early, in a number"},
		{"1.", 0, "not JSON: ends too early, in a number"}, {"1.e3", 0, "not JSON: 'e' at byte 2 in a number"},
		{"1e+", 0, "not JSON: 'e' at byte 1 in a number"}, {"+1", 0, "not JSON: '+' at byte 0 where an integer should be"},
		{"1x", 0, "not JSON: 'x' at byte 1 after the value"}, {"", 0, "empty, want JSON"},
		{"  ", 0, "not JSON: ends too early, where an integer should be"},
	})
	run(t, "Uint64", (*payload.Decoder).Uint64, []test[uint64]{
		{"18446744073709551615", math.MaxUint64, ""}, {"1844674407370955161.5e1", math.MaxUint64, ""}, {"-0", 0, ""},
		{"18446744073709551616", 0, "18446744073709551616 is not an integer of 64 bits"},
		{"-1", 0, "-1 is not an integer from 0 to 18446744073709551615"},
	})
	run(t, "Int32", (*payload.Decoder).Int32, []test[int32]{
		{"2147483647", math.MaxInt32, ""}, {"-2147483648", math.MinInt32, ""},
		{"2147483648", 0, "2147483648 is not an integer from -2147483648 to 2147483647"},
	})
	run(t, "Uint32", (*payload.Decoder).Uint32, []test[uint32]{
		{"4294967295", math.MaxUint32, ""},
		{"4294967296", 0, "4294967296 is not an integer from 0 to 4294967295"},
	})
	run(t, "Float64", (*payload.Decoder).Float64, []test[float64]{
		{"25.5", 25.5, ""}, {"-0", math.Copysign(0, -1), ""}, {"0.1", 0.1, ""}, {"1e22", 1e22, ""}, {"1e23", 1e23, ""},
		{"9007199254740993", 9007199254740992, ""}, {"123456789012345678901234567890", 123456789012345678901234567890, ""},
		{"4.9e-324", 5e-324, ""}, {"1e-400", 0, ""}, {"0.000000000000000000000000000001", 1e-30, ""},
		{"1e400", 0, "1e400 is not a number of 64 bits"}, {"NaN", 0, "not JSON: 'N' at byte 0 where a number should be"},
		{"true", 0, "true is not a number"},
	})
	run(t, "Float32", (*payload.Decoder).Float32, []test[float32]{
		{"0.1", 0.1, ""}, {"16777217", 16777216, ""}, {"3.4e38", 3.4e38, ""}, {"-2.5", -2.5, ""},
		{"1e39", 0, "1e39 is not a number of 32 bits"},
	})
}

func TestTexts(t *testing.T) {
	run(t, "String", (*payload.Decoder).String, []test[string]{
		{`""`, "", ""}, {`"a b"`, "a b", ""}, {`"ä😀"`, "ä😀", ""}, {`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t", ""},
		{`"\u00e4\uD83D\ude00\u0000"`, "ä😀\x00", ""}, {`"x\u0041y"`, "xAy", ""}, {`"\uFFFD"`, "\uFFFD", ""},
		{"\"\u2028\"", "\u2028", ""},
		{`"\ud83d"`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`},
		{`"\ud83d\u0041"`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`},
		{`"\udE00"`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`},
		{`"\u12g4"`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`},
		{`"\x"`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`}, {`"\`, "", `not JSON: '\\' at byte 1 begins no escape of JSON`},
		{"\"a\nb\"", "", `not JSON: '\n' at byte 2 in a string, want an escape`},
		{"\"a\xff\"", "", "not UTF-8"}, {"\"\xed\xa0\x80\"", "", "not UTF-8"},
		{`"a`, "", "not JSON: ends too early, in a string"}, {`"ä`, "", "not JSON: ends too early, in a string"},
		{"12", "", "12 is not a string"}, {"[1]", "", "an array is not a string"},
		{"'a'", "", `not JSON: '\'' at byte 0 where a string should be`},
		{strings.Repeat("9", 50), "", strings.Repeat("9", 40) + "... is not a string"},
	})
	run(t, "Bool", (*payload.Decoder).Bool, []test[bool]{
		{"true", true, ""}, {"false", false, ""}, {"null", false, "null is not true or false"},
		{"tru", false, "not JSON: 't' at byte 0 where true or false should be"}, {"truex", false, "not JSON: 'x' at byte 4 after the value"},
	})
}

func TestTimes(t *testing.T) {
	utc := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	wrong := func(s string) test[time.Time] {
		return test[time.Time]{`"` + s + `"`, time.Time{}, `"` + s + `" is not a date-time such as 2006-01-02T15:04:05Z`}
	}
	run(t, "DateTime", (*payload.Decoder).DateTime, []test[time.Time]{
		{`"2026-01-02T03:04:05Z"`, utc("2026-01-02T03:04:05Z"), ""},
		{`"2026-01-02t03:04:05.123456789123z"`, utc("2026-01-02T03:04:05.123456789Z"), ""},
		{`"2024-02-29T00:30:00+01:30"`, utc("2024-02-28T23:00:00Z"), ""},
		{`"2024-02-29T23:30:00.5-01:30"`, utc("2024-03-01T01:00:00.5Z"), ""},
		{`"2016-12-31T23:59:60Z"`, utc("2017-01-01T00:00:00Z"), ""},
		{`"2016-12-31T15:59:60.5-08:00"`, utc("2017-01-01T00:00:00.5Z"), ""},
		{`"\u0032026-01-02T03:04:05Z"`, utc("2026-01-02T03:04:05Z"), ""},
		wrong("2016-12-31T22:59:60Z"), wrong("2023-02-29T00:00:00Z"), wrong("2026-01-02 03:04:05Z"), wrong("2026-01-02T03:04:05"),
		wrong("2026-01-02T24:00:00Z"), wrong("2026-01-02T03:60:00Z"), wrong("2026-01-02T03:04:61Z"), wrong("2026-01-02T03:04:05.Z"),
		wrong("2026-01-02T03:04:05+24:00"), wrong("2026-01-02T03:04:05+0100"), wrong("2026-1-02T03:04:05Z"), wrong(""),
		{"5", time.Time{}, "5 is not a date-time"},
	})
	run(t, "Date", (*payload.Decoder).Date, []test[payload.Date]{
		{`"2000-02-29"`, payload.Date{Year: 2000, Month: 2, Day: 29}, ""},
		{`"1900-02-29"`, payload.Date{}, `"1900-02-29" is not a date such as 2006-01-02`},
		{`"2000-04-31"`, payload.Date{}, `"2000-04-31" is not a date such as 2006-01-02`},
		{`"2000-04-3"`, payload.Date{}, `"2000-04-3" is not a date such as 2006-01-02`},
		{`"2000-04-30x"`, payload.Date{}, `"2000-04-30x" is not a date such as 2006-01-02`},
	})
	run(t, "UUID", func(d *payload.Decoder) string { return d.UUID().String() }, []test[string]{
		{`"6BA7B810-9dad-11d1-80b4-00c04fd430c8"`, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", ""},
		{`"6ba7b8109dad11d180b400c04fd430c8"`, "", `"6ba7b8109dad11d180b400c04fd430c8" is not a uuid such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8`},
		{`"6ba7b810-9dad-11d1-80b4-00c0-4fd430c"`, "", `"6ba7b810-9dad-11d1-80b4-00c0-4fd430c" is not a uuid such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8`},
		{`"6ba7b810-9dad-11d1-80b4-00c04fd430cg"`, "", `"6ba7b810-9dad-11d1-80b4-00c04fd430cg" is not a uuid such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8`},
	})
}

func TestObjects(t *testing.T) {
	nested := func(depth int) string {
		return strings.Repeat(`{"a":[`, depth/2) + strings.Repeat("]}", depth/2)
	}
	many := func(last string) string {
		var b strings.Builder
		b.WriteString(`{"temperature":1`)
		for i := range 40 {
			b.WriteString(`,"x` + strings.Repeat("y", i) + `":{"k":1}`)
		}
		return b.String() + last + "}"
	}
	for _, tt := range []struct{ document, err string }{
		{readingDocument, ""},
		{" { \"temperature\" : 1 , \"other\" : [ { } , null , -1.5e3 , \"\\u0061\" ] } \n", ""},
		{`{"humidity":1}`, "temperature: is missing"},
		{`{}`, "temperature: is missing"},
		{`[]`, "an array is not an object"},
		{`{"temperature":1,"temperature":2}`, "temperature: is there twice"},
		{`{"temperature":1,"temp\u0065rature":2}`, "temperature: is there twice"},
		{`{"temperature":1,"a":1,"b":1,"a":1}`, "a: is there twice"},
		{`{"temperature":1,"a":1,"\u0061":1}`, "a: is there twice"},
		{`{"temperature":1,"a":{"b":[0,{"c":1,"c":2}]}}`, "a.b[1].c: is there twice"},
		{`{"temperature":1,"a":{"c":1},"b":{"c":2}}`, ""},
		{many(""), ""},
		{many(`,"xy":1`), "xy: is there twice"},
		{many(`,"x` + strings.Repeat("y", 39) + `":1`), "x" + strings.Repeat("y", 39) + ": is there twice"},
		{`{"temperature":"warm"}`, `temperature: "warm" is not a number`},
		{`{"temperature":200}`, "temperature: 200 is more than 125"},
		{`{"temperature":-60.5}`, "temperature: -60.5 is less than -60"},
		{`{"temperature":1,"battery":120}`, "battery: 120 is more than 100"},
		{`{"temperature":1,"a.b":{"":[[tru]]}}`, `not JSON: 't' at byte 29 where a value should be`},
		{`{"temperature":1,"a.b":{"":[[],["` + "\xff" + `"]]}}`, `["a.b"][""][1][0]: not UTF-8`},
		{`{"temperature":1}}`, "not JSON: '}' at byte 17 after the value"},
		{`{"temperature":1,}`, "not JSON: '}' at byte 17 in an object, want the name of a field"},
		{`{"temperature" 1}`, "not JSON: '1' at byte 15 after the name of a field, want :"},
		{`{"temperature":1 "a":1}`, "not JSON: '\"' at byte 17 in an object, want , or }"},
		{`{"temperature":1,"a":[1 2]}`, "not JSON: '2' at byte 24 in an array, want , or ]"},
		{`{"temperature":1,"a":[1,]}`, "not JSON: ']' at byte 24 where a value should be"},
		{`{"temperature":1,"a":[`, "not JSON: ends too early, where a value should be"},
		{"{\"temperature\":1,\x00}", "not JSON: '\\x00' at byte 17 in an object, want the name of a field"},
		{`{temperature:1}`, "not JSON: 't' at byte 1 in an object, want the name of a field"},
		{`{"temperature":1,"a":` + nested(62) + `}`, ""},
		{`{"temperature":1,"a":[` + nested(62) + `]}`, ""},
		{`{"temperature":1,"a":[[` + nested(62) + `]]}`, `a[0][0]` + strings.Repeat(".a[0]", 30) + `.a: nested deeper than 64`},
	} {
		var v reading
		err := v.DecodePayload([]byte(tt.document))
		if got := errorText(err); got != tt.err {
			t.Errorf("%s:\n got %s\nwant %s", tt.document, got, tt.err)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestManyFields numbers 200 fields, the first 150 of which are required.
func TestManyFields(t *testing.T) {
	var names []string
	for i := range 150 {
		names = append(names, "f"+strconv.Itoa(i))
	}
	all := ""
	for _, name := range names {
		all += `,"` + name + `":1`
	}
	for document, want := range map[string]string{
		"{" + all[1:] + "}":                                      "",
		"{" + all[1:] + `,"f199":1}`:                             "",
		"{" + all[1:] + `,"f63":1}`:                              "f63: is there twice",
		"{" + all[1:] + `,"f149":1}`:                             "f149: is there twice",
		"{" + all[1:] + `,"f199":1,"f199":1}`:                    "f199: is there twice",
		"{" + strings.Replace(all, `,"f63":1`, "", 1)[1:] + "}":  "f63: is missing",
		"{" + strings.Replace(all, `,"f64":1`, "", 1)[1:] + "}":  "f64: is missing",
		"{" + strings.Replace(all, `,"f149":1`, "", 1)[1:] + "}": "f149: is missing",
		"{}": "f0: is missing",
	} {
		var d payload.Decoder
		d.Reset([]byte(document))
		var f payload.Fields
		for name := d.Object(); name != nil; name = d.Next() {
			i, _ := strconv.Atoi(string(name[1:]))
			d.Mark(&f, uint(i))
			d.Int64()
		}
		d.Require(&f, names...)
		if got := errorText(d.End()); got != want {
			t.Errorf("%.40s...: %q, want %q", document, got, want)
		}
	}
}

// TestPrefixes cuts a document at every byte: each beginning is refused, and none makes the decoder panic.
func TestPrefixes(t *testing.T) {
	document := `{"temperature":-1.5e1,"x":[{"a\u00e4\ud83d\ude00":true},null,"ä"],"battery":1,"y":{"a":{},"b":[[]]}}`
	for n := range document {
		var v reading
		if err := v.DecodePayload([]byte(document[:n])); err == nil {
			t.Errorf("%s: no error", document[:n])
		}
	}
	var v reading
	if err := v.DecodePayload([]byte(document)); err != nil {
		t.Error(err)
	}
}

func TestAllocations(t *testing.T) {
	document := []byte(` {"temperature":25.5, "humidity":60, "other":{"a":[1,"x",true]}, "battery":85}`)
	var v reading
	if n := testing.AllocsPerRun(100, func() { _ = v.DecodePayload(document) }); n != 0 {
		t.Errorf("decode: %v allocations", n)
	}
	var out []byte
	if n := testing.AllocsPerRun(100, func() { out, _ = v.AppendPayload(out[:0]) }); n != 0 {
		t.Errorf("encode: %v allocations", n)
	}
	times := []byte(`"2026-01-02T03:04:05.25+02:00"`)
	if n := testing.AllocsPerRun(100, func() {
		var d payload.Decoder
		d.Reset(times)
		d.DateTime()
		if err := d.End(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("date-time: %v allocations", n)
	}
}
