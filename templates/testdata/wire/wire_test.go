package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/tinylib/msgp/msgp"
)

const full = `{"level":21.5,"count":4294967295,"small":0.25,"on":true,"state":"fault","grade":-2,"at":"2026-01-02T03:04:05.5Z",` +
	`"day":"2024-02-29","time":"15:04:05Z","every":"P1DT2H","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","blob":"AQID","from":"192.0.2.1",` +
	`"to":"2001:db8::1","note":null,"null":null,"step":3,"tags":["a","b"],"grid":[[1,null],[]],"labels":{"a":1,"b":2},` +
	`"parts":[{"n":1},{"n":9}],"pair":[7,true,"x"],"either":{"n":2},"tried":9,"kind":{"type":"a","x":5},"own":"192.0.2.0/24",` +
	`"any":{"deep":[1,"two",{"three":3.5}],"no":false},"extra":42}`

// messages are other documents, and what is wrong with them.
var messages = []string{
	`{"level":1,"null":5}`, `{"level":1}`, `{"null":5}`, `{"level":1,"null":"x"}`, `{"level":126,"null":1}`, `{"level":"hot","null":1}`,
	`{"level":1,"null":1,"level":2}`, `{"level":1,"null":1,"extra":1,"extra":2}`, `{"level":1,"null":1,"extra":"x"}`,
	`{"level":1,"null":1,"tags":["a","a"]}`, `{"level":1,"null":1,"tags":["a","b","c","d"]}`, `{"level":1,"null":1,"state":"bad"}`,
	`{"level":1,"null":1,"parts":[{"n":1},{"n":10}]}`, `{"level":1,"null":1,"parts":[{"n":1},{}]}`, `{"level":1,"null":1,"pair":[]}`,
	`{"level":1,"null":1,"pair":["x"]}`, `{"level":1,"null":1,"either":5}`, `{"level":1,"null":1,"either":"text"}`,
	`{"level":1,"null":1,"tried":5}`, `{"level":1,"null":1,"tried":10}`, `{"level":1,"null":1,"tried":"x"}`, `{"level":1,"null":1,"tried":0}`,
	`{"level":1,"null":1,"kind":{"type":"c"}}`, `{"level":1,"null":1,"kind":{}}`, `{"level":1,"null":1,"kind":{"type":"b"}}`,
	`{"level":1,"null":1,"kind":{"type":"a"}}`, `{"level":1,"null":1,"kind":5}`, `{"level":1,"null":1,"own":"none"}`,
	`{"level":1,"null":1,"at":"x"}`, `{"level":1,"null":1,"time":"x"}`, `{"level":1,"null":1,"every":"x"}`, `{"level":1,"null":1,"every":1}`,
	`{"level":1,"null":1,"id":"x"}`, `{"level":1,"null":1,"from":"2001:db8::1"}`, `{"level":1,"null":1,"to":"192.0.2.1"}`,
	`{"level":1,"null":1,"labels":{"a":"x"}}`, `{"level":1,"null":1,"grid":[[1],[2,"x"]]}`, `[]`, `5`,
}

// TestSame wants the same value, or the same error, whatever a document is written in.
func TestSame(t *testing.T) {
	for _, document := range append([]string{full}, messages...) {
		var want Plain
		wantErr := want.DecodePayload([]byte(document))
		var inMsgpack Sample
		if err := inMsgpack.DecodePayload(toMsgpack(t, document)); fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("msgpack of %s: error %v, want %v", document, err, wantErr)
		} else if err == nil && !same(Sample(want), inMsgpack) {
			t.Errorf("msgpack of %s: %+v, want %+v", document, inMsgpack, want)
		}
		var inCBOR Packed
		if err := inCBOR.DecodePayload(toCBOR(t, document)); fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("cbor of %s: error %v, want %v", document, err, wantErr)
		} else if err == nil && !same(Sample(want), Sample(inCBOR)) {
			t.Errorf("cbor of %s: %+v, want %+v", document, inCBOR, want)
		}
	}
}

// same compares values but for the bytes of RawMessage, whose keys may be in another order.
func same(a, b Sample) bool {
	normal := func(v *Sample) (out any) {
		if raw := &v.Any.Value; v.Any.Set {
			_ = json.Unmarshal(*raw, &out)
			*raw = nil
		}
		return out
	}
	return reflect.DeepEqual(normal(&a), normal(&b)) && reflect.DeepEqual(a, b)
}

// TestRoundTrip writes a value and reads it, and has other programs read it.
func TestRoundTrip(t *testing.T) {
	var v Plain
	if err := v.DecodePayload([]byte(full)); err != nil {
		t.Fatal(err)
	}
	s, p := Sample(v), Packed(v)
	b, err := s.AppendPayload([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	var again Sample
	if err := again.DecodePayload(b[1:]); err != nil || !same(again, s) {
		t.Errorf("msgpack: %+v, %v", again, err)
	}
	var text bytes.Buffer
	if rest, err := msgp.UnmarshalAsJSON(&text, b[1:]); err != nil || len(rest) > 0 || !strings.Contains(text.String(), `"level":21.5`) {
		t.Errorf("another reader of msgpack: %s, %v", &text, err)
	}
	if b, err = p.AppendPayload([]byte("x")); err != nil {
		t.Fatal(err)
	}
	var packed Packed
	if err := packed.DecodePayload(b[1:]); err != nil || !same(Sample(packed), s) {
		t.Errorf("cbor: %+v, %v", packed, err)
	}
	var other map[string]any
	if err := cbor.Unmarshal(b[1:], &other); err != nil || other["level"] != 21.5 || !bytes.Equal(other["blob"].([]byte), []byte{1, 2, 3}) {
		t.Errorf("another reader of cbor: %v, %v", other, err)
	}
	if b, err = v.AppendPayload(nil); err != nil || json.Unmarshal(b, &other) != nil {
		t.Errorf("json: %s, %v", b, err)
	}
	for _, broken := range []interface {
		AppendPayload([]byte) ([]byte, error)
	}{&Sample{Level: 126}, &Packed{Level: 126}, &Plain{Level: 126}} {
		if b, err := broken.AppendPayload(nil); err == nil || err.Error() != "level: 126 is more than 125" || b != nil {
			t.Errorf("%T: %x, %v", broken, b, err)
		}
	}
}

// fixed has properties that are no fields.
const fixed = `{"level":1,"null":null,"step":7,"kind":{"type":"b","n":-2,"u":7,"f":0.1,"yes":true,"no":false,"pair":["first",5]}}`

// TestConst wants that what can have one value only is written without being set, and that any other value is refused.
func TestConst(t *testing.T) {
	v := Sample{Level: 1, Step: payload.Some(int32(7)), Kind: payload.Some(SampleKind{SampleKindB{Pair: SampleKindBPair{Second: 5}}})}
	plain, packed := Plain(v), Packed(v)
	b, err := plain.AppendPayload(nil)
	if err != nil || string(b) != fixed {
		t.Errorf("json: %s, %v", b, err)
	}
	var fromJSON Plain
	if err := fromJSON.DecodePayload(b); err != nil || !reflect.DeepEqual(fromJSON, plain) {
		t.Errorf("json: %+v, %v", fromJSON, err)
	}
	var fromMsgpack Sample
	if b, err = v.AppendPayload(nil); err != nil || fromMsgpack.DecodePayload(b) != nil || !reflect.DeepEqual(fromMsgpack, v) {
		t.Errorf("msgpack: %x, %+v, %v", b, fromMsgpack, err)
	}
	var fromCBOR Packed
	if b, err = packed.AppendPayload(nil); err != nil || fromCBOR.DecodePayload(b) != nil || !reflect.DeepEqual(fromCBOR, packed) {
		t.Errorf("cbor: %x, %+v, %v", b, fromCBOR, err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"n":-2`, `"n":2`, "kind.n: 2 is not -2"},
		{`"n":-2`, `"n":"-2"`, `kind.n: "-2" is not an integer`},
		{`"n":-2,`, ``, "kind.n: is missing"},
		{`"n":-2`, `"n":-2,"n":-2`, "kind.n: is there twice"},
		{`"u":7`, `"u":8`, "kind.u: 8 is not 7"},
		{`"f":0.1`, `"f":0.5`, "kind.f: 0.5 is not 0.1"},
		{`"yes":true`, `"yes":false`, "kind.yes: false is not true"},
		{`"no":false`, `"no":true`, "kind.no: true is not false"},
		{`"first"`, ` "last"`, `kind.pair[0]: "last" is not "first"`},
		{`"first"`, `null`, "kind.pair[0]: null is not a string"},
	} {
		document := strings.Replace(fixed, c.from, c.to, 1)
		if err := new(Plain).DecodePayload([]byte(document)); fmt.Sprint(err) != c.want {
			t.Errorf("json: %v, want %s", err, c.want)
		}
		if strings.Contains(c.want, "twice") {
			continue // encoding/json, which the others are made with, keeps one
		}
		if err := new(Sample).DecodePayload(toMsgpack(t, document)); fmt.Sprint(err) != c.want {
			t.Errorf("msgpack: %v, want %s", err, c.want)
		}
		if err := new(Packed).DecodePayload(toCBOR(t, document)); fmt.Sprint(err) != c.want {
			t.Errorf("cbor: %v, want %s", err, c.want)
		}
	}
}

func TestOthers(t *testing.T) {
	words, rates, count := Words{"a", "b"}, Rates{"x": 1.5}, Count(7)
	b, err := words.AppendPayload(nil)
	if err != nil || string(b) != "\x82\x61a\x61b" {
		t.Errorf("%x, %v", b, err)
	}
	if b, err = rates.AppendPayload(nil); err != nil || string(b) != "\x81\xa1x\xca\x3f\xc0\x00\x00" {
		t.Errorf("%x, %v", b, err)
	}
	if b, err = count.AppendPayload(nil); err != nil || string(b) != "\x07" {
		t.Errorf("%x, %v", b, err)
	}
	if err := count.DecodePayload([]byte("\x20")); err == nil || err.Error() != "-1 is not an integer from 0 to 4294967295" {
		t.Error(err)
	}
}

func TestText(t *testing.T) {
	var level Level
	var mode Mode
	var note Note
	var day Day
	for _, c := range []struct {
		into interface {
			DecodePayload([]byte) error
		}
		text, want string
	}{
		{&level, "21.5", "<nil>"}, {&level, "126", "126 is more than 125"}, {&level, "hot", `"hot" is not a number`}, {&level, "", `"" is not a number`},
		{&mode, "auto", "<nil>"}, {&mode, `"auto"`, `"\"auto\"" is none of "auto", "manual"`}, {&note, "ä\"\n", "<nil>"},
		{&note, "longer", `"longer" is longer than 5 characters`}, {&note, "\xff", "not UTF-8"}, {&day, "2024-02-29", "<nil>"},
		{&day, "2023-02-29", `"2023-02-29" is not a date such as 2006-01-02`},
	} {
		err := c.into.DecodePayload([]byte(c.text))
		if fmt.Sprint(err) != c.want {
			t.Errorf("%T of %q: %v, want %s", c.into, c.text, err, c.want)
		}
		out, ok := c.into.(interface {
			AppendPayload([]byte) ([]byte, error)
		})
		if b, failed := out.AppendPayload([]byte("<")); !ok || err == nil && (failed != nil || string(b) != "<"+c.text) {
			t.Errorf("%T is written as %q, %v, want %q", c.into, b, failed, c.text)
		}
	}
}

// toMsgpack writes JSON, with whatever is in it twice, in MessagePack. The field blob is a byte string.
func toMsgpack(t *testing.T, document string) []byte {
	return convert(t, document, func(b []byte, n int) []byte { return msgp.AppendMapHeader(b, uint32(n)) },
		func(b []byte, n int) []byte { return msgp.AppendArrayHeader(b, uint32(n)) },
		func(b []byte, v any) []byte {
			b, err := msgp.AppendIntf(b, v)
			if err != nil {
				t.Fatal(err)
			}
			return b
		})
}

func toCBOR(t *testing.T, document string) []byte {
	head := func(major byte) func(b []byte, n int) []byte {
		return func(b []byte, n int) []byte { return append(b, major|24, byte(n)) }
	}
	return convert(t, document, head(0xa0), head(0x80), func(b []byte, v any) []byte {
		out, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, out...)
	})
}

func convert(t *testing.T, document string, object, array func(b []byte, n int) []byte, scalar func(b []byte, v any) []byte) []byte {
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	name := ""
	var value func() []byte
	value = func() []byte {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case json.Delim:
			var members []byte
			n := 0
			for ; d.More(); n++ {
				members = append(members, value()...)
			}
			_, _ = d.Token()
			if v == '{' {
				return append(object(nil, n/2), members...)
			}
			return append(array(nil, n), members...)
		case json.Number:
			if i, err := v.Int64(); err == nil {
				return scalar(nil, i)
			}
			f, _ := v.Float64()
			return scalar(nil, f)
		case string:
			before := name
			name = v
			if before == "blob" {
				return scalar(nil, []byte{1, 2, 3})
			}
		}
		return scalar(nil, token)
	}
	return value()
}
