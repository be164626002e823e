package templates

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// checkUnion prints the checks of whichever variant there is.
func (pr *printer) checkUnion(g *jen.Group, s *Schema) {
	uses := slices.ContainsFunc(s.Variants, func(v *Variant) bool {
		return needsCheck(v.Schema) || tag(s, v) != nil
	})
	value := jen.Id("v.Value").Assert(jen.Type())
	if uses {
		value = jen.Id("x").Op(":=").Add(value)
	}
	g.Switch(value).BlockFunc(func(g *jen.Group) {
		for _, v := range s.Variants {
			g.Case(variantType(v)).BlockFunc(func(g *jen.Group) {
				if p := tag(s, v); p != nil {
					checkEnum(g, &Schema{Kind: String, Enum: enumOf(v.Values)}, "x."+p.GoName, path{field: pathElement(p.Name)})
				}
				if needsCheck(v.Schema) {
					g.Return(jen.Id("x.check").Call())
				} else {
					g.Return(jen.Nil())
				}
			})
		}
	})
	g.Return(jen.Qual(payloadPath, "NotVariant").Call(append([]jen.Code{jen.Lit("")}, variantNames(s)...)...))
}

// tag returns the property of a variant that tells which it is, unless its own schema makes sure that it does.
func tag(s *Schema, v *Variant) *Property {
	if s.Discriminator == "" {
		return nil
	}
	for _, p := range v.Schema.resolve().Properties {
		if p.Name != s.Discriminator || !p.Required || p.Fixed != nil {
			continue
		}
		of := p.Schema.resolve()
		if of.Const != nil && slices.Contains(v.Values, of.Const.Text) {
			return nil
		}
		if len(of.Enum) > 0 && !slices.ContainsFunc(of.Enum, func(e *EnumValue) bool { return !slices.Contains(v.Values, e.Text) }) {
			return nil
		}
		return p
	}
	return nil
}

func enumOf(texts []string) []*EnumValue {
	var list []*EnumValue
	for _, t := range texts {
		list = append(list, &EnumValue{Literal: Literal{Text: t}})
	}
	return list
}

// checkTuple prints the checks of the items of a tuple, and of how many there are.
func (pr *printer) checkTuple(g *jen.Group, s *Schema) {
	for i, p := range s.PrefixItems {
		if gap := gapBefore(s, i); gap != "" {
			g.If(jen.Id("v." + p.GoName).Dot(opt.flag).Op("&&").Add(unset(gap))).Block(missingItem(i - 1))
		}
		pr.checkField(g, p, path{field: itemPath(i)})
	}
	if s.Items != nil {
		pr.checkRest(g, s)
	}
	if s.UniqueItems {
		array := jen.Id("v").Dot(jsonForm.encode).Call(jen.Nil())
		refuseRepeated(g, jen.Qual(payloadPath, "RepeatedItem").Call(array), path{})
	}
}

// checkRest prints the checks of the items that have no field of their own.
func (pr *printer) checkRest(g *jen.Group, s *Schema) {
	rest, first := "v."+s.RestGoName, len(s.PrefixItems)
	if gap := gapBefore(s, first); gap != "" {
		g.If(jen.Len(jen.Id(rest)).Op(">").Id("0").Op("&&").Add(unset(gap))).Block(missingItem(first - 1))
	}
	n := func() *jen.Statement { return jen.Len(jen.Id(rest)).Op("+").Id(strconv.Itoa(first)) }
	if s.MinItems != nil && *s.MinItems > first {
		least := strconv.Itoa(*s.MinItems)
		g.If(n().Op("<").Id(least)).Block(jen.Return(jen.Qual(payloadPath, "Fewer").Call(jen.Lit(""), n(), jen.Id(least))))
	}
	if s.MaxItems != nil && *s.MaxItems >= first {
		most := strconv.Itoa(*s.MaxItems)
		g.If(n().Op(">").Id(most)).Block(jen.Return(jen.Qual(payloadPath, "Exceeds").Call(jen.Lit(""), n(), jen.Id(most))))
	}
	if !needsCheck(s.Items) {
		return
	}
	g.For(jen.Id("i").Op(":=").Range().Id(rest)).BlockFunc(func(g *jen.Group) {
		at := path{loops: []loop{{"Item", "i+" + strconv.Itoa(first)}}}
		pr.checkValue(g, s.Items, rest+"[i]", at)
	})
}

// hasGaps says whether a field of a tuple may be set though one before it is not, or there may be too few items.
func hasGaps(s *Schema) bool {
	for i := range s.PrefixItems {
		if gapBefore(s, i) != "" {
			return true
		}
	}
	return s.Items != nil && (gapBefore(s, len(s.PrefixItems)) != "" || s.MinItems != nil || s.MaxItems != nil)
}

// gapBefore returns the field before item i of a tuple, if it may be missing.
func gapBefore(s *Schema, i int) string {
	if i == 0 || s.PrefixItems[i-1].Required {
		return ""
	}
	return "v." + s.PrefixItems[i-1].GoName
}

func unset(field string) *jen.Statement { return jen.Op("!").Id(field).Dot(opt.flag) }

func missingItem(i int) *jen.Statement {
	return jen.Return(jen.Qual(payloadPath, "Missing").Call(jen.Lit(itemPath(i))))
}

func itemPath(i int) string { return "[" + strconv.Itoa(i) + "]" }
