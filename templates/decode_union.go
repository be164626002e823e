package templates

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// union reads the variant that a value fits: the text of a property tells, or the kind of the value, or else each
// variant is tried.
func (d decoder) union(g *jen.Group, s *Schema) {
	g.Id("*v").Op("=").Id(s.GoType).Values()
	kinds := kindsOf(s)
	switch {
	case s.Discriminator != "":
		d.byText(g, s)
	case kinds != nil:
		d.byKind(g, s, kinds)
	default:
		d.byTrial(g, s)
	}
}

// variant reads a variant that is the right one.
func (d decoder) variant(g *jen.Group, v *Variant) {
	g.Var().Id("x").Add(variantType(v))
	g.Id("x").Dot(d.decode).Call(jen.Id("d"))
	g.Id("v.Value").Op("=").Id("x")
}

func (d decoder) byText(g *jen.Group, s *Schema) {
	g.Switch(jen.Id("text").Op(":=").Id("d.Discriminator").Call(quote(s.Discriminator)), jen.String().Call(jen.Id("text"))).
		BlockFunc(func(g *jen.Group) {
			var all []jen.Code
			for _, v := range s.Variants {
				texts := quotes(v.Values)
				all = append(all, quotes(v.Values)...)
				g.Case(texts...).BlockFunc(func(g *jen.Group) { d.variant(g, v) })
			}
			g.Default().Block(jen.Id("d.NoVariant").Call(append([]jen.Code{quote(s.Discriminator), jen.Id("text")}, all...)...))
		})
}

func quotes(texts []string) []jen.Code {
	var list []jen.Code
	for _, t := range texts {
		list = append(list, quote(t))
	}
	return list
}

func (d decoder) byKind(g *jen.Group, s *Schema, kinds []string) {
	g.Switch(jen.Id("d.Kind").Call()).BlockFunc(func(g *jen.Group) {
		var wanted []string
		for i, v := range s.Variants {
			wanted = append(wanted, kindWords[kinds[i]])
			g.Case(jen.Qual(payloadPath, kinds[i])).BlockFunc(func(g *jen.Group) { d.variant(g, v) })
		}
		last := len(wanted) - 1
		want := strings.Join(wanted[:last], ", ") + " or " + wanted[last]
		g.Default().Block(jen.Id("d.Mismatch").Call(jen.Lit(want)))
	})
}

func (d decoder) byTrial(g *jen.Group, s *Schema) {
	begin := "d.OneOf"
	if s.AnyOf {
		begin = "d.AnyOf"
	}
	g.Id("u").Op(":=").Id(begin).Call(variantNames(s)...)
	inner := jen.Id("d")
	if d.form != jsonForm { // the search is that of the package that the decoders have in common
		inner = jen.Op("&").Id("d.Decoder")
	}
	g.For(jen.Id("u.Next").Call(inner)).Block(jen.Switch(jen.Id("u.Variant")).BlockFunc(func(g *jen.Group) {
		for i, v := range s.Variants {
			check := jen.Nil()
			if needsCheck(v.Schema) {
				check = jen.Id("x.check")
			}
			g.Case(jen.Id(strconv.Itoa(i))).Block(
				jen.Var().Id("x").Add(variantType(v)),
				jen.Id("x").Dot(d.decode).Call(jen.Id("d")),
				jen.If(jen.Id("u.Fits").Call(inner.Clone(), check)).Block(jen.Id("v.Value").Op("=").Id("x")),
			)
		}
	}))
}

// variantType is the Go type of a variant, which is declared.
func variantType(v *Variant) *jen.Statement { return bareType(v.Schema) }

// variantName is its name.
func variantName(v *Variant) string {
	if v.Schema.Kind == Ref {
		return v.Schema.Ref.GoName
	}
	return v.Schema.GoType
}

// variantNames lists the names of all variants, as literals.
func variantNames(s *Schema) []jen.Code {
	var list []jen.Code
	for _, v := range s.Variants {
		list = append(list, jen.Lit(variantName(v)))
	}
	return list
}

// kindsOf returns the runtime's name of each variant's kind, nil unless all differ.
func kindsOf(s *Schema) []string {
	var list []string
	seen := map[string]bool{}
	for _, v := range s.Variants {
		kind := kindNames[v.Schema.resolve().Kind]
		if kind == "" || seen[kind] {
			return nil
		}
		seen[kind] = true
		list = append(list, kind)
	}
	return list
}

// kindNames are those of the runtime; a union in a union, and any JSON, have none.
var kindNames = map[Kind]string{
	Object: "KindObject", Array: "KindArray", String: "KindString", Integer: "KindNumber", Number: "KindNumber", Boolean: "KindBoolean",
}

// kindWords are their names in errors.
var kindWords = map[string]string{
	"KindObject": "an object", "KindArray": "an array", "KindString": "a string", "KindNumber": "a number", "KindBoolean": "true or false",
}

// tuple reads an array whose first items have a schema each.
func (d decoder) tuple(g *jen.Group, s *Schema) {
	g.Id("*v").Op("=").Id(s.GoType).Values()
	least, most := tupleBounds(s)
	g.Id("n").Op(":=").Id("0")
	eachItem(g, func(g *jen.Group) {
		if most >= 0 {
			g.Id("d.AtMost").Call(jen.Id(strconv.Itoa(most)), jen.Id("n"))
		}
		g.Switch(jen.Id("n")).BlockFunc(func(g *jen.Group) {
			for i, p := range s.PrefixItems {
				g.Case(jen.Id(strconv.Itoa(i))).BlockFunc(func(g *jen.Group) { d.field(g, p) })
			}
			switch {
			case s.Items != nil:
				g.Default().BlockFunc(func(g *jen.Group) { d.item(g, s.Items, "v."+s.RestGoName, 1) })
			case most < 0 || most > len(s.PrefixItems):
				g.Default().Block(jen.Id("d.SkipValue").Call())
			}
		})
		g.Id("n").Op("++")
	})
	if least > 0 {
		g.Id("d.AtLeast").Call(jen.Id(strconv.Itoa(least)), jen.Id("n"))
	}
}

// tupleBounds returns how many items a tuple has; most is -1 for any number.
func tupleBounds(s *Schema) (least, most int) {
	for i, p := range s.PrefixItems {
		if p.Required {
			least = i + 1
		}
	}
	if s.MinItems != nil {
		least = max(least, *s.MinItems)
	}
	most = -1
	if s.MaxItems != nil {
		most = *s.MaxItems
	}
	if s.Closed && (most < 0 || most > len(s.PrefixItems)) {
		most = len(s.PrefixItems)
	}
	return least, most
}
