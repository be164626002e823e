package templates

import "github.com/dave/jennifer/jen"

// refuseMessage returns no route and the error that refuses a message.
func refuseMessage(code, format string, args ...jen.Code) *jen.Statement {
	args = append([]jen.Code{jen.Qual(mqttxPath, code), jen.Lit(format)}, args...)
	return jen.Return(jen.Qual(mqttxPath, "Route").Values(), jen.Qual(mqttxPath, "Refuse").Call(args...))
}

// refuseTopic is refuseMessage for a topic that is known.
func refuseTopic(code, format string, args ...jen.Code) *jen.Statement {
	args = append([]jen.Code{jen.Qual(mqttxPath, code), jen.Lit(format)}, args...)
	return jen.Return(jen.Id("to"), jen.Qual(mqttxPath, "Refuse").Call(args...))
}

// printPublish prints the way of a message to the method of its topic.
func (pr *printer) printPublish(f *jen.File) {
	f.Add(doc("Publish hands a message to the method of its topic, if the client may publish it."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Publish").Params(ctx(), message()).
		Params(jen.Qual(mqttxPath, "Route"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("reply").Op(":=").Id("in.Properties.ResponseTopic"), jen.Id("reply").Op("!=").Lit("").Op("&&").Op("!").Id("c.mayHear").Call(jen.Id("reply"))).
			Block(refuseMessage("NotAuthorized", "Response Topic %q: this client may not subscribe to it", jen.Id("reply")))
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
		g.Id("to").Op(":=").Id("r.route")
		g.Id("to.Topic").Op("=").Int().Call(jen.Id("i")).Op("+").Lit(1).Comment("// for the counters")
		g.Switch().Block(
			jen.Case(jen.Op("!").Id("c.mayPublish").Call(jen.Id("i"), jen.Id("&p"))).Block(
				refuseTopic("NotAuthorized", "this client may not publish to %s", pattern())),
			jen.Case(jen.Id("in.Retain").Op("&&").Op("!").Id("r.mayRetain")).Block(
				refuseTopic("NotAuthorized", "messages to %s are not retained", pattern())),
			jen.Case(jen.Op("!").Id("in.Retain").Op("&&").Id("r.mustRetain")).Block(
				refuseTopic("NotAuthorized", "messages to %s must be retained", pattern())),
		)
		g.Return(jen.Id("to"), jen.Id("c.handle").Call(jen.Id("ctx"), jen.Id("i"), jen.Id("in"), jen.Id("&p")))
	})
}

// printMayHear prints what decides on Response Topics: an answer comes from a client with rights of its own, which nobody is to borrow.
func (pr *printer) printMayHear(f *jen.File) {
	f.Add(doc("mayHear says whether the client may subscribe to a name, and so have answers sent there by others, who may do more than it may."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("mayHear").Params(jen.Id("name").String()).Bool().BlockFunc(func(g *jen.Group) {
		if pr.Unmatched == UnmatchedRelay {
			g.Var().Id("p").Id("params")
			g.If(jen.Id("route").Call(jen.Id("name"), jen.Id("&p")).Op("==").Id("noTopic")).Block(jen.Return(jen.True()))
		}
		g.List(jen.Id("_"), jen.Err()).Op(":=").Qual(mqttxPath, "Grant").Call(jen.Id("patternSet"),
			jen.Op("&").Qual(mqttxPath, "Subscription").Values(jen.Id("Filter").Op(":").Id("name")), jen.Id("c.grant"), jen.Nil())
		g.Return(jen.Err().Op("==").Nil())
	})
}

// printCheckWill prints what decides on a will when its client connects.
func (pr *printer) printCheckWill(f *jen.File) {
	f.Add(doc("CheckWill refuses a will that Publish would refuse without asking the Handler."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("CheckWill").Params(ctx(), message()).Error().BlockFunc(func(g *jen.Group) {
		if pr.calls() {
			g.Id("c.checks").Op("=").True()
			g.Defer().Func().Params().Add(oneLiner(jen.Id("c.checks").Op("=").False())).Call()
		}
		g.List(jen.Id("_"), jen.Err()).Op(":=").Id("c.Publish").Call(jen.Id("ctx"), jen.Id("in"))
		g.Return(jen.Err())
	})
}

// unmatched prints what becomes of a name that no topic describes.
func (pr *printer) unmatched(g *jen.Group) {
	switch pr.Unmatched {
	case UnmatchedRelay:
		g.Return(jen.Qual(mqttxPath, "Route").Values(jen.Id("Relay").Op(":").True(), jen.Id("MaxQoS").Op(":").Id("2")), jen.Nil())
	case UnmatchedHandle:
		g.If(jen.Id("in.Retain")).Block(refuseMessage("NotAuthorized", "messages to %q are not retained", jen.Id("in.Topic")))
		g.If(jen.Id("c.checks")).Block(jen.Return(jen.Qual(mqttxPath, "Route").Values(), jen.Nil()))
		g.Return(jen.Qual(mqttxPath, "Route").Values(), jen.Id("c.handler.HandleUnmatched").Call(jen.Id("ctx"), jen.Id("in")))
	default:
		g.Add(refuseMessage("TopicNameInvalid", "no topic has the name %q", jen.Id("in.Topic")))
	}
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
