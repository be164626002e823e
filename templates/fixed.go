package templates

import "github.com/dave/jennifer/jen"

// A property that can have one value only is no field: these functions print how it is written and read all the same.

// fixedText is the value as JSON.
func fixedText(p *Property) string {
	if p.Schema.resolve().Kind == String {
		return quoteJSON(p.Fixed.Text)
	}
	return p.Fixed.Text
}

// decodeFixed reads the value and refuses every other one.
func decodeFixed(g *jen.Group, p *Property) {
	s := p.Schema.resolve()
	var same *jen.Statement
	switch {
	case s.Kind == String:
		same = jen.String().Call(jen.Id("d.Text").Call()).Op("==").Add(quote(p.Fixed.Text))
	case s.Kind != Boolean:
		same = compare(s, "d."+codecName(s)+"()", "==", p.Fixed.Text)
	case p.Fixed.Text == "true":
		same = scalar(s)
	default:
		same = jen.Op("!").Add(scalar(s))
	}
	g.Id("d.Const").Call(jen.Id("d.Start").Call(), same, shown(s, p.Fixed.Text))
}

// fixed writes the value in a binary form.
func (e binary) fixed(g *jen.Group, p *Property) {
	s := p.Schema.resolve()
	value := jen.Id(p.Fixed.Text)
	name := "Append" + codecName(s)
	switch s.Kind {
	case String:
		e.append(g, "AppendString", quote(p.Fixed.Text))
		return
	case Integer:
		name = "AppendInt"
		if s.Format == Uint32 || s.Format == Uint64 {
			name = "AppendUint"
		}
	}
	if s.Kind != Boolean {
		value = jen.Id(basicType(s)).Call(value)
	}
	e.append(g, name, value)
}
