package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

func (pr *printer) printEncode(f *jen.File, s *Schema) {
	f.Line()
	f.Func().Params(reader(s)).Id("encode").Params(jen.Id("b").Index().Byte()).Index().Byte().
		BlockFunc(func(g *jen.Group) {
			switch {
			case s.Kind == Ref:
				g.Return(other(s).Dot(jsonForm.encode).Call(jen.Id("b")))
			case s.own():
				g.Return(ownAppend(s, jen.Op("&").Id("v").Dot(s.GoOwn.Name)))
			case s.Kind == Union:
				encodeUnion(g, s)
			case s.tuple():
				encodeTuple(g, s)
			case s.mapped():
				encodeMap(g, s.Additional, "v", 1)
				g.Return(jen.Id("b"))
			case s.Kind == Object:
				g.Return(encodeObject(g, s))
			case s.Kind == Array:
				encodeArray(g, s, "v", 1)
				g.Return(jen.Id("b"))
			default:
				g.Return(appendScalar(s, read, true))
			}
		})
}

// encodeObject appends the fields in the order of the spec, and returns the expression of what they end in. Where the first of them may be missing, every field is
// appended with a comma, and the first comma becomes the brace.
func encodeObject(g *jen.Group, s *Schema) *jen.Statement {
	if len(s.Properties) == 0 && s.Additional == nil {
		return jen.Append(jen.Id("b"), quote("{}").Op("..."))
	}
	open := len(s.Properties) > 0 && s.Properties[0].Required
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
	if s.Additional != nil {
		encodeAdditional(g, s.Additional, "v."+s.AdditionalGoName)
	}
	if open {
		return jen.Append(jen.Id("b"), jen.LitRune('}'))
	}
	return jen.Qual(payloadPath, "CloseObject").Call(jen.Id("b"), jen.Id("start"))
}

// encodeField appends a field of a struct, if it is there, with what stands before it.
func encodeField(g *jen.Group, p *Property, before string) {
	s, field := p.Schema, "v."+p.GoName
	name := func(g *jen.Group) {
		if before != "" {
			g.Id("b").Op("=").Append(jen.Id("b"), quote(before).Op("..."))
		}
	}
	switch {
	case p.Fixed != nil:
		g.Id("b").Op("=").Append(jen.Id("b"), quote(before+fixedText(p)).Op("..."))
	case p.Required:
		name(g)
		encodeValue(g, s, field, 1)
	default: // what is nullable too, is a payload.Null in the payload.Opt
		opt.unbox(g, field, func(g *jen.Group, x string) {
			name(g)
			encodeValue(g, s, x, 1)
		})
	}
}

// encodeValue appends the value of expression x.
func encodeValue(g *jen.Group, s *Schema, x string, depth int) {
	if nullable(s) {
		null.unbox(g, x, func(g *jen.Group, x string) { encodePresent(g, s, x, depth) }).
			Else().Block(jen.Id("b").Op("=").Append(jen.Id("b"), jen.Lit("null").Op("...")))
		return
	}
	encodePresent(g, s, x, depth)
}

// encodePresent does so for a value that is not null.
func encodePresent(g *jen.Group, s *Schema, x string, depth int) {
	switch {
	case s.named():
		g.Id("b").Op("=").Id(x).Dot(jsonForm.encode).Call(jen.Id("b"))
	case s.own():
		g.Id("b").Op("=").Add(ownAppend(s, address(x)))
	case s.Kind == Array:
		encodeArray(g, s, x, depth)
	case s.Kind == Object:
		encodeMap(g, s.Additional, x, depth)
	default:
		g.Id("b").Op("=").Add(appendScalar(s, x, false))
	}
}

// ownAppend has a type of the user write itself.
func ownAppend(s *Schema, addr *jen.Statement) *jen.Statement {
	if s.Kind == String {
		return jen.Qual(payloadPath, "AppendMarshalText").Call(jen.Id("b"), addr)
	}
	return jen.Qual(payloadPath, "AppendMarshal").Call(jen.Id("b"), addr)
}

// encodeMap appends a map, in the order of its keys.
func encodeMap(g *jen.Group, s *Schema, m string, depth int) {
	i, key := numbered("i", depth), numbered("key", depth)
	g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune('{'))
	g.For(jen.List(jen.Id(i), jen.Id(key)).Op(":=").Range().Qual(payloadPath, "Keys").Call(jen.Id(m))).
		BlockFunc(func(g *jen.Group) {
			g.Id("b").Op("=").Qual(payloadPath, "AppendKey").Call(jen.Id("b"), jen.Id(i), jen.Id(key))
			encodeEntry(g, s, m, depth)
		})
	g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune('}'))
}

// encodeAdditional appends the fields of a struct that are in a map, each with a comma before it.
func encodeAdditional(g *jen.Group, s *Schema, m string) {
	g.For(jen.List(jen.Id("_"), jen.Id("key")).Op(":=").Range().Qual(payloadPath, "Keys").Call(jen.Id(m))).
		BlockFunc(func(g *jen.Group) {
			g.Id("b").Op("=").Qual(payloadPath, "AppendField").Call(jen.Id("b"), jen.Id("key"))
			encodeEntry(g, s, m, 1)
		})
}

// encodeEntry appends the value of an entry of a map.
func encodeEntry(g *jen.Group, s *Schema, m string, depth int) {
	value := m + "[" + numbered("key", depth) + "]"
	if inVariable(s) {
		item := numbered("item", depth)
		g.Id(item).Op(":=").Id(value)
		value = item
	}
	encodeValue(g, s, value, depth+1)
}

// inVariable says whether an entry of a map, which has no address, is copied to a variable to be written.
func inVariable(s *Schema) bool { return structured(s) || nullable(s) || s.named() && addressed(s) }

// encodeUnion appends whichever variant there is.
func encodeUnion(g *jen.Group, s *Schema) {
	g.Switch(jen.Id("x").Op(":=").Id("v.Value").Assert(jen.Type())).BlockFunc(func(g *jen.Group) {
		for _, v := range s.Variants {
			g.Case(variantType(v)).Block(jen.Return(jen.Id("x").Dot(jsonForm.encode).Call(jen.Id("b"))))
		}
	})
	g.Return(jen.Append(jen.Id("b"), jen.Lit("null").Op("...")).Comment("// check refuses it"))
}

// encodeTuple appends the fields of a tuple. Behind one that is not set there is none.
func encodeTuple(g *jen.Group, s *Schema) {
	for i, p := range s.PrefixItems {
		before := ","
		if i == 0 {
			before = "["
			if !p.Required {
				g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune('['))
				before = ""
			}
		}
		encodeField(g, p, before)
	}
	if s.Items != nil {
		rest := "v." + s.RestGoName
		g.For(jen.Id("i").Op(":=").Range().Id(rest)).BlockFunc(func(g *jen.Group) {
			g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune(','))
			encodeValue(g, s.Items, rest+"[i]", 2)
		})
	}
	g.Return(jen.Append(jen.Id("b"), jen.LitRune(']')))
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
			return jen.Qual(payloadPath, "AppendUint").Call(jen.Id("b"), convert("uint64"))
		}
		return jen.Qual(payloadPath, "AppendInt").Call(jen.Id("b"), convert("int64"))
	}
	value := jen.Id(x)
	if named && s.Kind == String {
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
