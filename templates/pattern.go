package templates

import (
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// patternName is the name of the function that matches a regular expression of the spec.
func (pr *printer) patternName(pattern string) string {
	return "pattern" + strconv.Itoa(slices.Index(pr.patterns, pattern)+1)
}

// printPatterns prints one function for each regular expression.
func (pr *printer) printPatterns(f *jen.File) {
	for i, pattern := range pr.patterns {
		name := "pattern" + strconv.Itoa(i+1)
		class, ok := classPattern(pattern)
		if !ok {
			f.Add(doc(name + " matches a pattern of the spec."))
			f.Var().Id(name).Op("=").Qual("regexp", "MustCompile").Call(quote(pattern)).Dot("MatchString")
			continue
		}
		f.Add(doc(name + " matches " + oneLine(pattern) + "."))
		f.Func().Id(name).Params(jen.Id("s").String()).Bool().BlockFunc(func(g *jen.Group) { class.print(g) })
	}
}

// class is a regular expression of the form ^[a-z0-9]{2,5}$, which a loop over bytes decides: most patterns of ids are
// of this form, and package regexp takes ten times as long.
type class struct {
	ranges         []rune // pairs of the first and the last, as in regexp/syntax; ASCII only
	least, longest int    // how many characters; longest is -1 for no limit
}

// classPattern returns the class that a pattern is, if it is one.
func classPattern(pattern string) (class, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) != 3 ||
		re.Sub[0].Op != syntax.OpBeginText || re.Sub[2].Op != syntax.OpEndText {
		return class{}, false
	}
	c := class{least: 1, longest: 1}
	set := re.Sub[1]
	switch set.Op {
	case syntax.OpStar:
		c.least, c.longest = 0, -1
	case syntax.OpPlus:
		c.longest = -1
	case syntax.OpRepeat:
		c.least, c.longest = set.Min, set.Max
	}
	if set.Op != syntax.OpCharClass && len(set.Sub) == 1 {
		set = set.Sub[0]
	}
	if set.Op != syntax.OpCharClass || set.Rune[len(set.Rune)-1] > 0x7E || set.Rune[0] < ' ' {
		return class{}, false
	}
	c.ranges = set.Rune
	return c, true
}

func (c class) print(g *jen.Group) {
	length := func(op string, n int) *jen.Statement {
		return jen.Len(jen.Id("s")).Op(op).Id(strconv.Itoa(n))
	}
	var wrong *jen.Statement
	switch {
	case c.least == c.longest:
		wrong = length("!=", c.least)
	case c.longest >= 0 && c.least > 0:
		wrong = length("<", c.least).Op("||").Add(length(">", c.longest))
	case c.longest >= 0:
		wrong = length(">", c.longest)
	case c.least > 0:
		wrong = length("<", c.least)
	}
	if wrong != nil {
		g.If(wrong).Block(jen.Return(jen.False()))
	}
	g.For(jen.Id("i").Op(":=").Range().Len(jen.Id("s"))).Block(
		jen.Switch(jen.Id("c").Op(":=").Id("s").Index(jen.Id("i")), jen.Empty()).Block(
			jen.CaseFunc(func(g *jen.Group) {
				for i := 0; i < len(c.ranges); i += 2 {
					first, last := jen.LitRune(c.ranges[i]), jen.LitRune(c.ranges[i+1])
					if c.ranges[i] == c.ranges[i+1] {
						g.Id("c").Op("==").Add(first)
					} else {
						g.Add(first).Op("<=").Id("c").Op("&&").Id("c").Op("<=").Add(last)
					}
				}
			}),
			jen.Default().Block(jen.Return(jen.False())),
		),
	)
	g.Return(jen.True())
}
