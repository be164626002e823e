package spec

import (
	"math/big"
	"regexp"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// Pos is a place in a spec. Line and Column count from 1, Column in characters (runes); EndColumn is exclusive and
// on the same line. The zero value is no place.
type Pos struct {
	Line, Column, EndColumn int
}

// File is a whole spec in which everything is checked and resolved. Slices keep the order of the file. A File is
// read only: any number of goroutines may read it.
type File struct {
	Name   string // of the spec file, as it was given to Parse
	Hash   string // SHA-256 of the spec's bytes, in hexadecimal
	Info   Info
	Go     Go
	Server Server

	Auth     []*Auth // at least one
	Payloads []*Payload
	Topics   []*Topic

	VetIgnore map[string]string // code of a finding -> reason, for the whole file
}

// Info is what people read about a spec.
type Info struct {
	Title, Version, Description string
}

// Go says where the generated code goes. Defaults are filled in.
type Go struct {
	Pos     Pos
	Package string // name of the generated package
	Out     string // its folder, relative to the spec, with slashes
	Handler Handler
}

// Handler says where the user's handler is written. Defaults are filled in.
type Handler struct {
	Pos     Pos
	Package string // its folder, relative to the spec, with slashes: "."
	Type    string // "Handler"
	File    string // in that folder: "handler.go"
}

// Unmatched says what becomes of a topic name that no pattern describes.
type Unmatched string

// The values of server.unmatched.
const (
	UnmatchedReject Unmatched = "reject" // refused with 0x90; the default
	UnmatchedRelay  Unmatched = "relay"  // sent on to subscribers
	UnmatchedHandle Unmatched = "handle" // given to HandleUnmatched, never sent on
)

// Server holds defaults of the generated server.
type Server struct {
	Pos       Pos
	Unmatched Unmatched
}

// Method is a way to authenticate.
type Method string

// The auth methods of this version.
const (
	MethodPassword  Method = "password"
	MethodAnonymous Method = "anonymous"
)

// Auth is one entry of auth. A CONNECT is decided by the first, in order, whose credential is present.
type Auth struct {
	Name        string // "operator"
	GoName      string // "Operator"
	Pos         Pos    // of the name
	Method      Method
	Description string
	VetIgnore   map[string]string
}

// Payload is one entry of payloads. Its encoding is JSON.
type Payload struct {
	Name        string // "Reading"
	GoName      string // the Go type: "Reading"
	Pos         Pos    // of the name
	Description string
	Schema      *Schema // never nil; Schema.GoType is GoName
	VetIgnore   map[string]string
}

// Kind is the kind of a schema.
type Kind uint8

// The kinds of schemas. KindInvalid is never in a File that Parse returned without an error.
const (
	KindInvalid Kind = iota
	KindObject
	KindArray
	KindString
	KindInteger
	KindNumber
	KindBoolean
	KindRef // see Schema.Ref
)

// Format narrows a string, an integer or a number.
type Format string

// The formats of this version. An integer without a format is FormatInt64, a number FormatDouble: both are filled in.
const (
	FormatNone     Format = ""
	FormatDateTime Format = "date-time" // string: RFC 3339
	FormatDate     Format = "date"      // string: 2006-01-02
	FormatUUID     Format = "uuid"      // string: 8-4-4-4-12 hexadecimal digits
	FormatInt32    Format = "int32"
	FormatInt64    Format = "int64"
	FormatUint32   Format = "uint32"
	FormatUint64   Format = "uint64"
	FormatFloat    Format = "float"
	FormatDouble   Format = "double"
)

// Schema is a JSON Schema. Only the fields of its kind are set.
type Schema struct {
	Pos    Pos    // of the schema's first key
	Path   string // for messages: "Reading.position.lat", "Track.points[]"
	Kind   Kind
	Format Format

	// GoType is the name of the Go type that is declared for this schema: set for the schema of a payload, and for every
	// nested object and enumeration ("ReadingPosition", "ReadingState"; the items of an array add "Item"). Empty where a
	// Go type of the language does, and in the schema of a topic's parameter. The names of a file are checked to be distinct.
	GoType string

	Title, Description string
	Deprecated         bool

	// KindObject.
	Properties []*Property
	Closed     bool // additionalProperties: false; otherwise unknown fields are allowed and skipped

	// KindArray.
	Items              *Schema
	MinItems, MaxItems *Count

	// KindString. Lengths count code points.
	MinLength, MaxLength *Count
	Pattern              *Pattern

	// KindInteger and KindNumber. At most one of Minimum and ExclusiveMinimum is set, and so for the maximum. Those of
	// an integer are whole numbers within the range of its format.
	Minimum, Maximum                   *Number
	ExclusiveMinimum, ExclusiveMaximum *Number

	// KindString, KindInteger, KindNumber, KindBoolean. Enum only for string and integer.
	Enum  []*EnumValue
	Const *Literal

	// KindRef: the payload that this schema stands for. Everything else but Description, Title and Deprecated is empty.
	Ref    *Payload
	RefPos Pos
}

// Resolve follows references and returns a schema that is none.
func (s *Schema) Resolve() *Schema {
	for s.Kind == KindRef {
		s = s.Ref.Schema
	}
	return s
}

// Property is one field of an object.
type Property struct {
	Name     string // in JSON
	GoName   string // of the struct's field
	Pos      Pos    // of the name
	Required bool
	Schema   *Schema
}

// Count is a bound of a length.
type Count struct {
	Value int
	Pos   Pos
}

// Number is a number of a spec, exactly.
type Number struct {
	Text string   // as JSON writes it
	Rat  *big.Rat // the exact value
	Pos  Pos
}

// Float64 returns the nearest float64.
func (n *Number) Float64() float64 {
	f, _ := n.Rat.Float64()
	return f
}

// Int64 returns the value if it is a whole number that fits.
func (n *Number) Int64() (int64, bool) {
	if !n.Rat.IsInt() || !n.Rat.Num().IsInt64() {
		return 0, false
	}
	return n.Rat.Num().Int64(), true
}

// Uint64 returns the value if it is a whole number that fits.
func (n *Number) Uint64() (uint64, bool) {
	if !n.Rat.IsInt() || !n.Rat.Num().IsUint64() {
		return 0, false
	}
	return n.Rat.Num().Uint64(), true
}

// Pattern is a regular expression in the syntax of package regexp (RE2). It is not anchored: ^ and $ are.
type Pattern struct {
	Text   string
	Regexp *regexp.Regexp
	Pos    Pos
}

// Literal is a constant of a schema.
type Literal struct {
	Kind Kind   // KindString, KindInteger, KindNumber or KindBoolean
	JSON string // as JSON writes it: `"low"`, 3, true
	Text string // of a KindString, without quotes
	Bool bool   // of a KindBoolean
	Num  *Number
	Pos  Pos
}

// EnumValue is one value of an enumeration.
type EnumValue struct {
	Literal
	GoName string // the constant: "ReadingStateLowBattery"; empty where the schema has no GoType
}

// Topic is one entry of topics.
type Topic struct {
	Name        string // "command_result"
	GoName      string // "CommandResult"
	Pos         Pos    // of the name
	Description string
	Pattern     topic.Pattern
	PatternPos  Pos
	Params      []*Param   // all of the pattern, in its order
	Publish     *Direction // a client publishes, the server's method gets it; nil: no client may
	Subscribe   *Direction // a client subscribes, the server sends; nil: no client may
	Examples    []*Example
	VetIgnore   map[string]string
}

// Payload returns that of publish, or else that of subscribe.
func (t *Topic) Payload() *PayloadRef {
	if t.Publish != nil {
		return t.Publish.Payload
	}
	return t.Subscribe.Payload
}

// Source is where the value comes from that a parameter is bound to.
type Source string

// The sources of this version.
const (
	SourceClientID Source = "client_id"
	SourceUser     Source = "user" // the user name; the method anonymous has none
)

// Param is one parameter of a topic's pattern.
type Param struct {
	Name        string
	GoName      string
	Description string
	Pos         Pos     // under params, or of the pattern where it is not named there
	Level       int     // its level in the pattern, from 0
	Rest        bool    // {name...}: its value may hold "/"
	Schema      *Schema // never nil: string where none is given; KindString (with FormatNone or FormatUUID), KindInteger or KindBoolean

	// Bindings says, by the name of an auth method, which source the parameter must equal for clients of that method.
	// A method that is not in it is not bound. A Rest parameter has none.
	Bindings map[string]Source
	IsPos    Pos
}

// Retain says whether a publish may be retained.
type Retain string

// The values of retain.
const (
	RetainForbidden Retain = "forbidden" // the default: refused with 0x87
	RetainAllowed   Retain = "allowed"
	RetainRequired  Retain = "required"
)

// Direction is publish or subscribe of a topic. Defaults are filled in.
type Direction struct {
	Pos     Pos      // of the word publish or subscribe
	Auth    []string // names of auth methods, in the order of File.Auth; never empty
	Payload *PayloadRef
	QoS     byte   // publish: the highest that is relayed; subscribe: the highest that is granted, and that of Publish<Topic>
	Retain  Retain // of publish; RetainForbidden for subscribe
	Relay   bool   // of publish
}

// Allows says whether clients of an auth method are let in.
func (d *Direction) Allows(method string) bool {
	for _, name := range d.Auth {
		if name == method {
			return true
		}
	}
	return false
}

// PayloadRef is what a direction carries. It is never nil.
type PayloadRef struct {
	Payload *Payload // nil: raw bytes
	Pos     Pos      // where it is named; zero if it follows from a default
}

// Raw says that the payload is bytes without a schema.
func (r *PayloadRef) Raw() bool { return r.Payload == nil }

// Example is one example of a topic. It fits the schemas.
type Example struct {
	Pos     Pos
	Name    string   // the topic name: "fleet/acme/t-17/reading"
	Params  []string // one for each parameter of the topic, as text, in order
	Payload []byte   // as JSON, or the bytes of a raw payload; nil if left out
}
