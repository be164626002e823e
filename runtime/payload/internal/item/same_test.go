package item_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/cbor"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload/msgpack"
)

// decoder is what generated code calls. F is the type Fields of the decoder's package.
type decoder[F any] interface {
	Reset(document []byte)
	End() error
	Object() []byte
	Next() []byte
	Array() bool
	More() bool
	AtMost(maximum, n int)
	Mark(f *F, i uint)
	Refuse()
	Skip(f *F)
	Require(f *F, names ...string)
	Bool() bool
	Int32() int32
	Int64() int64
	Uint32() uint32
	Uint64() uint64
	Float32() float32
	Float64() float64
	String() string
	Text() []byte
	Date() payload.Date
	DateTime() time.Time
	UUID() payload.UUID
}

var (
	_ decoder[payload.Fields] = (*payload.Decoder)(nil)
	_ decoder[msgpack.Fields] = (*msgpack.Decoder)(nil)
	_ decoder[cbor.Fields]    = (*cbor.Decoder)(nil)
)

// TestMethods wants each method of payload.Decoder in the other decoders too, as generated code calls them alike.
func TestMethods(t *testing.T) {
	want := reflect.TypeFor[*payload.Decoder]()
	for _, other := range []reflect.Type{reflect.TypeFor[*msgpack.Decoder](), reflect.TypeFor[*cbor.Decoder]()} {
		for i := range want.NumMethod() {
			m := want.Method(i)
			got, ok := other.MethodByName(m.Name)
			if !ok {
				t.Errorf("%v has no method %s", other, m.Name)
				continue
			}
			shape := func(m reflect.Method) string {
				_, after, _ := strings.Cut(m.Type.String(), "Decoder")
				return strings.ReplaceAll(after, "item.", "payload.")
			}
			if shape(got) != shape(m) {
				t.Errorf("%v.%s is %s, want %s", other, m.Name, shape(got), shape(m))
			}
		}
	}
}

// sample is what generated code decodes.
type sample struct {
	S     string
	B     bool
	I     int64
	I32   int32
	U     uint64
	U32   uint32
	F     float64
	F32   float32
	At    time.Time
	Day   payload.Date
	ID    payload.UUID
	Lists [][]int64
	Sub   *sample
}

func read[F any, D decoder[F]](d D, v *sample) {
	var f F
	for name := d.Object(); name != nil; name = d.Next() {
		switch string(name) {
		case "s":
			d.Mark(&f, 0)
			v.S = d.String()
		case "b":
			d.Mark(&f, 1)
			v.B = d.Bool()
		case "i":
			d.Mark(&f, 2)
			v.I = d.Int64()
		case "i32":
			d.Mark(&f, 3)
			v.I32 = d.Int32()
		case "u":
			d.Mark(&f, 4)
			v.U = d.Uint64()
		case "u32":
			d.Mark(&f, 5)
			v.U32 = d.Uint32()
		case "f":
			d.Mark(&f, 6)
			v.F = d.Float64()
		case "f32":
			d.Mark(&f, 7)
			v.F32 = d.Float32()
		case "at":
			d.Mark(&f, 70)
			v.At = d.DateTime()
		case "day":
			d.Mark(&f, 71)
			v.Day = d.Date()
		case "id":
			d.Mark(&f, 135)
			v.ID = d.UUID()
		case "lists":
			d.Mark(&f, 8)
			for ok := d.Array(); ok; ok = d.More() {
				d.AtMost(2, len(v.Lists))
				var list []int64
				for ok := d.Array(); ok; ok = d.More() {
					list = payload.Push(list, d.Int64())
				}
				v.Lists = payload.Push(v.Lists, list)
			}
		case "sub":
			d.Mark(&f, 9)
			v.Sub = new(sample)
			read[F](d, v.Sub)
		case "never":
			d.Refuse()
		default:
			d.Skip(&f)
		}
	}
	d.Require(&f, "s")
}

func decode[F any, D decoder[F]](d D, document []byte) (sample, error) {
	var v sample
	d.Reset(document)
	read[F](d, &v)
	return v, d.End()
}

// writer writes JSON in another encoding, with whatever is in it twice.
type writer struct {
	object, array func(b []byte, n int) []byte
	text          func(b []byte, v string) []byte
	integer       func(b []byte, v int64) []byte
	natural       func(b []byte, v uint64) []byte
	number        func(b []byte, v float64) []byte
	boolean       func(b []byte, v bool) []byte
	null          func(b []byte) []byte
}

var writers = map[string]writer{
	"msgpack": {
		msgpack.AppendMap, msgpack.AppendArray, msgpack.AppendString[string], msgpack.AppendInt[int64], msgpack.AppendUint[uint64],
		msgpack.AppendFloat64[float64], msgpack.AppendBool[bool], msgpack.AppendNull,
	},
	"cbor": {
		cbor.AppendMap, cbor.AppendArray, cbor.AppendString[string], cbor.AppendInt[int64], cbor.AppendUint[uint64],
		cbor.AppendFloat64[float64], cbor.AppendBool[bool], cbor.AppendNull,
	},
}

func (w writer) value(d *json.Decoder) []byte {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch v := token.(type) {
	case json.Delim:
		var members []byte
		n := 0
		for ; d.More(); n++ {
			members = append(members, w.value(d)...)
		}
		if _, err := d.Token(); err != nil {
			panic(err)
		}
		if v == '{' {
			return append(w.object(nil, n/2), members...)
		}
		return append(w.array(nil, n), members...)
	case string:
		return w.text(nil, v)
	case bool:
		return w.boolean(nil, v)
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return w.integer(nil, i)
		}
		if u, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return w.natural(nil, u)
		}
		f, err := v.Float64()
		if err != nil {
			panic(err)
		}
		return w.number(nil, f)
	}
	return w.null(nil)
}

func (w writer) document(text string) []byte {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return w.value(d)
}

func nested(depth int) string {
	return `{"s":"","deep":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
}

func manyNames(last string) string {
	b := `{"s":""`
	for i := range 20 {
		b += fmt.Sprintf(`,"x%d":%d`, i, i)
	}
	return b + `,"` + last + `":0}`
}

// TestSame wants of the same document the same value, or the same error, in every encoding.
func TestSame(t *testing.T) {
	for _, text := range []string{
		`{"s":"ä","b":true,"i":-5,"i32":-2147483648,"u":18446744073709551615,"u32":4294967295,"f":-1.5e300,"f32":0.1,` +
			`"at":"2026-01-02T03:04:05.123456789+01:00","day":"2024-02-29","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8",` +
			`"lists":[[1,2],[]],"sub":{"s":"","lists":[]}}`,
		`{"s":"a","x":{"s":[1,{"y":null},"z",1.5,true]},"x2":[]}`,
		`{}`, `{"sub":{}}`, `{"s":"","sub":{"sub":{}},"i":1}`, `[]`, `"text"`, `1`, `-1`, `1.5`, `true`, `null`,
		`{"s":"a","s":"b"}`, `{"s":"","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","id":""}`,
		`{"s":"","x":1,"x":2}`, `{"s":"","x":{"y":1,"y":2}}`, `{"s":"","sub":{"s":"","x":1},"x":1}`,
		`{"s":"","sub":{"s":"","x y":[0,{"z":1,"z":1}]}}`, manyNames("x3"), manyNames("x30"),
		`{"s":"","never":1}`, `{"s":"","sub":{"never":{}}}`,
		`{"s":1}`, `{"s":{"a":1}}`, `{"s":[1]}`, `{"s":null}`, `{"b":"yes"}`, `{"i":"5"}`, `{"f":"5"}`, `{"f":false}`,
		`{"i":1.5}`, `{"i":1e+300}`, `{"i":1.0,"s":""}`, `{"i":-3e3,"s":""}`, `{"i":9223372036854775808}`, `{"i32":2147483648}`,
		`{"i32":-2147483649}`, `{"u":-1}`, `{"u":-0.0,"s":""}`, `{"u32":4294967296}`, `{"u32":-7}`, `{"u":1e19,"s":""}`, `{"f32":1e+300}`,
		`{"f":18446744073709551615,"s":""}`, `{"f":-9223372036854775808,"s":""}`,
		`{"lists":[[1],[2,"x"]]}`, `{"lists":[[1],2]}`, `{"lists":[[],[],[]]}`, `{"lists":{}}`, `{"lists":[[{}]]}`,
		`{"s":"","x":[],"y":[[],[[]],[{}]],"lists":[[],["x"]]}`, `{"sub":{"sub":{"i":"x"}}}`, `{"sub":[]}`,
		`{"at":"2026-13-02T03:04:05Z"}`, `{"at":5}`, `{"at":"\"quoted\"\n"}`, `{"day":"2023-02-29"}`, `{"day":true}`, `{"id":"6ba7"}`, `{"id":[]}`,
		`{"s":"` + strings.Repeat("long", 20) + `","i":"` + strings.Repeat("long", 20) + `"}`,
		nested(62), nested(63), nested(64), nested(65), `{"":0,"s":"", "sub":{"":0,"":1}}`,
	} {
		want, wantErr := decode[payload.Fields](&payload.Decoder{}, []byte(text))
		check := func(name string, got sample, err error) {
			switch {
			case fmt.Sprint(err) != fmt.Sprint(wantErr):
				t.Errorf("%s of %s: error %v, want %v", name, text, err, wantErr)
			case err == nil && !reflect.DeepEqual(got, want):
				t.Errorf("%s of %s: %+v, want %+v", name, text, got, want)
			}
		}
		got, err := decode[msgpack.Fields](&msgpack.Decoder{}, writers["msgpack"].document(text))
		check("msgpack", got, err)
		got, err = decode[cbor.Fields](&cbor.Decoder{}, writers["cbor"].document(text))
		check("cbor", got, err)
	}
}

// TestPrefixes cuts documents off everywhere.
func TestPrefixes(t *testing.T) {
	const text = `{"s":"aä","b":true,"i":-500,"u":70000,"f":0.1,"at":"2026-01-02T03:04:05Z","lists":[[1,2],[]],"sub":{"s":"","x":[{"y":[1]}]}}`
	for name, w := range writers {
		document := w.document(text)
		for n := range document {
			var err error
			if name == "cbor" {
				_, err = decode[cbor.Fields](&cbor.Decoder{}, document[:n:n])
			} else {
				_, err = decode[msgpack.Fields](&msgpack.Decoder{}, document[:n:n])
			}
			// A map says how many fields it has, so what is cut off is always found missing.
			if err == nil || !strings.Contains(err.Error(), "ends too early") && n > 0 {
				t.Errorf("%s, %d of %d bytes: error %v", name, n, len(document), err)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	const text = `{"s":"","b":true,"i":-500,"f":25.5,"at":"2026-01-02T03:04:05Z","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","x":1}`
	for name, w := range writers {
		document := w.document(text)
		n := testing.AllocsPerRun(100, func() {
			var v reading
			var err error
			if name == "cbor" {
				var d cbor.Decoder
				d.Reset(document)
				v.decodeCBOR(&d)
				err = d.End()
			} else {
				var d msgpack.Decoder
				d.Reset(document)
				v.decodeMsgpack(&d)
				err = d.End()
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// reading is what generated code looks like.
type reading struct {
	B  bool
	I  int64
	F  float64
	At time.Time
	ID payload.UUID
}

func (v *reading) decodeMsgpack(d *msgpack.Decoder) {
	var f msgpack.Fields
	for name := d.Object(); name != nil; name = d.Next() {
		switch string(name) {
		case "b":
			d.Mark(&f, 1)
			v.B = d.Bool()
		case "i":
			d.Mark(&f, 2)
			v.I = d.Int64()
		case "f":
			d.Mark(&f, 0)
			v.F = d.Float64()
		case "at":
			d.Mark(&f, 3)
			v.At = d.DateTime()
		case "id":
			d.Mark(&f, 4)
			v.ID = d.UUID()
		default:
			d.Skip(&f)
		}
	}
	d.Require(&f, "f")
}

func (v *reading) decodeCBOR(d *cbor.Decoder) {
	var f cbor.Fields
	for name := d.Object(); name != nil; name = d.Next() {
		switch string(name) {
		case "b":
			d.Mark(&f, 1)
			v.B = d.Bool()
		case "i":
			d.Mark(&f, 2)
			v.I = d.Int64()
		case "f":
			d.Mark(&f, 0)
			v.F = d.Float64()
		case "at":
			d.Mark(&f, 3)
			v.At = d.DateTime()
		case "id":
			d.Mark(&f, 4)
			v.ID = d.UUID()
		default:
			d.Skip(&f)
		}
	}
	d.Require(&f, "f")
}

func BenchmarkDecode(b *testing.B) {
	const text = `{"f":25.5,"i":60,"b":true}`
	b.Run("msgpack", func(b *testing.B) {
		document := writers["msgpack"].document(text)
		b.ReportAllocs()
		var v reading
		for b.Loop() {
			var d msgpack.Decoder
			d.Reset(document)
			v.decodeMsgpack(&d)
			if err := d.End(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cbor", func(b *testing.B) {
		document := writers["cbor"].document(text)
		b.ReportAllocs()
		var v reading
		for b.Loop() {
			var d cbor.Decoder
			d.Reset(document)
			v.decodeCBOR(&d)
			if err := d.End(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
