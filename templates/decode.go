package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// decoder prints how values are read in one form.
type decoder struct{ *form }

// slot is where a value goes that is decoded.
type slot struct {
	set  func(value jen.Code) *jen.Statement // the statement that puts a value there
	mark func() *jen.Statement               // the statement before one of the next two; nil for none
	call func() *jen.Statement               // what a method is called on that reads the value in its place
	addr func() *jen.Statement               // its address
}

// variable is a slot that is a variable or a field.
func variable(name string) slot {
	return slot{
		set:  func(value jen.Code) *jen.Statement { return jen.Id(name).Op("=").Add(value) },
		call: func() *jen.Statement { return jen.Id(name) },
		addr: func() *jen.Statement { return jen.Op("&").Id(name) },
	}
}

// box is a generic type of package payload that holds a value, or none.
type box struct {
	flag string // the field that says whether there is a value
	some string // the function that makes a box of a value
}

var (
	opt  = box{"Set", "Some"}
	null = box{"Valid", "NotNull"}
)

// boxed is the slot in a variable or a field that is a box, or an address of one; in is the box itself.
func (b box) boxed(name, in string) slot {
	return slot{
		set:  func(value jen.Code) *jen.Statement { return jen.Id(in).Op("=").Qual(payloadPath, b.some).Call(value) },
		mark: func() *jen.Statement { return jen.Id(name).Dot(b.flag).Op("=").True() },
		call: func() *jen.Statement { return jen.Id(name).Dot("Value") },
		addr: func() *jen.Statement { return jen.Op("&").Id(name).Dot("Value") },
	}
}

// printDecode prints the method that reads a value of a declared type.
func (pr *printer) printDecode(f *jen.File, s *Schema, in *form) {
	d := decoder{in}
	f.Line()
	f.Func().Params(jen.Id("v").Op("*").Id(s.GoType)).Id(in.decode).
		Params(jen.Id("d").Op("*").Qual(in.path, "Decoder")).BlockFunc(func(g *jen.Group) {
		switch {
		case s.Kind == Ref:
			g.Params(jen.Op("*").Id(s.Ref.GoName)).Call(jen.Id("v")).Dot(in.decode).Call(jen.Id("d"))
		case s.own():
			g.Add(d.ownCall(s, jen.Op("&").Id("v").Dot(s.GoOwn.Name)))
		case s.Kind == Union:
			d.union(g, s)
		case s.tuple():
			d.tuple(g, s)
		case s.mapped():
			d.object(g, s, 1)
			g.Id("*v").Op("=").Id("m")
		case s.Kind == Object:
			d.fields(g, s)
		case s.Kind == Array:
			d.array(g, s, 1)
			g.Id("*v").Op("=").Id("list")
		case s.Kind == String && len(s.Enum) > 0:
			decodeEnum(g, s)
		default:
			g.Id("*v").Op("=").Id(s.GoType).Call(scalar(s))
		}
	})
}

// fields reads the fields of an object in whatever order they come.
func (d decoder) fields(g *jen.Group, s *Schema) {
	required, optional := split(s)
	number := map[*Property]int{}
	for i, p := range append(required, optional...) {
		number[p] = i
	}
	unknown := func(g *jen.Group) {
		switch {
		case s.Additional != nil:
			d.entry(g, s.Additional, "v."+s.AdditionalGoName, 1)
		case s.Closed:
			g.Id("d.Refuse").Call()
		default:
			g.Id("d.Skip").Call(jen.Id("&f"))
		}
	}
	g.Id("*v").Op("=").Id(s.GoType).Values()
	g.Var().Id("f").Qual(d.path, "Fields")
	eachName(g, "name", func(g *jen.Group) {
		if len(s.Properties) == 0 {
			unknown(g)
			return
		}
		g.Switch(jen.String().Call(jen.Id("name"))).BlockFunc(func(g *jen.Group) {
			for _, p := range s.Properties {
				g.Case(quote(p.Name)).BlockFunc(func(g *jen.Group) {
					g.Id("d.Mark").Call(jen.Id("&f"), jen.Id(strconv.Itoa(number[p])))
					d.field(g, p)
				})
			}
			g.Default().BlockFunc(unknown)
		})
	})
	g.Id("d.Require").CallFunc(func(g *jen.Group) {
		g.Id("&f")
		for _, p := range required {
			g.Add(quote(p.Name))
		}
	})
	for _, p := range optional {
		if p.Schema.Default != nil {
			setDefault(g, p)
		}
	}
}

// eachName is the loop over the names of an object's fields.
func eachName(g *jen.Group, name string, body func(*jen.Group)) {
	g.For(jen.Id(name).Op(":=").Id("d.Object").Call(), jen.Id(name).Op("!=").Nil(), jen.Id(name).Op("=").Id("d.Next").Call()).
		BlockFunc(body)
}

// eachItem is the loop over the items of an array.
func eachItem(g *jen.Group, body func(*jen.Group)) {
	g.For(jen.Id("ok").Op(":=").Id("d.Array").Call(), jen.Id("ok"), jen.Id("ok").Op("=").Id("d.More").Call()).BlockFunc(body)
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

// field reads a field of a struct.
func (d decoder) field(g *jen.Group, p *Property) {
	name := "v." + p.GoName
	switch {
	case p.Fixed != nil:
		decodeFixed(g, p)
	case nullable(p.Schema) && p.Required:
		d.orNull(g, p.Schema, null.boxed(name, name), 1)
	case nullable(p.Schema):
		g.Id(name).Dot("Set").Op("=").True()
		d.orNull(g, p.Schema, null.boxed(name+".Value", name+".Value"), 1)
	case p.Required:
		d.value(g, p.Schema, variable(name), 1)
	default:
		d.value(g, p.Schema, opt.boxed(name, name), 1)
	}
}

// orNull reads a value into a payload.Null, which is null before.
func (d decoder) orNull(g *jen.Group, s *Schema, to slot, depth int) {
	g.If(jen.Op("!").Id("d.Null").Call()).BlockFunc(func(g *jen.Group) { d.value(g, s, to, depth) })
}

// value reads a value that is not null.
func (d decoder) value(g *jen.Group, s *Schema, to slot, depth int) {
	if to.mark != nil && (s.named() || s.own()) {
		g.Add(to.mark())
	}
	switch {
	case s.named():
		g.Add(to.call().Dot(d.decode).Call(jen.Id("d")))
	case s.own():
		g.Add(d.ownCall(s, to.addr()))
	case s.Kind == Array:
		d.array(g, s, depth)
		g.Add(to.set(jen.Id(numbered("list", depth))))
	case s.Kind == Object:
		d.object(g, s, depth)
		g.Add(to.set(jen.Id(numbered("m", depth))))
	default:
		g.Add(to.set(scalar(s)))
	}
}

// ownCall has a type of the user read itself.
func (d decoder) ownCall(s *Schema, addr *jen.Statement) *jen.Statement {
	if s.Kind == String {
		return jen.Id("d.UnmarshalText").Call(addr)
	}
	return jen.Id("d.Unmarshal").Call(addr)
}

// array reads an array into a new variable list: numbered, where arrays lie in arrays.
func (d decoder) array(g *jen.Group, s *Schema, depth int) {
	list := numbered("list", depth)
	g.Var().Id(list).Add(plainType(s))
	eachItem(g, func(g *jen.Group) {
		if s.MaxItems != nil { // before memory is spent on what is refused in the end
			g.Id("d.AtMost").Call(jen.Id(strconv.Itoa(*s.MaxItems)), jen.Len(jen.Id(list)))
		}
		d.item(g, s.Items, list, depth)
	})
}

// item reads an item and appends it to a list.
func (d decoder) item(g *jen.Group, s *Schema, list string, depth int) {
	add := func() *jen.Statement { return jen.Qual(payloadPath, "Add").Call(jen.Op("&").Id(list)) }
	item := numbered("item", depth)
	switch {
	case nullable(s):
		g.Id(item).Op(":=").Add(add())
		d.orNull(g, s, null.boxed(item, "*"+item), depth+1)
		return
	case s.named() || s.own():
		d.value(g, s, slot{call: add, addr: add}, depth+1)
		return
	}
	d.element(g, s, depth, func(item jen.Code) *jen.Statement {
		return jen.Id(list).Op("=").Qual(payloadPath, "Push").Call(jen.Id(list), item)
	})
}

// object reads an object into a new variable m, a map.
func (d decoder) object(g *jen.Group, s *Schema, depth int) {
	m := numbered("m", depth)
	g.Id(m).Op(":=").Map(jen.String()).Add(goType(s.Additional)).Values()
	eachName(g, "name", func(g *jen.Group) { d.entry(g, s.Additional, m, depth) })
}

// entry reads an entry of a map, whose name was read.
func (d decoder) entry(g *jen.Group, s *Schema, m string, depth int) {
	key := numbered("key", depth)
	g.Id(key).Op(":=").String().Call(jen.Id("name"))
	g.If(jen.List(jen.Id("_"), jen.Id("ok")).Op(":=").Id(m).Index(jen.Id(key)), jen.Id("ok")).Block(jen.Id("d.Twice").Call())
	d.element(g, s, depth, func(item jen.Code) *jen.Statement {
		if m == numbered("m", depth) {
			return jen.Id(m).Index(jen.Id(key)).Op("=").Add(item)
		}
		return jen.Id(m).Op("=").Qual(payloadPath, "Put").Call(jen.Id(m), jen.Id(key), item)
	})
}

// element reads an item of a list or a map, and puts it there.
func (d decoder) element(g *jen.Group, s *Schema, depth int, put func(item jen.Code) *jen.Statement) {
	item := numbered("item", depth)
	switch {
	case nullable(s):
		g.Var().Id(item).Add(goType(s))
		d.orNull(g, s, null.boxed(item, item), depth+1)
		g.Add(put(jen.Id(item)))
	case s.named() || s.own():
		g.Var().Id(item).Add(goType(s))
		d.value(g, s, variable(item), depth+1)
		g.Add(put(jen.Id(item)))
	default:
		d.value(g, s, slot{set: put}, depth+1)
	}
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
	case Time:
		return "Time"
	case Duration:
		return "Duration"
	case UUID:
		return "UUID"
	case Byte:
		return "Bytes"
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return "String"
}
