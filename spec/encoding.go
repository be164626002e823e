package spec

import (
	"regexp"
	"strings"
)

// encodings is the encodings. Of each, which keys a payload has beside those that all have.
var (
	encodings = []string{
		string(EncodingJSON), string(EncodingProtobuf), string(EncodingMsgpack), string(EncodingCBOR), string(EncodingText), string(EncodingRaw),
	}
	encodingHints = map[Encoding]string{
		EncodingProtobuf: "the .proto file describes the message: remove it, or write encoding: json",
		EncodingRaw:      "raw is bytes that nothing describes: remove it, or write encoding: json",
	}
)

// payloadDraft is a payload while it is read: which keys it may have depends on its encoding.
type payloadDraft struct {
	*Payload
	schema, file, message *entry
	goType                *entry
	wrong                 bool // the encoding is not known, which is reported
}

func payloadObject() *object[payloadDraft] {
	under := `it stands under "schema" of the payload`
	return &object[payloadDraft]{
		write: "{schema: {...}}",
		fields: []field[payloadDraft]{
			{"description", optional, "text", "what it means; becomes the Go comment", textField(func(p *payloadDraft) *string { return &p.Description })},
			{"encoding", optional, "json | protobuf | msgpack | cbor | text | raw", "how it is written; json by default", func(d *decoder, p *payloadDraft, e entry) {
				word, ok := d.oneOf(e, encodings)
				p.Encoding, p.wrong = Encoding(word), !ok
			}},
			{"schema", optional, "schema", "json, msgpack, cbor: its JSON Schema, which must stand; text: that of a scalar", func(_ *decoder, p *payloadDraft, e entry) { p.schema = &e }},
			{"file", optional, "text", "protobuf: the .proto file, relative to the spec; must stand", func(_ *decoder, p *payloadDraft, e entry) { p.file = &e }},
			{"message", optional, "text", "protobuf: full name of the message, such as fleet.v1.Frame; must stand", func(_ *decoder, p *payloadDraft, e entry) { p.message = &e }},
			{"x-go-type", optional, "text", "protobuf: your own Go type of the message, such as example.com/fleet/fleetv1.Frame, instead of file and message", func(_ *decoder, p *payloadDraft, e entry) { p.goType = &e }},
			{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, p *payloadDraft, e entry) { p.VetIgnore = d.vetIgnore(e) }},
		},
		hints: map[string]string{
			"type": under, "properties": under, "required": under, "$ref": under, "items": under, "enum": under,
			"additionalProperties": under, "format": under, "minimum": under, "maximum": under, "x-go-name": under,
		},
	}
}

// payloadOf reads one entry of payloads.
func (d *decoder) payloadOf(p *Payload, e entry) {
	draft := payloadDraft{Payload: p}
	p.Encoding = EncodingJSON
	before := len(d.Found)
	ok := decodeObject(d, e.value, p.Pos, e.where, d.tables.payload, &draft)
	if draft.wrong {
		p.Encoding = EncodingJSON // as good as any for what else is said
	}
	switch p.Encoding {
	case EncodingProtobuf, EncodingRaw:
		p.Schema = nil
		if draft.schema != nil {
			d.notOfEncoding(p, *draft.schema).Hint("%s", encodingHints[p.Encoding])
		}
	default:
		d.payloadSchema(&draft, e, ok && len(d.Found) == before)
	}
	if p.Encoding == EncodingProtobuf {
		d.protobuf(&draft, e)
		return
	}
	for _, key := range []*entry{draft.file, draft.message, draft.goType} {
		if key != nil && !draft.wrong {
			d.notOfEncoding(p, *key).Hint("add encoding: protobuf")
		}
	}
}

// notOfEncoding reports a key of another encoding.
func (d *decoder) notOfEncoding(p *Payload, e entry) *Diagnostic {
	return d.Fail("MQX070", d.Pos(e.key), "%q does not belong to %s: its encoding is %s", e.name, e.where, p.Encoding)
}

// payloadSchema reads the schema of a payload that has one. Text without a schema is any text.
func (d *decoder) payloadSchema(p *payloadDraft, e entry, complain bool) {
	switch {
	case p.schema != nil:
		p.Schema, p.GoName = d.schema(*p.schema, p.Name)
	case p.Encoding == EncodingText:
		p.Schema.Kind = KindString
	case p.file != nil || p.message != nil: // which is reported, with what to do
	case complain:
		d.Fail("MQX011", p.Pos, "%s has no %q", e.where, "schema").Hint("add schema: {...}")
	}
	if p.Encoding != EncodingText || p.schema == nil {
		return
	}
	d.checks = append(d.checks, func() {
		if s := followed(p.Schema); s != nil && s.Kind != KindInvalid && (!isScalar(s.Kind) || s.Nullable || p.Schema.Nullable) {
			d.Fail("MQX070", p.Schema.Pos, "text is a string, an integer, a number or a boolean: the schema of payload %q is none of them", p.Name).
				Hint("write another encoding, or leave out the schema for any text")
		}
	})
}

var messageName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// protobuf reads where the message is described.
func (d *decoder) protobuf(p *payloadDraft, e entry) {
	if p.goType != nil {
		d.protobufGoType(p, *p.goType)
		return
	}
	for _, key := range []struct {
		name   string
		at     *entry
		into   *string
		pos    *Pos
		sample string
	}{{"file", p.file, &p.File, &p.FilePos, "messages.proto"}, {"message", p.message, &p.Message, &p.MessagePos, "fleet.v1.Frame"}} {
		if key.at == nil {
			d.Fail("MQX011", p.Pos, "%s has no %q: its encoding is protobuf", e.where, key.name).Hint("add %s: %s", key.name, key.sample)
			continue
		}
		text, ok := d.text(*key.at)
		if !ok {
			continue
		}
		reason, hint := messageProblem(text)
		if key.name == "file" {
			reason, hint = protoProblem(text)
		}
		if reason != "" {
			wrong := d.Fail("MQX071", d.Pos(key.at.value), "%s cannot be %q: %s", key.at.what(), text, reason)
			if hint != "" {
				wrong.Hint("%s", hint)
			}
			continue
		}
		*key.into, *key.pos = text, d.Pos(key.at.value)
	}
	if p.Message != "" {
		p.GoName = GoName(p.Message[strings.LastIndexByte(p.Message, '.')+1:])
	}
}

var messageGoType = regexp.MustCompile(`^[A-Za-z0-9_~.\-]+(/[A-Za-z0-9_~.\-]+)*\.[A-Z][A-Za-z0-9_]*$`)

// protobufGoType reads the user's own type of the message.
func (d *decoder) protobufGoType(p *payloadDraft, e entry) {
	for _, key := range []*entry{p.file, p.message} {
		if key != nil {
			d.Fail("MQX071", d.Pos(key.key), "%q stands beside %q", key.name, e.name).Also(d.Pos(e.key), "the type stands here").
				Hint("remove one of the two")
		}
	}
	text, ok := d.text(e)
	switch {
	case !ok:
	case !messageGoType.MatchString(text) || !strings.Contains(text, "/"):
		d.Fail("MQX071", d.Pos(e.value), "%s cannot be %q: it is an import path, a dot and the type of a message", e.what(), text).
			Hint("write it as in example.com/fleet/fleetv1.Frame")
	default:
		p.XGoType = text
		p.GoName = GoName(text[strings.LastIndexByte(text, '.')+1:])
	}
}

func messageProblem(s string) (reason, hint string) {
	if messageName.MatchString(s) {
		return "", ""
	}
	hint = "write it as in fleet.v1.Frame"
	if fixed := strings.Trim(strings.ReplaceAll(s, "/", "."), "."); messageName.MatchString(fixed) {
		hint = "write " + fixed
	}
	return "it is the full name of a message, with its package", hint
}

func protoProblem(s string) (reason, hint string) {
	if !strings.HasSuffix(s, ".proto") || strings.HasSuffix(s, "/.proto") || s == ".proto" {
		return "it is a .proto file", "write it as in messages.proto"
	}
	return folderProblem(s)
}
