package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// printHandle prints the way of a message to the method of the Handler, which is one for all topics.
func (pr *printer) printHandle(f *jen.File) {
	f.Add(doc("handle hands a message of topic i to its method."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("handle").
		Params(ctx(), jen.Id("i").Id("index"), message(), jen.Id("p").Op("*").Id("params")).Error().BlockFunc(func(g *jen.Group) {
		fail := func(call *jen.Statement, answer string) {
			g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id(answer).Call(jen.Err())))
		}
		if pr.clears() {
			g.Id("clears").Op(":=").Id("in.Retain").Op("&&").Len(jen.Id("in.Raw")).Op("==").Id("0")
		}
		number := jen.Id("0")
		if pr.chooses() {
			number = jen.Id("n")
			pr.chooseCase(g)
		}
		g.Id("m").Op(":=").Id("c.message").Call(jen.Id("i"), number)
		g.Defer().Id("m.reset").Call()
		g.List(jen.Id("head"), jen.Id("name")).Op(":=").Id("m.head").Call()
		g.Op("*").Id("head").Op("=").Op("*").Id("in")
		fail(jen.Id("name.set").Call(jen.Op("*").Id("p")), "badName")
		checks := func() *jen.Statement { return jen.If(jen.Id("c.checks")).Block(jen.Return(jen.Nil())) }
		if pr.clears() {
			g.If(jen.Id("clears")).Block(checks(), jen.Return(handled(jen.Id("m").Assert(jen.Id("clearer")).Dot("clear").Call(jen.Id("ctx"), jen.Id("c.handler")))))
		}
		if pr.decodes() {
			fail(jen.Id("m.decode").Call(jen.Id("in.Raw")), "badPayload")
		}
		g.Add(checks())
		if pr.requests() {
			g.If(jen.Id("rules[i].answers").Op("&&").Id("c.conn.Answer").Call(jen.Id("in"))).Block(
				jen.Return(jen.Nil()).Comment("// a request has waited for it"))
		}
		g.Return(handled(jen.Id("m.deliver").Call(jen.Id("ctx"), jen.Id("c.handler"))))
	})
}

// handled marks the error that call returns as one of the Handler.
func handled(call *jen.Statement) *jen.Statement { return jen.Qual(mqttxPath, "Handled").Call(call) }

// chooseCase sets n to the number of the case of a message.
func (pr *printer) chooseCase(g *jen.Group) {
	choose := jen.Id("choice").Op("!=").Nil()
	if pr.clears() {
		choose.Op("&&").Op("!").Id("clears")
	}
	g.Id("n").Op(":=").Id("0")
	g.If(jen.Id("choice").Op(":=").Id("rules[i].choice"), choose).Block(
		jen.Var().Err().Error(),
		jen.If(jen.List(jen.Id("n"), jen.Err()).Op("=").Id("choice.number").Call(jen.Id("in")), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
	)
}

// clears says whether clients may clear retained messages of any topic.
func (pr *printer) clears() bool {
	for _, t := range pr.Topics {
		if t.clears() {
			return true
		}
	}
	return false
}

// printMessages prints where messages come from, and what differs from topic to topic.
func (pr *printer) printMessages(f *jen.File) {
	f.Add(doc("typed is a message as the method of its topic gets it."))
	f.Type().Id("typed").InterfaceFunc(func(g *jen.Group) {
		g.Id("head").Params().Params(jen.Op("*").Qual(mqttxPath, "Message"), jen.Id("namer"))
		if pr.decodes() {
			g.Id("decode").Params(jen.Id("b").Index().Byte()).Error()
		}
		g.Id("deliver").Params(ctx(), jen.Id("h").Id("Handler")).Error()
		g.Id("reset").Params().Comment("// lets go of what it refers to: Raw lies in a buffer that is used again")
	})
	if pr.clears() {
		f.Add(doc("clearer is a message that clears the retained one of its name."))
		f.Type().Id("clearer").Interface(jen.Id("clear").Params(ctx(), jen.Id("h").Id("Handler")).Error())
	}
	f.Add(doc("kept is a message that is used again, with what it is for."))
	f.Type().Id("kept").Struct(jen.Id("index").Id("index"), jen.Id("number").Int(), jen.Id("typed").Id("typed"))
	printMessageOf(f)
	pr.printNewMessage(f)
	for _, t := range pr.Topics {
		for i, one := range t.Publish.cases() {
			pr.printTyped(f, t, one, i == 0)
		}
	}
}

// printMessageOf prints the search for a message: a connection has few types of them, and the last is found first.
func printMessageOf(f *jen.File) {
	f.Add(doc("message returns the connection's message for case n of topic i, made when the first of them comes."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("message").Params(jen.Id("i").Id("index"), jen.Id("n").Int()).Id("typed").Block(
		jen.For(jen.List(jen.Id("at"), jen.Id("k")).Op(":=").Range().Id("c.messages")).Block(
			jen.If(jen.Id("k.index").Op("==").Id("i").Op("&&").Id("k.number").Op("==").Id("n")).Block(
				jen.List(jen.Id("c.messages[0]"), jen.Id("c.messages[at]")).Op("=").List(jen.Id("k"), jen.Id("c.messages[0]")),
				jen.Return(jen.Id("k.typed")),
			),
		),
		jen.Id("m").Op(":=").Id("newMessage").Call(jen.Id("i"), jen.Id("n")),
		jen.Id("c.messages").Op("=").Append(jen.Id("c.messages"), jen.Id("kept").Values(jen.Id("i"), jen.Id("n"), jen.Id("m"))),
		jen.Return(jen.Id("m")),
	)
}

func (pr *printer) printNewMessage(f *jen.File) {
	params := jen.Params(jen.Id("i").Id("index"), jen.Id("_").Int())
	if pr.chooses() {
		params = jen.Params(jen.Id("i").Id("index"), jen.Id("n").Int())
	}
	f.Line()
	f.Func().Id("newMessage").Add(params).Id("typed").BlockFunc(func(g *jen.Group) {
		g.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				cases := t.Publish.cases()
				if len(cases) == 0 {
					continue
				}
				g.Case(jen.Id(t.constant())).BlockFunc(func(g *jen.Group) {
					for n, one := range cases[1:] {
						g.If(jen.Id("n").Op("==").Id(strconv.Itoa(n + 1))).Block(jen.Return(jen.New(jen.Id(t.message(one)))))
					}
					g.Return(jen.New(jen.Id(t.message(cases[0]))))
				})
			}
		})
		g.Panic(jen.Lit("no messages are published to this topic"))
	})
}

// printTyped prints what makes a message a typed one.
func (pr *printer) printTyped(f *jen.File, t *Topic, one *Case, first bool) {
	name := t.message(one)
	method := func(name string, body *jen.Statement) *jen.Statement {
		return f.Func().Params(jen.Id("m").Op("*").Id(t.message(one))).Id(name).Add(body)
	}
	f.Line()
	method("head", jen.Params().Params(jen.Op("*").Qual(mqttxPath, "Message"), jen.Id("namer")).
		Add(oneLiner(jen.Return(jen.Id("&m.Message"), jen.Id("&m.Topic")))))
	if pr.decodes() {
		params, result := jen.Params(jen.Index().Byte()), jen.Nil()
		if one.Payload != nil {
			params, result = jen.Params(jen.Id("b").Index().Byte()), one.Payload.decode("m.Payload", "b")
		}
		method("decode", params.Error().Add(oneLiner(jen.Return(result))))
	}
	method("deliver", jen.Params(ctx(), jen.Id("h").Id("Handler")).Error().
		Add(oneLiner(jen.Return(jen.Id("h.Handle"+t.GoName+one.GoName).Call(jen.Id("ctx"), jen.Id("m"))))))
	method("reset", jen.Params().Add(oneLiner(jen.Op("*").Id("m").Op("=").Id(name).Values())))
	if first && t.clears() {
		f.Line()
		method("clear", jen.Params(ctx(), jen.Id("h").Id("Handler")).Error().Block(
			jen.If(jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("h").Assert(jen.Id(t.GoName+"Clearer")), jen.Id("ok")).Block(
				jen.Return(jen.Id("h.Cleared"+t.GoName).Call(jen.Id("ctx"), jen.Id("m.Topic")))),
			jen.Return(jen.Nil()),
		))
	}
}

// expires says whether anything that the server publishes has an expiry of the spec.
func (pr *printer) expires() bool {
	for _, t := range pr.Topics {
		if t.Subscribe != nil && t.Subscribe.Expiry > 0 {
			return true
		}
	}
	return false
}
