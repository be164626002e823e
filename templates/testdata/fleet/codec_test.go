package fleet

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

const readingDocument = `{"temperature":25.5,"humidity":60,"battery":85}`

func TestReading(t *testing.T) {
	var v Reading
	document := ` {"temperature": 1.5e1, "at":"2026-01-02T03:04:05.5+01:00", "state":"low_battery", "position":{"lat":-1,"lon":180},"x":[1]}`
	if err := v.DecodePayload([]byte(document)); err != nil {
		t.Fatal(err)
	}
	want := Reading{
		Temperature: 15,
		At:          payload.Some(time.Date(2026, 1, 2, 2, 4, 5, 500_000_000, time.UTC)),
		State:       payload.Some(ReadingStateLowBattery),
		Position:    payload.Some(Position{Lat: -1, Lon: 180}),
	}
	if v != want {
		t.Errorf("%+v, want %+v", v, want)
	}
	b, err := v.AppendPayload([]byte("-"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); got != `-{"temperature":15,"at":"2026-01-02T02:04:05.5Z","state":"low_battery","position":{"lat":-1,"lon":180}}` {
		t.Errorf("encoded %s", got)
	}
}

func TestReadingErrors(t *testing.T) {
	for document, want := range map[string]string{
		`{}`:                                  "temperature: is missing",
		`{"temperature":"x"}`:                 `temperature: "x" is not a number`,
		`{"temperature":1,"battery":120}`:     "battery: 120 is more than 100",
		`{"temperature":1,"battery":1.5}`:     "battery: 1.5 is not an integer",
		`{"temperature":1,"battery":null}`:    "battery: null is not an integer",
		`{"temperature":1,"state":"odd"}`:     `state: "odd" is none of "ok", "low_battery", "fault"`,
		`{"temperature":1,"position":{}}`:     "position.lat: is missing",
		`{"temperature":1,"at":"yesterday"}`:  `at: "yesterday" is not a date-time such as 2006-01-02T15:04:05Z`,
		`{"temperature":1,"temperature":1}`:   "temperature: is there twice",
		`{"temperature":1,"x":{"y":1,"y":1}}`: "x.y: is there twice",
		`[1]`:                                 "an array is not an object",
		``:                                    "empty, want JSON",
		`{"temperature":1`:                    "not JSON: ends too early, in an object, want , or }",
		`{"temperature":1,"position":{"lat":91,"lon":0}}`: "position.lat: 91 is more than 90",
	} {
		var v Reading
		if err := v.DecodePayload([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
	for _, tt := range []struct {
		v    Reading
		want string
	}{
		{Reading{Temperature: math.NaN()}, "temperature: NaN is not a number in JSON"},
		{Reading{Temperature: -61}, "temperature: -61 is less than -60"},
		{Reading{Humidity: payload.Some(math.Inf(1))}, "humidity: +Inf is not a number in JSON"},
		{Reading{State: payload.Some[ReadingState]("")}, `state: "" is none of "ok", "low_battery", "fault"`},
		{Reading{At: payload.Some(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))}, "at: year -1 does not have four digits"},
		{Reading{Position: payload.Some(Position{Lon: 181})}, "position.lon: 181 is more than 180"},
	} {
		if b, err := tt.v.AppendPayload(nil); err == nil || err.Error() != tt.want || b != nil {
			t.Errorf("encode: %s, %v, want %s", b, err, tt.want)
		}
	}
}

func TestCommand(t *testing.T) {
	const id = `"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","name":"go"`
	deep := `{` + id + `}`
	for range 21 { // three levels each: 64 with the innermost object
		deep = `{` + id + `,"steps":[{"wait":1,"then":[` + deep + `]}]}`
	}
	for document, want := range map[string]string{
		`{` + id + `,"args":[],"steps":[]}`:                                  "",
		`{` + id + `,"args":["a","b"],"steps":[{"wait":3600}]}`:              "",
		`{` + id + `,"args":["` + strings.Repeat(`","`, 10) + `"]}`:          "args[10]: more than 10 items",
		`{` + id + `,"steps":[{"wait":1},{"wait":3601}]}`:                    "steps[1].wait: 3601 is more than 3600",
		`{` + id + `,"steps":[{"wait":1,"then":[{` + id + `,"args":[1]}]}]}`: "steps[0].then[0].args[0]: 1 is not a string",
		`{` + id + `,"x":1}`:   "x: unknown field",
		`{` + id + `,"x.y":1}`: `["x.y"]: unknown field`,
		deep:                   strings.Repeat("steps[0].then[0].", 16)[:16*17-1] + ": nested deeper than 64",
	} {
		var v Command
		if err := v.DecodePayload([]byte(document)); fmt.Sprint(err) != want && (err != nil || want != "") {
			t.Errorf("%.200s: %v, want %s", document, err, want)
		}
	}
	v := Command{Name: "go", Args: payload.Some([]string{"\"", "ä"}), Steps: payload.Some([]CommandStepsItem{{Wait: 1}, {Then: payload.Some([]Command{{Name: "x"}})}})}
	b, err := v.AppendPayload(nil)
	if err != nil {
		t.Fatal(err)
	}
	var again Command
	if err := again.DecodePayload(b); err != nil || !reflect.DeepEqual(v, again) {
		t.Errorf("%s: %+v, %v, want %+v", b, again, err, v)
	}
	for name, want := range map[string]string{
		"": `name: "" is shorter than 1 character`, "Go": `name: "Go" does not match ^[a-z_]+$`,
		strings.Repeat("a", 21): `name: "aaaaaaaaaaaaaaaaaaaaa" is longer than 20 characters`,
	} {
		if _, err := (&Command{Name: name}).AppendPayload(nil); err == nil || err.Error() != want {
			t.Errorf("name %q: %v, want %s", name, err, want)
		}
	}
}

// mirror is Reading for encoding/json.
type mirror struct {
	Temperature *float64     `json:"temperature"`
	Humidity    *float64     `json:"humidity"`
	Battery     *json.Number `json:"battery"`
	At          *time.Time   `json:"at"`
	State       *string      `json:"state"`
	Position    *struct {
		Lat, Lon *float64
	} `json:"position"`
}

func (m *mirror) fits() bool {
	in := func(f *float64, low, high float64) bool { return f != nil && low <= *f && *f <= high }
	battery := true
	if m.Battery != nil {
		f, err := m.Battery.Float64()
		battery = err == nil && f == math.Trunc(f) && 0 <= f && f <= 100
	}
	return in(m.Temperature, -60, 125) && battery &&
		(m.State == nil || *m.State == "ok" || *m.State == "low_battery" || *m.State == "fault") &&
		(m.Position == nil || in(m.Position.Lat, -90, 90) && in(m.Position.Lon, -180, 180))
}

func (m *mirror) equal(v *Reading) bool {
	var w mirror
	w.Temperature = &v.Temperature
	if v.Humidity.Set {
		w.Humidity = &v.Humidity.Value
	}
	if x, ok := v.Battery.Get(); ok != (m.Battery != nil) {
		return false
	} else if ok {
		f, _ := m.Battery.Float64()
		w.Battery = m.Battery
		if f != float64(x) {
			return false
		}
	}
	if x, ok := v.State.Get(); ok {
		s := string(x)
		w.State = &s
	}
	if p := &v.Position.Value; v.Position.Set {
		w.Position = &struct{ Lat, Lon *float64 }{&p.Lat, &p.Lon}
	}
	if x, ok := v.At.Get(); ok != (m.At != nil) || ok && !x.Equal(*m.At) {
		return false
	}
	w.At = m.At
	return reflect.DeepEqual(m, &w)
}

// TestAgainstEncodingJSON makes up documents that are right, nearly right and wrong, and reads them both ways.
func TestAgainstEncodingJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	space := func() string { return pick("", "", "", " ", "\n\t") }
	number := func() string {
		return pick("0", "-0", "1", "25.5", "100", "100.0", "1e2", "10000e-2", "1.5", "101", "-1", "125", "125.00001", "-60", "1e400", "-", "01", "1.", ".5",
			fmt.Sprint(random.Float64()*300-150), `"1"`, "true", "{}", "[1]")
	}
	accepted := 0
	for range 200_000 {
		var fields []string
		add := func(p float64, name string, value func() string) {
			if random.Float64() < p {
				fields = append(fields, space()+`"`+name+`"`+space()+":"+space()+value()+space())
			}
		}
		add(0.95, "temperature", number)
		add(0.3, "humidity", number)
		add(0.5, "battery", number)
		add(0.3, "at", func() string {
			return pick(`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.25-07:00"`, `"2026-02-30T03:04:05Z"`, `"x"`, "5")
		})
		add(0.4, "state", func() string { return pick(`"ok"`, `"\u006fk"`, `"fault"`, `"Ok"`, `""`, "1", `"ok`) })
		add(0.4, "position", func() string {
			return pick(`{"lat":1,"lon":2}`, `{"lon":-180,"lat":90}`, `{"lat":1}`, `{"lat":91,"lon":2}`, `{"lat":1,"lon":2,"x":{}}`, "[]", "{")
		})
		add(0.2, "other", func() string { return pick("null", `{"a":[true,false]}`, `"ä"`, "[1,]", "nul", "1") })
		random.Shuffle(len(fields), reflect.Swapper(fields))
		document := []byte(space() + "{" + strings.Join(fields, ",") + "}" + pick("", "", "", " ", "x", "}"))

		var want mirror
		ok := json.Unmarshal(document, &want) == nil && want.fits() && !strings.Contains(string(document), `"battery":"`)
		if ok { // encoding/json takes a number in quotes for a json.Number
			var raw struct{ Battery any }
			_ = json.Unmarshal(document, &raw)
			_, quoted := raw.Battery.(string)
			ok = !quoted
		}
		var got Reading
		err := got.DecodePayload(document)
		if ok != (err == nil) {
			t.Fatalf("%s: %v, but encoding/json and the checks say %v", document, err, ok)
		}
		if !ok {
			continue
		}
		accepted++
		if !want.equal(&got) {
			t.Fatalf("%s: %+v", document, got)
		}
		roundTrip(t, document, &got)
	}
	if accepted < 5000 {
		t.Errorf("only %d documents were right: the test is worth little", accepted)
	}
}

// roundTrip encodes a value, has encoding/json read it, and reads it again.
func roundTrip(t *testing.T, document []byte, v *Reading) {
	b, err := v.AppendPayload(nil)
	if err != nil {
		t.Fatalf("%s: encode: %v", document, err)
	}
	var std mirror
	var again Reading
	if err := json.Unmarshal(b, &std); err != nil || !std.equal(v) {
		t.Fatalf("%s: encoded as %s: %v", document, b, err)
	}
	if err := again.DecodePayload(b); err != nil || again != *v {
		t.Fatalf("%s: encoded as %s, read back as %+v, %v", document, b, again, err)
	}
}

// FuzzReading looks for panics, and for documents that do not survive being written again.
func FuzzReading(f *testing.F) {
	f.Add([]byte(readingDocument))
	f.Add([]byte(`{"temperature":1,"at":"2026-01-02T03:04:05.5+01:00","state":"ok","position":{"lat":-1,"lon":180},"x":[1]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var v Reading
		if v.DecodePayload(document) == nil {
			if !json.Valid(document) {
				t.Fatalf("%q is not JSON, but is accepted", document)
			}
			roundTrip(t, document, &v)
		}
	})
}

func TestCodecAllocations(t *testing.T) {
	document := []byte(`{"temperature":25.5,"humidity":60,"battery":85,"at":"2026-01-02T03:04:05Z","state":"ok","position":{"lat":1.25,"lon":2},"x":1}`)
	var v Reading
	if n := testing.AllocsPerRun(100, func() {
		if err := v.DecodePayload(document); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("decode: %v allocations", n)
	}
	var out []byte
	if n := testing.AllocsPerRun(100, func() { out, _ = v.AppendPayload(out[:0]) }); n != 0 {
		t.Errorf("encode: %v allocations", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	document := []byte(readingDocument)
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		var v Reading
		for b.Loop() {
			if err := v.DecodePayload(document); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v struct {
				Temperature float64 `json:"temperature"`
				Humidity    float64 `json:"humidity"`
				Battery     int64   `json:"battery"`
			}
			if err := json.Unmarshal(document, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		v := Reading{Temperature: 25.5, Humidity: payload.Some(60.0), Battery: payload.Some(int64(85))}
		var out []byte
		for b.Loop() {
			out, _ = v.AppendPayload(out[:0])
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		v := struct {
			Temperature float64 `json:"temperature"`
			Humidity    float64 `json:"humidity"`
			Battery     int64   `json:"battery"`
		}{25.5, 60, 85}
		for b.Loop() {
			if _, err := json.Marshal(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
