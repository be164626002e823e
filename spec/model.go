package spec

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
