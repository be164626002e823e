package templates

import "github.com/dave/jennifer/jen"

// refuseMessage returns no route and the error that refuses a message.
func refuseMessage(code, format string, args ...jen.Code) *jen.Statement {
	args = append([]jen.Code{jen.Qual(mqttxPath, code), jen.Lit(format)}, args...)
	return jen.Return(jen.Qual(mqttxPath, "Route").Values(), jen.Qual(mqttxPath, "Refuse").Call(args...))
}

// printPublish prints the way of a message to the method of its topic.
func (pr *printer) printPublish(f *jen.File) {
	f.Add(doc("Publish hands a message to the method of its topic, if the client may publish it."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Publish").Params(ctx(), message()).
		Params(jen.Qual(mqttxPath, "Route"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Var().Id("p").Id("params")
		g.Id("i").Op(":=").Id("route").Call(jen.Id("in.Topic"), jen.Id("&p"))
		g.If(jen.Id("i").Op("==").Id("noTopic")).BlockFunc(pr.unmatched)
		denied := func() *jen.Statement {
			return refuseMessage("NotAuthorized", "this client may not publish to %s", jen.Id("rules[i].pattern"))
		}
		if !pr.receives() {
			g.Add(denied())
			return
		}
		g.Id("r").Op(":=").Id("&rules[i]")
		pattern := func() *jen.Statement { return jen.Id("r.pattern") }
		g.Switch().Block(
			jen.Case(jen.Op("!").Id("c.mayPublish").Call(jen.Id("i"), jen.Id("&p"))).Block(
				refuseMessage("NotAuthorized", "this client may not publish to %s", pattern())),
			jen.Case(jen.Id("in.Retain").Op("&&").Op("!").Id("r.mayRetain")).Block(
				refuseMessage("NotAuthorized", "messages to %s are not retained", pattern())),
			jen.Case(jen.Op("!").Id("in.Retain").Op("&&").Id("r.mustRetain")).Block(
				refuseMessage("NotAuthorized", "messages to %s must be retained", pattern())),
		)
		g.Return(jen.Id("r.route"), jen.Id("c.handle").Call(jen.Id("ctx"), jen.Id("i"), jen.Id("in"), jen.Id("&p")))
	})
}

// unmatched prints what becomes of a name that no topic describes.
func (pr *printer) unmatched(g *jen.Group) {
	switch pr.Unmatched {
	case UnmatchedRelay:
		g.Return(jen.Qual(mqttxPath, "Route").Values(jen.Id("Relay").Op(":").True(), jen.Id("MaxQoS").Op(":").Id("2")), jen.Nil())
	case UnmatchedHandle:
		g.If(jen.Id("in.Retain")).Block(refuseMessage("NotAuthorized", "messages to %q are not retained", jen.Id("in.Topic")))
		g.Return(jen.Qual(mqttxPath, "Route").Values(), jen.Id("c.handler.HandleUnmatched").Call(jen.Id("ctx"), jen.Id("in")))
	default:
		g.Add(refuseMessage("TopicNameInvalid", "no topic has the name %q", jen.Id("in.Topic")))
	}
}

// printHandle prints what calls the methods of the Handler.
func (pr *printer) printHandle(f *jen.File) {
	params := func() *jen.Statement { return jen.Id("p").Op("*").Id("params") }
	f.Line()
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("handle").
		Params(ctx(), jen.Id("i").Id("index"), message(), params()).Error().BlockFunc(func(g *jen.Group) {
		g.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				if t.Publish != nil {
					g.Case(jen.Id(t.constant())).Block(jen.Return(
						jen.Id("c.handle"+t.GoName).Call(jen.Id("ctx"), jen.Id("in"), jen.Id("p"))))
				}
			}
		})
		g.Return(jen.Nil())
	})
	for _, t := range pr.Topics {
		if t.Publish != nil && t.Publish.Choice != nil {
			pr.printChoose(f, t)
		}
		for _, one := range t.Publish.cases() {
			f.Line()
			f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("handle"+t.GoName+one.GoName).
				Params(ctx(), message(), params()).Error().BlockFunc(func(g *jen.Group) { pr.handleTopic(g, t, one) })
		}
	}
}

// fail prints that the error of a call is answered.
func fail(g *jen.Group, call *jen.Statement, answer string) {
	g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id(answer).Call(jen.Err())))
}

// handleTopic prints what happens to a message of one topic, or of one case of it.
func (pr *printer) handleTopic(g *jen.Group, t *Topic, one *Case) {
	g.Id("m").Op(":=").Id("message").Types(jen.Id(t.message(one))).Call(jen.Id("c"))
	g.Defer().Id("clean").Call(jen.Id("m"))
	g.Id("m.Message").Op("=").Op("*").Id("in")
	fail(g, jen.Id("m.Topic.set").Call(jen.Id("p")), "badName")
	if t.clears() && t.Publish.Choice == nil {
		pr.clearing(g, t, func(*jen.Group) jen.Code { return jen.Id("m.Topic") })
	}
	if one.Payload != nil {
		fail(g, one.Payload.decode("m.Payload", "in.Raw"), "badPayload")
	}
	if answers(pr.Package, t) {
		g.If(jen.Id("c.conn.Answer").Call(jen.Id("in"))).Block(jen.Return(jen.Nil()).Comment("// a request has waited for it"))
	}
	g.Return(jen.Id("c.handler").Dot("Handle"+t.GoName+one.GoName).Call(jen.Id("ctx"), jen.Id("m")))
}

// clearing prints what happens to a message that clears the retained message of its name: there is nothing to decode.
func (pr *printer) clearing(g *jen.Group, t *Topic, name func(g *jen.Group) jen.Code) {
	g.If(jen.Id("in.Retain").Op("&&").Len(jen.Id("in.Raw")).Op("==").Id("0")).BlockFunc(func(g *jen.Group) {
		value := name(g)
		g.Return(pr.use("cleared").Call(jen.Id("ctx"), jen.Id("c"), jen.Id(t.GoName+"Clearer").Dot("Cleared"+t.GoName), value))
	})
}

// printCleared prints what calls a method that a Handler may have.
func printCleared(f *jen.File) {
	f.Add(doc("cleared calls the method for a name whose retained message is cleared, if the Handler has it."))
	f.Func().Id("cleared").Types(jen.List(jen.Id("H"), jen.Id("T")).Any()).Params(
		ctx(), jen.Id("c").Op("*").Id("connection"),
		jen.Id("method").Func().Params(jen.Id("H"), jen.Qual("context", "Context"), jen.Id("T")).Error(), jen.Id("t").Id("T"),
	).Error().Block(
		jen.If(jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("c.handler").Assert(jen.Id("H")), jen.Id("ok")).Block(
			jen.Return(jen.Id("method").Call(jen.Id("h"), jen.Id("ctx"), jen.Id("t")))),
		jen.Return(jen.Nil()),
	)
}

// answers says whether messages of a topic answer requests.
func answers(p *Package, t *Topic) bool {
	for _, asked := range p.Topics {
		if asked.Reply == t && asked.Subscribe != nil {
			return true
		}
	}
	return false
}

// requests says whether there is any topic with a reply.
func (pr *printer) requests() bool {
	for _, t := range pr.Topics {
		if t.Publish != nil && answers(pr.Package, t) {
			return true
		}
	}
	return false
}
