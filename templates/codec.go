package templates

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

// form is an encoding that generated code reads and writes. What is printed for two of them differs in the package
// that reads and writes values, and in the names of the methods.
type form struct {
	encoding       Encoding
	word           string // in docs
	path           string // of the package with the Decoder and the functions that append
	decode, encode string // the methods of each type
}

// The forms. What is written as text is written as JSON before: so it has no method to encode of its own.
var (
	jsonForm    = &form{JSON, "JSON", payloadPath, "decode", "encode"}
	msgpackForm = &form{Msgpack, "MessagePack", payloadPath + "/msgpack", "decodeMsgpack", "encodeMsgpack"}
	cborForm    = &form{CBOR, "CBOR", payloadPath + "/cbor", "decodeCBOR", "encodeCBOR"}
	textForm    = &form{Text, "text", payloadPath + "/text", "decodeText", "encode"}

	forms = []*form{jsonForm, msgpackForm, cborForm, textForm}
)

// form is the one that a payload is written in.
func (p *Payload) form() *form {
	for _, f := range forms {
		if f.encoding == p.Encoding {
			return f
		}
	}
	return nil // Protobuf, which has no schema
}

// writing is the form in which values of schemas are written.
func (f *form) writing() *form {
	if f == textForm {
		return jsonForm
	}
	return f
}

// distinct says whether a payload that refers to another has a type of its own: the methods of the other one are for
// another encoding, or it has none. Otherwise it is an alias.
func (p *Payload) distinct() bool {
	if !p.codec() || p.Schema.Kind != Ref {
		return false
	}
	other := p.Schema.Ref
	return !other.codec() || other.Encoding != p.Encoding
}

// operation is what one method of a declared type does.
type operation struct {
	kind   operationKind
	form   *form // nil for check
	schema *Schema
}

type operationKind uint8

const (
	decoding operationKind = iota
	checking
	encoding
)

// operations returns what has to be printed: what the exported methods of payloads reach, and whether anything else than
// these methods calls it. Definitions that only events hold need nothing.
func operations(p *Package) (needed, called map[operation]bool) {
	needed, called = map[operation]bool{}, map[operation]bool{}
	need := func(o operation) { need(needed, called, o) }
	for _, payload := range p.Payloads {
		if !payload.codec() {
			continue
		}
		need(operation{decoding, payload.form(), payload.Schema})
		need(operation{checking, nil, payload.Schema})
		if !p.claims(payload) {
			need(operation{encoding, payload.form().writing(), payload.Schema})
		}
	}
	for _, e := range p.Events { // which are checked before they are sent
		if e.Payload.Schema != nil {
			need(operation{checking, nil, e.Payload.Schema})
		}
	}
	return needed, called
}

// codec says whether a payload has the exported methods.
func (p *Payload) codec() bool { return !p.Definition && p.Encoding != Protobuf && p.Schema != nil }

// claims says whether a payload holds the claims of tokens, which are only read.
func (p *Package) claims(payload *Payload) bool {
	for _, a := range p.Auth {
		if a.Claims == payload {
			return true
		}
	}
	return false
}

// need notes an operation on a schema, and those that it calls.
func need(needed, called map[operation]bool, o operation) {
	s := o.schema
	if needed[o] {
		return
	}
	needed[o] = true
	call := func(o operation) {
		called[o] = true
		need(needed, called, o)
	}
	for _, child := range s.children() {
		call(operation{o.kind, o.form, child})
	}
	switch {
	case s.Kind == Ref:
		call(operation{o.kind, o.form, s.Ref.Schema})
	case o.kind == decoding && s.Kind == Union: // whether a variant fits is known when it was checked
		for _, v := range s.Variants {
			call(operation{checking, nil, v.Schema})
		}
	case o.kind == checking && s.UniqueItems && !equatable(s.Items):
		call(operation{encoding, jsonForm, s})
	}
}

// children returns the schemas that lie directly in s and have Go values, in order.
func (s *Schema) children() []*Schema {
	var list []*Schema
	for _, p := range slices.Concat(s.Properties, s.PrefixItems) {
		if p.Fixed == nil {
			list = append(list, p.Schema)
		}
	}
	for _, v := range s.Variants {
		list = append(list, v.Schema)
	}
	for _, one := range []*Schema{s.Additional, s.Items} {
		if one != nil {
			list = append(list, one)
		}
	}
	return list
}

// hasCodecs says whether there is anything for printCodecs to print.
func (pr *printer) hasCodecs() bool {
	for o := range pr.needed {
		if o.schema.GoType != "" && o.schema.Kind != Ref && (o.kind != checking || needsCheck(o.schema)) {
			return true
		}
	}
	return slices.ContainsFunc(pr.Payloads, func(p *Payload) bool { return p.codec() && p.distinct() })
}

// printCodecs prints how the declared types are decoded, checked and encoded.
func (pr *printer) printCodecs(f *jen.File) {
	payloads := map[*Schema]*Payload{}
	for _, p := range pr.Payloads {
		if p.codec() {
			payloads[p.Schema] = p
		}
	}
	for _, s := range pr.declared {
		p := payloads[s]
		if s.Kind == Ref && (p == nil || !p.distinct()) { // an alias has the methods already
			continue
		}
		if p != nil {
			pr.printPayload(f, s, p.form())
		}
		for _, in := range forms {
			if o := (operation{decoding, in, s}); pr.needed[o] && !pr.folded(o) {
				pr.printDecode(f, s, in)
			}
		}
		if pr.needed[operation{checking, nil, s}] && needsCheck(s) {
			pr.printCheck(f, s)
		}
		for _, in := range forms {
			if o := (operation{encoding, in, s}); !pr.needed[o] || pr.folded(o) {
				continue
			}
			if in == jsonForm {
				pr.printEncode(f, s)
			} else {
				binary{in}.print(f, s)
			}
		}
	}
}

// folded says whether an operation is done in the exported method itself: a struct that nothing else reads or writes has no
// method more than it takes.
func (pr *printer) folded(o operation) bool {
	s := o.schema
	return s.Kind == Object && !s.own() && !s.mapped() && !pr.called[o]
}

// other is v as a value of the type that s refers to.
func other(s *Schema) *jen.Statement {
	if addressed(s) {
		return jen.Params(jen.Op("*").Id(s.Ref.GoName)).Call(jen.Id("v"))
	}
	return jen.Id(s.Ref.GoName).Call(jen.Id("v"))
}

// printPayload prints the exported methods.
func (pr *printer) printPayload(f *jen.File, s *Schema, in *form) {
	f.Add(doc("DecodePayload reads v from " + in.word + " and checks it. v keeps nothing of b, and has no meaning after an error."))
	f.Func().Params(jen.Id("v").Op("*").Id(s.GoType)).Id("DecodePayload").Params(jen.Id("b").Index().Byte()).Error().
		BlockFunc(func(g *jen.Group) {
			if pr.folded(operation{decoding, in, s}) {
				g.Id("d").Op(":=").New(jen.Qual(in.path, "Decoder"))
				g.Id("d.Reset").Call(jen.Id("b"))
				decoder{in}.fields(g, s)
			} else {
				g.Var().Id("d").Qual(in.path, "Decoder")
				g.Id("d.Reset").Call(jen.Id("b"))
				g.Id("v").Dot(in.decode).Call(jen.Id("&d"))
			}
			if !needsCheck(s) {
				g.Return(jen.Id("d.End").Call())
				return
			}
			g.If(jen.Err().Op(":=").Id("d.End").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
			g.Return(jen.Id("v.check").Call())
		})
	if !pr.needed[operation{encoding, in.writing(), s}] {
		return
	}
	f.Add(doc("AppendPayload checks v and appends it to b as " + in.word + "."))
	f.Func().Params(receiver(s)).Id("AppendPayload").Params(jen.Id("b").Index().Byte()).
		Params(jen.Index().Byte(), jen.Error()).BlockFunc(func(g *jen.Group) {
		if needsCheck(s) {
			g.If(jen.Err().Op(":=").Id("v.check").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		}
		switch {
		case in == textForm:
			g.Return(jen.Qual(in.path, "Append").Call(jen.Id("b"), jen.Id("v").Dot(in.encode).Call(jen.Nil())), jen.Nil())
		case !pr.folded(operation{encoding, in, s}):
			g.Return(jen.Id("v").Dot(in.encode).Call(jen.Id("b")), jen.Nil())
		case in == jsonForm:
			g.Return(encodeObject(g, s), jen.Nil())
		default:
			binary{in}.object(g, s)
			g.Return(jen.Id("b"), jen.Nil())
		}
	})
}

// reader is the receiver of the methods that write and check. It is a pointer also for scalars: the compiler makes a second
// method, for the pointer, of each that has the value itself.
func reader(s *Schema) *jen.Statement {
	if addressed(s) {
		return jen.Id("v").Op("*").Id(s.GoType)
	}
	return jen.Id("v").Id(s.GoType)
}

// read is the value of a reader that is a scalar.
const read = "*v"

// receiver is that of exported methods that only read: structs are not copied.
func receiver(s *Schema) *jen.Statement {
	if structured(s) {
		return jen.Id("v").Op("*").Id(s.GoType)
	}
	return jen.Id("v").Id(s.GoType)
}
