package codecs

import (
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/templates/testdata/judge"
)

func refuses[T any, P judge.Codec[T]](t *testing.T, documents map[string]string) {
	t.Helper()
	for document, want := range documents {
		var v T
		if err := P(&v).DecodePayload([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("%T %s:\n got %v\nwant %s", v, document, err, want)
		}
	}
}

// writes wants values to be written, read back and be the same. A want that begins with ! is an error.
func writes[T any, P judge.Codec[T]](t *testing.T, want string, v T) {
	t.Helper()
	b, err := P(&v).AppendPayload([]byte("-"))
	if refusal, ok := strings.CutPrefix(want, "!"); ok {
		if err == nil || err.Error() != refusal || b != nil {
			t.Errorf("%+v: %s, %v, want %s", v, b, err, refusal)
		}
		return
	}
	var again T
	if err != nil || string(b) != "-"+want || P(&again).DecodePayload(b[1:]) != nil || !reflect.DeepEqual(v, again) {
		t.Errorf("%+v: %s, %v, want %s; read back as %+v", v, b, err, want, again)
	}
}

func TestNulls(t *testing.T) {
	const rest = `,"defaulted":7,"text":"none","day":"2026-01-02"`
	refuses[Nulls](t, map[string]string{
		`{"number":6,"point":null,"sure":null}`:                             "number: 6 is more than 5",
		`{"number":null,"point":null}`:                                      "sure: is missing",
		`{"number":nul,"point":null,"sure":null}`:                           "not JSON: 'n' at byte 10 where a number should be",
		`{"number":null,"point":{"x":11},"sure":null}`:                      "point.x: 11 is more than 10",
		`{"number":null,"point":null,"sure":null,"items":[null,4]}`:         "items[1]: 4 is more than 3",
		`{"number":null,"point":null,"sure":null,"points":[null,{}]}`:       "points[1].x: is missing",
		`{"number":null,"point":null,"sure":null,"lists":[["a",1]]}`:        "lists[0][1]: 1 is not a string",
		`{"number":null,"point":null,"sure":null,"map":{"a b":10}}`:         `map["a b"]: 10 is more than 9`,
		`{"number":null,"point":null,"sure":null,"list":[1,2,3]}`:           "list[2]: more than 2 items",
		`{"number":null,"point":null,"sure":null,"mode":"x"}`:               `mode: "x" is none of "auto", "manual"`,
		`{"number":null,"point":null,"sure":null,"map":{"a":1,"\u0061":1}}`: "map.a: is there twice",
	})
	v := Nulls{Defaulted: payload.Some(payload.NotNull[int32](7)), Text: payload.Some(payload.NotNull("none")), Day: payload.Some(payload.NotNull(payload.Date{Year: 2026, Month: 1, Day: 2}))}
	writes(t, `{"number":null,"point":null,"sure":null`+rest+`}`, v)
	v.Number, v.Sure, v.Count = payload.NotNull(2.5), payload.NotNull[Maybe]("x"), payload.Some(payload.NullOf[int64]())
	v.Mode, v.Map = payload.Some(payload.NotNull(ModeAuto)), payload.Some(map[string]payload.Null[float64]{"b": payload.NotNull(1.0), "a": {}})
	writes(t, `{"number":2.5,"count":null,"point":null,"mode":"auto","sure":"x","map":{"a":null,"b":1}`+rest+`}`, v)
	v.Items = payload.Some([]payload.Null[int32]{{}, payload.NotNull[int32](9)})
	writes(t, "!items[1]: 9 is more than 3", v)
}

func TestMaps(t *testing.T) {
	refuses[Labels](t, map[string]string{`{"a":""}`: `a: "" is shorter than 1 character`, `{"a.b":1}`: `["a.b"]: 1 is not a string`, `{"a":"x","a":"x"}`: "a: is there twice", "[]": "an array is not an object"})
	writes(t, `{"":"x","a":"y","é\n":"z"}`, Labels{"a": "y", "": "x", "é\n": "z"})
	writes(t, `{}`, Labels{})
	refuses[Bag](t, map[string]string{`{"labels":{},"x":10}`: "x: 10 is more than 9", `{"labels":{},"x":1,"x":1}`: "x: is there twice", `{"x":1}`: "labels: is missing", `{"labels":{"a":"toolong"}}`: `labels.a: "toolong" is longer than 5 characters`})
	writes(t, `{"labels":{},"x":1,"y":2}`, Bag{Labels: Labels{}, Additional: map[string]int64{"y": 2, "x": 1}})
	writes(t, "!name: is a field of its own", Bag{Labels: Labels{}, Additional: map[string]int64{"name": 1}})
	refuses[Tree](t, map[string]string{`{"a":{"b":{"leaf":1}}}`: "a.b.leaf: 1 is not true or false", strings.Repeat(`{"a":`, 65): strings.TrimPrefix(strings.Repeat(".a", 64), ".") + ": nested deeper than 64"})
	refuses[Maps](t, map[string]string{`{"plain":{},"maps":{"a":{"b":4}}}`: "maps.a.b: 4 is more than 3", `{"plain":{},"lists":{"a":[1,2,3]}}`: "lists.a[2]: more than 2 items",
		`{"plain":{},"inList":[{"a":1}]}`: "inList[0].a: 1 is not a string"})
}

func TestTuples(t *testing.T) {
	refuses[Pair](t, map[string]string{`[1]`: "1 item, fewer than 2", `[]`: "0 items, fewer than 2", `[1,"a",2]`: "[2]: more than 2 items", `["a",1]`: `[0]: "a" is not a number`, `[11,"a"]`: "[0]: 11 is more than 10"})
	writes(t, `[1.5,"a"]`, Pair{1.5, "a"})
	refuses[Line](t, map[string]string{`["a",null]`: "[1]: null is not a date", `["a","2026-01-02",null,10]`: "[3]: 10 is more than 9", `["a","2026-01-02",null,1,2,3]`: "[5]: more than 5 items", `["c"]`: `[0]: "c" is none of "a", "b"`})
	writes(t, `["a"]`, Line{Kind: LineKindA})
	writes(t, `["b","2026-01-02",null,1,2]`, Line{LineKindB, payload.Some(payload.Date{Year: 2026, Month: 1, Day: 2}), payload.Some(payload.NullOf[Point]()), []int64{1, 2}})
	writes(t, "![1]: is missing", Line{Kind: LineKindA, Point: payload.Some(payload.NullOf[Point]())})
	writes(t, "![2]: is missing", Line{Kind: LineKindA, At: payload.Some(payload.Date{Year: 1, Month: 1, Day: 1}), Rest: []int64{1}})
	writes(t, "!6 items, more than 5", Line{Kind: LineKindA, At: payload.Some(payload.Date{Year: 1, Month: 1, Day: 1}), Point: payload.Some(payload.NullOf[Point]()), Rest: []int64{1, 2, 3}})
	writes(t, `[]`, Open{})
	refuses[Distinct](t, map[string]string{`["a",1,"a"]`: "[2]: is there twice"})
}

func TestUnions(t *testing.T) {
	refuses[Shape](t, map[string]string{
		`{"kind":"round"}`: `kind: "round" is none of "circle", "square", "quad", "blob", "drop"`, `{}`: "kind: is missing", `{"kind":null}`: "kind: null is not a string",
		`{"kind":"circle","radius":0}`: "radius: 0 is not more than 0", `{"radius":1,"kind":"circle","kind":"circle"}`: "kind: is there twice", "1": "1 is not an object",
	})
	writes(t, `{"kind":"circle","radius":2}`, Shape{Circle{2}})
	writes(t, `{"kind":"drop"}`, Shape{Blob{Kind: "drop"}})
	writes(t, `!kind: "circle" is none of "blob", "drop"`, Shape{Blob{Kind: "circle"}})
	writes(t, "!holds none of Circle, Square, Blob", Shape{})
	refuses[Mixed](t, map[string]string{"null": "null is not a string, a number, true or false, an array or an object", "1.5": "1.5 is not an integer", `"a"`: `"a" is shorter than 2 characters`,
		`[{"kind":"circle","radius":1},{"kind":"x"}]`: `[1].kind: "x" is none of "circle", "square", "quad", "blob", "drop"`, `{"x":"a"}`: `x: "a" is not a number`, "": "empty, want JSON"})
	writes(t, `[{"kind":"circle","radius":1}]`, Mixed{MixedArray{{Circle{1}}}})
	refuses[Trial](t, map[string]string{
		`9`: "fits TrialSmall and TrialLarge, but must fit one only",
		`{"height":6}`: "fits no variant: not TrialWidth (width: is missing), not TrialHeight (height: 6 is more than 5), " +
			"not TrialSmall (an object is not a number), not TrialLarge (an object is not an integer)",
	})
	writes(t, `{"height":1,"width":"x"}`, Trial{TrialHeight{1, payload.Some("x")}})
	writes(t, `50`, Trial{TrialLarge(50)})
	writes(t, `"2026-01-02"`, First{FirstDate{2026, 1, 2}})
	writes(t, "!shape: holds none of Circle, Square, Blob", Holder{})
	writes(t, `{"shape":{"kind":"square"},"expr":{"not":1},"values":{"a":[{}]},"either":null}`, Holder{
		Shape: Shape{Square{Kind: SquareKindSquare}}, Expr: payload.Some(payload.NotNull(Expr{ExprNot{Expr{ExprLiteral(1)}}})),
		Values: payload.Some(map[string]Value{"a": {ValueList{{ValueMap{}}}}}), Either: payload.Some(payload.NullOf[HolderEither]()),
	})
}

// TestDefaults reads an object in which everything is left out.
func TestDefaults(t *testing.T) {
	var v Defaults
	if err := v.DecodePayload([]byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	key, _ := payload.ParseUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	want := Defaults{
		Text: payload.Some("a`\"\\"), Old: payload.Some(1000.0), Count: payload.Some[uint32](60), On: payload.Some(true), Level: payload.Some(DefaultsLevelHigh),
		Mode: payload.Some(DefaultsModeSlow), Day: payload.Some(payload.Date{Year: 2024, Month: 2, Day: 29}), At: payload.Some(time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC)),
		Time: payload.Some(payload.Time{Hour: 12}), Wait: payload.Some(payload.Duration{Minutes: 5}), Key: payload.Some(key), Data: payload.Some([]byte{0, 0xff}),
		Host: payload.Some(netip.MustParseAddr("127.0.0.1")), URI: payload.Some("mqtt://a"),
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("%+v, want %+v", v, want)
	}
	if err := v.DecodePayload([]byte(`{"count":0,"on":false}`)); err != nil || v.Count != payload.Some[uint32](0) || v.On != payload.Some(false) {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestChecks(t *testing.T) {
	refuses[Numbers](t, map[string]string{`{"tenth":0.35}`: "tenth: 0.35 is not a multiple of 0.1", `{"five":7}`: "five: 7 is not a multiple of 5", `{"half":2}`: "half: 2 is not a multiple of 1.5",
		`{"rate":1}`: "rate: 1 is none of 0.5, 2", `{"rates":[1,2,1.0]}`: "rates[2]: is there twice", `{"huge":5}`: "huge: 5 is not a multiple of 5000000000", `{"const":4}`: "const: 4 is not 3",
		`{"tenth":1e400}`: "tenth: 1e400 is not a number of 64 bits"})
	refuses[Sets](t, map[string]string{`{"texts":["a","b","a"]}`: "texts[2]: is there twice", `{"objects":[{},{"a":"x"},{"b":1}]}`: "objects[2]: is there twice", `{"lists":[[1],[1.0]]}`: "lists[1]: is there twice",
		`{"times":["2026-01-01T00:00:00Z","2026-01-01T01:00:00+01:00"]}`: "times[1]: is there twice", `{"nulls":[null,1,null]}`: "nulls[2]: is there twice", `{"nested":[["a"],["b","b"]]}`: "nested[1][1]: is there twice"})
	refuses[Formats](t, map[string]string{`{"ipv4":"::1"}`: `ipv4: "::1" is not an ipv4 address such as 192.0.2.1`, `{"uri":"a b"}`: `uri: "a b" is not a uri such as https://example.com/a?b=c`,
		`{"email":"ann"}`: `email: "ann" is not an email address such as ann@example.com`, `{"email":"a.long.address@example.com"}`: `email: "a.long.address@example.com" is longer than 20 characters`,
		`{"duration":"1h"}`: `duration: "1h" is not a duration such as P3DT4H30M`, `{"times":["12:00:00Z","x"]}`: `times[1]: "x" is not a time such as 15:04:05Z`, `{"hosts":{"a":"x"}}`: `hosts.a: "x" is not an ipv6 address such as 2001:db8::1`})
	writes(t, "!time: there is no time 24:00:00Z", Formats{Time: payload.Some(payload.Time{Hour: 24})})
	writes(t, "!ipv6: invalid IP is not an ipv6 address such as 2001:db8::1", Formats{IPv6: payload.Some(netip.Addr{})})
	writes(t, "!tenth: NaN is not a number in JSON", Numbers{Tenth: payload.Some(math.NaN())})
	writes(t, `{"duration":"PT1.5S"}`, Formats{Duration: payload.Some(payload.Duration{Seconds: 1, Nanoseconds: 500_000_000})})
}

func TestOwn(t *testing.T) {
	prefix := netip.MustParsePrefix("10.0.0.0/8")
	refuses[Own](t, map[string]string{`{"prefix":"x"}`: `prefix: netip.ParsePrefix("x"): no '/'`, `{"prefix":"","list":["x"]}`: `list[0]: netip.ParsePrefix("x"): no '/'`, `{"prefix":"","any":{"a":1,"a":1}}`: "any.a: is there twice"})
	writes(t, `{"prefix":"10.0.0.0/8","null":null,"map":{"a":"10.0.0.0/8"},"any":[1, 2]}`, Own{Prefix: prefix, Null: payload.Some(payload.NullOf[netip.Prefix]()),
		Map: payload.Some(map[string]netip.Prefix{"a": prefix}), Any: payload.Some(json.RawMessage("[1, 2]"))})
	writes(t, "!any: not JSON: '}' at byte 0 where a value should be", Own{Any: payload.Some(json.RawMessage("}"))})
	var big Big
	if err := big.DecodePayload([]byte("123456789012345678901234567890")); err != nil || big.String() != "123456789012345678901234567890" {
		t.Errorf("%v, %v", &big, err)
	}
	if b, err := big.AppendPayload(nil); err != nil || string(b) != "123456789012345678901234567890" {
		t.Errorf("%s, %v", b, err)
	}
	writes(t, `"10.0.0.0/8"`, Net{prefix})
}

// TestAllocations reads and writes values without texts of their own and lists.
func TestAllocations(t *testing.T) {
	const document = `{"ipv4":"1.2.3.4","ipv6":"::1","time":"12:00:00Z","duration":"PT5M","uuid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","date":"2026-01-02"}`
	formats, square, trial := []byte(document), []byte(`{"kind":"square","side":2}`), []byte(`{"height":2}`)
	var v Formats
	var out []byte
	if n := testing.AllocsPerRun(100, func() {
		if err := v.DecodePayload(formats); err != nil {
			t.Fatal(err)
		}
		out, _ = v.AppendPayload(out[:0])
	}); n != 0 {
		t.Errorf("formats: %v allocations", n)
	}
	var s Shape
	if n := testing.AllocsPerRun(100, func() { _ = s.DecodePayload(square) }); n > 1 {
		t.Errorf("a union: %v allocations, want one for the variant", n)
	}
	var r Trial
	if n := testing.AllocsPerRun(100, func() { _ = r.DecodePayload(trial) }); n > 1 {
		t.Errorf("a union that is tried: %v allocations, want one for the variant", n)
	}
}

// FuzzHolder looks for panics, and for documents that do not survive being written again.
func FuzzHolder(f *testing.F) {
	f.Add([]byte(`{"shape":{"kind":"circle","radius":1},"shapes":[{"kind":"drop"}],"expr":{"all":[1,{"not":2}]},"values":{"a":["x",1,{}]},"either":true}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var v, again Holder
		if v.DecodePayload(document) != nil {
			return
		}
		b, err := v.AppendPayload(nil)
		if err != nil || !json.Valid(b) || again.DecodePayload(b) != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q: %+v is written %s, %v, read back as %+v", document, v, b, err, again)
		}
	})
}
