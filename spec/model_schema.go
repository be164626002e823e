package spec

import (
	"math/big"
	"regexp"
)

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

// Scalar says whether it is that of text, numbers or booleans.
func (k Kind) Scalar() bool { return k >= KindString && k <= KindBoolean }

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
