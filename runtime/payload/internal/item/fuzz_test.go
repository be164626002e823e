package item_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	fxcbor "github.com/fxamacker/cbor/v2"
	"github.com/tinylib/msgp/msgp"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload/cbor"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/msgpack"
)

// skipper is a decoder of the tests: it also reads over any value.
type skipper[F any] interface {
	decoder[F]
	Bytes() []byte
	SkipValue()
}

// tree reads a value of the shape of v, as generated code would with a schema for it.
func tree[F any, D skipper[F]](d D, v any) any {
	switch v := v.(type) {
	case map[string]any:
		got := map[string]any{}
		var f F
		for name := d.Object(); name != nil; name = d.Next() {
			key := string(name)
			if _, twice := got[key]; twice {
				d.Refuse()
			}
			if _, ok := v[key]; !ok {
				d.Skip(&f)
				continue
			}
			got[key] = tree[F](d, v[key])
		}
		d.Require(&f)
		return got
	case []any:
		got := []any{}
		for ok := d.Array(); ok; ok = d.More() {
			var item any
			if len(got) < len(v) {
				item = v[len(got)]
			}
			got = append(got, tree[F](d, item))
		}
		return got
	case string:
		return d.String()
	case []byte:
		return append([]byte{}, d.Bytes()...)
	case bool:
		return d.Bool()
	case int64:
		return d.Int64()
	case uint64:
		return d.Uint64()
	case float32:
		return d.Float32()
	case float64:
		return d.Float64()
	case time.Time:
		at := d.DateTime()
		if off := at.Sub(v); -time.Nanosecond <= off && off <= time.Nanosecond { // fxamacker cuts floating point numbers off
			return v
		}
		return at
	}
	d.SkipValue()
	return nil
}

// rules are the errors of documents that are right by their format alone.
var rules = []string{"is there twice", "not UTF-8", "nested deeper", "the name of a field is", "is not a finite number", "unknown field",
	"a timestamp of", "a time beyond",
	"an extension of type 5 is not a date-time", // which msgp had for times before there was one
}

func compare(t *testing.T, document []byte, got, want any, err, wantErr error) {
	t.Helper()
	switch {
	case err == nil && wantErr != nil:
		t.Fatalf("%x: accepted as %#v, but the other decoder says %v", document, got, wantErr)
	case err == nil && !reflect.DeepEqual(got, want):
		t.Fatalf("%x: %#v, the other decoder reads %#v", document, got, want)
	case err != nil && wantErr == nil:
		for _, rule := range rules {
			if strings.Contains(err.Error(), rule) {
				return
			}
		}
		t.Fatalf("%x: %v, but the other decoder reads %#v", document, err, want)
	}
}

// known keeps of a value what tree reads, and turns the rest into nil.
func known(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = known(v[name])
		}
		return v
	case map[any]any: // maps with other names are skipped
		out := map[string]any{}
		for name := range v {
			s, ok := name.(string)
			if !ok {
				return nil
			}
			out[s] = known(v[name])
		}
		return out
	case []any:
		for i := range v {
			v[i] = known(v[i])
		}
		return v
	case time.Time:
		return v.UTC()
	case []byte:
		return append([]byte{}, v...)
	case string, bool, int64, uint64, float32, float64:
		return v
	}
	return nil
}

func FuzzMsgpack(f *testing.F) {
	for _, text := range []string{"80", "90", "81a161c0", "82a16101a16102", "81a1ff01", "d6ff00000001", "d7ff0000000400000000", "c70cff000000000000000000000000",
		"dfffffffff", "ddffffffff", "dbffffffff", "c6ffffffff", "c9ffffffff05", "c1", "cb7ff8000000000000", "ca3fc00000", "d3ffffffffffffffff", "cfffffffffffffffff", "d0ff", "d07f"} {
		b, _ := hex.DecodeString(text)
		f.Add(b)
	}
	f.Add(writers["msgpack"].document(`{"a":[1,-2.5e3,"aä",true,false,null,{"a":{"b":[]},"c":[{}]}],"b":{"x":1,"x":2}}`))
	f.Add(writers["msgpack"].document(nested(64)))
	f.Fuzz(func(t *testing.T, document []byte) {
		rest, wantErr := msgp.Skip(document)
		if wantErr == nil && len(rest) > 0 {
			wantErr = fmt.Errorf("%d bytes left", len(rest))
		}
		want, _, err := msgp.ReadIntfBytes(document)
		if wantErr != nil || err != nil { // it has more rules
			want = nil
		}
		d := &msgpackDecoder{}
		d.Reset(document)
		d.SkipValue()
		if d.End() != nil {
			want = nil // where a name is there twice, msgp takes the last
		}
		want = known(want)
		d.Reset(document)
		got := tree[msgpack.Fields](d, want)
		err = d.End()
		compare(t, document, got, want, err, wantErr)
	})
}

type msgpackDecoder struct{ msgpack.Decoder }

func (d *msgpackDecoder) SkipValue() { d.Decoder.SkipValue() }

type cborDecoder struct{ cbor.Decoder }

func (d *cborDecoder) SkipValue() { d.Decoder.SkipValue() }

func FuzzCBOR(f *testing.F) {
	for _, text := range []string{"a0", "80", "a16161f6", "a2616101616102", "a161ff01", "bf616101ff", "9f01ff", "7f61616162ff", "5f4101ff", "c074323031332d30332d32315432303a30343a30305a",
		"c11a514b67b0", "c1fb41d452d9ec200000", "bbffffffffffffffff", "9bffffffffffffffff", "7bffffffffffffffff", "5bffffffffffffffff", "ff", "1c", "f97e00", "f93c00", "fa47c35000",
		"3bffffffffffffffff", "1bffffffffffffffff", "d9d9f700", "f818", "f7", "7f7f6161ffff", "bf01ff", "a1c2410100"} {
		b, _ := hex.DecodeString(text)
		f.Add(b)
	}
	f.Add(writers["cbor"].document(`{"a":[1,-2.5e3,"aä",true,false,null,{"a":{"b":[]},"c":[{}]}],"b":{"x":1,"x":2}}`))
	f.Add(writers["cbor"].document(nested(64)))
	mode, err := fxcbor.DecOptions{
		MaxNestedLevels: 256, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32, IntDec: fxcbor.IntDecConvertNone,
		TimeTag: fxcbor.DecTagIgnored, UTF8: fxcbor.UTF8DecodeInvalid, DefaultByteStringType: reflect.TypeFor[[]byte](), BignumTag: fxcbor.BignumTagForbidden,
		UnrecognizedTagToAny: fxcbor.UnrecognizedTagContentToAny, DupMapKey: fxcbor.DupMapKeyEnforcedAPF,
	}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		wantErr := fxcbor.Wellformed(document)
		var want any
		if wantErr == nil && mode.Unmarshal(document, &want) != nil {
			want = nil // it has more rules
		}
		want = known(want)
		d := &cborDecoder{}
		d.Reset(document)
		got := tree[cbor.Fields](d, want)
		err := d.End()
		switch {
		case wantErr != nil && strings.Contains(wantErr.Error(), "exceeded max nested level"):
			return
		case err != nil && wantErr == nil && strings.Contains(err.Error(), "not CBOR: 0xe"), err != nil && strings.Contains(err.Error(), "not CBOR: 0xf"):
			return // simple values without a meaning
		}
		compare(t, document, got, want, err, wantErr)
	})
}

// TestPromises decodes heads that promise 2^32 items, or as many bytes, and nothing behind them.
func TestPromises(t *testing.T) {
	for _, text := range []string{"dfffffffff", "ddffffffff", "dbffffffff", "c6ffffffff", "c9ffffffff05", "81a161ddffffffff", "81a161dbffffffff"} {
		document, _ := hex.DecodeString(text)
		document = append(document, bytes.Repeat([]byte{0x90}, 1000)...)
		wantSmall(t, document, func() error {
			d := &msgpackDecoder{}
			d.Reset(document)
			d.SkipValue()
			return d.End()
		})
	}
	for _, text := range []string{"bbffffffffffffffff", "9b00000000ffffffff", "9bffffffffffffffff", "7bffffffffffffffff", "5b7fffffffffffffff", "a161619bffffffffffffffff", "5f5bffffffffffffffff"} {
		document, _ := hex.DecodeString(text)
		document = append(document, bytes.Repeat([]byte{0x80}, 1000)...)
		wantSmall(t, document, func() error {
			d := &cborDecoder{}
			d.Reset(document)
			d.SkipValue()
			return d.End()
		})
	}
}

func wantSmall(t *testing.T, document []byte, decode func() error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := decode()
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "ends too early") {
		t.Errorf("%x: error %v", document[:10], err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
		t.Errorf("%x: %d bytes allocated", document[:10], n)
	}
}

// FuzzAppend wants of the other decoders, and of these here, what was appended.
func FuzzAppend(f *testing.F) {
	f.Add("aä\xff", int64(-129), uint64(70000), 0.1, float32(1.5), []byte{1, 2})
	f.Add("", int64(math.MinInt64), uint64(math.MaxUint64), 5.960464477539063e-8, float32(65504), []byte(nil))
	f.Add(strings.Repeat("x", 300), int64(-33), uint64(255), 1e300, float32(6.0e-5), bytes.Repeat([]byte{0}, 70000))
	f.Fuzz(func(t *testing.T, s string, i int64, u uint64, x float64, y float32, b []byte) {
		want := []any{strings.ToValidUTF8(s, "\uFFFD"), i, u, x, y, b}
		m := msgpack.AppendArray(nil, len(want))
		m = msgpack.AppendBytes(msgpack.AppendFloat32(msgpack.AppendFloat64(msgpack.AppendUint(msgpack.AppendInt(msgpack.AppendString(m, s), i), u), x), y), b)
		c := cbor.AppendArray(nil, len(want))
		c = cbor.AppendBytes(cbor.AppendFloat32(cbor.AppendFloat64(cbor.AppendUint(cbor.AppendInt(cbor.AppendString(c, s), i), u), x), y), b)
		var other []any
		shortest, err := fxcbor.EncOptions{ShortestFloat: fxcbor.ShortestFloat16, NilContainers: fxcbor.NilContainerAsEmpty, NaNConvert: fxcbor.NaNConvertNone}.EncMode()
		if err != nil {
			t.Fatal(err)
		}
		if err := fxcbor.Unmarshal(c, &other); err != nil {
			t.Fatalf("%x: %v", c, err)
		}
		if x-x == 0 && y-y == 0 {
			if preferred, err := shortest.Marshal(want); err != nil || !bytes.Equal(preferred, c) {
				t.Fatalf("%x, the other encoder writes %x, %v", c, preferred, err)
			}
		}
		if _, rest, err := msgp.ReadIntfBytes(m); err != nil || len(rest) > 0 {
			t.Fatalf("%x: %v", m, err)
		}
		wantBack[msgpack.Fields](t, &msgpackDecoder{}, m, want)
		wantBack[cbor.Fields](t, &cborDecoder{}, c, want)
	})
}

func wantBack[F any, D skipper[F]](t *testing.T, d D, document []byte, want []any) {
	t.Helper()
	d.Reset(document)
	got := tree[F](d, want)
	err := d.End()
	if x, y := want[3].(float64), want[4].(float32); x-x != 0 || y-y != 0 {
		if err == nil || !strings.Contains(err.Error(), "is not a finite number") {
			t.Fatalf("%x: error %v", document, err)
		}
		return
	}
	want[5] = append([]byte{}, want[5].([]byte)...)
	if err != nil || !reflect.DeepEqual(got, any(want)) {
		t.Fatalf("%x: %#v, %v; want %#v", document, got, err, want)
	}
}
