package templates

import "time"

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
	Server    Server
	Auth      []*AuthMethod // in file order: the first whose credential is present decides
	Payloads  []*Payload    // also definitions, claims, and those that belong to events
	Topics    []*Topic
	Events    []*Event
}

// Server holds the defaults of the options of the generated server. What is zero is left to the runtime.
type Server struct {
	Versions       []string // of "3.1", "3.1.1", "5"
	CloseOnRefusal bool

	MaxPacketSize, ReceiveMaximum, QueueMessages int
	MaxKeepAlive, MaxSessionExpiry               time.Duration
	ConnectRate, PublishRate, ByteRate           float64 // per second; the last two of each client
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
	AuthPassword  AuthKind = iota // a user name, and perhaps a password: Authenticate<GoName>(ctx, c, user, password)
	AuthAnonymous                 // no credential at all: Authenticate<GoName>(ctx, c)
	AuthMTLS                      // a client certificate: Authenticate<GoName>(ctx, c, cert mqttx.Certificate)
	AuthJWT                       // a JSON Web Token: Authenticate<GoName>(ctx, c, claims <GoName>Claims), or without claims (ctx, c)
	AuthScram                     // MQTT 5 enhanced authentication: Scram<GoName>(ctx, c, user) (mqttx.ScramCredentials, error)
	AuthEnhanced                  // the user's own exchange: Auth<GoName>(ctx, c, data []byte) (mqttx.AuthStep, error)
)

// AuthMethod is one way to authenticate.
type AuthMethod struct {
	Name        string // in the spec: "operator"
	GoName      string // "Operator"
	Kind        AuthKind
	Description string

	// ClientID is what the client identifier must equal; nil: anything.
	ClientID *Credential

	Exchange   string   // AuthScram, AuthEnhanced: the Authentication Method: "SCRAM-SHA-256"
	TokenIn    string   // AuthJWT: "password" or "user"
	Algorithms []string // AuthJWT
	Claims     *Payload // AuthJWT: an object with a property for each claim; nil for none
}

// Credential is a part of what a client authenticated with.
type Credential struct {
	Source Source
	Field  string // FromClaim: the claim's name; FromCert: the field of the certificate: "subject.cn"
}

// Encoding is how a payload is written.
type Encoding uint8

// The encodings. A payload of bytes without a schema is no Payload.
const (
	JSON Encoding = iota
	Protobuf
	Msgpack
	CBOR
	Text // of a scalar
)

// Payload is one payload of the spec: a Go type, its decoder, its check and its encoder.
type Payload struct {
	Name        string // in the spec
	GoName      string // the Go type; Schema.GoType is the same
	Description string
	Encoding    Encoding
	Schema      *Schema // nil for Protobuf

	// Definition says that nothing but schemas and events refer to it: it is not decoded by itself.
	Definition bool

	Message Type // Protobuf: the Go type of the message, "*fleetv1.Frame"
}

// Event is a typed message from elsewhere in the program to one connection.
type Event struct {
	Name        string // in the spec: "firmware_ready"
	GoName      string // "FirmwareReady": OnFirmwareReady, SendFirmwareReady
	Description string
	Payload     *Payload
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
	Ref   // stands for Schema.Ref
	Union // one of Schema.Variants
	Any   // any JSON: only with GoOwn
)

// Format narrows a kind and decides its Go type.
type Format uint8

// The formats. A string without a format is a string, an integer an int64, a number a float64.
const (
	NoFormat Format = iota
	DateTime        // String: time.Time
	Date            // String: payload.Date
	Time            // String: payload.Time
	Duration        // String: payload.Duration
	UUID            // String: payload.UUID
	Byte            // String: []byte
	IPv4            // String: netip.Addr
	IPv6            // String: netip.Addr
	URI             // String: string
	Email           // String: string
	Int32
	Int64
	Uint32
	Uint64
	Float  // float32
	Double // float64
)

// Schema is a JSON Schema in the form in which it is printed. Only the fields of its kind count.
//
// An object that holds itself must do so through an array, a map or a union: Go has no other finite type for it.
type Schema struct {
	Kind   Kind
	Format Format

	// GoType is the name of the Go type that is declared for this schema: always set for the schema of a payload, an
	// Object, and a String or Integer with Enum, but for those of a topic's parameter. Empty: a type of the language.
	GoType string
	// GoOwn is a type of the user, which reads and writes itself: a String by encoding.TextMarshaler, everything else by
	// json.Marshaler. Its Prefix and Package are empty. The zero value is none.
	GoOwn Type

	Description         string
	Deprecated          bool
	ReadOnly, WriteOnly bool
	Nullable            bool // payload.Null[T]; an optional one is payload.Opt[payload.Null[T]]

	Properties       []*Property // Object
	Closed           bool        // Object: other fields are refused, not skipped. Array with PrefixItems: no other items
	Additional       *Schema     // Object: of other fields, which are kept; nil: they are skipped
	AdditionalGoName string      // Object: the field for them; empty: there are no Properties, and the Go type is map[string]T

	Items              *Schema     // Array; nil possible with PrefixItems
	MinItems, MaxItems *int        // Array
	UniqueItems        bool        // Array
	PrefixItems        []*Property // Array: a tuple, which is a struct in Go
	RestGoName         string      // Array with PrefixItems and Items: the field for what follows

	// Union: a struct GoType with a field Value of the sealed interface <GoType>Value.
	Variants      []*Variant
	AnyOf         bool   // the first variant that fits counts; otherwise exactly one must
	Discriminator string // the property whose text tells the variants apart; empty for none

	MinLength, MaxLength *int   // String: code points
	Pattern              string // String: RE2 syntax, not anchored; empty for none

	Minimum, Maximum *Bound // Integer, Number
	MultipleOf       string // Integer, Number: a Go literal greater than 0; empty for none

	Enum    []*EnumValue // String, Integer, Number
	Const   *Literal     // String, Integer, Number, Boolean
	Default *Literal     // what decoding sets where an optional property is left out

	Ref *Payload // Ref
}

// Variant is one alternative of a Union.
type Variant struct {
	Schema *Schema  // Ref, or with a GoType
	Values []string // of the discriminator
}

// Property is one field of an object.
type Property struct {
	Name     string // in JSON
	GoName   string // of the struct's field
	Required bool
	Schema   *Schema

	// Fixed is the only value that a required property can have; nil for none. It is no field of the struct: encoding writes
	// it, and decoding checks it.
	Fixed *Literal
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

	Reply *Topic // of the answers to what the server sends here; nil for none. It has the same parameters, and one payload
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
	FromClaim // of AuthJWT
	FromCert  // of AuthMTLS
)

// Binding ties a parameter to the identity of clients that one auth method let in.
type Binding struct {
	Auth *AuthMethod
	Credential
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
	Payload *Payload      // nil: raw bytes, or one of Choice
	Choice  *Choice       // several payloads; nil for none
	QoS     uint8         // publish: caps what is relayed; subscribe: the highest grant, and that of Publish<GoName>
	Retain  Retain        // of publish
	Relay   bool          // of publish
	Expiry  time.Duration // of subscribe: the Message Expiry Interval, in whole seconds; 0: none
}

// ChoiceBy says what tells the payloads of a topic apart.
type ChoiceBy uint8

// The values of ChoiceBy.
const (
	ByContentType  ChoiceBy = iota
	ByUserProperty          // Choice.Key is its name
	ByField                 // Choice.Key is a required property of all payloads, which are JSON objects
)

// Choice is several payloads on one topic: one method each, Handle<Topic><Case> and Publish<Topic><Case>.
type Choice struct {
	By    ChoiceBy
	Key   string
	Cases []*Case
}

// Case is one payload of a Choice.
type Case struct {
	Value   string
	GoName  string
	Payload *Payload
}

// File is one file of the generated package.
type File struct {
	Name   string // "codec_gen.go"
	Source []byte // formatted
}
