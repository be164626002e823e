package templates

import (
	"math/big"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// checkScalar prints the conditions of a scalar; named says that its type is declared.
func (pr *printer) checkScalar(g *jen.Group, s *Schema, x string, at path, named bool) {
	if name := checked(s); name != "" {
		value := jen.Id(x)
		if named {
			value = plainType(s).Call(jen.Id(x))
		}
		g.If(jen.Err().Op(":=").Qual(payloadPath, name).Call(at.code(), value), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Err()))
		if s.Format != URI && s.Format != Email {
			return
		}
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
			if s.GoType != "" {
				g.Add(plainType(s).Call(jen.Id(x)))
			} else {
				g.Id(x)
			}
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
		if s.Format == NoFormat || s.Format == URI || s.Format == Email {
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
	if s.MultipleOf != "" {
		list = append(list, refusal{notMultiple(s, x), refuse("NotMultiple", at, x, jen.Lit(s.MultipleOf))})
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

// notMultiple is the condition that x is not a multiple of a number. Integers have an operator for it, if the number is
// one of their type.
func notMultiple(s *Schema, x string) *jen.Statement {
	_, high := integerRange(s)
	n, ok := new(big.Int).SetString(s.MultipleOf, 10)
	if m, _ := new(big.Int).SetString(high, 10); ok && s.Kind == Integer && n.Cmp(m) <= 0 {
		return jen.Id(x).Op("%").Id(s.MultipleOf).Op("!=").Id("0")
	}
	return jen.Op("!").Qual(payloadPath, "IsMultiple").Call(jen.Id(x), jen.Lit(s.MultipleOf))
}

// implied says whether the Go type of an integer keeps a bound by itself: comparing would be found useless.
func implied(s *Schema, b *Bound, op string) bool {
	if s.Kind != Integer || b.Exclusive {
		return false
	}
	low, high := integerRange(s)
	limit := low
	if op == ">" {
		limit = high
	}
	n, ok := new(big.Int).SetString(b.Text, 10)
	m, _ := new(big.Int).SetString(limit, 10)
	return ok && (op == "<" && n.Cmp(m) <= 0 || op == ">" && n.Cmp(m) >= 0)
}

// integerRange returns the least and the largest value of an integer's Go type.
func integerRange(s *Schema) (low, high string) {
	switch s.Format {
	case Int32:
		return "-2147483648", "2147483647"
	case Uint32:
		return "0", "4294967295"
	case Uint64:
		return "0", "18446744073709551615"
	}
	return "-9223372036854775808", "9223372036854775807"
}

func (pr *printer) textRefusals(s *Schema, x string, at path, named bool) []refusal {
	text := func() *jen.Statement {
		if named {
			return jen.String().Call(jen.Id(x))
		}
		return jen.Id(x)
	}
	length := func(op string, n int) *jen.Statement {
		return jen.Qual(payloadPath, "Length").Call(text()).Op(op).Id(strconv.Itoa(n))
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
