package templates

// Package is everything that one generated package is printed from. Print only reads it. Slices keep the order of the
// spec, and the order of everything that is printed follows from theirs.
type Package struct {
	Name string // in the package clause: "fleet"
	Path string // import path: "example.com/app/fleet"

	Title, Version, Description string // info of the spec; may be empty

	Spec      string // name of the spec's file, for messages and docs: "mqttx.yaml"
	Hash      string // of the spec's bytes
	Generator string // version of mqttx-gen that prints

	Unmatched Unmatched
	Auth      []*AuthMethod // in file order: the first whose credential is present decides
	Payloads  []*Payload
	Topics    []*Topic
}

// Unmatched says what becomes of a topic name that no pattern describes.
type Unmatched uint8

// The values of server.unmatched.
const (
	UnmatchedReject Unmatched = iota // refused with 0x90
	UnmatchedRelay                   // sent on to subscribers
	UnmatchedHandle                  // given to HandleUnmatched
)

// AuthKind is the kind of an auth method.
type AuthKind uint8

// The kinds of auth methods.
const (
	AuthPassword  AuthKind = iota // a user name, and perhaps a password
	AuthAnonymous                 // no credential at all
)

// AuthMethod is one way to authenticate. Its method in Handler is Authenticate<GoName>.
type AuthMethod struct {
	Name        string // in the spec: "operator"
	GoName      string // "Operator"
	Kind        AuthKind
	Description string
}

// Payload is one payload of the spec: a Go type, its decoder, its check and its encoder.
type Payload struct {
	Name        string // in the spec
	GoName      string // the Go type; Schema.GoType is the same
	Description string
	Schema      *Schema
}

// Kind is the kind of a schema.
type Kind uint8

// The kinds of schemas.
const (
	Object Kind = iota + 1
	Array
	String
	Integer
	Number
	Boolean
	Ref // stands for Schema.Ref
)

// Format narrows a kind and decides its Go type.
type Format uint8

// The formats. A string without a format is a string, an integer an int64, a number a float64.
const (
	NoFormat Format = iota
	DateTime        // String: time.Time
	Date            // String: payload.Date
	UUID            // String: payload.UUID; the parameter of a topic stays a string
	Int32
	Int64
	Uint32
	Uint64
	Float  // float32
	Double // float64
)

// Schema is a JSON Schema in the form in which it is printed. Only the fields of its kind count.
//
// An object that holds itself must do so through an array: Go has no other finite type for it.
type Schema struct {
	Kind   Kind
	Format Format

	// GoType is the name of the Go type that is declared for this schema: always set for the schema of a payload, an
	// Object, and a String or Integer with Enum, but for those of a topic's parameter. Empty: a type of the language.
	GoType string

	Description string
	Deprecated  bool

	Properties []*Property // Object
	Closed     bool        // Object: other fields are refused, not skipped

	Items              *Schema // Array
	MinItems, MaxItems *int    // Array

	MinLength, MaxLength *int   // String: code points
	Pattern              string // String: RE2 syntax, not anchored; empty for none

	Minimum, Maximum *Bound // Integer, Number

	Enum  []*EnumValue // String, Integer
	Const *Literal     // String, Integer, Number, Boolean

	Ref *Payload // Ref
}

// Property is one field of an object.
type Property struct {
	Name     string // in JSON
	GoName   string // of the struct's field
	Required bool
	Schema   *Schema
}

// Bound is the lowest or the highest value of a number.
type Bound struct {
	// Text is a Go literal: digits only, with a sign, for an Integer, within the range of its format.
	Text      string
	Exclusive bool // the bound itself is not allowed
}

// Literal is a constant value of a String, an Integer, a Number or a Boolean.
type Literal struct {
	// Text is that of a String without quotes, a Go literal of an Integer or a Number, or true or false.
	Text string
}

// EnumValue is one value of an enumeration.
type EnumValue struct {
	Literal
	GoName string // of the constant; empty in the parameter of a topic
}

// Topic is one topic of the spec.
type Topic struct {
	Name        string // in the spec: "command_result"
	GoName      string // "CommandResult": CommandResultTopic, HandleCommandResult, PublishCommandResult
	Description string
	Pattern     string   // as written: "fleet/{tenant}/{device}/command"
	Levels      []*Level // of Pattern
	Params      []*Param // of Pattern, in order

	// Publish is not nil if clients may publish here, Subscribe if they may subscribe.
	Publish, Subscribe *Direction
}

// LevelKind says what a level of a pattern stands for.
type LevelKind uint8

// The kinds of levels.
const (
	LiteralLevel LevelKind = iota // as written
	ParamLevel                    // {name}: one level that is not empty
	RestLevel                     // {name...}: one or more levels that are not empty; the last of a pattern
)

// Level is one level of a pattern.
type Level struct {
	Kind LevelKind
	Text string // the literal, or the name of the parameter
}

// Param is one parameter of a topic.
type Param struct {
	Name     string // in the spec: "device"
	GoName   string // of the field of <GoName>Topic: "Device"
	Level    int    // index in Topic.Levels
	Schema   *Schema
	Bindings []*Binding
}

// Source is where the value comes from that a parameter must equal.
type Source uint8

// The sources of a bound parameter.
const (
	FromClientID Source = iota
	FromUser
)

// Binding ties a parameter to the identity of clients that one auth method let in.
type Binding struct {
	Auth   *AuthMethod
	Source Source
}

// Retain says whether a message may be, or must be, retained.
type Retain uint8

// The values of retain.
const (
	RetainForbidden Retain = iota // refused with 0x87
	RetainAllowed
	RetainRequired // refused with 0x87 without it
)

// Direction is what clients may do with a topic.
type Direction struct {
	Auth    []*AuthMethod // those let in
	Payload *Payload      // nil: raw bytes
	QoS     uint8         // publish: caps what is relayed; subscribe: the highest grant, and that of Publish<GoName>
	Retain  Retain        // of publish
	Relay   bool          // of publish
}

// File is one file of the generated package.
type File struct {
	Name   string // "codec_gen.go"
	Source []byte // formatted
}
