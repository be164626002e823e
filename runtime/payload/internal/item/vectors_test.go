package item_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/cbor"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/msgpack"
)

// one reads one value and prints it, or its error.
func one[F any, D decoder[F], T any](d D, document string, read func(D) T) string {
	b, err := hex.DecodeString(document)
	if err != nil {
		panic(err)
	}
	d.Reset(b)
	v := read(d)
	if err := d.End(); err != nil {
		return err.Error()
	}
	if at, ok := any(v).(time.Time); ok {
		return at.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

func TestMsgpack(t *testing.T) {
	for _, c := range []struct {
		document string
		read     func(*msgpack.Decoder) any
		want     string
	}{
		{"d6ff4b3d3b00", func(d *msgpack.Decoder) any { return d.DateTime() }, "2010-01-01T00:00:00Z"},
		{"d7ff000000044b3d3b00", func(d *msgpack.Decoder) any { return d.DateTime() }, "2010-01-01T00:00:00.000000001Z"},
		{"c70cff0000000bffffffffffffffff", func(d *msgpack.Decoder) any { return d.DateTime() }, "1969-12-31T23:59:59.000000011Z"},
		{"c70cff3b9aca000000000000000000", func(d *msgpack.Decoder) any { return d.DateTime() }, "a timestamp of more than 999999999 nanoseconds"},
		{"c70cff000000007fffffffffffffff", func(d *msgpack.Decoder) any { return d.DateTime() }, "a time beyond the years 0 to 9999"},
		{"d5ff0000", func(d *msgpack.Decoder) any { return d.DateTime() }, "a timestamp of none of the lengths 4, 8 and 12"},
		{"d60500000000", func(d *msgpack.Decoder) any { return d.DateTime() }, "an extension of type 5 is not a date-time"},
		{"4b", func(d *msgpack.Decoder) any { return d.DateTime() }, "75 is not a date-time"},
		{"c403010203", func(d *msgpack.Decoder) any { return d.Bytes() }, "[1 2 3]"},
		{"a161", func(d *msgpack.Decoder) any { return d.Bytes() }, `"a" is not a byte string`},
		{"c4106ba7b8109dad11d180b400c04fd430c8", func(d *msgpack.Decoder) any { return d.UUID() }, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"c4026ba7", func(d *msgpack.Decoder) any { return d.UUID() }, "a byte string is not a uuid"},
		{"c401ff", func(d *msgpack.Decoder) any { return d.String() }, "a byte string is not a string"},
		{"a1ff", func(d *msgpack.Decoder) any { return d.String() }, "not UTF-8"},
		{"d303", func(d *msgpack.Decoder) any { return d.Int64() }, "not MessagePack: ends too early"},
		{"c1", func(d *msgpack.Decoder) any { return d.Int64() }, "not MessagePack: 0xc1 at byte 0 where a value should be"},
		{"", func(d *msgpack.Decoder) any { return d.Int64() }, "empty, want MessagePack"},
		{"0102", func(d *msgpack.Decoder) any { return d.Int64() }, "not MessagePack: 0x02 at byte 1 after the value"},
		{"cb7ff0000000000000", func(d *msgpack.Decoder) any { return d.Float64() }, "+Inf is not a finite number"},
		{"ca3dcccccd", func(d *msgpack.Decoder) any { return d.Float32() }, "0.1"},
		{"ca3dcccccd", func(d *msgpack.Decoder) any { return d.Int64() }, "0.1 is not an integer"},
		{"cfffffffffffffffff", func(d *msgpack.Decoder) any { return d.Int64() },
			"18446744073709551615 is not an integer from -9223372036854775808 to 9223372036854775807"},
		{"810101", func(d *msgpack.Decoder) any { return d.Object() }, "the name of a field is 1, want a string"},
		{"81a161810101", func(d *msgpack.Decoder) any { d.Object(); return d.Object() }, "a: the name of a field is 1, want a string"},
	} {
		if got := one[msgpack.Fields](&msgpack.Decoder{}, c.document, c.read); got != c.want {
			t.Errorf("%s: %s, want %s", c.document, got, c.want)
		}
	}
}

// The documents are those of RFC 8949, appendix A, as far as a schema has a word for them.
func TestCBOR(t *testing.T) {
	for _, c := range []struct {
		document string
		read     func(*cbor.Decoder) any
		want     string
	}{
		{"c074323031332d30332d32315432303a30343a30305a", func(d *cbor.Decoder) any { return d.DateTime() }, "2013-03-21T20:04:00Z"},
		{"c11a514b67b0", func(d *cbor.Decoder) any { return d.DateTime() }, "2013-03-21T20:04:00Z"},
		{"c1fb41d452d9ec200000", func(d *cbor.Decoder) any { return d.DateTime() }, "2013-03-21T20:04:00.5Z"},
		{"c120", func(d *cbor.Decoder) any { return d.DateTime() }, "1969-12-31T23:59:59Z"},
		{"c1fb43e0000000000000", func(d *cbor.Decoder) any { return d.DateTime() }, "a time beyond the years 0 to 9999"},
		{"1a514b67b0", func(d *cbor.Decoder) any { return d.DateTime() }, "1363896240 is not a date-time"},
		{"d864190f9a", func(d *cbor.Decoder) any { return d.Date() }, "1980-12-08"},
		{"d8643929b3", func(d *cbor.Decoder) any { return d.Date() }, "1940-10-09"},
		{"d8641b7fffffffffffffff", func(d *cbor.Decoder) any { return d.Date() }, "a time beyond the years 0 to 9999"},
		{"d903ec6a323031332d30332d3231", func(d *cbor.Decoder) any { return d.Date() }, "2013-03-21"},
		{"d825506ba7b8109dad11d180b400c04fd430c8", func(d *cbor.Decoder) any { return d.UUID() }, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"7f657374726561646d696e67ff", func(d *cbor.Decoder) any { return d.String() }, "streaming"},
		{"7f61c361a4ff", func(d *cbor.Decoder) any { return d.String() }, "not UTF-8"},
		{"7f4161ff", func(d *cbor.Decoder) any { return d.String() }, "not CBOR: 0x41 at byte 1 in a string of chunks"},
		{"5f42010243030405ff", func(d *cbor.Decoder) any { return d.Bytes() }, "[1 2 3 4 5]"},
		{"f90001", func(d *cbor.Decoder) any { return d.Float64() }, "5.960464477539063e-08"},
		{"f90400", func(d *cbor.Decoder) any { return d.Float64() }, "6.103515625e-05"},
		{"f9c400", func(d *cbor.Decoder) any { return d.Float64() }, "-4"},
		{"f97bff", func(d *cbor.Decoder) any { return d.Uint32() }, "65504"},
		{"f97e00", func(d *cbor.Decoder) any { return d.Float64() }, "NaN is not a finite number"},
		{"3bffffffffffffffff", func(d *cbor.Decoder) any { return d.Int64() }, "-18446744073709551616 is not an integer of 64 bits"},
		{"3b7fffffffffffffff", func(d *cbor.Decoder) any { return d.Int64() }, "-9223372036854775808"},
		{"3bffffffffffffffff", func(d *cbor.Decoder) any { return d.Float64() }, "-1.8446744073709552e+19"},
		{"c249010000000000000000", func(d *cbor.Decoder) any { return d.Uint64() }, "a byte string is not an integer"},
		{"d9d9f7f5", func(d *cbor.Decoder) any { return d.Bool() }, "true"},
		{"f7", func(d *cbor.Decoder) any { return d.Bool() }, "null is not true or false"},
		{"f0", func(d *cbor.Decoder) any { return d.Bool() }, "not CBOR: 0xf0 at byte 0 where a value should be"},
		{"ff", func(d *cbor.Decoder) any { return d.Bool() }, "not CBOR: 0xff at byte 0 where a value should be"},
		{"9f01ff", func(d *cbor.Decoder) any {
			n := 0
			for ok := d.Array(); ok; ok = d.More() {
				n += int(d.Int64())
			}
			return n
		}, "1"},
		{"bf61616162ff", func(d *cbor.Decoder) any {
			s := ""
			for name := d.Object(); name != nil; name = d.Next() {
				s += string(name) + d.String()
			}
			return s
		}, "ab"},
		{"bf6161016162ff", func(d *cbor.Decoder) any {
			var f cbor.Fields
			for name := d.Object(); name != nil; name = d.Next() {
				d.Skip(&f)
			}
			return nil
		}, "not CBOR: 0xff at byte 6 where a value should be"},
	} {
		if got := one[cbor.Fields](&cbor.Decoder{}, c.document, c.read); got != c.want {
			t.Errorf("%s: %s, want %s", c.document, got, c.want)
		}
	}
}

func TestKind(t *testing.T) {
	for document, want := range map[string]payload.Kind{
		"01": payload.KindNumber, "20": payload.KindNumber, "f93c00": payload.KindNumber, "fb3ff199999999999a": payload.KindNumber,
		"6161": payload.KindString, "4101": payload.KindString, "c101": payload.KindString, "d86401": payload.KindString, "d9d9f701": payload.KindNumber,
		"f5": payload.KindBoolean, "f6": payload.KindNull, "80": payload.KindArray, "a0": payload.KindObject, "ff": payload.KindNone, "": payload.KindNone,
	} {
		b, _ := hex.DecodeString(document)
		var d cbor.Decoder
		d.Reset(b)
		null := d.Null()
		if !null {
			d.Reset(b)
		}
		kind := payload.KindNull
		if !null {
			kind = d.Kind()
		}
		if kind != want || null != (want == payload.KindNull) {
			t.Errorf("%s: kind %d, want %d", document, kind, want)
		}
	}
	var d cbor.Decoder
	d.Reset([]byte("\xc1\x01")) // to ask for null does not lose the tag
	if at := (!d.Null()) && d.DateTime().Unix() == 1; !at || d.End() != nil {
		t.Errorf("a time behind Null: %v, %v", at, d.End())
	}
}

// TestManyItems wants a number of items to be taken in whole: of 2^32+1 not only the lower bits.
func TestManyItems(t *testing.T) {
	items := func(d interface {
		Array() bool
		More() bool
		SkipValue()
	}) (n int) {
		for ok := d.Array(); ok; ok = d.More() {
			d.SkipValue()
			n++
		}
		return n
	}
	if got := one[cbor.Fields](&cbor.Decoder{}, "9b000000010000000101", func(d *cbor.Decoder) int { return items(d) }); got != "not CBOR: ends too early" {
		t.Error(got)
	}
	if got := one[msgpack.Fields](&msgpack.Decoder{}, "ddffffffff01", func(d *msgpack.Decoder) int { return items(d) }); got != "not MessagePack: ends too early" {
		t.Error(got)
	}
}

func TestAppend(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	day := payload.Date{Year: 2024, Month: 2, Day: 29}
	id, _ := payload.ParseUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{msgpack.AppendDateTime(nil, at), "bc323032362d30312d30325430323a30343a30352e303030303030365a"},
		{msgpack.AppendDate(nil, day), "aa323032342d30322d3239"},
		{msgpack.AppendUUID(nil, id), "d92436626137623831302d396461642d313164312d383062342d303063303466643433306338"},
		{msgpack.AppendMap(nil, 15), "8f"}, {msgpack.AppendMap(nil, 16), "de0010"}, {msgpack.AppendMap(nil, 65536), "df00010000"},
		{msgpack.AppendArray(nil, 15), "9f"}, {msgpack.AppendArray(nil, 16), "dc0010"}, {msgpack.AppendArray(nil, 65536), "dd00010000"},
		{msgpack.AppendNull(msgpack.AppendBool(msgpack.AppendBool(nil, true), false)), "c3c2c0"},
		{msgpack.AppendFloat64(nil, 0.1), "cb3fb999999999999a"}, {msgpack.AppendFloat64(nil, 25.5), "ca41cc0000"},
		{cbor.AppendDateTime(nil, at), "781c" + "323032362d30312d30325430323a30343a30352e303030303030365a"},
		{cbor.AppendDate(nil, day), "6a323032342d30322d3239"},
		{cbor.AppendUUID(nil, id), "782436626137623831302d396461642d313164312d383062342d303063303466643433306338"},
		{cbor.AppendMap(nil, 23), "b7"}, {cbor.AppendMap(nil, 24), "b818"}, {cbor.AppendArray(nil, 65536), "9a00010000"},
		{cbor.AppendNull(cbor.AppendBool(cbor.AppendBool(nil, true), false)), "f5f4f6"},
		{cbor.AppendFloat64(nil, 0.1), "fb3fb999999999999a"}, {cbor.AppendFloat64(nil, 25.5), "f94e60"}, {cbor.AppendFloat64(nil, 100000.0), "fa47c35000"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if n := msgpack.Count(true, false, true); n != 2 {
		t.Errorf("Count is %d", n)
	}
}
