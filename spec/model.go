package spec

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

// File is a whole spec in which everything is checked and resolved. Slices keep the order of the file. A File is
// read only: any number of goroutines may read it.
type File struct {
	Name   string // of the spec file, as it was given to Parse
	Hash   string // SHA-256 of the bytes of all Sources, in hexadecimal
	Info   Info
	Go     Go
	Server Server

	// Sources are the files that were read: first the spec itself, then those that it takes in, each once.
	Sources []SourceFile

	Auth     []*Auth // at least one
	Payloads []*Payload
	Topics   []*Topic
	Events   []*Event

	VetIgnore map[string]string // code of a finding -> reason, for the whole file
}

// SourceFile is one file of a spec.
type SourceFile struct {
	Name string // as File.Name says it, for the spec itself; else its path relative to the folder of the spec, with slashes
	Data []byte

	Schemas bool // schemas are read from it; otherwise it is the spec itself, or included by it
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

// Server holds defaults of the generated server; what is zero was left out.
type Server struct {
	Pos       Pos
	Unmatched Unmatched
	Versions  []string // of "3.1", "3.1.1", "5"; all of them where left out
	RefusedV3 RefusedV3
	Limits    Limits
	Rates     Rates
}

// RefusedV3 says what a 3.x client gets for a PUBLISH that is refused.
type RefusedV3 string

// The values of server.refused_v3.
const (
	RefusedAcknowledge RefusedV3 = "acknowledge" // the message is acknowledged and dropped; the default
	RefusedClose       RefusedV3 = "close"       // the connection is closed
)

// Limits says how large and how many. What is zero was left out.
type Limits struct {
	Packet        int64         // bytes of a packet that a client sends
	Inflight      int           // messages of QoS 1 and 2 that a client may have open: its Receive Maximum
	Queue         int           // messages that wait for one client
	KeepAlive     time.Duration // the longest, in whole seconds
	SessionExpiry time.Duration // the longest, in whole seconds, or NoSession
}

// NoSession is a Limits.SessionExpiry that was written as 0s: sessions end with their connections.
const NoSession = -time.Second

// Rates says how often, per second. What is zero was left out.
type Rates struct {
	Connect float64 // connections, of all clients together
	Publish float64 // messages of one client
	Bytes   float64 // bytes of one client
}

// Method is a way to authenticate.
type Method string

// The auth methods.
const (
	MethodPassword    Method = "password"      // a user name, and perhaps a password
	MethodAnonymous   Method = "anonymous"     // no credential
	MethodMTLS        Method = "mtls"          // a client certificate
	MethodJWT         Method = "jwt"           // a JSON Web Token in user name or password
	MethodScramSHA256 Method = "scram-sha-256" // MQTT 5 enhanced authentication; the exchange is the runtime's
	MethodScramSHA512 Method = "scram-sha-512"
	MethodEnhanced    Method = "enhanced" // MQTT 5 enhanced authentication; the exchange is the user's
)

// Auth is one entry of auth. A CONNECT is decided by the first, in order, whose credential is present.
type Auth struct {
	Name        string // "operator"
	GoName      string // "Operator"
	Pos         Pos    // of the name
	Method      Method
	Description string
	VetIgnore   map[string]string

	// ClientID is what the client id must equal; empty: anything. A field of the certificate for mtls ("cert.subject.cn"),
	// a claim for jwt ("claim.sub"), or SourceUser.
	ClientID Source
	Exchange string // scram and enhanced: the Authentication Method ("SCRAM-SHA-256", "GS2-KRB5"); distinct in a file

	// Of jwt.
	In         string   // the field that holds the token: "password" or "user"; "password" where left out
	Algorithms []string // "ES256", "EdDSA", ...: at least one, distinct
	// Claims is the payload of the typed claims: its Schema is an object with one property for each claim, its GoName is
	// that of the method and "Claims" ("AppClaims"). Nil where the spec names no claims. It is not in File.Payloads.
	Claims *Payload
}

// Encoding says how a payload is written.
type Encoding string

// The encodings.
const (
	EncodingJSON     Encoding = "json" // the default
	EncodingProtobuf Encoding = "protobuf"
	EncodingMsgpack  Encoding = "msgpack"
	EncodingCBOR     Encoding = "cbor"
	EncodingText     Encoding = "text" // UTF-8 text: of a schema of type string, integer, number or boolean; string where there is no schema
	EncodingRaw      Encoding = "raw"  // bytes, without a schema
)

// Payload is one entry of payloads, or a definition that schemas refer to.
type Payload struct {
	Name        string // "Reading"; of a definition the place that it stands at: "command.json#/$defs/Point"
	GoName      string // the Go type: "Reading"; of a protobuf payload that of the message ("Frame")
	Pos         Pos    // of the name
	Description string
	Encoding    Encoding
	Schema      *Schema // Schema.GoType is GoName; nil for protobuf and raw, and only for these
	VetIgnore   map[string]string

	// Definition says that it is no entry of payloads: it stands in $defs or in another file, and only schemas refer to it.
	Definition bool

	// Of protobuf.
	File    string // the .proto file, relative to the spec, with slashes
	Message string // full name of the message: "fleet.v1.Frame"
	// FilePos and MessagePos are where these two stand.
	FilePos, MessagePos Pos
	// XGoType is a Go type of the user's for the message, from x-go-type: "example.com/fleet/fleetv1.Frame". File and Message
	// are empty then.
	XGoType string
}

// Event is one entry of events: a typed message from elsewhere in the program to one connection.
type Event struct {
	Name        string // "firmware_ready"
	GoName      string // "FirmwareReady": OnFirmwareReady, SendFirmwareReady
	Pos         Pos    // of the name
	Description string
	// Payload is the one that the event names, or one of its own that is not in File.Payloads, with the event's GoName, and
	// Event behind it where something else has that name. Never nil, and never raw. Its encoding does not matter: events stay
	// in the process.
	Payload   *Payload
	Own       bool // the payload is the event's own
	VetIgnore map[string]string
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
	KindRef   // see Schema.Ref
	KindUnion // oneOf or anyOf, see Schema.Variants
	KindAny   // no type: only with an XGoType that reads any JSON
)

// Format narrows a string, an integer or a number.
type Format string

// The formats of this version. An integer without a format is FormatInt64, a number FormatDouble: both are filled in.
const (
	FormatNone     Format = ""
	FormatDateTime Format = "date-time" // string: RFC 3339
	FormatDate     Format = "date"      // string: 2006-01-02
	FormatTime     Format = "time"      // string: RFC 3339 full-time, 15:04:05.999Z
	FormatDuration Format = "duration"  // string: ISO 8601, P3DT4H
	FormatUUID     Format = "uuid"      // string: 8-4-4-4-12 hexadecimal digits
	FormatByte     Format = "byte"      // string: base64 with padding
	FormatIPv4     Format = "ipv4"      // string
	FormatIPv6     Format = "ipv6"      // string
	FormatURI      Format = "uri"       // string: RFC 3986, with a scheme
	FormatEmail    Format = "email"     // string: RFC 5321, mailbox
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
	// nested object with properties, tuple, union and enumeration ("ReadingPosition", "ReadingState"; the items of an array add
	// "Item", the values of a map "Value"). Empty where a Go type of the language does, and in the schema of a topic's
	// parameter. The names of a file are checked to be distinct.
	GoType string
	// XGoType is the user's own type, from x-go-type: "net/netip.Addr". It reads and writes itself: a string by
	// encoding.TextMarshaler, everything else by json.Marshaler. Then the schema has no keyword that would be checked.
	XGoType string

	Title, Description  string
	Deprecated          bool
	ReadOnly, WriteOnly bool
	// Nullable says that null is a value too: [T, "null"], nullable: true, or null as an alternative of anyOf or oneOf. Never set
	// for the schema of a payload and for a variant of a union: whoever refers to it, and the union, say so.
	Nullable bool

	// KindObject.
	Properties []*Property
	Closed     bool    // additionalProperties: false; otherwise unknown fields are allowed and skipped
	Additional *Schema // of unknown fields, which are kept; nil where none is given
	// AdditionalGoName is the struct's field for them: "Additional". Empty where there are no properties: the Go type is a map.
	AdditionalGoName string

	// KindArray. With PrefixItems it is a tuple: a struct in Go. Closed then says items: false; with Items the rest lies in
	// the field RestGoName, otherwise what follows is allowed and skipped. An element is required if MinItems reaches it.
	Items              *Schema
	MinItems, MaxItems *Count
	UniqueItems        bool
	PrefixItems        []*Property // Name is the index: "0"
	RestGoName         string      // "Rest"

	// KindUnion.
	Variants []*Variant // two or more
	AnyOf    bool       // one or more fit, and the first of them counts; otherwise exactly one
	// Discriminator is the property whose text tells the variants apart, each of which has Values then; empty for none. It is
	// given, or found where every variant is an object that requires a property with a const or an enum of its own.
	Discriminator string

	// KindString. Lengths count code points.
	MinLength, MaxLength *Count
	Pattern              *Pattern

	// KindInteger and KindNumber. At most one of Minimum and ExclusiveMinimum is set, and so for the maximum. Those of
	// an integer are whole numbers within the range of its format.
	Minimum, Maximum                   *Number
	ExclusiveMinimum, ExclusiveMaximum *Number
	MultipleOf                         *Number // greater than 0

	// KindString, KindInteger, KindNumber, KindBoolean. Enum not for boolean.
	Enum  []*EnumValue
	Const *Literal
	// Default is what a property has that is left out. Only in the schema of a property that is not required.
	Default *Literal

	// KindRef: the payload that this schema stands for. Everything else but Description, Title and Deprecated is empty.
	Ref    *Payload
	RefPos Pos

	draft *schemaDraft // how it was written, for the passes behind the first
}

// Resolve follows references and returns a schema that is none.
func (s *Schema) Resolve() *Schema {
	for s.Kind == KindRef {
		s = s.Ref.Schema
	}
	return s
}

// Variant is one alternative of a union.
type Variant struct {
	Pos    Pos
	Schema *Schema  // its Go type is declared: Schema.GoType, or that of what it refers to
	Values []string // of the discriminator
}

// Property is one field of an object.
type Property struct {
	Name     string // in JSON
	GoName   string // of the struct's field; empty for one that is Fixed
	Pos      Pos    // of the name
	Required bool
	Schema   *Schema

	tells bool // it is the discriminator of a union, of which this is an alternative
}

// Fixed returns the only value that a required property can have: its const, or that of the enum of a discriminator; nil for
// none. It is no field in Go: encoding writes it and decoding checks it. Another enum of one value is a type that may grow.
func (p *Property) Fixed() *Literal {
	if !p.Required {
		return nil
	}
	for s := p.Schema; ; s = s.Ref.Schema {
		switch {
		case s == nil || s.Nullable || s.XGoType != "":
			return nil
		case s.Kind == KindRef && s.Ref == nil:
			return nil
		case s.Kind == KindRef:
			continue
		case s.Const != nil:
			return s.Const
		case p.tells && len(s.Enum) == 1:
			return &s.Enum[0].Literal
		}
		return nil
	}
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

	// Reply is the topic of the answers to what the server sends here; nil for none. It has the same parameters and Publish.
	Reply    *Topic
	ReplyPos Pos
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

// The sources. Two more have a name behind them: "claim.NAME" (jwt: a claim of the spec, of type string) and "cert.FIELD"
// (mtls: subject.cn, subject.o, subject.ou, subject.serial, san.dns, san.email, san.uri, san.ip, serial, fingerprint).
const (
	SourceClientID Source = "client_id"
	SourceUser     Source = "user" // the user name; the methods anonymous, mtls and enhanced have none
)

// Claim returns the claim of a source "claim.NAME".
func (s Source) Claim() (name string, ok bool) { return strings.CutPrefix(string(s), "claim.") }

// Cert returns the field of a source "cert.FIELD".
func (s Source) Cert() (field string, ok bool) { return strings.CutPrefix(string(s), "cert.") }

// Param is one parameter of a topic's pattern.
type Param struct {
	Name        string
	GoName      string
	Description string
	Pos         Pos     // under params, or of the pattern where it is not named there
	Level       int     // its level in the pattern, from 0
	Rest        bool    // {name...}: its value may hold "/"
	Schema      *Schema // never nil: string where none is given; KindString (with FormatNone or FormatUUID), KindInteger or KindBoolean

	// Payload is what the schema was written as a $ref to: nil for none. Schema is a copy of its own.
	Payload *Payload

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
	QoS     byte          // publish: the highest that is relayed; subscribe: the highest that is granted, and that of Publish<Topic>
	Retain  Retain        // of publish; RetainForbidden for subscribe
	Relay   bool          // of publish
	Expiry  time.Duration // of subscribe: the Message Expiry Interval of what the server sends, in whole seconds; 0: none
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
	Payload *Payload // nil: raw bytes, or one of Choice
	Pos     Pos      // where it is named; zero if it follows from a default
	Choice  *Choice  // several payloads; nil where there is one
}

// Raw says that the payload is bytes without a schema.
func (r *PayloadRef) Raw() bool {
	return r.Choice == nil && (r.Payload == nil || r.Payload.Encoding == EncodingRaw)
}

// ChoiceBy says what tells the payloads of a topic apart.
type ChoiceBy string

// The values of by. Those of user_property and field have a name behind them, in Choice.Key.
const (
	ByContentType  ChoiceBy = "content_type"
	ByUserProperty ChoiceBy = "user_property"
	ByField        ChoiceBy = "field" // a property of all payloads, which are JSON objects
)

// Choice is several payloads on one topic. A message with none of the values is refused.
type Choice struct {
	Pos   Pos
	By    ChoiceBy
	Key   string  // of user_property and field
	Cases []*Case // one or more; the values are distinct
}

// Case is one payload of a Choice. The Go names that the topic has for it end with Payload.GoName, or GoName if several cases
// have the same payload: HandleReadingFrame, PublishReadingFrame.
type Case struct {
	Value   string
	GoName  string // distinct within a Choice
	Pos     Pos
	Payload *Payload
}

// Example is one example of a topic. It fits the schemas.
type Example struct {
	Pos     Pos
	Name    string   // the topic name: "fleet/acme/t-17/reading"
	Params  []string // one for each parameter of the topic, as text, in order
	Payload []byte   // as JSON, whatever the encoding, or the bytes of a raw payload; nil if left out
}
