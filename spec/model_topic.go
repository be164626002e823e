package spec

import (
	"strings"
	"time"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

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
