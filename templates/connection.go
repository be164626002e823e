package templates

import "github.com/dave/jennifer/jen"

// printConnection prints what stands between the runtime and the user's Handler.
func (pr *printer) printConnection(f *jen.File) {
	f.Add(doc("connection is one client's connection. It belongs to the connection's goroutine."))
	f.Type().Id("connection").StructFunc(func(g *jen.Group) {
		g.Id("handler").Id("Handler")
		if pr.needsConn() {
			g.Id("conn").Op("*").Id("Conn")
		}
		g.Id("method").Id("method")
		if len(pr.bounds()) > 0 {
			g.Id("bound").Index(jen.Id("credentials")).String()
		}
		for _, a := range pr.verified() {
			if a.Kind == AuthScram {
				g.Id(a.verifier()).Qual(scramPath, "Exchange")
			}
		}
		if pr.calls() {
			g.Id("checks").Bool().Comment("// a will is checked: no method of the Handler is called")
		}
		if pr.receives() {
			g.Id("messages").Index().Id("kept").Comment("// one of each type that has come, used again")
		}
	})
	pr.printAuthenticate(f)
	pr.printPublish(f)
	pr.printMayHear(f)
	pr.printCheckWill(f)
	if pr.receives() {
		pr.printMayPublish(f)
		pr.printHandle(f)
	}
	pr.printSubscribe(f)
	pr.printOptional(f)
	pr.printConnectionEnd(f)
}

// needsConn says whether a connection uses the Conn of its Handler.
func (pr *printer) needsConn() bool { return pr.requests() || len(pr.verified()) > 0 }

// calls says whether Publish ever calls a method of the Handler.
func (pr *printer) calls() bool { return pr.receives() || pr.Unmatched == UnmatchedHandle }

// receives says whether clients may publish to any topic.
func (pr *printer) receives() bool {
	for _, t := range pr.Topics {
		if t.Publish != nil {
			return true
		}
	}
	return false
}

func ctx() *jen.Statement { return jen.Id("ctx").Qual("context", "Context") }

func message() *jen.Statement { return jen.Id("in").Op("*").Qual(mqttxPath, "Message") }

// printOptional prints the methods that ask whether the Handler has them too.
func (pr *printer) printOptional(f *jen.File) {
	ask := func(name string) *jen.Statement {
		return jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("c.handler").Assert(jen.Id(name))
	}
	self := func() *jen.Statement { return jen.Params(jen.Id("c").Op("*").Id("connection")) }
	f.Add(doc("Connected tells a Handler that has a method for it."))
	f.Func().Add(self()).Id("Connected").Params(ctx()).Error().Block(
		jen.If(ask("ConnectedHandler"), jen.Id("ok")).Block(jen.Return(jen.Id("h.Connected").Call(jen.Id("ctx")))),
		jen.Return(jen.Nil()),
	)
	f.Add(doc("Disconnected tells a Handler that has a method for it."))
	f.Func().Add(self()).Id("Disconnected").Params(ctx(), jen.Id("reason").Error()).Block(
		jen.If(ask("DisconnectedHandler"), jen.Id("ok")).Block(jen.Id("h.Disconnected").Call(jen.Id("ctx"), jen.Id("reason"))),
	)
	f.Add(doc("HandleInfo hands on what was sent to the connection. An error ends in the log."))
	f.Func().Add(self()).Id("HandleInfo").Params(ctx(), jen.Id("v").Any()).Error().BlockFunc(func(g *jen.Group) {
		if len(pr.Events) > 0 {
			g.If(jen.List(jen.Id("e"), jen.Id("ok")).Op(":=").Id("v").Assert(jen.Id("event")), jen.Id("ok")).Block(
				jen.Return(jen.Id("e").Call(jen.Id("ctx"), jen.Id("c.handler"))))
		}
		g.If(ask("InfoHandler"), jen.Id("ok")).Block(jen.Return(jen.Id("h.HandleInfo").Call(jen.Id("ctx"), jen.Id("v"))))
		g.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("%T has no method HandleInfo for a %T"), jen.Id("c.handler"), jen.Id("v")))
	})
	f.Add(doc("Unsubscribed tells a Handler that has a method for it."))
	f.Func().Add(self()).Id("Unsubscribed").Params(ctx(), jen.Id("filter").String()).Block(
		jen.If(ask("UnsubscribedHandler"), jen.Id("ok")).Block(jen.Id("h.Unsubscribed").Call(jen.Id("ctx"), jen.Id("filter"))),
	)
	f.Add(doc("Acknowledged tells a Handler that has a method for it."))
	f.Func().Add(self()).Id("Acknowledged").Params(ctx(), jen.Id("d").Qual(mqttxPath, "Delivery")).Block(
		jen.If(ask("AcknowledgedHandler"), jen.Id("ok")).Block(jen.Id("h.Acknowledged").Call(jen.Id("ctx"), jen.Id("d"))),
	)
}

// use is the name of a function of the generated package that is printed only where it is used.
func (pr *printer) use(name string) *jen.Statement {
	if pr.used == nil {
		pr.used = map[string]bool{}
	}
	pr.used[name] = true
	return jen.Id(name)
}

// printConnectionEnd prints the functions that the topics share.
func (pr *printer) printConnectionEnd(f *jen.File) {
	if pr.receives() {
		pr.printMessages(f)
		printAnswer(f, "badName", "a name whose parameters break their schemas", "TopicNameInvalid")
	}
	if pr.decodes() {
		printAnswer(f, "badPayload", "a payload that breaks its schema", "PayloadFormatInvalid")
	}
	if pr.chooses() {
		pr.printChoice(f)
	}
}

// decodes says whether any message that clients publish has a payload that is decoded.
func (pr *printer) decodes() bool {
	for _, t := range pr.Topics {
		for _, c := range t.Publish.cases() {
			if c.Payload != nil || t.Publish.Choice != nil && t.Publish.Choice.By == ByField {
				return true
			}
		}
	}
	return false
}

func printAnswer(f *jen.File, name, to, code string) {
	f.Add(doc(name + " is the answer to " + to + "."))
	f.Func().Id(name).Params(jen.Err().Error()).Error().
		Add(oneLiner(jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, code), jen.Lit("%v"), jen.Err()))))
}
