package templates

import "github.com/dave/jennifer/jen"

// goType is the type of the payload in a message, and in the methods that publish it. No payload stands for raw bytes.
func (p *Payload) goType() *jen.Statement {
	switch {
	case p == nil:
		return jen.Index().Byte()
	case p.Message.Name != "":
		return p.Message.code()
	}
	return jen.Id(p.GoName)
}

// decode is the call that decodes the bytes of expression from into the payload at expression to.
func (p *Payload) decode(to, from string) *jen.Statement {
	if p.Encoding == Protobuf {
		return jen.Qual(protobufPath, "Decode").Call(jen.Op("&").Id(to), jen.Id(from))
	}
	return jen.Id(to).Dot("DecodePayload").Call(jen.Id(from))
}

// appender is the value whose AppendPayload writes the payload in the variable payload.
func (p *Payload) appender() *jen.Statement {
	if p == nil {
		return jen.Id("raw").Call(jen.Id("payload"))
	}
	if p.Encoding == Protobuf {
		return jen.Qual(protobufPath, "Payload").Values(jen.Id("Message").Op(":").Id("payload"))
	}
	return jen.Op("&").Id("payload")
}
