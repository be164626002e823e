package payload_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// chain is what generated code looks like for a union that holds itself: an integer, or one of two objects that differ
// in a field behind the nested value.
type chain struct {
	variant int
	next    *chain
	last    int64
	any     bool
}

func (c *chain) decode(d *payload.Decoder) {
	begin := (*payload.Decoder).OneOf
	if c.any {
		begin = (*payload.Decoder).AnyOf
	}
	u := begin(d, "Left", "Right", "Integer")
	for u.Next(d) {
		x := chain{variant: u.Variant, any: c.any}
		var check func() error
		switch u.Variant {
		case 0:
			x.object(d, "left")
		case 1:
			x.object(d, "right")
		case 2:
			x.last = d.Int64()
			check = x.check
		}
		if u.Fits(d, check) {
			*c = x
		}
	}
}

func (c *chain) object(d *payload.Decoder, field string) {
	var f payload.Fields
	for name := d.Object(); name != nil; name = d.Next() {
		switch string(name) {
		case "next":
			d.Mark(&f, 0)
			c.next = &chain{any: c.any}
			c.next.decode(d)
		case field:
			d.Mark(&f, 1)
			c.last = d.Int64()
		default:
			d.Skip(&f)
		}
	}
	d.Require(&f, "next", field)
}

func (c *chain) check() error {
	if c.last > 100 {
		return payload.More("", c.last, "100")
	}
	return nil
}

func TestUnion(t *testing.T) {
	for document, want := range map[string]string{
		"5": "", `{"next":1,"left":2}`: "", `{"next":{"next":3,"right":1},"left":2}`: "", ` { "right" : 2 , "next" : 1 } `: "",
		"500":                           "fits no variant: not Left (500 is not an object), not Right (500 is not an object), not Integer (500 is more than 100)",
		`{"next":1,"left":2,"right":3}`: "fits Left and Right, but must fit one only",
		`{"next":{"next":1,"left":2,"right":3},"left":1}`: "fits no variant: not Left (next: fits Left and Right, but must fit one only), " +
			"not Right (next: fits Left and Right, but must fit one only), not Integer (an object is not an integer)",
		`{"next":"x"}`:              "fits no variant: not Left (next: fits no variant: not Left (\"x\" is not an object), not Right (\"x\" is not an object), not Integer (\"x\" is not an integer)), not Right (next: fits no variant: not Left (\"x\" is not an object), not Right (\"x\" is not an object), not Integer (\"x\" is not an integer)), not Integer (an object is not an integer)",
		`{"next":1,"left":2`:        "not JSON: ends too early, in an object, want , or }",
		`{"next":1,"a":1,"a":1}`:    "a: is there twice",
		`{"next":1,"left":2} x`:     "not JSON: 'x' at byte 20 after the value",
		strings.Repeat("[", 65):     strings.Repeat("[0]", 64) + ": nested deeper than 64",
		`{"next":1,"left":"` + "\n": "not JSON: '\\n' at byte 18 in a string, want an escape",
	} {
		c, err := read(document, func(d *payload.Decoder) (c chain) { c.decode(d); return c })
		if got := errorText(err); got != want {
			t.Errorf("%s:\n got %s\nwant %s", document, got, want)
		}
		if err == nil && document[0] == '{' && (c.variant != 0 || c.next == nil || c.last != 2) {
			t.Errorf("%s: %+v", document, c)
		}
	}
	c, err := read(`{"next":1,"left":2,"right":3}`, func(d *payload.Decoder) chain { c := chain{any: true}; c.decode(d); return c })
	if err != nil || c.variant != 0 {
		t.Errorf("any of: %+v, %v", c, err)
	}
}

// TestUnionPath looks for errors of unions within a document.
func TestUnionPath(t *testing.T) {
	_, err := read(`{"a":[1,{"next":true,"left":1}]}`, func(d *payload.Decoder) (c chain) {
		for name := d.Object(); name != nil; name = d.Next() {
			for ok := d.Array(); ok; ok = d.More() {
				c.decode(d)
			}
		}
		return c
	})
	want := "a[1]: fits no variant: not Left (next: fits no variant: not Left (true is not an object)"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s...", err, want)
	}
}

// TestUnionCost reads a document for which each level of nesting would double the work: it is refused, at once.
func TestUnionCost(t *testing.T) {
	for _, value := range []string{"1", `"x"`} {
		document := strings.Repeat(`{"next":`, 60) + value + strings.Repeat(`,"left":1}`, 60)
		var d payload.Decoder
		d.Reset([]byte(document))
		var c chain
		began := time.Now()
		c.decode(&d)
		if err := d.End(); err == nil || !strings.Contains(err.Error(), "too many variants") {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	}
}

func TestDiscriminator(t *testing.T) {
	for document, want := range map[string]string{
		`{"kind":"a","x":1}`: "", `{"x":{"kind":"b","y":[1,2]},"kind":"a"}`: "", ` {"\u006bind":"\u0061"}`: "",
		`{"x":1}`:                   "shapes[0].kind: is missing",
		`{"kind":1}`:                "shapes[0].kind: 1 is not a string",
		`{"kind":"c"}`:              `shapes[0].kind: "c" is none of "a", "b"`,
		`[]`:                        "shapes[0]: an array is not an object",
		`{"x":1,"x":2,"kind":"a"}`:  "shapes[0].x: is there twice",
		`{"kind":"a","kind":"b"}`:   "shapes[0].kind: is there twice",
		`{"x":tru,"kind":"a"}`:      "not JSON: 't' at byte 16 where a value should be",
		`{"kind":"a","x":[[["]"]]}`: "not JSON: '}' at byte 35 in an array, want , or ]",
	} {
		_, err := read(`{"shapes":[`+document+`]}`, func(d *payload.Decoder) (c int) {
			for name := d.Object(); name != nil; name = d.Next() {
				for ok := d.Array(); ok; ok = d.More() {
					switch text := d.Discriminator("kind"); string(text) {
					case "a":
						d.SkipValue()
					default:
						d.NoVariant("kind", text, "a", "b")
					}
				}
			}
			return c
		})
		if got := errorText(err); got != want {
			t.Errorf("%s: %s, want %s", document, got, want)
		}
	}
}

func TestKind(t *testing.T) {
	for document, want := range map[string]payload.Kind{
		" null": payload.KindNull, "true": payload.KindBoolean, "false": payload.KindBoolean, "-1": payload.KindNumber, "0": payload.KindNumber,
		`""`: payload.KindString, "[": payload.KindArray, "{": payload.KindObject, "": payload.KindNone, "x": payload.KindNone, "}": payload.KindNone,
	} {
		var d payload.Decoder
		d.Reset([]byte(document))
		if got := d.Kind(); got != want {
			t.Errorf("%q: %d, want %d", document, got, want)
		}
	}
	_, err := read(`[null]`, func(d *payload.Decoder) int {
		d.Array()
		d.Mismatch("a string or a number")
		return 0
	})
	if errorText(err) != "[0]: null is not a string or a number" {
		t.Error(err)
	}
}

func TestAtLeast(t *testing.T) {
	for document, want := range map[string]string{
		`{"a":[1,2]}`: "", `{"a":[1]}`: "a: 1 item, fewer than 2", `{"a":[ ]}`: "a: 0 items, fewer than 2", `{"a":[[],[]]}`: "a[0]: an array is not a number",
	} {
		_, err := read(document, func(d *payload.Decoder) (n int) {
			for name := d.Object(); name != nil; name = d.Next() {
				for ok := d.Array(); ok; ok = d.More() {
					d.Float64()
					n++
				}
				d.AtLeast(2, n)
			}
			return n
		})
		if got := errorText(err); got != want {
			t.Errorf("%s: %s, want %s", document, got, want)
		}
	}
}

// odd is a type of the user's that cannot be written.
type odd struct{ text string }

func (o odd) MarshalJSON() ([]byte, error) {
	if o.text == "" {
		return nil, errors.New("nothing there")
	}
	return []byte(o.text), nil
}

func (o odd) MarshalText() ([]byte, error) { return o.MarshalJSON() }

func TestOwnTypes(t *testing.T) {
	raw := func(d *payload.Decoder) (v json.RawMessage) { d.Unmarshal(&v); return v }
	run(t, "Unmarshal", raw, []test[json.RawMessage]{
		{` {"a":[1, 2]} `, json.RawMessage(`{"a":[1, 2]}`), ""}, {"null", json.RawMessage("null"), ""},
		{`{"a":{"b":1,"b":2}}`, nil, "a.b: is there twice"}, {`[1,]`, nil, "not JSON: ']' at byte 3 where a value should be"},
	})
	_, err := read(`{"n":[1.5]}`, func(d *payload.Decoder) (v big.Int) { d.Object(); d.Array(); d.Unmarshal(&v); return v })
	if errorText(err) != `n[0]: math/big: cannot unmarshal "1.5" into a *big.Int` {
		t.Error(err)
	}
	text := func(d *payload.Decoder) (v netip.Prefix) { d.UnmarshalText(&v); return v }
	run(t, "UnmarshalText", text, []test[netip.Prefix]{
		{`"\u0031.2.3.0\/24"`, netip.MustParsePrefix("1.2.3.0/24"), ""}, {"1", netip.Prefix{}, "1 is not a string"},
		{`"x"`, netip.Prefix{}, `netip.ParsePrefix("x"): no '/'`},
	})
	for v, want := range map[odd]string{{""}: "a: nothing there", {"tru"}: "a: not JSON: 't' at byte 0 where a value should be", {"1 2"}: "a: not JSON: '2' at byte 2 after the value", {"1"}: ""} {
		if got := errorText(payload.CheckMarshal("a", v)); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	if got := errorText(payload.CheckMarshalText("a", odd{})); got != "a: nothing there" {
		t.Error(got)
	}
	out := payload.AppendMarshalText(payload.AppendMarshal([]byte("x"), odd{"[1]"}), odd{`"`})
	if !bytes.Equal(out, []byte(`x[1]"\""`)) {
		t.Errorf("%s", out)
	}
}

// FuzzUnion looks for panics, and for documents that one way of reading accepts and the other does not.
func FuzzUnion(f *testing.F) {
	for _, s := range []string{"5", `{"next":{"next":3,"right":1},"left":2}`, `{"next":1,"left":2,"right":3}`, `{"next":"x"}`, `{"next":1,"a":1,"a":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		_, one := read(string(document), func(d *payload.Decoder) (c chain) { c.decode(d); return c })
		_, some := read(string(document), func(d *payload.Decoder) chain { c := chain{any: true}; c.decode(d); return c })
		if one == nil && some != nil {
			t.Fatalf("%q fits one, but not any: %v", document, some)
		}
		if one == nil && !json.Valid(document) {
			t.Fatalf("%q is not JSON, but is accepted", document)
		}
	})
}

// TestUnionPrefixes cuts a document at every byte.
func TestUnionPrefixes(t *testing.T) {
	document := `{"next":{"next":-3,"x":["ä"],"right":1},"left":2}`
	for n := range document {
		if _, err := read(document[:n], func(d *payload.Decoder) (c chain) { c.decode(d); return c }); err == nil {
			t.Errorf("%s: no error", document[:n])
		}
	}
}
