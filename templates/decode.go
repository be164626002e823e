package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// printCodecs prints how the declared types are decoded, checked and encoded.
func (pr *printer) printCodecs(f *jen.File) {
	payloads := map[*Schema]bool{}
	for _, p := range pr.Payloads {
		payloads[p.Schema] = true
	}
	for _, s := range pr.declared {
		if s.Kind == Ref { // an alias has the methods already
			continue
		}
		if payloads[s] {
			pr.printPayload(f, s)
		}
		pr.printDecode(f, s)
		pr.printCheck(f, s)
		pr.printEncode(f, s)
	}
}

// printPayload prints the exported methods.
func (pr *printer) printPayload(f *jen.File, s *Schema) {
	f.Add(doc("DecodePayload reads v from JSON and checks it. v keeps nothing of b, and has no meaning after an error."))
	f.Func().Params(jen.Id("v").Op("*").Id(s.GoType)).Id("DecodePayload").Params(jen.Id("b").Index().Byte()).Error().
		BlockFunc(func(g *jen.Group) {
			g.Var().Id("d").Qual(payloadPath, "Decoder")
			g.Id("d.Reset").Call(jen.Id("b"))
			g.Id("v.decode").Call(jen.Id("&d"))
			if !needsCheck(s) {
				g.Return(jen.Id("d.End").Call())
				return
			}
			g.If(jen.Err().Op(":=").Id("d.End").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
			g.Return(jen.Id("v.check").Call())
		})
	f.Add(doc("AppendPayload checks v and appends it to b as JSON."))
	f.Func().Params(receiver(s)).Id("AppendPayload").Params(jen.Id("b").Index().Byte()).
		Params(jen.Index().Byte(), jen.Error()).BlockFunc(func(g *jen.Group) {
		if needsCheck(s) {
			g.If(jen.Err().Op(":=").Id("v.check").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		}
		g.Return(jen.Id("v.encode").Call(jen.Id("b")), jen.Nil())
	})
}

// receiver is that of methods that only read: structs are not copied.
func receiver(s *Schema) *jen.Statement {
	if s.Kind == Object {
		return jen.Id("v").Op("*").Id(s.GoType)
	}
	return jen.Id("v").Id(s.GoType)
}

func (pr *printer) printDecode(f *jen.File, s *Schema) {
	f.Line()
	f.Func().Params(jen.Id("v").Op("*").Id(s.GoType)).Id("decode").
		Params(jen.Id("d").Op("*").Qual(payloadPath, "Decoder")).BlockFunc(func(g *jen.Group) {
		switch {
		case s.Kind == Object:
			decodeObject(g, s)
		case s.Kind == Array:
			decodeArray(g, s, 1)
			g.Id("*v").Op("=").Id("list")
		case s.Kind == String && len(s.Enum) > 0:
			decodeEnum(g, s)
		default:
			g.Id("*v").Op("=").Id(s.GoType).Call(scalar(s))
		}
	})
}

// decodeObject reads the fields in whatever order they come.
func decodeObject(g *jen.Group, s *Schema) {
	required, optional := split(s)
	number := map[*Property]int{}
	for i, p := range append(required, optional...) {
		number[p] = i
	}
	unknown := jen.Id("d.Skip").Call(jen.Id("&f"))
	if s.Closed {
		unknown = jen.Id("d.Refuse").Call()
	}
	g.Id("*v").Op("=").Id(s.GoType).Values()
	g.Var().Id("f").Qual(payloadPath, "Fields")
	g.For(jen.Id("name").Op(":=").Id("d.Object").Call(), jen.Id("name").Op("!=").Nil(), jen.Id("name").Op("=").Id("d.Next").Call()).
		BlockFunc(func(g *jen.Group) {
			if len(s.Properties) == 0 {
				g.Add(unknown)
				return
			}
			g.Switch(jen.String().Call(jen.Id("name"))).BlockFunc(func(g *jen.Group) {
				for _, p := range s.Properties {
					g.Case(quote(p.Name)).BlockFunc(func(g *jen.Group) {
						g.Id("d.Mark").Call(jen.Id("&f"), jen.Id(strconv.Itoa(number[p])))
						decodeField(g, p)
					})
				}
				g.Default().Block(unknown)
			})
		})
	g.Id("d.Require").CallFunc(func(g *jen.Group) {
		g.Id("&f")
		for _, p := range required {
			g.Add(quote(p.Name))
		}
	})
}

// split parts the required properties of an object from the optional ones.
func split(s *Schema) (required, optional []*Property) {
	for _, p := range s.Properties {
		if p.Required {
			required = append(required, p)
		} else {
			optional = append(optional, p)
		}
	}
	return required, optional
}

func decodeField(g *jen.Group, p *Property) {
	field := "v." + p.GoName
	switch s := p.Schema; {
	case s.Kind == Ref || s.GoType != "":
		if !p.Required {
			g.Id(field).Dot("Init").Call().Dot("decode").Call(jen.Id("d"))
			return
		}
		g.Id(field).Dot("decode").Call(jen.Id("d"))
	case s.Kind == Array:
		decodeArray(g, s, 1)
		assign(g, p, jen.Id("list"))
	default:
		assign(g, p, scalar(s))
	}
}

// assign gives a field its value.
func assign(g *jen.Group, p *Property, value *jen.Statement) {
	if p.Required {
		g.Id("v." + p.GoName).Op("=").Add(value)
		return
	}
	g.Id("v." + p.GoName).Dot("Set").Call(value)
}

// decodeArray reads an array into a new variable list: numbered, where arrays lie in arrays.
func decodeArray(g *jen.Group, s *Schema, depth int) {
	list := numbered("list", depth)
	g.Var().Id(list).Add(plainType(s))
	g.For(jen.Id("ok").Op(":=").Id("d.Array").Call(), jen.Id("ok"), jen.Id("ok").Op("=").Id("d.More").Call()).
		BlockFunc(func(g *jen.Group) {
			if s.MaxItems != nil { // before memory is spent on what is refused in the end
				g.Id("d.AtMost").Call(jen.Id(strconv.Itoa(*s.MaxItems)), jen.Len(jen.Id(list)))
			}
			item := s.Items
			switch {
			case item.Kind == Ref || item.GoType != "":
				g.Var().Id("item").Add(goType(item))
				g.Id("item.decode").Call(jen.Id("d"))
				push(g, list, jen.Id("item"))
			case item.Kind == Array:
				decodeArray(g, item, depth+1)
				push(g, list, jen.Id(numbered("list", depth+1)))
			default:
				push(g, list, scalar(item))
			}
		})
}

// push appends an item to a list.
func push(g *jen.Group, list string, item *jen.Statement) {
	g.Id(list).Op("=").Qual(payloadPath, "Push").Call(jen.Id(list), item)
}

// numbered is a name of a local variable: list, list2, list3.
func numbered(name string, depth int) string {
	if depth == 1 {
		return name
	}
	return name + strconv.Itoa(depth)
}

// decodeEnum gives v a constant, so that nothing is allocated. A text that is none is left to check.
func decodeEnum(g *jen.Group, s *Schema) {
	g.Switch(jen.Id("text").Op(":=").Id("d.Text").Call(), jen.String().Call(jen.Id("text"))).BlockFunc(func(g *jen.Group) {
		for _, v := range s.Enum {
			g.Case(quote(v.Text)).Block(jen.Id("*v").Op("=").Id(v.GoName))
		}
		g.Default().Block(jen.Id("*v").Op("=").Id(s.GoType).Call(jen.Id("text")).Comment("// check refuses it"))
	})
}

// scalar reads one value.
func scalar(s *Schema) *jen.Statement { return jen.Id("d." + codecName(s)).Call() }

// codecName is what the runtime calls the kind of a scalar.
func codecName(s *Schema) string {
	switch s.Kind {
	case Boolean:
		return "Bool"
	case Number, Integer:
		name := basicType(s)
		return string(name[0]-'a'+'A') + name[1:]
	}
	switch s.Format {
	case DateTime:
		return "DateTime"
	case Date:
		return "Date"
	case UUID:
		return "UUID"
	}
	return "String"
}
