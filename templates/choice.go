package templates

import "github.com/dave/jennifer/jen"

// cases returns the payloads of a direction: those of a choice, or the one that it has, in a case without a name. A
// direction that is nil has none.
func (d *Direction) cases() []*Case {
	switch {
	case d == nil:
		return nil
	case d.Choice != nil:
		return d.Choice.Cases
	}
	return []*Case{{Payload: d.Payload}}
}

// what says in words what tells the payloads apart.
func (c *Choice) what() string {
	switch c.By {
	case ByContentType:
		return "content type"
	case ByUserProperty:
		return "user property " + oneLine(c.Key)
	}
	return "field " + oneLine(c.Key)
}

// clears says whether clients may clear retained messages of the topic.
func (t *Topic) clears() bool { return t.Publish != nil && t.Publish.Retain != RetainForbidden }

// message is the name of the type of messages of a case.
func (t *Topic) message(c *Case) string { return t.GoName + c.GoName + "Message" }

// printChoose prints the method that finds the case of a message.
func (pr *printer) printChoose(f *jen.File, t *Topic) {
	choice := t.Publish.Choice
	f.Line()
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("handle"+t.GoName).
		Params(ctx(), message(), jen.Id("p").Op("*").Id("params")).Error().BlockFunc(func(g *jen.Group) {
		if t.clears() {
			pr.clearing(g, t, func(g *jen.Group) jen.Code {
				g.Var().Id("t").Id(t.GoName + "Topic")
				fail(g, jen.Id("t.set").Call(jen.Id("p")), "badName")
				return jen.Id("t")
			})
		}
		switch choice.By {
		case ByContentType:
			g.Id("value").Op(":=").Id("in.Properties.ContentType")
		case ByUserProperty:
			g.Id("value").Op(":=").Add(pr.use("userProperty")).Call(jen.Id("in"), quote(choice.Key))
		case ByField:
			g.List(jen.Id("value"), jen.Err()).Op(":=").Qual(payloadPath, "FieldText").Call(jen.Id("in.Raw"), quote(choice.Key))
			g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id("badPayload").Call(jen.Err())))
		}
		text := jen.Id("value")
		if choice.By == ByField {
			text = jen.String().Call(text)
		}
		g.Switch(text).BlockFunc(func(g *jen.Group) {
			for _, c := range choice.Cases {
				g.Case(quote(c.Value)).Block(jen.Return(
					jen.Id("c.handle"+t.GoName+c.GoName).Call(jen.Id("ctx"), jen.Id("in"), jen.Id("p"))))
			}
		})
		g.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, "PayloadFormatInvalid"),
			jen.Lit("the %s %q is none of this topic"), quote(choice.what()), jen.Id("value")))
	})
}

// printUserProperty prints what finds a user property.
func printUserProperty(f *jen.File) {
	f.Add(doc("userProperty returns the first user property of a name, empty without one."))
	f.Func().Id("userProperty").Params(message(), jen.Id("key").String()).String().Block(
		jen.For(jen.List(jen.Id("_"), jen.Id("u")).Op(":=").Range().Id("in.Properties.User")).Block(
			jen.If(jen.Id("u.Key").Op("==").Id("key")).Block(jen.Return(jen.Id("u.Value"))),
		),
		jen.Return(jen.Lit("")),
	)
}

// choosing is the option with which a message of a case is published; nil for none.
func (c *Choice) choosing(one *Case) *jen.Statement {
	if c == nil {
		return nil
	}
	switch c.By {
	case ByContentType:
		return jen.Qual(mqttxPath, "WithContentType").Call(quote(one.Value))
	case ByUserProperty:
		return jen.Qual(mqttxPath, "WithUserProperty").Call(quote(c.Key), quote(one.Value))
	}
	return nil
}

// printCased prints the payload of a case that a field tells.
func printCased(f *jen.File) {
	f.Add(doc("cased is a payload whose field must have a value."))
	f.Type().Id("cased").Struct(jen.Id("payload").Id("appender"), jen.List(jen.Id("field"), jen.Id("value")).String())
	f.Add(doc("AppendPayload appends the payload, if its field has the value."))
	f.Func().Params(jen.Id("v").Id("cased")).Id("AppendPayload").Params(jen.Id("b").Index().Byte()).
		Params(jen.Index().Byte(), jen.Error()).Block(
		jen.List(jen.Id("out"), jen.Err()).Op(":=").Id("v.payload.AppendPayload").Call(jen.Id("b")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.List(jen.Id("text"), jen.Err()).Op(":=").Qual(payloadPath, "FieldText").
			Call(jen.Id("out").Index(jen.Len(jen.Id("b")).Op(":")), jen.Id("v.field")),
		jen.If(jen.Err().Op("==").Nil().Op("&&").String().Call(jen.Id("text")).Op("!=").Id("v.value")).Block(
			jen.Err().Op("=").Qual("fmt", "Errorf").Call(jen.Lit("%s: is %q; this method is for %q"), jen.Id("v.field"), jen.Id("text"), jen.Id("v.value"))),
		jen.Return(jen.Id("out"), jen.Err()),
	)
}
