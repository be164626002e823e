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

// chooses says whether clients publish one of several payloads to any topic.
func (pr *printer) chooses() bool {
	for _, t := range pr.Topics {
		if t.Publish != nil && t.Publish.Choice != nil {
			return true
		}
	}
	return false
}

// rule is what tells the payloads apart, in the table of topics.
func (c *Choice) rule() *jen.Statement {
	by := map[ChoiceBy]string{ByContentType: "contentType", ByUserProperty: "userProperty", ByField: "field"}[c.By]
	return jen.Op("&").Id("choice").ValuesFunc(func(g *jen.Group) {
		g.Id("by").Op(":").Id(by)
		if c.By != ByContentType {
			g.Id("key").Op(":").Add(quote(c.Key))
		}
		g.Id("what").Op(":").Add(quote(c.what()))
		g.Id("values").Op(":").Index().String().ValuesFunc(func(g *jen.Group) {
			for _, one := range c.Cases {
				g.Add(quote(one.Value))
			}
		})
	})
}

// printChoice prints what finds the case of a message.
func (pr *printer) printChoice(f *jen.File) {
	f.Add(doc("choice tells the payloads of a topic apart."))
	f.Type().Id("choice").Struct(
		jen.Id("by").Func().Params(message(), jen.Id("key").String()).Params(jen.String(), jen.Error()).Comment("// finds the value"),
		jen.Id("key").String(),
		jen.Id("what").String().Comment("// by and key in words"),
		jen.Id("values").Index().String().Comment("// in the order of the cases"),
	)
	f.Add(doc("number returns the number of the case that a message is."))
	f.Func().Params(jen.Id("c").Op("*").Id("choice")).Id("number").Params(message()).Params(jen.Int(), jen.Error()).Block(
		jen.List(jen.Id("value"), jen.Err()).Op(":=").Id("c.by").Call(jen.Id("in"), jen.Id("c.key")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id("0"), jen.Id("badPayload").Call(jen.Err()))),
		jen.If(jen.Id("n").Op(":=").Qual("slices", "Index").Call(jen.Id("c.values"), jen.Id("value")), jen.Id("n").Op(">=").Id("0")).Block(
			jen.Return(jen.Id("n"), jen.Nil())),
		jen.Return(jen.Id("0"), jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, "PayloadFormatInvalid"),
			jen.Lit("the %s %q is none of this topic"), jen.Id("c.what"), jen.Id("value"))),
	)
	used := map[ChoiceBy]bool{}
	for _, t := range pr.Topics {
		if t.Publish != nil && t.Publish.Choice != nil {
			used[t.Publish.Choice.By] = true
		}
	}
	finder := func(name, what string, key *jen.Statement, body ...jen.Code) {
		f.Add(doc(name + " returns " + what))
		f.Func().Id(name).Params(message(), key.String()).Params(jen.String(), jen.Error()).Block(body...)
	}
	if used[ByContentType] {
		finder("contentType", "the Content Type of a message.", jen.Id("_"), jen.Return(jen.Id("in.Properties.ContentType"), jen.Nil()))
	}
	if used[ByUserProperty] {
		finder("userProperty", "the first User Property of a name, empty without one.", jen.Id("key"),
			jen.For(jen.List(jen.Id("_"), jen.Id("u")).Op(":=").Range().Id("in.Properties.User")).Block(
				jen.If(jen.Id("u.Key").Op("==").Id("key")).Block(jen.Return(jen.Id("u.Value"), jen.Nil()))),
			jen.Return(jen.Lit(""), jen.Nil()))
	}
	if used[ByField] {
		finder("field", "the text of a field of a JSON object.", jen.Id("key"),
			jen.List(jen.Id("text"), jen.Err()).Op(":=").Qual(payloadPath, "FieldText").Call(jen.Id("in.Raw"), jen.Id("key")),
			jen.Return(jen.String().Call(jen.Id("text")), jen.Err()))
	}
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
