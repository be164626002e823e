package templates

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// path is where a value lies below the value that is checked: a field, and the loop variables of arrays and maps in it.
type path struct {
	field string
	loops []loop
}

// loop is the variable of a loop.
type loop struct {
	function string // of the runtime, that makes the path
	name     string
}

// code is the expression of the path.
func (p path) code() *jen.Statement {
	s := jen.Lit(p.field)
	for _, l := range p.loops {
		s = jen.Qual(payloadPath, l.function).Call(s, jen.Id(l.name))
	}
	return s
}

func (p path) in(function, name string) path {
	return path{p.field, append(append([]loop(nil), p.loops...), loop{function, name})}
}

// refusal is one condition under which a value is refused, and the error.
type refusal struct{ when, err *jen.Statement }

// needsCheck says whether values of s can break it at all, once they have their Go type.
func needsCheck(s *Schema) bool { return checks(s, map[*Schema]bool{}) }

func checks(s *Schema, seen map[*Schema]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	switch {
	case s.Kind == Ref:
		return checks(s.Ref.Schema, seen)
	case s.own(), s.Kind == Union:
		return true
	case s.Kind == Object && s.Additional != nil && len(s.Properties) > 0:
		return true
	case s.Kind == Array && (lengthChecked(s) || s.UniqueItems || s.tuple() && hasGaps(s)):
		return true
	case s.Kind == Array || s.Kind == Object:
		return slices.ContainsFunc(s.children(), func(child *Schema) bool { return checks(child, seen) })
	}
	return checked(s) != "" || len(s.Enum) > 0 || len((&printer{}).refusals(s, "v", path{}, false)) > 0
}

// lengthChecked says whether the Go value of an array may be too long or too short.
func lengthChecked(s *Schema) bool { return len(lengthRefusals(s, "v", path{})) > 0 }

// checked names the function of the runtime that checks the format of s; empty for none.
func checked(s *Schema) string {
	if s.Kind != String {
		return ""
	}
	return map[Format]string{
		DateTime: "CheckTime", Date: "CheckDate", Time: "CheckTimeOfDay", Duration: "CheckDuration",
		IPv4: "CheckIPv4", IPv6: "CheckIPv6", URI: "CheckURI", Email: "CheckEmail",
	}[s.Format]
}

func (pr *printer) printCheck(f *jen.File, s *Schema) {
	if !needsCheck(s) {
		return
	}
	f.Line()
	f.Func().Params(reader(s)).Id("check").Params().Error().BlockFunc(func(g *jen.Group) {
		switch {
		case s.Kind == Ref:
			g.Return(other(s).Dot("check").Call())
			return
		case s.own():
			g.Return(ownCheck(s, path{}, jen.Op("&").Id("v").Dot(s.GoOwn.Name)))
			return
		case s.Kind == Union:
			pr.checkUnion(g, s)
			return
		case s.tuple():
			pr.checkTuple(g, s)
		case s.mapped():
			pr.checkMap(g, s.Additional, "v", path{})
		case s.Kind == Object:
			for _, p := range s.Properties {
				pr.checkField(g, p, path{field: pathElement(p.Name)})
			}
			if s.Additional != nil {
				pr.checkAdditional(g, s)
			}
		case s.Kind == Array:
			pr.checkArray(g, s, "v", path{})
		default:
			pr.checkScalar(g, s, read, path{}, true)
		}
		g.Return(jen.Nil())
	})
}

// checkField prints the checks of a field of a struct.
func (pr *printer) checkField(g *jen.Group, p *Property, at path) {
	s, field := p.Schema, "v."+p.GoName
	switch {
	case p.Fixed != nil, !needsCheck(s):
	case p.Required:
		pr.checkValue(g, s, field, at)
	case nullable(s):
		opt.unbox(g, field, func(g *jen.Group, x string) { pr.checkBoxed(g, s, null, x, at) })
	default:
		pr.checkBoxed(g, s, opt, field, at)
	}
}

// checkBoxed prints the checks of the value in a payload.Opt or a payload.Null.
func (pr *printer) checkBoxed(g *jen.Group, s *Schema, b box, name string, at path) {
	if r, ok := pr.single(s, name+".Value", at); ok {
		g.If(jen.Id(name).Dot(b.flag).Op("&&").Add(r.when)).Block(jen.Return(r.err))
		return
	}
	b.unbox(g, name, func(g *jen.Group, x string) { pr.checkPresent(g, s, x, at) })
}

// unbox prints what happens if there is a value x in a box.
func (b box) unbox(g *jen.Group, name string, body func(g *jen.Group, x string)) *jen.Statement {
	return g.If(jen.Id(name).Dot(b.flag)).BlockFunc(func(g *jen.Group) { body(g, name+".Value") })
}

// single returns the only condition that there is, if there is only one.
func (pr *printer) single(s *Schema, x string, at path) (refusal, bool) {
	var all []refusal
	switch {
	case s.named(), s.own(), checked(s) != "", len(s.Enum) > 0, s.Kind == Object:
	case s.Kind != Array:
		all = pr.refusals(s, x, at, false)
	case !needsCheck(s.Items) && !s.UniqueItems:
		all = lengthRefusals(s, x, at)
	}
	if len(all) != 1 {
		return refusal{}, false
	}
	return all[0], true
}

// checkValue prints what refuses the value of expression x.
func (pr *printer) checkValue(g *jen.Group, s *Schema, x string, at path) {
	if nullable(s) {
		pr.checkBoxed(g, s, null, x, at)
		return
	}
	pr.checkPresent(g, s, x, at)
}

// checkPresent does so for a value that is not null.
func (pr *printer) checkPresent(g *jen.Group, s *Schema, x string, at path) {
	switch {
	case s.named():
		if !needsCheck(s) {
			return
		}
		g.If(jen.Err().Op(":=").Id(x).Dot("check").Call(), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Qual(payloadPath, "In").Call(at.code(), jen.Err())))
	case s.own():
		g.If(jen.Err().Op(":=").Add(ownCheck(s, at, address(x))), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	case s.Kind == Object:
		pr.checkMap(g, s.Additional, x, at)
	case s.Kind == Array:
		pr.checkArray(g, s, x, at)
	default:
		pr.checkScalar(g, s, x, at, false)
	}
}

// address is the address of a value.
func address(x string) *jen.Statement { return jen.Op("&").Id(x) }

// ownCheck asks a type of the user whether it can be written.
func ownCheck(s *Schema, at path, addr *jen.Statement) *jen.Statement {
	if s.Kind == String {
		return jen.Qual(payloadPath, "CheckMarshalText").Call(at.code(), addr)
	}
	return jen.Qual(payloadPath, "CheckMarshal").Call(at.code(), addr)
}

func (pr *printer) checkArray(g *jen.Group, s *Schema, list string, at path) {
	for _, r := range lengthRefusals(s, list, at) {
		g.If(r.when).Block(jen.Return(r.err))
	}
	if needsCheck(s.Items) {
		pr.checkItems(g, s.Items, list, at)
	}
	if s.UniqueItems {
		checkUnique(g, s, list, at)
	}
}

// checkItems prints the checks of the items of a list.
func (pr *printer) checkItems(g *jen.Group, s *Schema, list string, at path) {
	depth := len(at.loops) + 1
	i := numbered("i", depth)
	if s.named() || s.own() || s.Kind == Array || s.Kind == Object || nullable(s) {
		g.For(jen.Id(i).Op(":=").Range().Id(list)).
			BlockFunc(func(g *jen.Group) { pr.checkValue(g, s, list+"["+i+"]", at.in("Item", i)) })
		return
	}
	item := numbered("item", depth)
	g.For(jen.List(jen.Id(i), jen.Id(item)).Op(":=").Range().Id(list)).
		BlockFunc(func(g *jen.Group) { pr.checkValue(g, s, item, at.in("Item", i)) })
}

// checkUnique refuses a list with an item that is there twice.
func checkUnique(g *jen.Group, s *Schema, list string, at path) {
	found := jen.Qual(payloadPath, "Repeated").Call(jen.Id(list))
	if !equatable(s.Items) {
		array := jen.Func().Params(jen.Id("b").Index().Byte()).Index().Byte().BlockFunc(func(g *jen.Group) {
			encodeArray(g, s, list, len(at.loops)+1)
			g.Return(jen.Id("b"))
		}).Call(jen.Nil())
		if s.GoType != "" {
			array = jen.Id("v").Dot(jsonForm.encode).Call(jen.Nil())
		}
		found = jen.Qual(payloadPath, "RepeatedItem").Call(array)
	}
	refuseRepeated(g, found, at)
}

func refuseRepeated(g *jen.Group, found *jen.Statement, at path) {
	g.If(jen.Id("again").Op(":=").Add(found), jen.Id("again").Op(">=").Id("0")).
		Block(jen.Return(jen.Qual(payloadPath, "Repeats").Call(at.code(), jen.Id("again"))))
}

// checkMap prints the checks of the values of a map.
func (pr *printer) checkMap(g *jen.Group, s *Schema, m string, at path) {
	if !needsCheck(s) {
		return
	}
	depth := len(at.loops) + 1
	key, item := numbered("key", depth), numbered("item", depth)
	g.For(jen.List(jen.Id(key), jen.Id(item)).Op(":=").Range().Id(m)).
		BlockFunc(func(g *jen.Group) { pr.checkValue(g, s, item, at.in("Key", key)) })
}

// checkAdditional prints the checks of the fields that have no name in the spec. Their names must be others.
func (pr *printer) checkAdditional(g *jen.Group, s *Schema) {
	field := "v." + s.AdditionalGoName
	if len(s.Properties) > 0 {
		g.For(jen.Id("key").Op(":=").Range().Id(field)).Block(jen.Switch(jen.Id("key")).Block(
			jen.CaseFunc(func(g *jen.Group) {
				for _, p := range s.Properties {
					g.Add(quote(p.Name))
				}
			}).Block(jen.Return(jen.Qual(payloadPath, "Reserved").Call(jen.Lit(""), jen.Id("key")))),
		))
	}
	pr.checkMap(g, s.Additional, field, path{})
}

// lengthRefusals lists the conditions of an array's length.
func lengthRefusals(s *Schema, list string, at path) []refusal {
	var all []refusal
	for _, bound := range []struct {
		n        *int
		op, name string
	}{{s.MinItems, "<", "Fewer"}, {s.MaxItems, ">", "Exceeds"}} {
		if bound.n == nil || bound.op == "<" && *bound.n <= 0 || s.tuple() {
			continue
		}
		n := strconv.Itoa(*bound.n)
		all = append(all, refusal{
			when: jen.Len(jen.Id(list)).Op(bound.op).Id(n),
			err:  jen.Qual(payloadPath, bound.name).Call(at.code(), jen.Len(jen.Id(list)), jen.Id(n)),
		})
	}
	return all
}
