package payload_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

func TestTimesOfDay(t *testing.T) {
	wrong := func(s string) test[payload.Time] {
		return test[payload.Time]{`"` + s + `"`, payload.Time{}, `"` + s + `" is not a time such as 15:04:05Z`}
	}
	run(t, "Time", (*payload.Decoder).Time, []test[payload.Time]{
		{`"00:00:00Z"`, payload.Time{}, ""},
		{`"15:04:05.250000001+01:30"`, payload.Time{Hour: 15, Minute: 4, Second: 5, Nanosecond: 250_000_001, Offset: 90}, ""},
		{`"15:59:60-08:00"`, payload.Time{Hour: 15, Minute: 59, Second: 60, Offset: -480}, ""},
		{`"00:59:60z"`, payload.Time{}, `"00:59:60z" is not a time such as 15:04:05Z`},
		wrong("24:00:00Z"), wrong("12:60:00Z"), wrong("12:00:61Z"), wrong("12:00:00"), wrong("12:00Z"), wrong("1:00:00Z"), wrong("12:00:00.Z"),
		wrong("12:00:00+24:00"), wrong(""), wrong("12:00:00Zx"),
		{"1", payload.Time{}, "1 is not a time"},
	})
	for text, v := range map[string]payload.Time{
		"01:02:03.04-00:05": {Hour: 1, Minute: 2, Second: 3, Nanosecond: 40_000_000, Offset: -5}, "23:59:60Z": {Hour: 23, Minute: 59, Second: 60},
	} {
		if got := string(payload.AppendTime(nil, v)); got != `"`+text+`"` {
			t.Errorf("%+v is written %s, want %s", v, got, text)
		}
	}
	at := time.Date(2026, 1, 2, 15, 4, 5, 6, time.FixedZone("", -3600))
	if got := payload.TimeOf(at).On(payload.DateOf(at)); !got.Equal(at) {
		t.Errorf("%v, want %v", got, at)
	}
}

func TestDurations(t *testing.T) {
	wrong := func(s string) test[payload.Duration] {
		return test[payload.Duration]{`"` + s + `"`, payload.Duration{}, `"` + s + `" is not a duration such as P3DT4H30M`}
	}
	run(t, "Duration", (*payload.Decoder).Duration, []test[payload.Duration]{
		{`"P1Y2M3DT4H5M6.07S"`, payload.Duration{Years: 1, Months: 2, Days: 3, Hours: 4, Minutes: 5, Seconds: 6, Nanoseconds: 70_000_000}, ""},
		{`"P3W"`, payload.Duration{Weeks: 3}, ""}, {`"PT36H"`, payload.Duration{Hours: 36}, ""}, {`"P1M"`, payload.Duration{Months: 1}, ""},
		{`"PT1M"`, payload.Duration{Minutes: 1}, ""}, {`"PT0S"`, payload.Duration{}, ""}, {`"P0001D"`, payload.Duration{Days: 1}, ""},
		wrong("P"), wrong("PT"), wrong("P1DT"), wrong("1D"), wrong("P1"), wrong("PD"), wrong("P1S"), wrong("PT1D"), wrong("P1D1Y"), wrong("PT1S1M"),
		wrong("P1W1D"), wrong("P1D1W"), wrong("P1WT1H"), wrong("-P1D"), wrong("P-1D"), wrong("P1.5D"), wrong("PT1.5H"), wrong("PT1.S"), wrong("P1Y1Y"),
		wrong("P1234567890D"), wrong("PT1HT1M"), wrong("p1d"), wrong(""),
		{"1", payload.Duration{}, "1 is not a duration"},
	})
	for _, tt := range []struct {
		d    payload.Duration
		want time.Duration
		ok   bool
	}{
		{payload.Duration{Weeks: 1}, 7 * 24 * time.Hour, true}, {payload.Duration{Days: 1, Hours: 2, Minutes: 3, Seconds: 4, Nanoseconds: 5}, 26*time.Hour + 3*time.Minute + 4*time.Second + 5, true},
		{payload.Duration{Months: 1}, 0, false}, {payload.Duration{Years: 1}, 0, false}, {payload.Duration{Hours: 2_562_048}, 0, false},
		{payload.Duration{Days: 999_999_999}, 0, false}, {payload.Duration{Hours: -1}, 0, false}, {payload.DurationOf(90 * time.Minute), 90 * time.Minute, true},
	} {
		if got, ok := tt.d.Exact(); got != tt.want || ok != tt.ok {
			t.Errorf("%v: %v, %v, want %v, %v", tt.d, got, ok, tt.want, tt.ok)
		}
	}
	if err := payload.CheckDuration("a", payload.DurationOf(-1)); err == nil {
		t.Error("a negative duration is written")
	}
}

func TestBytesAndAddresses(t *testing.T) {
	run(t, "Bytes", (*payload.Decoder).Bytes, []test[[]byte]{
		{`""`, nil, ""}, {`"aGk="`, []byte("hi"), ""}, {`"\u0061Gk="`, []byte("hi"), ""}, {`"AP8\/"`, []byte{0, 0xff, 0x3f}, ""},
		{`"aGk"`, nil, `"aGk" is not base64 with padding, such as aGk=`}, {`"aGk=\n"`, nil, `"aGk=\n" is not base64 with padding, such as aGk=`},
		{`"aGl="`, nil, `"aGl=" is not base64 with padding, such as aGk=`}, {`"a-_="`, nil, `"a-_=" is not base64 with padding, such as aGk=`},
		{"1", nil, "1 is not base64"},
	})
	run(t, "IPv4", (*payload.Decoder).IPv4, []test[netip.Addr]{
		{`"192.0.2.1"`, netip.MustParseAddr("192.0.2.1"), ""}, {`"\u0031.2.3.4"`, netip.MustParseAddr("1.2.3.4"), ""},
		{`"1.2.3"`, netip.Addr{}, `"1.2.3" is not an ipv4 address such as 192.0.2.1`}, {`"01.2.3.4"`, netip.Addr{}, `"01.2.3.4" is not an ipv4 address such as 192.0.2.1`},
		{`"::1"`, netip.Addr{}, `"::1" is not an ipv4 address such as 192.0.2.1`}, {`""`, netip.Addr{}, `"" is not an ipv4 address such as 192.0.2.1`},
	})
	run(t, "IPv6", (*payload.Decoder).IPv6, []test[netip.Addr]{
		{`"2001:DB8::1"`, netip.MustParseAddr("2001:db8::1"), ""}, {`"::ffff:1.2.3.4"`, netip.MustParseAddr("::ffff:1.2.3.4"), ""},
		{`"fe80::1%eth0"`, netip.Addr{}, `"fe80::1%eth0" is not an ipv6 address such as 2001:db8::1`}, {`"1.2.3.4"`, netip.Addr{}, `"1.2.3.4" is not an ipv6 address such as 2001:db8::1`},
	})
	for a, want := range map[string]string{"1.2.3.4": "a: 1.2.3.4 is not an ipv6 address such as 2001:db8::1", "::1": "", "::1%x": "a: ::1%x is not an ipv6 address such as 2001:db8::1"} {
		if got := errorText(payload.CheckIPv6("a", netip.MustParseAddr(a))); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
	if got := errorText(payload.CheckIPv4("a", netip.Addr{})); got != "a: invalid IP is not an ipv4 address such as 192.0.2.1" {
		t.Error(got)
	}
}

func TestURIsAndEmails(t *testing.T) {
	for s, ok := range map[string]bool{
		"https://example.com/a?b=c#d": true, "urn:a:b": true, "mqtt://[::1]:1883": true, "mailto:a@b": true, "a:%41": true,
		"": false, "/a": false, "a b:c": false, "http://a/é": false, "http://a/%zz": false, "http://a/%4": false, "http://a/{b}": false, "1a:b": false, "a": false, "http://[::1": false,
	} {
		if err := payload.CheckURI("", s); (err == nil) != ok {
			t.Errorf("uri %q: %v", s, err)
		}
	}
	for s, ok := range map[string]bool{
		"ann@example.com": true, "a.b+c@d": true, `"a b"@c.d`: true, "a@[127.0.0.1]": true, "a@[IPv6:::1]": true, strings.Repeat("a", 64) + "@b": true,
		"": false, "ann": false, "@a": false, "a@": false, ".a@b": false, "a..b@c": false, "a.@b": false, "a@-b": false, "a@b-": false, "a@b..c": false, "a b@c": false,
		"é@b": false, "a@é": false, `"a"b"@c`: false, "a@[1.2.3]": false, "a@[::1]": false, "a@[IPv6:1.2.3.4]": false, strings.Repeat("a", 65) + "@b": false, "a@b.": false,
		"a@" + strings.Repeat("b", 64): false, "Ann <ann@example.com>": false, "a@" + strings.Repeat("b.", 130) + "b": false,
	} {
		if err := payload.CheckEmail("", s); (err == nil) != ok {
			t.Errorf("email %q: %v", s, err)
		}
	}
}

func TestIsMultiple(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		of   string
		want bool
	}{
		{0.3, "0.1", true}, {0.35, "0.1", false}, {-0.7, "0.1", true}, {0, "0.1", true}, {1e300, "7", false}, {1e300, "2", true}, {1e-7, "1e-7", true}, {3e-7, "2e-7", false},
		{4.35, "0.01", true}, {4.355, "0.01", false}, {123456789012.345, "0.001", true}, {1e15, "10", true}, {9007199254740993, "2", true}, {2.5, "1.25", true},
		{math.SmallestNonzeroFloat64, "5e-324", true}, {5, "0.00000000000000000001", true}, {1.5, "100000000000000000000", false},
	} {
		if got := payload.IsMultiple(tt.v, tt.of); got != tt.want {
			t.Errorf("%v of %s: %v", tt.v, tt.of, got)
		}
	}
	if !payload.IsMultiple(float32(0.3), "0.1") || payload.IsMultiple(float32(0.35), "0.1") || !payload.IsMultiple(float32(2147483648), "100") {
		t.Error("float32")
	}
	if !payload.IsMultiple(int64(math.MaxInt64), "7") || payload.IsMultiple(int64(math.MinInt64), "3") || !payload.IsMultiple(uint64(math.MaxUint64), "1.5") || !payload.IsMultiple(int32(-3), "1.5") {
		t.Error("integers")
	}
}

func FuzzMultiple(f *testing.F) {
	f.Add(0.3, uint32(1), uint8(1))
	f.Add(4.35, uint32(5), uint8(3))
	f.Fuzz(func(t *testing.T, v float64, unit uint32, decimals uint8) {
		if unit == 0 || !payload.Finite(v) {
			return
		}
		of := strconv.FormatUint(uint64(unit), 10) + "e-" + strconv.Itoa(int(decimals%6))
		plain := new(big.Rat)
		plain.SetString(of)
		x, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'g', -1, 64))
		want := x.Quo(x, plain).IsInt()
		for _, form := range []string{of, plain.FloatString(int(decimals % 6))} {
			if got := payload.IsMultiple(v, form); got != want {
				t.Fatalf("%v of %s: %v", v, form, got)
			}
		}
	})
}

// FuzzFormats wants the texts that are accepted to survive being written and read again.
func FuzzFormats(f *testing.F) {
	for _, s := range []string{"15:04:05.25+01:30", "23:59:60Z", "P1Y2M3DT4H5M6.7S", "P3W", "aGk=", "192.0.2.1", "::ffff:1.2.3.4", "2026-01-02", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		document := string(payload.AppendString(nil, s))
		again(t, document, (*payload.Decoder).Time, payload.AppendTime)
		again(t, document, (*payload.Decoder).Duration, payload.AppendDuration)
		again(t, document, (*payload.Decoder).Date, payload.AppendDate)
		again(t, document, (*payload.Decoder).UUID, payload.AppendUUID)
		again(t, document, (*payload.Decoder).IPv4, payload.AppendIPv4)
		again(t, document, (*payload.Decoder).IPv6, payload.AppendIPv6)
		again(t, document, (*payload.Decoder).Bytes, payload.AppendBytes)
		if v, err := read(document, (*payload.Decoder).Bytes); err == nil && base64.StdEncoding.EncodeToString(v) != s {
			t.Fatalf("%q: read as %x", s, v)
		}
		if v, err := read(document, (*payload.Decoder).Time); err == nil && v.Second < 60 {
			if std, err := time.Parse("2006-01-02T15:04:05Z07:00", "2026-01-01T"+strings.ToUpper(s)); err != nil || !v.On(payload.Date{Year: 2026, Month: 1, Day: 1}).Equal(std) {
				t.Fatalf("%q: %v, %v, want %v", s, v, err, std)
			}
		}
	})
}

func again[T any](t *testing.T, document string, method func(*payload.Decoder) T, appendTo func([]byte, T) []byte) {
	v, err := read(document, method)
	if err != nil {
		return
	}
	b := appendTo(nil, v)
	if w, err := read(string(b), method); err != nil || !reflect.DeepEqual(v, w) {
		t.Fatalf("%s: %v is written %s, which is read as %v, %v", document, v, b, w, err)
	}
}

// TestTextInLogs has log/slog and encoding/json print values.
func TestTextInLogs(t *testing.T) {
	key, err := payload.ParseUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if err != nil {
		t.Fatal(err)
	}
	type all struct {
		Date     payload.Date
		Time     payload.Time
		Duration payload.Duration
		Key      payload.UUID
	}
	v := all{payload.Date{Year: 2026, Month: 1, Day: 2}, payload.Time{Hour: 3}, payload.Duration{Days: 4}, key}
	const want = `{"Date":"2026-01-02","Time":"03:00:00Z","Duration":"P4D","Key":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}`
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	if !strings.HasSuffix(log.String(), `"v":`+want+"}\n") {
		t.Errorf("log %s", log.String())
	}
	b := marshal(t, v)
	var w all
	if err := json.Unmarshal([]byte(b), &w); err != nil || b != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
	if w != v {
		t.Errorf("%+v, want %+v", w, v)
	}
	if _, err := json.Marshal(payload.Date{}); err == nil {
		t.Error("no day is written")
	}
	for _, v := range []interface{ UnmarshalText([]byte) error }{new(payload.Date), new(payload.Time), new(payload.Duration), new(payload.UUID)} {
		if err := v.UnmarshalText([]byte("x")); err == nil {
			t.Errorf("%T reads x", v)
		}
	}
}

func TestNull(t *testing.T) {
	var n payload.Null[int]
	if v, ok := n.Get(); ok || v != 0 || n != payload.NullOf[int]() {
		t.Errorf("zero value: %v", n)
	}
	if v, ok := payload.NotNull(0).Get(); !ok || v != 0 {
		t.Errorf("a value: %v, %v", v, ok)
	}
}

func TestLists(t *testing.T) {
	long := make([]int, 20)
	for i := range long {
		long[i] = i
	}
	for _, tt := range []struct {
		list []int
		want int
	}{{nil, -1}, {[]int{1, 2, 3}, -1}, {[]int{1, 2, 1, 2}, 2}, {long, -1}, {append(long[:19:19], 7), 19}} {
		if got := payload.Repeated(tt.list); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.list, got, tt.want)
		}
		b, _ := json.Marshal(tt.list)
		if got := payload.RepeatedItem(b); string(b) != "null" && got != tt.want {
			t.Errorf("%s: %d, want %d", b, got, tt.want)
		}
	}
	for array, want := range map[string]int{`[]`: -1, `[[-0],[0]]`: 1, `["-0","0"]`: -1, `[-0.5,0.5]`: -1, `[{"a":-0},{"a":0}]`: 1, `[0,-0]`: 1, `[[],[[]],[]]`: 2, `["\"-0","\"0"]`: -1} {
		if got := payload.RepeatedItem([]byte(array)); got != want {
			t.Errorf("%s: %d, want %d", array, got, want)
		}
	}
	m := payload.Put(nil, "b", 1)
	m = payload.Put(m, "a", 2)
	if got := payload.Keys(m); !reflect.DeepEqual(got, []string{"a", "b"}) || payload.Keys(map[string]int{}) != nil {
		t.Errorf("keys %v", got)
	}
	if got := string(payload.AppendKey(payload.AppendKey([]byte("{"), 0, "a\""), 1, "b")); got != `{"a\"":,"b":` {
		t.Errorf("keys are written %s", got)
	}
	var list []int
	*payload.Add(&list) = 3
	*payload.Add(&list) = 4
	if !reflect.DeepEqual(list, []int{3, 4}) {
		t.Errorf("list %v", list)
	}
}

func TestFormatAllocations(t *testing.T) {
	for document, method := range map[string]func(*payload.Decoder){
		`"15:04:05.25+01:00"`: func(d *payload.Decoder) { d.Time() },
		`"P1Y2M3DT4H5M6.7S"`:  func(d *payload.Decoder) { d.Duration() },
		`"192.0.2.1"`:         func(d *payload.Decoder) { d.IPv4() },
		`"2001:db8::1"`:       func(d *payload.Decoder) { d.IPv6() },
		`null`:                func(d *payload.Decoder) { d.Null() },
		`{"a":[1],"k":"x"}`:   func(d *payload.Decoder) { d.Discriminator("k"); d.SkipValue() },
	} {
		b := []byte(document)
		var d payload.Decoder
		if n := testing.AllocsPerRun(100, func() {
			d.Reset(b)
			method(&d)
			if err := d.End(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", document, n)
		}
	}
	out := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		out = payload.AppendDuration(payload.AppendTime(payload.AppendDate(out[:0], payload.Date{Year: 2026, Month: 1, Day: 2}), payload.Time{Offset: 90}), payload.Duration{Days: 3, Nanoseconds: 5})
		payload.IsMultiple(0.3, "0.1")
		payload.Repeated([]string{"a", "b"})
	}); n != 0 {
		t.Errorf("%s: %v allocations", out, n)
	}
}

// TestLength counts what a schema counts: code points, and each byte that is no UTF-8 for one.
func TestLength(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "Müller": 6, "日本": 2, "🚚": 1, "e\u0301": 2, "\xff\xfe": 2} {
		if got := payload.Length(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
