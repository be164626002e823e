package zoo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqtt"
	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// codec is what every payload has.
type codec[T any] interface {
	*T
	DecodePayload(b []byte) error
	AppendPayload(b []byte) ([]byte, error)
}

// accepts wants documents to be read, and to be written as want.
func accepts[T any, P codec[T]](t *testing.T, documents map[string]string) {
	t.Helper()
	for document, want := range documents {
		var v T
		if err := P(&v).DecodePayload([]byte(document)); err != nil {
			t.Errorf("%T %s: %v", v, document, err)
			continue
		}
		b, err := P(&v).AppendPayload(nil)
		if err != nil || string(b) != want {
			t.Errorf("%T %s: encoded as %s, %v, want %s", v, document, b, err, want)
		}
		var again T
		if err := P(&again).DecodePayload(b); err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%T %s: read back as %+v, %v, want %+v", v, b, again, err, v)
		}
		if !json.Valid(b) {
			t.Errorf("%T: %s is not JSON", v, b)
		}
	}
}

func refuses[T any, P codec[T]](t *testing.T, documents map[string]string) {
	t.Helper()
	for document, want := range documents {
		var v T
		if err := P(&v).DecodePayload([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("%T %s: %v, want %s", v, document, err, want)
		}
	}
}

func TestEverything(t *testing.T) {
	const all = `{"version":"v\"1","type":true,"range":false,"pi":3.14,"func":0.1,"int32":-2147483648,"uint32":4294967295,` +
		`"uint64":18446744073709551614,"level":-2,"when":"2026-01-02T03:04:05Z","day":"2024-02-29","key":"6ba7b810-9dad-11d1-80b4-00c04fd430c8",` +
		`"matrix":[[1,-1],[0.5,0]],"words":["ab","abc"],"days":["0000-01-01"],"modes":["on","o\"f"],"mode":"on","track":[{"x":1}],` +
		`"tracks":[[{"x":1,"y":0.5}],[{"x":2}]],"empty":{},"a.b \"c\"\u000a` + "`" + `":9,"nested":{"deep":{"check":1e-7,"decode":""}}}`
	accepts[Everything](t, map[string]string{
		`{"type":true}`:                       `{"type":true}`,
		`{"type":true,"version":"v\"1"}`:      `{"version":"v\"1","type":true}`,
		`{"type":true,"matrix":[],"days":[]}`: `{"type":true,"matrix":[],"days":[]}`,
		`{"type":true,"nested":{}}`:           `{"type":true,"nested":{}}`,
		all:                                   all,
	})
	with := func(field string) string { return `{"type":true,` + field + `}` }
	refuses[Everything](t, map[string]string{
		`{}`:                                         "type: is missing",
		`{"type":false}`:                             "type: false is not true",
		with(`"version":"v1"`):                       `version: "v1" is not "v\"1"`,
		with(`"range":true`):                         "range: true is not false",
		with(`"pi":3`):                               "pi: 3 is not 3.14",
		with(`"func":0.09`):                          "func: 0.09 is less than 0.1",
		with(`"int32":2147483647`):                   "int32: 2147483647 is more than 2147483646",
		with(`"int32":2147483648`):                   "int32: 2147483648 is not an integer from -2147483648 to 2147483647",
		with(`"uint32":-1`):                          "uint32: -1 is not an integer from 0 to 4294967295",
		with(`"uint64":18446744073709551615`):        "uint64: 18446744073709551615 is more than 18446744073709551614",
		with(`"uint64":0`):                           "uint64: 0 is less than 1",
		with(`"level":2`):                            "level: 2 is none of 1, -2",
		with(`"day":"2023-02-29"`):                   `day: "2023-02-29" is not a date such as 2006-01-02`,
		with(`"matrix":[[1]]`):                       "matrix[0]: 1 item, fewer than 2",
		with(`"matrix":[[1,1],[1,2]]`):               "matrix[1][1]: 2 is more than 1",
		with(`"matrix":[[1,1,1]]`):                   "matrix[0][2]: more than 2 items",
		with(`"matrix":[[1,1],[1,1],[]]`):            "matrix[2]: more than 2 items",
		with(`"words":["a"]`):                        `words[0]: "a" is shorter than 2 characters`,
		with(`"words":["äöü","äöüß"]`):               `words[0]: "äöü" does not match ^[a-f]{0,5}$`,
		with(`"words":["abc","abcd"]`):               `words[1]: "abcd" is longer than 3 characters`,
		with(`"modes":["on","off"]`):                 `modes[1]: "off" is none of "on", "o\"f"`,
		with(`"tracks":[[{"x":1}],[{"y":2,"x":1}]]`): "tracks[1][0].y: 2 is more than 1",
		with(`"tracks":[[]]`):                        "tracks[0]: 0 items, fewer than 1",
		with(`"track":[{}]`):                         "track[0].x: is missing",
		with(`"a.b \"c\"\n` + "`" + `":10`):          `["a.b \"c\"\n` + "`" + `"]: 10 is more than 9`,
		with(`"nested":{"deep":{"check":1}}`):        "nested.deep.decode: is missing",
	})
	if _, err := (&Everything{Days: payload.Some([]payload.Date{{Year: 1}})}).AppendPayload(nil); err == nil || err.Error() != "days[0]: there is no day 0001-00-00" {
		t.Error(err)
	}
	if _, err := (&Everything{Words: payload.Some(make([]string, 4))}).AppendPayload(nil); err == nil || err.Error() != "words: 4 items, more than 3" {
		t.Error(err)
	}
	if _, err := (&Everything{Matrix: payload.Some([][]float64{{1, math.NaN()}})}).AppendPayload(nil); err == nil || err.Error() != "matrix[0][1]: NaN is not a number in JSON" {
		t.Error(err)
	}
}

func TestRoots(t *testing.T) {
	accepts[Track](t, map[string]string{`[{"x":1.0,"y":1e0}]`: `[{"x":1,"y":1}]`})
	refuses[Track](t, map[string]string{`[]`: "0 items, fewer than 1", `[{"x":1},{}]`: "[1].x: is missing", `{}`: "an object is not an array",
		`[{"x":1},{"x":1},{"x":1},{"x":1}]`: "[3]: more than 3 items", `[{"x":1,"y":-1}]`: "[0].y: -1 is less than 0"})
	accepts[Same](t, map[string]string{`[{"x":1}]`: `[{"x":1}]`})
	accepts[Level](t, map[string]string{" 9223372036854775807": "9223372036854775807"})
	refuses[Level](t, map[string]string{"0": "0 is less than 1", "x": "not JSON: 'x' at byte 0 where an integer should be"})
	accepts[Ratio](t, map[string]string{"0.5": "0.5", "1e-300": "1e-300"})
	refuses[Ratio](t, map[string]string{"0": "0 is not more than 0", "1": "1 is not less than 1"})
	accepts[Flag](t, map[string]string{"true": "true", "false ": "false"})
	accepts[Note](t, map[string]string{`"ab"`: `"ab"`, "\"ää`\"": "\"ää`\""})
	refuses[Note](t, map[string]string{`""`: `"" is shorter than 1 character`, `"abcde"`: `"abcde" is longer than 4 characters`, `"A"`: "\"A\" does not match ^[a-zä]+`?$"})
	accepts[When](t, map[string]string{`"2026-01-02T03:04:05+01:00"`: `"2026-01-02T02:04:05Z"`})
	if _, err := When(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)).AppendPayload(nil); err == nil {
		t.Error("year 10000 is written")
	}
	accepts[Day](t, map[string]string{`"2026-01-02"`: `"2026-01-02"`})
	if _, err := (Day{}).AppendPayload(nil); err == nil {
		t.Error("the zero day is written")
	}
	accepts[Key](t, map[string]string{`"6BA7B810-9dad-11d1-80b4-00c04fd430c8"`: `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`})
	accepts[Mode](t, map[string]string{`"on"`: `"on"`, `"o\u0022f"`: `"o\"f"`})
	refuses[Mode](t, map[string]string{`"x"`: `"x" is none of "on", "o\"f"`, "1": "1 is not a string"})
	accepts[Empty](t, map[string]string{"{}": "{}", `{"a":{"b":1}}`: "{}"})
	accepts[Closed](t, map[string]string{" { } ": "{}"})
	refuses[Closed](t, map[string]string{`{"a":1}`: "a: unknown field", `{"a":1,"a":1}`: "a: unknown field"})
	accepts[Node](t, map[string]string{`{"name":"a","children":[{"name":"b","children":[]}]}`: `{"name":"a","children":[{"name":"b","children":[]}]}`})
	refuses[Node](t, map[string]string{`{"name":"a","children":[{"name":"b"}]}`: "children[0].children: is missing"})
}

// TestText prints values of declared types that stand for a time, a day and a UUID.
func TestText(t *testing.T) {
	when := When(time.Date(2026, 1, 2, 3, 4, 5, 60, time.UTC))
	key, err := payload.ParseUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "when", when, "day", Day{Year: 2024, Month: 2, Day: 29}, "key", Key(key))
	if want := " when=2026-01-02T03:04:05.00000006Z day=2024-02-29 key=6ba7b810-9dad-11d1-80b4-00c04fd430c8\n"; !strings.HasSuffix(log.String(), want) {
		t.Errorf("log: %s, want %s", log.String(), want)
	}
	if got := fmt.Sprint(when, payload.Some(Day{Year: 2024, Month: 2, Day: 29})); got != "2026-01-02T03:04:05.00000006Z {2024-02-29 true}" {
		t.Errorf("fmt: %s", got)
	}
	b, err := json.Marshal(when)
	var again When
	if err != nil || json.Unmarshal(b, &again) != nil || again != when {
		t.Errorf("encoding/json: %s, %v, read back as %v", b, err, again)
	}
}

func TestWide(t *testing.T) {
	var fields []string
	for i := range 67 {
		if i != 3 {
			fields = append(fields, fmt.Sprintf(`"%c%d":true`, 'a'+i/10, i%10))
		}
	}
	document := "{" + strings.Join(fields, ",") + "}"
	accepts[Wide](t, map[string]string{document: document})
	refuses[Wide](t, map[string]string{
		"{" + strings.Join(fields[:65], ",") + "}":                "g6: is missing",
		"{" + strings.Join(fields, ",") + `,"g6":true}`:           "g6: is there twice",
		"{" + strings.Join(fields, ",") + `,"g9":1}`:              "g9: 1 is not true or false",
		"{" + strings.Join(fields, ",") + `,"g9":true,"g9":true}`: "g9: is there twice",
	})
}

// handler counts.
type handler struct {
	Handler
	last string
	typ  TypeMessage
}

func (h *handler) AuthenticateUser(context.Context, *mqttx.Connect, string, []byte) error { return nil }

func (h *handler) HandleUnmatched(_ context.Context, m *mqttx.Message) error {
	h.last = "unmatched " + m.Topic
	return nil
}

func (h *handler) HandlePi(_ context.Context, m *PiMessage) error {
	h.last = m.Topic.String()
	return nil
}

func (h *handler) HandleType(_ context.Context, m *TypeMessage) error {
	h.last, h.typ = "type", *m
	return nil
}

func code(err error) mqtt.ReasonCode {
	if r, ok := errors.AsType[*mqtt.Refusal](err); ok {
		return r.Code
	}
	return 0
}

func TestPublish(t *testing.T) {
	h := &handler{}
	c := &connection{handler: h}
	if err := c.Authenticate(t.Context(), &mqttx.Connect{ClientID: "x"}); code(err) != mqtt.NotAuthorized {
		t.Errorf("no user name: %v", err)
	}
	if err := c.Authenticate(t.Context(), &mqttx.Connect{ClientID: "x", HasUserName: true}); err != nil {
		t.Error(err)
	}
	const key = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	typed := "typed/-5/7/true/" + key + "/go/text/18446744073709551615/xyz"
	for _, tt := range []struct {
		name, raw string
		retain    bool
		want      mqtt.ReasonCode
		last      string
	}{
		{"nothing/like/this/x/y/z", "", false, 0, "unmatched nothing/like/this/x/y/z"},
		{"nothing/like/this/x/y/z", "", true, mqtt.NotAuthorized, ""},
		{"a//b", "", false, 0, "a//b"},
		{typed, `{"type":true}`, true, 0, "type"},
		{typed, ``, true, 0, ""},
		{typed, `{"type":true}`, false, mqtt.NotAuthorized, ""},
		{typed, `{}`, true, mqtt.PayloadFormatInvalid, ""},
		{strings.Replace(typed, "-5", "-05", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "-5", "-6", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "true", "True", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "6ba7", "6bg7", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "6ba7", "6BA7", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""}, // another name than Topic.String makes
		{strings.Replace(typed, "/go/", "/c/", 1), "", true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "xyz", "xyzz", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
		{strings.Replace(typed, "xyz", "z", 1), `{"type":true}`, true, mqtt.TopicNameInvalid, ""},
	} {
		h.last = ""
		_, err := c.Publish(t.Context(), &mqttx.Message{Topic: tt.name, Raw: []byte(tt.raw), Retain: tt.retain})
		if code(err) != tt.want || (err == nil) != (tt.want == 0) || h.last != tt.last {
			t.Errorf("%s %s: %v, called %q", tt.name, tt.raw, err, h.last)
		}
	}
	id, err := payload.ParseUUID(key)
	if err != nil {
		t.Fatal(err)
	}
	want := TypeTopic{Count: -5, Small: 7, On: true, Key: id, Func: "go", StringParam: "text", Big: math.MaxUint64, Short: "xyz"}
	if h.typ.Topic != want || want.String() != typed {
		t.Errorf("%+v, want %+v", h.typ.Topic, want)
	}
	if got, err := ParseTypeTopic(typed); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRoute compares the router with the plain reading of the patterns, for names made of all their levels.
func TestRoute(t *testing.T) {
	var patterns []topic.Pattern
	levels := map[string]bool{"": true, "zz": true}
	for _, r := range rules {
		p, err := topic.ParsePattern(r.pattern)
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
		for _, level := range p.Levels() {
			if level.Kind == topic.Literal {
				levels[level.Text] = true
			}
		}
	}
	delete(levels, "typed")
	var names []string
	var extend func(name string, depth int)
	extend = func(name string, depth int) {
		for level := range levels {
			names = append(names, name+level)
			if depth > 1 {
				extend(name+level+"/", depth-1)
			}
		}
	}
	extend("", 4)
	for _, start := range []string{"deep/l1/l2/", "e/", "deep/"} {
		extend(start, 4)
	}
	names = append(names, "typed/1/2/3/4/5/6/7/8", "typed/1/2/3/4/5/6/7", "typed/1/2/3/4/5/6/7/8/9")
	found := map[index]bool{}
	for _, name := range names {
		want, values := noTopic, []string(nil)
		for i, p := range patterns {
			if v, ok := p.Match(name); ok && (want == noTopic || p.Compare(patterns[want]) == topic.MoreSpecific) {
				want, values = index(i), v
			}
		}
		var p params
		got := route(name, &p)
		if got != want || got != noTopic && !reflect.DeepEqual(append([]string{}, p[:len(values)]...), append([]string{}, values...)) {
			t.Fatalf("%q: topic %d %q, want %d %q", name, got, p, want, values)
		}
		found[got] = true
	}
	if len(found) != len(rules)+1 {
		t.Errorf("only topics %v were found among %d names", found, len(names))
	}
	t.Logf("%d names", len(names))
}

// document is some 950 bytes of nested values.
var document = func() []byte {
	var v Everything
	v.When = payload.Some(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	v.Words = payload.Some([]string{"abc", "def", "ab"})
	v.Matrix = payload.Some([][]float64{{0.25, 0.5}, {-0.125, 1}})
	v.Tracks.Set = true
	tracks := &v.Tracks.Value
	for i := range 12 {
		*tracks = append(*tracks, Track{{X: int32(i * 1000), Y: payload.Some(0.125)}, {X: 17}, {X: int32(-i), Y: payload.Some(0.333)}})
	}
	v.Nested = payload.Some(EverythingNested{Deep: payload.Some(EverythingNestedDeep{Check: 1, Decode: "some text that is a bit longer"})})
	b, err := v.AppendPayload(nil)
	if err != nil {
		panic(err)
	}
	return b
}()

func BenchmarkDecode(b *testing.B) {
	b.Run("generated", func(b *testing.B) {
		b.SetBytes(int64(len(document)))
		b.ReportAllocs()
		for b.Loop() {
			var v Everything
			if err := v.DecodePayload(document); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(document)))
		b.ReportAllocs()
		for b.Loop() {
			var v struct {
				Type   bool
				When   time.Time
				Words  []string
				Matrix [][]float64
				Tracks [][]struct {
					X int32
					Y *float64
				}
				Nested struct {
					Deep struct {
						Check  float64
						Decode string
					}
				}
			}
			if err := json.Unmarshal(document, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
