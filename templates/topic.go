package templates

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// printTopics prints a type for the names of each topic.
func (pr *printer) printTopics(f *jen.File) {
	for _, t := range pr.Topics {
		printTopicType(f, t)
		name := t.GoName + "Topic"
		f.Add(doc("Parse" + name + " takes a name of the topic apart."))
		f.Func().Id("Parse"+name).Params(jen.Id("name").String()).Params(jen.Id("t").Id(name), jen.Err().Error()).Add(oneLiner(
			jen.Err().Op("=").Id("parse").Call(jen.Id("name"), jen.Id(t.constant()), jen.Id("&t")).Op(";").
				Return(jen.Id("t"), jen.Err())))
		pr.printSet(f, t)
		printSlashed(f, t)
		f.Add(doc("String returns the topic name."))
		f.Func().Params(t.receiver()).Id("String").Params().String().Add(oneLiner(jen.Return(t.concat())))
	}
	f.Add(doc("namer is a pointer to a type of topic names."))
	f.Type().Id("namer").Interface(
		jen.Id("String").Params().String(),
		jen.Id("set").Params(jen.Id("p").Id("params")).Error(),
	)
	f.Add(doc("parse takes a name of topic i apart. One that belongs to a topic with a more specific pattern is none of them."))
	f.Func().Id("parse").Params(jen.Id("name").String(), jen.Id("i").Id("index"), jen.Id("t").Id("namer")).Error().Block(
		jen.Var().Id("p").Id("params"),
		jen.If(jen.Op("!").Qual(topicPath, "ValidName").Call(jen.Id("name")).Op("||").
			Id("route").Call(jen.Id("name"), jen.Id("&p")).Op("!=").Id("i")).Block(
			jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("%q is not a name of %s"), jen.Id("name"), jen.Id("rules[i].pattern")))),
		jen.Return(jen.Id("t.set").Call(jen.Id("p"))),
	)
}

// parsed says whether a parameter is not the text that stands in the name.
func (p *Param) parsed() bool { return p.Schema.Kind != String || p.Schema.Format == UUID }

// slashable returns the parameters of a topic whose value, with a slash in it, would make a name that reads as another
// one of the topic: those before a {name...}. Everywhere else such a name has too many levels.
func (t *Topic) slashable() []*Param {
	var list []*Param
	for _, p := range t.Params {
		if p.Schema.Kind == String && p.Schema.Format != UUID && t.Levels[p.Level].Kind == ParamLevel {
			list = append(list, p)
		}
	}
	if t.Levels[len(t.Levels)-1].Kind != RestLevel {
		return nil
	}
	return list
}

// slashes says whether any topic of the package has such parameters, and the server publishes to it.
func (pr *printer) slashes() bool {
	for _, t := range pr.Topics {
		if t.Subscribe != nil && len(t.slashable()) > 0 {
			return true
		}
	}
	return false
}

func printSlashed(f *jen.File, t *Topic) {
	list := t.slashable()
	if len(list) == 0 || t.Subscribe == nil {
		return
	}
	text := jen.Null()
	for i, p := range list {
		if i > 0 {
			text.Op("+")
		}
		text.Id("t." + p.field())
	}
	f.Line()
	f.Func().Params(jen.Id("t").Op("*").Id(t.GoName + "Topic")).Id("slashed").Params().Bool().
		Add(oneLiner(jen.Return(jen.Qual("strings", "Contains").Call(text, jen.Lit("/")))))
}

func printTopicType(f *jen.File, t *Topic) {
	name := t.GoName + "Topic"
	f.Add(doc(about(t.Description, name+" is a name of topic "+t.Name+": "+oneLine(t.Pattern))...))
	f.Type().Id(name).StructFunc(func(g *jen.Group) {
		for _, p := range t.Params {
			lines := paramDoc(p)
			field := jen.Id(p.field()).Add(plainType(p.Schema))
			if text := strings.Join(lines, "; "); text != "" && len(text) <= docWidth*2/3 {
				g.Add(field.Comment(trailing(text)))
				continue
			}
			g.Add(doc(lines...))
			g.Add(field)
		}
	})
}

// paramDoc describes a parameter: what the spec says, its limits, and whom it is bound to.
func paramDoc(p *Param) []string {
	lines := docLines(p.Schema.Description)
	if p.Schema.Format == UUID {
		lines = append(lines, "in lower case in the name")
	}
	if limits := limits(p.Schema); limits != "" {
		lines = append(lines, limits)
	}
	for _, b := range p.Bindings {
		lines = append(lines, "the "+b.describe()+" of clients of "+b.Auth.Name)
	}
	return lines
}

// describe says in words what a credential is.
func (c Credential) describe() string {
	switch c.Source {
	case FromClientID:
		return "client identifier"
	case FromUser:
		return "user name"
	case FromClaim:
		return "claim " + oneLine(c.Field)
	}
	return oneLine(c.Field) + " of the certificate"
}

func (t *Topic) receiver() *jen.Statement {
	if len(t.Params) == 0 {
		return jen.Id(t.GoName + "Topic")
	}
	return jen.Id("t").Id(t.GoName + "Topic")
}

// fromParams is the value of the topic's type, but for parameters that have to be parsed.
func (t *Topic) fromParams() *jen.Statement {
	return jen.Id(t.GoName + "Topic").ValuesFunc(func(g *jen.Group) {
		for i, p := range t.Params {
			if p.Schema.Kind == String && p.Schema.Format != UUID {
				g.Id(p.field()).Op(":").Id("p").Index(jen.Id(strconv.Itoa(i)))
			}
		}
	})
}

// concat is the expression that puts a name together.
func (t *Topic) concat() *jen.Statement {
	var parts []jen.Code
	text := ""
	for i, l := range t.Levels {
		if i > 0 {
			text += "/"
		}
		if l.Kind == LiteralLevel {
			text += l.Text
			continue
		}
		if text != "" {
			parts = append(parts, quote(text))
		}
		text = ""
		parts = append(parts, t.param(i).text())
	}
	if text != "" {
		parts = append(parts, quote(text))
	}
	s := jen.Null()
	for i, part := range parts {
		if i > 0 {
			s.Op("+")
		}
		s.Add(part)
	}
	return s
}

// param returns the parameter at a level.
func (t *Topic) param(level int) *Param {
	for _, p := range t.Params {
		if p.Level == level {
			return p
		}
	}
	panic("templates: topic " + t.Name + " has no parameter for level " + strconv.Itoa(level))
}

// text is a parameter as it stands in a name.
func (p *Param) text() *jen.Statement {
	value := func() *jen.Statement { return jen.Id("t." + p.field()) }
	if p.Schema.Format == UUID {
		return value().Dot("String").Call()
	}
	switch p.Schema.Kind {
	case Boolean:
		return jen.Qual("strconv", "FormatBool").Call(value())
	case Integer:
		function, wide := "FormatInt", "int64"
		if p.Schema.Format == Uint32 || p.Schema.Format == Uint64 {
			function, wide = "FormatUint", "uint64"
		}
		number := value()
		if basicType(p.Schema) != wide {
			number = jen.Id(wide).Call(number)
		}
		return jen.Qual("strconv", function).Call(number, jen.Id("10"))
	}
	return value()
}

// printSet prints the method that takes the parameters of a name.
func (pr *printer) printSet(f *jen.File, t *Topic) {
	result := jen.Error()
	for _, p := range t.Params {
		if s := p.Schema; s.Kind != String || s.Format == UUID {
			result = jen.Params(jen.Err().Error())
		}
	}
	f.Line()
	if len(t.Params) == 0 {
		f.Func().Params(jen.Op("*").Id(t.GoName + "Topic")).Id("set").Params(jen.Id("params")).Error().
			Add(oneLiner(jen.Return(jen.Nil())))
		return
	}
	receiver, params := jen.Id("t").Op("*").Id(t.GoName+"Topic"), jen.Id("p").Id("params")
	if plain := !slices.ContainsFunc(t.Params, func(p *Param) bool { return p.parsed() || needsCheck(p.Schema) }); plain {
		f.Func().Params(receiver).Id("set").Params(params).Add(result).
			Add(oneLiner(jen.Op("*").Id("t").Op("=").Add(t.fromParams()).Op(";").Return(jen.Nil())))
		return
	}
	f.Func().Params(receiver).Id("set").Params(params).Add(result).BlockFunc(func(g *jen.Group) {
		g.Op("*").Id("t").Op("=").Add(t.fromParams())
		for i, p := range t.Params {
			pr.setParam(g, p, jen.Id("p").Index(jen.Id(strconv.Itoa(i))))
		}
		g.Return(jen.Nil())
	})
}

func (pr *printer) setParam(g *jen.Group, p *Param, text *jen.Statement) {
	field, at := "t."+p.field(), path{field: p.Name}
	failed := func(call *jen.Statement) {
		g.If(call, jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	}
	switch {
	case p.Schema.Kind == Integer:
		failed(jen.List(jen.Id(field), jen.Err()).Op("=").Qual(payloadPath, "ParseInteger").
			Types(jen.Id(basicType(p.Schema))).Call(at.code(), text))
	case p.Schema.Kind == Boolean:
		failed(jen.List(jen.Id(field), jen.Err()).Op("=").Qual(payloadPath, "ParseBoolean").Call(at.code(), text))
	case p.Schema.Format == UUID:
		failed(jen.List(jen.Id(field), jen.Err()).Op("=").Qual(payloadPath, "ParseUUIDParam").Call(at.code(), text))
		return
	}
	pr.checkScalar(g, p.Schema, field, at, false)
}
