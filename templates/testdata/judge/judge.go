// Package judge compares generated codecs with another implementation of JSON Schema, and with encoding/json, on
// documents that it makes up.
package judge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Judge knows the schemas of one package.
type Judge struct {
	t        *testing.T
	root     map[string]any
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	written  map[string]any
	patterns map[string]*regexp.Regexp
	random   *rand.Rand
	unknown  int // fields that were made up without a schema

	Sparse bool // schemas for which hardly a document that is made up is valid are all right

	accepted, total int
}

// New reads a file of schemas, which stand in $defs, and makes sure that all of them are right.
func New(t *testing.T, file string) *Judge {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	j := &Judge{t: t, root: doc.(map[string]any), compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{},
		written: map[string]any{}, patterns: map[string]*regexp.Regexp{}, random: rand.New(rand.NewPCG(7, 8))}
	j.compiler.DefaultDraft(jsonschema.Draft2020)
	j.compiler.AssertFormat()
	for name, check := range formats {
		j.compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok {
				return check(s)
			}
			return nil
		}})
	}
	if err := j.compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	for name := range j.root["$defs"].(map[string]any) {
		j.schema("/$defs/" + name)
	}
	return j
}

// formats are those that are not of JSON Schema.
var formats = map[string]func(s string) error{
	"byte": func(s string) error {
		if strings.ContainsAny(s, "\r\n") {
			return errors.New("a line break")
		}
		_, err := base64.StdEncoding.Strict().DecodeString(s)
		return err
	},
	"prefix": func(s string) error {
		return new(netip.Prefix).UnmarshalText([]byte(s))
	},
}

// schema returns the compiled schema at a pointer: "/$defs/Reading".
func (j *Judge) schema(pointer string) *jsonschema.Schema {
	if s := j.compiled[pointer]; s != nil {
		return s
	}
	s, err := j.compiler.Compile("schema.json#" + pointer)
	if err != nil {
		j.t.Fatal(err)
	}
	j.compiled[pointer] = s
	return s
}

// at returns the schema at a pointer as it is written.
func (j *Judge) at(pointer string) any {
	v, ok := j.written[pointer]
	if !ok {
		v = j.find(pointer)
		j.written[pointer] = v
	}
	return v
}

func (j *Judge) find(pointer string) any {
	var v any = j.root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = unescape.Replace(token)
		switch w := v.(type) {
		case map[string]any:
			v = w[token]
		case []any:
			n := 0
			for _, c := range token {
				n = n*10 + int(c-'0')
			}
			v = w[n]
		}
	}
	return v
}

// How names stand in pointers.
var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// Codec is what every payload has.
type Codec[T any] interface {
	*T
	DecodePayload(b []byte) error
	AppendPayload(b []byte) ([]byte, error)
}

// Payload makes up n documents for a payload and wants the codec of T to accept those that are valid and no others, and
// to read and write what encoding/json reads.
//
// A codec may be stricter where values count as equal, in uniqueItems, which are only written differently: then the
// document is still refused by the judge when it is written as the codec would.
func Payload[T any, P Codec[T]](j *Judge, name string, n int) {
	j.t.Helper()
	pointer := "/$defs/" + name
	accepted := 0
	for range n {
		tree := j.make(pointer, 0)
		for j.random.IntN(5) < 2 {
			tree = j.mutate(tree)
		}
		document := j.write(nil, tree)
		var v T
		err := P(&v).DecodePayload(document)
		value, parseErr := jsonschema.UnmarshalJSON(bytes.NewReader(document))
		if parseErr != nil {
			j.t.Fatalf("%s: made up something that is not JSON: %v", document, parseErr)
		}
		verdict := j.schema(pointer).Validate(value)
		if err != nil && verdict == nil {
			verdict = j.schema(pointer).Validate(j.canonical(pointer, value))
		}
		if (err == nil) != (verdict == nil) {
			j.t.Errorf("%s %s:\n codec %v\n judge %v", name, document, err, verdict)
			continue
		}
		if err == nil {
			accepted++
			roundTrip[T, P](j, pointer, document, value, &v)
		}
	}
	j.total += n
	j.accepted += accepted
	if accepted*40 < n && !j.Sparse {
		j.t.Errorf("%s: only %d of %d documents were valid: the test is worth little", name, accepted, n)
	}
}

// roundTrip encodes a value, compares what encoding/json reads with what it reads in the document, and reads it again.
func roundTrip[T any, P Codec[T]](j *Judge, pointer string, document []byte, value any, v *T) {
	b, err := P(v).AppendPayload(nil)
	if err != nil {
		j.t.Errorf("%s %s: encode: %v", pointer, document, err)
		return
	}
	again, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		j.t.Errorf("%s %s: encoded as %s: %v", pointer, document, b, err)
		return
	}
	if want, got := j.canonical(pointer, value), j.canonical(pointer, again); !reflect.DeepEqual(want, got) {
		j.t.Errorf("%s %s:\n encoded as %s\n got  %v\n want %v", pointer, document, b, got, want)
	}
	var w T
	if err := P(&w).DecodePayload(b); err != nil || !reflect.DeepEqual(*v, w) {
		j.t.Errorf("%s %s:\n encoded as %s\n read back as %+v, %v\n want %+v", pointer, document, b, w, err, *v)
	}
}

// Report logs how many documents there were.
func (j *Judge) Report() { j.t.Logf("%d of %d documents were valid", j.accepted, j.total) }

// Broken changes bytes of valid documents. What a codec still accepts must be JSON, and valid.
func Broken[T any, P Codec[T]](j *Judge, name string, n int) {
	j.t.Helper()
	pointer := "/$defs/" + name
	for range n {
		document := j.write(nil, j.make(pointer, 0))
		for range 1 + j.random.IntN(2) {
			i := j.random.IntN(len(document) + 1)
			switch c := `{}[]",:\0- 1.eEtnull` + "\x00\xff\n"; j.random.IntN(3) {
			case 0:
				document = append(document[:i:i], document[min(i+1, len(document)):]...)
			case 1:
				document = append(document[:i:i], append([]byte{c[j.random.IntN(len(c))]}, document[i:]...)...)
			default:
				if i < len(document) {
					document[i] = c[j.random.IntN(len(c))]
				}
			}
		}
		var v T
		if P(&v).DecodePayload(document) != nil {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
		if err == nil && json.Valid(document) {
			err = j.schema(pointer).Validate(value)
		}
		if err != nil {
			j.t.Errorf("%s %q: accepted, but %v", name, document, err)
		}
	}
}
