package spec

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var entryName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// nameOf checks the name of an auth method, a payload or a topic.
func (d *decoder) nameOf(e entry, what string) bool {
	name := e.name
	if entryName.MatchString(name) && len(name) <= 100 {
		return true
	}
	wrong := d.fail("MQX022", d.pos(e.key), "%q cannot be the name of %s: it has letters, digits, _ and -, and starts with a letter", name, what)
	fixed := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(name, "_"), "_-")
	if entryName.MatchString(fixed) && len(fixed) <= 100 {
		wrong.hint("write %s", fixed)
	}
	return false
}

// The methods of the language, and the fields that belong to the later ones.
var (
	authMethods  = []string{string(MethodPassword), string(MethodAnonymous)}
	laterMethods = []string{"mtls", "jwt", "scram-sha-256", "scram-sha-512", "enhanced"}
)

func authObject() *object[Auth] {
	return &object[Auth]{fields: []field[Auth]{
		{"method", required, "password | anonymous", "how a client shows who it is", func(d *decoder, a *Auth, e entry) {
			if word, ok := d.oneOf(e, authMethods, laterMethods); ok {
				a.Method = Method(word)
			}
		}},
		{"description", optional, "text", "who these clients are", textField(func(a *Auth) *string { return &a.Description })},
		{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(a *Auth) *string { return &a.GoName })},
		{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, a *Auth, e entry) { a.VetIgnore = d.vetIgnore(e) }},
		{"client_id", later, "text", "what of the credential the client id must equal", nil},
		{"in", later, "text", "jwt: the field that holds the token", nil},
		{"algorithms", later, "list", "jwt: the signatures that are taken", nil},
		{"claims", later, "map", "jwt: the claims and their types", nil},
		{"name", later, "text", "enhanced: the Authentication Method", nil},
	}}
}

// authSection reads auth. A method of a later version is reported alone, without its fields.
func (d *decoder) authSection(f *File, e entry) {
	d.decodeMap(e, "auth method", true, func(name string, ae entry) {
		a := &Auth{Name: name, Pos: d.pos(ae.key)}
		if d.auth[name] != nil {
			return
		}
		d.auth[name] = a
		if !d.nameOf(ae, "an auth method") || d.laterMethod(ae) {
			return
		}
		f.Auth = append(f.Auth, a)
		decodeObject(d, ae.value, a.Pos, ae.where, authObject(), a)
	})
	if len(d.auth) == 0 && (isNull(e.value) || e.value.Kind == yaml.MappingNode) {
		d.fail("MQX030", d.pos(e.key), "the spec has no auth method: no client could connect").
			hint("add anyone: {method: anonymous} to let everybody in")
	}
}

// laterMethod reports a method that this version does not have.
func (d *decoder) laterMethod(e entry) bool {
	if e.value.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		value := target(e.value.Content[i+1])
		if e.value.Content[i].Value == "method" && slices.Contains(laterMethods, value.Value) {
			d.fail("MQX013", d.pos(value), "auth method %q of kind %s is not supported yet by this version", e.name, value.Value).
				hint("known here: %s", strings.Join(authMethods, ", "))
			return true
		}
	}
	return false
}

// checkAuth reports methods that can never decide.
func (d *decoder) checkAuth() {
	first := map[Method]*Auth{}
	for _, a := range d.file.Auth {
		switch other := first[a.Method]; {
		case a.Method == "":
		case other != nil:
			d.fail("MQX031", a.Pos, "auth method %q can never decide: %q takes every %s client", a.Name, other.Name, a.Method).
				also(other.Pos, "%q comes first", other.Name).
				hint("keep one of them, and tell the clients apart in its Go method")
		default:
			first[a.Method] = a
		}
	}
}

type payloadDraft struct {
	*Payload
	schema *entry
}

func payloadObject() *object[payloadDraft] {
	under := `it stands under "schema" of the payload`
	return &object[payloadDraft]{
		fields: []field[payloadDraft]{
			{"description", optional, "text", "what it means; becomes the Go comment", textField(func(p *payloadDraft) *string { return &p.Description })},
			{"encoding", optional, "json", "how it is written; json by default", func(d *decoder, _ *payloadDraft, e entry) {
				d.oneOf(e, []string{"json"}, []string{"protobuf", "msgpack", "cbor", "text", "raw"})
			}},
			{"schema", required, "schema", "its JSON Schema", func(_ *decoder, p *payloadDraft, e entry) { p.schema = &e }},
			{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, p *payloadDraft, e entry) { p.VetIgnore = d.vetIgnore(e) }},
			{"file", later, "text", "protobuf: the .proto file", nil},
			{"message", later, "text", "protobuf: the message", nil},
		},
		hints: map[string]string{
			"type": under, "properties": under, "required": under, "$ref": under, "items": under, "enum": under,
			"additionalProperties": under, "format": under, "minimum": under, "maximum": under, "x-go-name": under,
		},
	}
}

// payloadSection reads payloads: first the names, so that a $ref can be judged where it stands.
func (d *decoder) payloadSection(f *File, e entry) {
	var entries []entry
	d.decodeMap(e, "payload", true, func(name string, pe entry) {
		if d.payloads[name] != nil {
			return
		}
		p := &Payload{Name: name, Pos: d.pos(pe.key)}
		p.Schema = &Schema{Pos: p.Pos, Path: name}
		d.payloads[name] = p
		f.Payloads = append(f.Payloads, p)
		entries = append(entries, pe)
	})
	for i, pe := range entries {
		p := f.Payloads[i]
		if !d.nameOf(pe, "a payload") {
			continue
		}
		draft := payloadDraft{Payload: p}
		decodeObject(d, pe.value, p.Pos, pe.where, d.tables.payload, &draft)
		if draft.schema != nil {
			p.Schema, p.GoName = d.schema(*draft.schema, p.Name)
		}
	}
}
