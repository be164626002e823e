package templates

import (
	"math/big"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// path is where a value lies below the value that is checked: a field, and the loop variables of arrays in it.
type path struct {
	field string
	loops []string
}

// code is the expression of the path.
func (p path) code() *jen.Statement {
	s := jen.Lit(p.field)
	for _, i := range p.loops {
		s = jen.Qual(payloadPath, "Item").Call(s, jen.Id(i))
	}
	return s
}

func (p path) item(loop string) path {
	return path{p.field, append(append([]string(nil), p.loops...), loop)}
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
	switch s.Kind {
	case Ref:
		return checks(s.Ref.Schema, seen)
	case Object:
		for _, p := range s.Properties {
			if checks(p.Schema, seen) {
				return true
			}
		}
		return false
	case Array:
		return s.MinItems != nil || s.MaxItems != nil || checks(s.Items, seen)
	}
	return checked(s) != "" || len(s.Enum) > 0 || len((&printer{}).refusals(s, "v", path{}, false)) > 0
}

// checked names the function of the runtime that checks the format of s; empty for none.
func checked(s *Schema) string {
	switch {
	case s.Kind == String && s.Format == DateTime:
		return "CheckTime"
	case s.Kind == String && s.Format == Date:
		return "CheckDate"
	}
	return ""
}

func (pr *printer) printCheck(f *jen.File, s *Schema) {
	if !needsCheck(s) {
		return
	}
	f.Line()
	f.Func().Params(receiver(s)).Id("check").Params().Error().BlockFunc(func(g *jen.Group) {
		switch s.Kind {
		case Object:
			for _, p := range s.Properties {
				pr.checkField(g, p)
			}
		case Array:
			pr.checkArray(g, s, "v", path{})
		default:
			pr.checkScalar(g, s, "v", path{}, true)
		}
		g.Return(jen.Nil())
	})
}

func (pr *printer) checkField(g *jen.Group, p *Property) {
	s, at := p.Schema, path{field: pathElement(p.Name)}
	if !needsCheck(s) {
		return
	}
	if p.Required {
		pr.checkValue(g, s, "v."+p.GoName, at)
		return
	}
	opt := func() *jen.Statement { return jen.Id("v." + p.GoName) }
	if object(s) {
		g.If(jen.Id("x").Op(":=").Add(opt()).Dot("Ptr").Call(), jen.Id("x").Op("!=").Nil()).
			BlockFunc(func(g *jen.Group) { pr.checkValue(g, s, "x", at) })
		return
	}
	get := jen.List(jen.Id("x"), jen.Id("ok")).Op(":=").Add(opt()).Dot("Get").Call()
	if r, ok := pr.single(s, "x", at); ok {
		g.If(get, jen.Id("ok").Op("&&").Add(r.when)).Block(jen.Return(r.err))
		return
	}
	g.If(get, jen.Id("ok")).BlockFunc(func(g *jen.Group) { pr.checkValue(g, s, "x", at) })
}

// single returns the only condition that there is, if there is only one.
func (pr *printer) single(s *Schema, x string, at path) (refusal, bool) {
	var all []refusal
	switch {
	case s.Kind == Ref, s.GoType != "", checked(s) != "", len(s.Enum) > 0:
	case s.Kind != Array:
		all = pr.refusals(s, x, at, false)
	case !needsCheck(s.Items):
		all = lengthRefusals(s, x, at)
	}
	if len(all) != 1 {
		return refusal{}, false
	}
	return all[0], true
}

// checkValue prints what refuses the value of expression x.
func (pr *printer) checkValue(g *jen.Group, s *Schema, x string, at path) {
	switch {
	case !needsCheck(s):
	case s.Kind == Ref || s.GoType != "":
		g.If(jen.Err().Op(":=").Id(x).Dot("check").Call(), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Qual(payloadPath, "In").Call(at.code(), jen.Err())))
	case s.Kind == Array:
		pr.checkArray(g, s, x, at)
	default:
		pr.checkScalar(g, s, x, at, false)
	}
}

func (pr *printer) checkArray(g *jen.Group, s *Schema, list string, at path) {
	for _, r := range lengthRefusals(s, list, at) {
		g.If(r.when).Block(jen.Return(r.err))
	}
	if !needsCheck(s.Items) {
		return
	}
	depth := len(at.loops) + 1
	i := numbered("i", depth)
	if s.Items.Kind == Ref || s.Items.GoType != "" || s.Items.Kind == Array {
		g.For(jen.Id(i).Op(":=").Range().Id(list)).
			BlockFunc(func(g *jen.Group) { pr.checkValue(g, s.Items, list+"["+i+"]", at.item(i)) })
		return
	}
	item := numbered("item", depth)
	g.For(jen.List(jen.Id(i), jen.Id(item)).Op(":=").Range().Id(list)).
		BlockFunc(func(g *jen.Group) { pr.checkValue(g, s.Items, item, at.item(i)) })
}

// lengthRefusals lists the conditions of an array's length.
func lengthRefusals(s *Schema, list string, at path) []refusal {
	var all []refusal
	for _, bound := range []struct {
		n        *int
		op, name string
	}{{s.MinItems, "<", "Fewer"}, {s.MaxItems, ">", "Exceeds"}} {
		if bound.n == nil || bound.op == "<" && *bound.n <= 0 {
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

// checkScalar prints the conditions of a scalar; named says that its type is declared.
func (pr *printer) checkScalar(g *jen.Group, s *Schema, x string, at path, named bool) {
	if name := checked(s); name != "" {
		value := jen.Id(x)
		if named {
			value = plainType(s).Call(jen.Id(x))
		}
		g.If(jen.Err().Op(":=").Qual(payloadPath, name).Call(at.code(), value), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Err()))
		return
	}
	if len(s.Enum) > 0 {
		checkEnum(g, s, x, at)
		return
	}
	switch all := pr.refusals(s, x, at, named); len(all) {
	case 0:
	case 1:
		g.If(all[0].when).Block(jen.Return(all[0].err))
	default:
		g.Switch().BlockFunc(func(g *jen.Group) {
			for _, r := range all {
				g.Case(r.when).Block(jen.Return(r.err))
			}
		})
	}
}

// checkEnum refuses a value that is not listed.
func checkEnum(g *jen.Group, s *Schema, x string, at path) {
	g.Switch(jen.Id(x)).Block(
		jen.CaseFunc(func(g *jen.Group) {
			for _, v := range s.Enum {
				if s.GoType != "" {
					g.Id(v.GoName)
				} else {
					g.Add(literal(s, v.Text))
				}
			}
		}),
		jen.Default().Block(jen.Return(jen.Qual(payloadPath, "NotOneOf").CallFunc(func(g *jen.Group) {
			g.Add(at.code())
			g.Id(x)
			for _, v := range s.Enum {
				g.Add(shown(s, v.Text))
			}
		}))),
	)
}

// shown prints the literal that stands for a value in an error.
func shown(s *Schema, text string) *jen.Statement {
	if s.Kind == String {
		return quote(strconv.Quote(text))
	}
	return jen.Lit(text)
}

// refusals lists the conditions of a scalar that is no enumeration; named says that its type is declared.
func (pr *printer) refusals(s *Schema, x string, at path, named bool) []refusal {
	switch s.Kind {
	case Number, Integer:
		return numberRefusals(s, x, at)
	case Boolean:
		if s.Const == nil {
			return nil
		}
		when := jen.Id(x)
		if s.Const.Text == "true" {
			when = jen.Op("!").Id(x)
		}
		return []refusal{{when, refuse("NotConst", at, x, jen.Lit(s.Const.Text))}}
	case String:
		if s.Format == NoFormat {
			return pr.textRefusals(s, x, at, named)
		}
	}
	return nil
}

// refuse is the call of the runtime that makes an error.
func refuse(name string, at path, x string, more ...jen.Code) *jen.Statement {
	return jen.Qual(payloadPath, name).Call(append([]jen.Code{at.code(), jen.Id(x)}, more...)...)
}

func numberRefusals(s *Schema, x string, at path) []refusal {
	var list []refusal
	if s.Kind == Number {
		list = append(list, refusal{jen.Op("!").Qual(payloadPath, "Finite").Call(jen.Id(x)), refuse("NotFinite", at, x)})
	}
	for _, bound := range []struct {
		*Bound
		op, name                   string
		exclusiveOp, exclusiveName string
	}{{s.Minimum, "<", "Less", "<=", "NotMore"}, {s.Maximum, ">", "More", ">=", "NotLess"}} {
		if bound.Bound == nil || implied(s, bound.Bound, bound.op) {
			continue
		}
		op, name := bound.op, bound.name
		if bound.Exclusive {
			op, name = bound.exclusiveOp, bound.exclusiveName
		}
		list = append(list, refusal{compare(s, x, op, bound.Text), refuse(name, at, x, jen.Lit(bound.Text))})
	}
	if s.Const != nil {
		list = append(list, refusal{compare(s, x, "!=", s.Const.Text), refuse("NotConst", at, x, jen.Lit(s.Const.Text))})
	}
	return list
}

// compare compares with a number of the spec, which a float32 may not be able to hold.
func compare(s *Schema, x, op, number string) *jen.Statement {
	value := jen.Id(x)
	if f, _, err := big.ParseFloat(number, 10, 64, big.ToNearestEven); s.Format == Float && err == nil {
		if small, _ := f.Float32(); small == 0 && f.Sign() != 0 || f.IsInf() || isInf(small) {
			value = jen.Id("float64").Call(value)
		}
	}
	return value.Op(op).Id(number)
}

func isInf(f float32) bool { return f-f != 0 }

// implied says whether the Go type of an integer keeps a bound by itself: comparing would be found useless.
func implied(s *Schema, b *Bound, op string) bool {
	low, high := "-9223372036854775808", "9223372036854775807"
	switch {
	case s.Kind != Integer || b.Exclusive:
		return false
	case s.Format == Int32:
		low, high = "-2147483648", "2147483647"
	case s.Format == Uint32:
		low, high = "0", "4294967295"
	case s.Format == Uint64:
		low, high = "0", "18446744073709551615"
	}
	limit := low
	if op == ">" {
		limit = high
	}
	n, ok := new(big.Int).SetString(b.Text, 10)
	m, _ := new(big.Int).SetString(limit, 10)
	return ok && (op == "<" && n.Cmp(m) <= 0 || op == ">" && n.Cmp(m) >= 0)
}

func (pr *printer) textRefusals(s *Schema, x string, at path, named bool) []refusal {
	text := func() *jen.Statement {
		if named {
			return jen.String().Call(jen.Id(x))
		}
		return jen.Id(x)
	}
	length := func(op string, n int) *jen.Statement {
		return jen.Qual("unicode/utf8", "RuneCountInString").Call(text()).Op(op).Id(strconv.Itoa(n))
	}
	var list []refusal
	if s.MinLength != nil && *s.MinLength > 0 {
		short := length("<", *s.MinLength)
		if *s.MinLength == 1 {
			short = jen.Id(x).Op("==").Lit("")
		}
		list = append(list, refusal{short, refuse("Shorter", at, x, jen.Id(strconv.Itoa(*s.MinLength)))})
	}
	if s.MaxLength != nil {
		list = append(list, refusal{length(">", *s.MaxLength), refuse("Longer", at, x, jen.Id(strconv.Itoa(*s.MaxLength)))})
	}
	if s.Pattern != "" {
		when := jen.Op("!").Id(pr.patternName(s.Pattern)).Call(text())
		list = append(list, refusal{when, refuse("NoMatch", at, x, quote(s.Pattern))})
	}
	if s.Const != nil {
		list = append(list, refusal{jen.Id(x).Op("!=").Add(quote(s.Const.Text)), refuse("NotConst", at, x, shown(s, s.Const.Text))})
	}
	return list
}
