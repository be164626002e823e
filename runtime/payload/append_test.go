package payload_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// marshal is encoding/json without its escapes for HTML.
func marshal(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func TestAppendFloat(t *testing.T) {
	floats := []float64{0, math.Copysign(0, -1), 1, -1, 25.5, 0.1, 0.3, 1.1, 0.125, 0.0625, 1e-6, 9.99e-7, 1e20, 1e21, 1e15, 1e15 - 1,
		999999999999.999, 123456789012.345, 9007199254740993, 4.35, 2.675, -0.001, 0.0005, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-9, 1e-10}
	random := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		f := math.Float64frombits(random.Uint64())
		if payload.Finite(f) {
			floats = append(floats, f)
		}
		digits := float64(random.Int64N(1<<random.IntN(50) + 1))
		floats = append(floats, digits/math.Pow10(random.IntN(6)), -digits/10)
	}
	for _, f := range floats {
		if got, want := string(payload.AppendFloat64(nil, f)), marshal(t, f); got != want {
			t.Fatalf("%b: %s, want %s", f, got, want)
		}
		if small := float32(f); payload.Finite(small) {
			if got, want := string(payload.AppendFloat32(nil, small)), marshal(t, small); got != want {
				t.Fatalf("%b: %s, want %s", small, got, want)
			}
		}
	}
}

func TestAppendString(t *testing.T) {
	for _, s := range []string{"", "plain", "a\"b\\c/<&>", "\b\f\n\r\t\x00\x1f\x7f", "ä😀\u00a0", "a\xffb", "\xed\xa0\x80", "\xc3", "\uFFFD", "\uFEFF"} {
		got := string(payload.AppendString([]byte("x"), s))
		want := "x" + marshal(t, s)
		want = string(bytes.ReplaceAll([]byte(want), []byte(`\ufffd`), []byte("\uFFFD")))
		if got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestAppendTimes(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 250_000_000, time.FixedZone("", -(3*3600+28)))
	if got := string(payload.AppendDateTime(nil, at)); got != `"2026-01-02T06:04:33.25Z"` {
		t.Errorf("date-time %s", got)
	}
	if got := string(payload.AppendDate(nil, payload.DateOf(at))); got != `"2026-01-02"` {
		t.Errorf("date %s", got)
	}
	if got := (payload.Date{Year: 33, Month: 4, Day: 3}).Time(time.UTC); !got.Equal(time.Date(33, 4, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("time of a date %v", got)
	}
	u, err := payload.ParseUUID("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(payload.AppendUUID(nil, u)); got != `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"` {
		t.Errorf("uuid %s", got)
	}
	if _, err := payload.ParseUUID("6ba7b810"); err == nil {
		t.Error("a wrong uuid is taken")
	}
}

func TestCloseObject(t *testing.T) {
	if got := string(payload.CloseObject([]byte("["), 1)); got != "[{}" {
		t.Errorf("empty: %s", got)
	}
	if got := string(payload.CloseObject([]byte(`[,"a":1`), 1)); got != `[{"a":1}` {
		t.Errorf("one field: %s", got)
	}
}

func TestCheckErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{payload.Less("a", 1.5, "2"), "a: 1.5 is less than 2"},
		{payload.More("a", 120, "100"), "a: 120 is more than 100"},
		{payload.NotMore("a", 0, "0"), "a: 0 is not more than 0"},
		{payload.NotLess("", 1, "1"), "1 is not less than 1"},
		{payload.NotFinite("a", math.Inf(-1)), "a: -Inf is not a number in JSON"},
		{payload.Shorter("a", "x", 2), `a: "x" is shorter than 2 characters`},
		{payload.Longer("a", "äää", 1), `a: "äää" is longer than 1 character`},
		{payload.NoMatch("a", "x\n", "^y$"), `a: "x\n" does not match ^y$`},
		{payload.NotOneOf("a", "x", `"y"`, `"z"`), `a: "x" is none of "y", "z"`},
		{payload.NotConst("a", true, "false"), "a: true is not false"},
		{payload.Fewer("a", 1, 2), "a: 1 item, fewer than 2"},
		{payload.Exceeds("a", 3, 2), "a: 3 items, more than 2"},
		{payload.CheckTime("a", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "a: year 10000 does not have four digits"},
		{payload.CheckTime("a", time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)), ""},
		{payload.CheckDate("a", payload.Date{}), "a: there is no day 0000-00-00"},
		{payload.CheckDate("a", payload.Date{Year: 2024, Month: 2, Day: 29}), ""},
		{payload.In("a", payload.In(payload.Item("b", 3), payload.Less(payload.Item("", 0), 1, "2"))), "a.b[3][0]: 1 is less than 2"},
		{payload.In("a", errTest), "a: test"},
	} {
		if got := errorText(tt.err); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

type testError struct{}

func (testError) Error() string { return "test" }

var errTest testError

func TestParams(t *testing.T) {
	for text, want := range map[string]string{"0": "", "-5": "", "2147483647": "",
		"2147483648": `p: "2147483648" is not a whole number of type int32, written without + and leading zeros`, "-0": `p: "-0" is not a whole number of type int32, written without + and leading zeros`,
		"+1": `p: "+1" is not a whole number of type int32, written without + and leading zeros`, "01": `p: "01" is not a whole number of type int32, written without + and leading zeros`,
		"1e1": `p: "1e1" is not a whole number of type int32, written without + and leading zeros`, "": `p: "" is not a whole number of type int32, written without + and leading zeros`} {
		v, err := payload.ParseInteger[int32]("p", text)
		if errorText(err) != want || err == nil && strconv.Itoa(int(v)) != text {
			t.Errorf("%q: %d, %v, want %q", text, v, err, want)
		}
	}
	if v, err := payload.ParseInteger[int64]("p", "-9223372036854775808"); v != math.MinInt64 || err != nil {
		t.Error(v, err)
	}
	if v, err := payload.ParseInteger[uint32]("p", "4294967295"); v != math.MaxUint32 || err != nil {
		t.Error(v, err)
	}
	if v, err := payload.ParseInteger[uint64]("p", "18446744073709551615"); v != math.MaxUint64 || err != nil {
		t.Error(v, err)
	}
	if _, err := payload.ParseInteger[uint64]("p", "-1"); err == nil {
		t.Error("-1 is taken as unsigned")
	}
	for text, want := range map[string]string{"true": "", "false": "", "True": `p: "True" is not true or false`} {
		if v, err := payload.ParseBoolean("p", text); errorText(err) != want || v != (text == "true") {
			t.Errorf("%q: %v, %v, want %q", text, v, err, want)
		}
	}
	const id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	if u, err := payload.ParseUUIDParam("p", id); err != nil || u.String() != id {
		t.Error(u, err)
	}
	for _, text := range []string{"x", strings.ToUpper(id)} {
		want := `p: "` + text + `" is not a uuid in lower case, such as ` + id
		if _, err := payload.ParseUUIDParam("p", text); errorText(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestOpt(t *testing.T) {
	var o payload.Opt[int]
	if v, ok := o.Get(); ok || v != 0 || o != payload.None[int]() {
		t.Errorf("zero value: %v", o)
	}
	if v, ok := payload.Some(0).Get(); !ok || v != 0 {
		t.Errorf("set: %v, %v", v, ok)
	}
}
