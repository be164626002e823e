package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// binary prints how values are written in a form in which an array or a map begins with the number of what it has.
type binary struct{ *form }

// call is a call of a function of the form's package that appends to b.
func (e binary) call(name string, args ...jen.Code) *jen.Statement {
	return jen.Qual(e.path, name).Call(append([]jen.Code{jen.Id("b")}, args...)...)
}

func (e binary) append(g *jen.Group, name string, args ...jen.Code) {
	g.Id("b").Op("=").Add(e.call(name, args...))
}

// print prints the method that writes a value of a declared type.
func (e binary) print(f *jen.File, s *Schema) {
	f.Line()
	f.Func().Params(reader(s)).Id(e.encode).Params(jen.Id("b").Index().Byte()).Index().Byte().
		BlockFunc(func(g *jen.Group) {
			switch {
			case s.Kind == Ref:
				g.Return(other(s).Dot(e.encode).Call(jen.Id("b")))
				return
			case s.own():
				g.Return(e.own(s, jen.Op("&").Id("v").Dot(s.GoOwn.Name)))
				return
			case s.Kind == Union:
				e.union(g, s)
				return
			case s.tuple():
				e.tuple(g, s)
			case s.mapped():
				e.mapOf(g, s.Additional, "v", 1)
			case s.Kind == Object:
				e.object(g, s)
			case s.Kind == Array:
				e.array(g, s, "v", 1)
			default:
				g.Return(e.scalar(s, read, true))
				return
			}
			g.Return(jen.Id("b"))
		})
}

// count is the number of fields that are set, and of what lies in a further field.
func (e binary) count(fields []*Property, more string) *jen.Statement {
	required, set := 0, []jen.Code{}
	for _, p := range fields {
		if p.Required {
			required++
		} else {
			set = append(set, jen.Id("v."+p.GoName).Dot(opt.flag))
		}
	}
	var sum []*jen.Statement
	if required > 0 || len(set) == 0 && more == "" {
		sum = append(sum, jen.Id(strconv.Itoa(required)))
	}
	if len(set) > 0 {
		sum = append(sum, jen.Qual(e.path, "Count").Call(set...))
	}
	if more != "" {
		sum = append(sum, jen.Len(jen.Id("v."+more)))
	}
	n := sum[0]
	for _, term := range sum[1:] {
		n.Op("+").Add(term)
	}
	return n
}

func (e binary) object(g *jen.Group, s *Schema) {
	more := ""
	if s.Additional != nil {
		more = s.AdditionalGoName
	}
	e.append(g, "AppendMap", e.count(s.Properties, more))
	for _, p := range s.Properties {
		e.field(g, p, func(g *jen.Group) {
			g.Id("b").Op("=").Append(jen.Id("b"), jen.Lit(e.text(p.Name)).Op("..."))
		})
	}
	if more != "" {
		e.entries(g, s.Additional, "v."+more, 1)
	}
}

// text is a name as it is written.
func (e binary) text(name string) string {
	n := len(name)
	if e.form == cborForm {
		switch {
		case n < 24:
			return string([]byte{0x60 | byte(n)}) + name
		case n < 1<<8:
			return string([]byte{0x78, byte(n)}) + name
		}
		return string(long(0x79, n)) + name
	}
	switch {
	case n < 32:
		return string([]byte{0xa0 | byte(n)}) + name
	case n < 1<<8:
		return string([]byte{0xd9, byte(n)}) + name
	}
	return string(long(0xda, n)) + name
}

func long(first byte, n int) []byte { return []byte{first, byte(n >> 8), byte(n)} }

// tuple appends the fields of a tuple. Behind one that is not set there is none.
func (e binary) tuple(g *jen.Group, s *Schema) {
	more := ""
	if s.Items != nil {
		more = s.RestGoName
	}
	e.append(g, "AppendArray", e.count(s.PrefixItems, more))
	for _, p := range s.PrefixItems {
		e.field(g, p, func(*jen.Group) {})
	}
	if more != "" {
		rest := "v." + more
		g.For(jen.Id("i").Op(":=").Range().Id(rest)).BlockFunc(func(g *jen.Group) { e.value(g, s.Items, rest+"[i]", 2) })
	}
}

// field appends a field of a struct, if it is there, with what stands before it.
func (e binary) field(g *jen.Group, p *Property, before func(*jen.Group)) {
	s, field := p.Schema, "v."+p.GoName
	switch {
	case p.Fixed != nil:
		before(g)
		e.fixed(g, p)
	case p.Required:
		before(g)
		e.value(g, s, field, 1)
	default:
		opt.unbox(g, field, func(g *jen.Group, x string) {
			before(g)
			e.value(g, s, x, 1)
		})
	}
}

// value appends the value of expression x.
func (e binary) value(g *jen.Group, s *Schema, x string, depth int) {
	if nullable(s) {
		null.unbox(g, x, func(g *jen.Group, x string) { e.present(g, s, x, depth) }).
			Else().BlockFunc(func(g *jen.Group) { e.append(g, "AppendNull") })
		return
	}
	e.present(g, s, x, depth)
}

// present does so for a value that is not null.
func (e binary) present(g *jen.Group, s *Schema, x string, depth int) {
	switch {
	case s.named():
		g.Id("b").Op("=").Id(x).Dot(e.encode).Call(jen.Id("b"))
	case s.own():
		g.Id("b").Op("=").Add(e.own(s, address(x)))
	case s.Kind == Array:
		e.array(g, s, x, depth)
	case s.Kind == Object:
		e.mapOf(g, s.Additional, x, depth)
	default:
		g.Id("b").Op("=").Add(e.scalar(s, x, false))
	}
}

// own has a type of the user write itself.
func (e binary) own(s *Schema, addr *jen.Statement) *jen.Statement {
	if s.Kind == String {
		return e.call("AppendMarshalText", addr)
	}
	return e.call("AppendMarshal", addr)
}

// mapOf appends a map, in the order of its keys.
func (e binary) mapOf(g *jen.Group, s *Schema, m string, depth int) {
	e.append(g, "AppendMap", jen.Len(jen.Id(m)))
	e.entries(g, s, m, depth)
}

func (e binary) entries(g *jen.Group, s *Schema, m string, depth int) {
	key := numbered("key", depth)
	g.For(jen.List(jen.Id("_"), jen.Id(key)).Op(":=").Range().Qual(payloadPath, "Keys").Call(jen.Id(m))).
		BlockFunc(func(g *jen.Group) {
			e.append(g, "AppendString", jen.Id(key))
			value := m + "[" + key + "]"
			if inVariable(s) {
				item := numbered("item", depth)
				g.Id(item).Op(":=").Id(value)
				value = item
			}
			e.value(g, s, value, depth+1)
		})
}

// union appends whichever variant there is.
func (e binary) union(g *jen.Group, s *Schema) {
	g.Switch(jen.Id("x").Op(":=").Id("v.Value").Assert(jen.Type())).BlockFunc(func(g *jen.Group) {
		for _, v := range s.Variants {
			g.Case(variantType(v)).Block(jen.Return(jen.Id("x").Dot(e.encode).Call(jen.Id("b"))))
		}
	})
	g.Return(e.call("AppendNull").Comment("// check refuses it"))
}

func (e binary) array(g *jen.Group, s *Schema, list string, depth int) {
	i := numbered("i", depth)
	e.append(g, "AppendArray", jen.Len(jen.Id(list)))
	g.For(jen.Id(i).Op(":=").Range().Id(list)).BlockFunc(func(g *jen.Group) { e.value(g, s.Items, list+"["+i+"]", depth+1) })
}

// scalar is the call that appends a scalar; named says that its type is declared.
func (e binary) scalar(s *Schema, x string, named bool) *jen.Statement {
	switch s.Kind {
	case Boolean:
		return e.call("AppendBool", jen.Id(x))
	case Integer:
		if s.Format == Uint32 || s.Format == Uint64 {
			return e.call("AppendUint", jen.Id(x))
		}
		return e.call("AppendInt", jen.Id(x))
	}
	value := jen.Id(x)
	if named && s.Kind == String {
		value = plainType(s).Call(jen.Id(x))
	}
	return e.call("Append"+codecName(s), value)
}
