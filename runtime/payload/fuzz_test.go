package payload_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// tree reads the value that rest, what the decoder has not read, begins with. It does what generated code does, for a
// type that is known from the document only.
func tree(d *payload.Decoder, v any) any {
	switch v := v.(type) {
	case map[string]any:
		got := map[string]any{}
		var f payload.Fields
		for name := d.Object(); name != nil; name = d.Next() {
			key := string(name)
			if _, ok := v[key]; !ok {
				d.Skip(&f)
				continue
			}
			if _, twice := got[key]; twice {
				d.Refuse()
			}
			got[key] = tree(d, v[key])
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
			got = append(got, tree(d, item))
		}
		return got
	case string:
		return d.String()
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return json.Number(strconv.FormatInt(d.Int64(), 10))
		}
		return d.Float64()
	case bool:
		return d.Bool()
	}
	d.SkipValue()
	return nil
}

// normal makes numbers of encoding/json comparable with those of tree.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = normal(v[key])
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
		f, _ := v.Float64()
		return f
	}
	return v
}

var halfPair = regexp.MustCompile(`(?i)\\ud[89a-f]`)

// stricter says why a document that encoding/json accepts is refused all the same, as far as that can be known.
func stricter(document []byte) bool {
	if !utf8.Valid(document) || halfPair.Match(document) {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	type level struct {
		names map[string]bool
		isKey bool
	}
	var open []*level
	for {
		token, err := d.Token()
		if err != nil {
			return !errors.Is(err, io.EOF)
		}
		top := func() *level {
			if len(open) == 0 || open[len(open)-1].names == nil {
				return &level{}
			}
			return open[len(open)-1]
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{', '[':
				if top().isKey = true; len(open) == payload.MaxDepth {
					return true
				}
				next := &level{}
				if token == '{' {
					next = &level{names: map[string]bool{}, isKey: true}
				}
				open = append(open, next)
			default:
				open = open[:len(open)-1]
			}
			continue
		case json.Number:
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return true
			}
		case string:
			if l := top(); l.isKey && l.names != nil {
				if l.names[token] {
					return true
				}
				l.names[token] = true
				l.isKey = false
				continue
			}
		}
		top().isKey = true
	}
}

// FuzzDecode compares with encoding/json, which must accept and read alike what is accepted here, and refuse what is
// refused here, but for the rules of this package.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{readingDocument, `[1,-2.5e3,"aä\u00e4",true,false,null,{"a":{"b":[]},"c":[{}]}]`, `{"a":1,"a":2}`,
		`"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", "01", "1e400", "9223372036854775807", "1.0", `{"a":{"x":1,"y":2},"b":{"x":1,"x":2}}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat("[", 65) + strings.Repeat("]", 65), " \t\r\n1 ", "\x00", "-", "[1,]", `{"":0}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		var want any
		std := json.NewDecoder(bytes.NewReader(document))
		std.UseNumber()
		stdErr := std.Decode(&want)
		if stdErr == nil && !json.Valid(document) {
			stdErr = errors.New("more than one value")
		}
		if stdErr != nil {
			want = nil
		}
		var d payload.Decoder
		d.Reset(document)
		got := tree(&d, want)
		err := d.End()
		switch {
		case err == nil && stdErr != nil:
			t.Fatalf("%q: accepted, but encoding/json says %v", document, stdErr)
		case err == nil && !reflect.DeepEqual(got, normal(want)):
			t.Fatalf("%q: %#v, encoding/json reads %#v", document, got, want)
		case err != nil && stdErr == nil && !stricter(document):
			t.Fatalf("%q: %v, but encoding/json accepts it", document, err)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\x00ä\xff")
	f.Fuzz(func(t *testing.T, s string) {
		b := payload.AppendString(nil, s)
		got, err := read(string(b), (*payload.Decoder).String)
		if want := strings.ToValidUTF8(s, "\uFFFD"); err != nil || utf8.ValidString(s) && got != want {
			t.Fatalf("%q: %s reads back as %q, %v", s, b, got, err)
		}
		var std string
		if err := json.Unmarshal(b, &std); err != nil || std != got {
			t.Fatalf("%q: encoding/json reads %q, %v, want %q", s, std, err, got)
		}
	})
}
