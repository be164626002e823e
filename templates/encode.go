package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

func (pr *printer) printEncode(f *jen.File, s *Schema) {
	f.Line()
	f.Func().Params(receiver(s)).Id("encode").Params(jen.Id("b").Index().Byte()).Index().Byte().
		BlockFunc(func(g *jen.Group) {
			switch s.Kind {
			case Object:
				encodeObject(g, s)
			case Array:
				encodeArray(g, s, "v", 1)
				g.Return(jen.Id("b"))
			default:
				g.Return(appendScalar(s, "v", true))
			}
		})
}

// encodeObject appends the fields in the order of the spec. Where the first of them may be missing, every field is
// appended with a comma, and the first comma becomes the brace.
func encodeObject(g *jen.Group, s *Schema) {
	if len(s.Properties) == 0 {
		g.Return(jen.Append(jen.Id("b"), quote("{}").Op("...")))
		return
	}
	open := s.Properties[0].Required
	if !open {
		g.Id("start").Op(":=").Len(jen.Id("b"))
	}
	for i, p := range s.Properties {
		before := "," + quoteJSON(p.Name) + ":"
		if i == 0 && open {
			before = "{" + before[1:]
		}
		encodeField(g, p, before)
	}
	if open {
		g.Return(jen.Append(jen.Id("b"), jen.LitRune('}')))
		return
	}
	g.Return(jen.Qual(payloadPath, "CloseObject").Call(jen.Id("b"), jen.Id("start")))
}

func encodeField(g *jen.Group, p *Property, before string) {
	name := func(g *jen.Group) { g.Id("b").Op("=").Append(jen.Id("b"), quote(before).Op("...")) }
	if p.Required {
		name(g)
		encodeValue(g, p.Schema, "v."+p.GoName, 1)
		return
	}
	if object(p.Schema) {
		g.If(jen.Id("x").Op(":=").Id("v."+p.GoName).Dot("Ptr").Call(), jen.Id("x").Op("!=").Nil()).BlockFunc(func(g *jen.Group) {
			name(g)
			encodeValue(g, p.Schema, "x", 1)
		})
		return
	}
	g.If(jen.List(jen.Id("x"), jen.Id("ok")).Op(":=").Id("v."+p.GoName).Dot("Get").Call(), jen.Id("ok")).BlockFunc(func(g *jen.Group) {
		name(g)
		encodeValue(g, p.Schema, "x", 1)
	})
}

// object says whether values of s are structs.
func object(s *Schema) bool {
	for s.Kind == Ref {
		s = s.Ref.Schema
	}
	return s.Kind == Object
}

// encodeValue appends the value of expression x.
func encodeValue(g *jen.Group, s *Schema, x string, depth int) {
	switch {
	case s.Kind == Ref || s.GoType != "":
		g.Id("b").Op("=").Id(x).Dot("encode").Call(jen.Id("b"))
	case s.Kind == Array:
		encodeArray(g, s, x, depth)
	default:
		g.Id("b").Op("=").Add(appendScalar(s, x, false))
	}
}

func encodeArray(g *jen.Group, s *Schema, list string, depth int) {
	i := numbered("i", depth)
	g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune('['))
	g.For(jen.Id(i).Op(":=").Range().Id(list)).BlockFunc(func(g *jen.Group) {
		g.If(jen.Id(i).Op(">").Id("0")).Block(jen.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune(',')))
		encodeValue(g, s.Items, list+"["+i+"]", depth+1)
	})
	g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune(']'))
}

// appendScalar is the call that appends a scalar; named says that its type is declared.
func appendScalar(s *Schema, x string, named bool) *jen.Statement {
	convert := func(basic string) *jen.Statement {
		if !named && basicType(s) == basic {
			return jen.Id(x)
		}
		return jen.Id(basic).Call(jen.Id(x))
	}
	switch s.Kind {
	case Boolean:
		return jen.Qual("strconv", "AppendBool").Call(jen.Id("b"), convert("bool"))
	case Integer:
		if s.Format == Uint32 || s.Format == Uint64 {
			return jen.Qual("strconv", "AppendUint").Call(jen.Id("b"), convert("uint64"), jen.Id("10"))
		}
		return jen.Qual("strconv", "AppendInt").Call(jen.Id("b"), convert("int64"), jen.Id("10"))
	}
	value := jen.Id(x)
	if named && s.Kind == String && (s.Format == DateTime || s.Format == Date || s.Format == UUID) {
		value = plainType(s).Call(jen.Id(x))
	}
	return jen.Qual(payloadPath, "Append"+codecName(s)).Call(jen.Id("b"), value)
}

// quoteJSON prints a string as JSON.
func quoteJSON(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			hex := strconv.FormatInt(int64(r)+0x10000, 16)
			b = append(append(b, `\u`...), hex[1:]...)
		default:
			b = append(b, string(r)...)
		}
	}
	return string(append(b, '"'))
}
