package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// printConnection prints what stands between the runtime and the user's Handler.
func (pr *printer) printConnection(f *jen.File) {
	pr.printMethods(f)
	f.Add(doc("connection is one client's connection. It belongs to the connection's goroutine."))
	f.Type().Id("connection").StructFunc(func(g *jen.Group) {
		g.Id("handler").Id("Handler")
		g.Id("method").Id("method")
		if pr.binds(FromClientID) {
			g.Id("clientID").String()
		}
		if pr.binds(FromUser) {
			g.Id("user").String()
		}
		if pr.receives() {
			g.Id("messages").Index().Any().Comment("// one of each type that has come, used again")
		}
	})
	pr.printAuthenticate(f)
	pr.printPublish(f)
	if pr.receives() {
		pr.printMayPublish(f)
		pr.printHandle(f)
	}
	pr.printSubscribe(f)
	pr.printOptional(f)
	pr.printConnectionEnd(f)
}

// printMethods prints numbers for the auth methods.
func (pr *printer) printMethods(f *jen.File) {
	f.Add(doc("method numbers the auth methods; the zero value is none."))
	f.Type().Id("method").Uint8()
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, a := range pr.Auth {
			c := g.Id(a.constant())
			if i == 0 {
				c.Id("method").Op("=").Iota().Op("+").Id("1")
			}
		}
	})
}

func (a *AuthMethod) constant() string { return "method" + a.GoName }

// receives says whether clients may publish to any topic.
func (pr *printer) receives() bool {
	for _, t := range pr.Topics {
		if t.Publish != nil {
			return true
		}
	}
	return false
}

// binds says whether a parameter is bound to a source.
func (pr *printer) binds(source Source) bool {
	for _, a := range pr.Auth {
		if pr.bindsFor(a, source) {
			return true
		}
	}
	return false
}

func (pr *printer) bindsFor(a *AuthMethod, source Source) bool {
	for _, t := range pr.Topics {
		for _, p := range t.Params {
			for _, b := range p.Bindings {
				if b.Auth == a && b.Source == source {
					return true
				}
			}
		}
	}
	return false
}

func (pr *printer) printAuthenticate(f *jen.File) {
	f.Add(doc(
		"Authenticate has the first auth method of the spec decide whose credential is present. Its answer is final.",
	))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Authenticate").
		Params(ctx(), jen.Id("in").Op("*").Qual(mqttxPath, "Connect")).Error().BlockFunc(func(g *jen.Group) {
		password, anonymous := pr.first(AuthPassword), pr.first(AuthAnonymous)
		refuse := func(code, text string) *jen.Statement {
			return jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, code), jen.Lit(text)))
		}
		g.If(jen.Id("in.HasUserName")).BlockFunc(func(g *jen.Group) {
			if password == nil {
				g.Add(refuse("BadUserNameOrPassword", "clients come without a user name here"))
				return
			}
			pr.authenticate(g, password)
		})
		if anonymous == nil {
			g.Add(refuse("NotAuthorized", "a user name is required"))
			return
		}
		pr.authenticate(g, anonymous)
	})
}

// first returns the first auth method of a kind, which always decides, or nil.
func (pr *printer) first(kind AuthKind) *AuthMethod {
	for _, a := range pr.Auth {
		if a.Kind == kind {
			return a
		}
	}
	return nil
}

func (pr *printer) authenticate(g *jen.Group, a *AuthMethod) {
	bind := func(source Source, name, value, field string) {
		if pr.bindsFor(a, source) {
			g.If(jen.Err().Op(":=").Qual(mqttxPath, "CheckBound").Call(jen.Lit(name), jen.Id(value)), jen.Err().Op("!=").Nil()).
				Block(jen.Return(jen.Err()))
			g.Id(field).Op("=").Id(value)
		}
	}
	bind(FromClientID, "client_id", "in.ClientID", "c.clientID")
	bind(FromUser, "user", "in.UserName", "c.user")
	g.Id("c.method").Op("=").Id(a.constant())
	g.Id("in.Identity").Op("=").Qual(mqttxPath, "Identity").ValuesFunc(func(g *jen.Group) {
		g.Id("Method").Op(":").Lit(a.Name)
		if a.Kind == AuthPassword {
			g.Id("User").Op(":").Id("in.UserName")
		}
	})
	g.Return(jen.Id("c.handler").Dot("Authenticate" + a.GoName).CallFunc(func(g *jen.Group) {
		g.Id("ctx")
		g.Id("in")
		if a.Kind == AuthPassword {
			g.Id("in.UserName")
			g.Id("in.Password")
		}
	}))
}

func ctx() *jen.Statement { return jen.Id("ctx").Qual("context", "Context") }

func message() *jen.Statement { return jen.Id("in").Op("*").Qual(mqttxPath, "Message") }

// refuse returns no route and the error that refuses a message.
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

// printMayPublish prints who may publish what.
func (pr *printer) printMayPublish(f *jen.File) {
	f.Add(doc("mayPublish says whether the client may publish to a name of topic i."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("mayPublish").
		Params(jen.Id("i").Id("index"), jen.Id("p").Op("*").Id("params")).Bool().BlockFunc(func(g *jen.Group) {
		g.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				if t.Publish != nil {
					g.Case(jen.Id(t.constant())).Block(jen.Return(pr.allowed(t, t.Publish.Auth, boundParam)))
				}
			}
		})
		g.Return(jen.False())
	})
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
		if t.Publish == nil {
			continue
		}
		f.Line()
		f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("handle"+t.GoName).
			Params(ctx(), message(), params()).Error().BlockFunc(func(g *jen.Group) { handleTopic(g, t) })
	}
}

// handleTopic prints what happens to a message of one topic.
func handleTopic(g *jen.Group, t *Topic) {
	name := t.GoName + "Message"
	fail := func(call *jen.Statement, answer string) {
		g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id(answer).Call(jen.Err())))
	}
	g.Id("m").Op(":=").Id("message").Types(jen.Id(name)).Call(jen.Id("c"))
	g.Defer().Id("clean").Call(jen.Id("m"))
	g.Id("m.Message").Op("=").Op("*").Id("in")
	fail(jen.Id("m.Topic.set").Call(jen.Id("p")), "badName")
	if t.Publish.Retain != RetainForbidden {
		g.If(jen.Id("in.Retain").Op("&&").Len(jen.Id("in.Raw")).Op("==").Id("0")).Block(
			jen.Return(jen.Nil()).Comment("// it clears the retained message: there is nothing to decode"),
		)
	}
	if t.Publish.Payload != nil {
		fail(jen.Id("m.Payload.DecodePayload").Call(jen.Id("in.Raw")), "badPayload")
	}
	g.Return(jen.Id("c.handler").Dot("Handle"+t.GoName).Call(jen.Id("ctx"), jen.Id("m")))
}

// boundParam is the condition that parameter number i of a name is the value.
func boundParam(_ *Topic, i int, value string) *jen.Statement {
	return jen.Id("p").Index(jen.Id(strconv.Itoa(i))).Op("==").Id(value)
}

// boundLevel is the condition that all names of an overlap have the value for parameter number i.
func (pr *printer) boundLevel(t *Topic, i int, value string) *jen.Statement {
	return pr.use("same").Call(jen.Id("o"), jen.Id(strconv.Itoa(t.Params[i].Level)), jen.Id(value))
}

// allowed is the condition under which a client may use a topic: its auth method is listed, and the bound parameters
// are its own. Methods without a binding come first.
func (pr *printer) allowed(t *Topic, auth []*AuthMethod, bound func(t *Topic, i int, value string) *jen.Statement) *jen.Statement {
	var free, tied []*jen.Statement
	for _, a := range auth {
		s := jen.Id("c.method").Op("==").Id(a.constant())
		n := 0
		for i, p := range t.Params {
			for _, b := range p.Bindings {
				if b.Auth == a {
					n++
					s.Op("&&").Add(bound(t, i, b.Source.field()))
				}
			}
		}
		if n == 0 {
			free = append(free, s)
		} else {
			tied = append(tied, s)
		}
	}
	if len(free) == len(pr.Auth) {
		return jen.True()
	}
	all := append(free, tied...)
	if len(all) == 0 {
		return jen.False()
	}
	result := all[0]
	for _, s := range all[1:] {
		result.Op("||").Add(s)
	}
	return result
}

// field is where a connection has what a parameter is bound to.
func (s Source) field() string {
	if s == FromUser {
		return "c.user"
	}
	return "c.clientID"
}

// printSubscribe prints the decision on one filter.
func (pr *printer) printSubscribe(f *jen.File) {
	f.Add(doc("Subscribe decides on one topic filter."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Subscribe").
		Params(jen.Id("_").Qual("context", "Context"), jen.Id("s").Op("*").Qual(mqttxPath, "Subscription")).
		Params(jen.Qual(mqttxPath, "QoS"), jen.Error()).BlockFunc(func(g *jen.Group) {
		grant := jen.Qual(mqttxPath, "Grant")
		if pr.Unmatched != UnmatchedRelay {
			g.Return(grant.Call(jen.Id("patternSet"), jen.Id("s"), jen.Id("c.grant")))
			return
		}
		g.Id("touched").Op(":=").False()
		g.List(jen.Id("qos"), jen.Err()).Op(":=").Add(grant).Call(jen.Id("patternSet"), jen.Id("s"),
			jen.Func().Params(jen.Id("i").Int(), jen.Id("o").Qual(topicPath, "Overlap")).
				Params(jen.Qual(mqttxPath, "QoS"), jen.Bool()).Block(
				jen.Id("touched").Op("=").True(),
				jen.Return(jen.Id("c.grant").Call(jen.Id("i"), jen.Id("o"))),
			))
		g.If(jen.Op("!").Id("touched")).Block(
			doc("Names that no topic describes are open to all."),
			jen.Return(jen.Id("s.QoS"), jen.Nil()))
		g.Return(jen.Id("qos"), jen.Err())
	})
	f.Add(doc("grant returns the highest QoS for what a filter and topic i have in common, if the client may have it."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("grant").
		Params(jen.Id("i").Int(), jen.Id("o").Qual(topicPath, "Overlap")).
		Params(jen.Qual(mqttxPath, "QoS"), jen.Bool()).BlockFunc(func(g *jen.Group) {
		if sends, _ := pr.sends(); !sends {
			g.Return(jen.Id("0"), jen.False())
			return
		}
		g.Switch(jen.Id("index").Call(jen.Id("i"))).BlockFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				if t.Subscribe == nil {
					continue
				}
				allowed := pr.allowed(t, t.Subscribe.Auth, pr.boundLevel)
				g.Case(jen.Id(t.constant())).Block(jen.Return(jen.Id(strconv.Itoa(int(t.Subscribe.QoS))), allowed))
			}
		})
		g.Return(jen.Id("0"), jen.False())
	})
}

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
	f.Func().Add(self()).Id("HandleInfo").Params(ctx(), jen.Id("v").Any()).Error().Block(
		jen.If(ask("InfoHandler"), jen.Id("ok")).Block(jen.Return(jen.Id("h.HandleInfo").Call(jen.Id("ctx"), jen.Id("v")))),
		jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("%T has no method HandleInfo for a %T"), jen.Id("c.handler"), jen.Id("v"))),
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
		printMessageOf(f)
		printAnswer(f, "badName", "a name whose parameters break their schemas", "TopicNameInvalid")
	}
	for _, t := range pr.Topics {
		if t.Publish != nil && t.Publish.Payload != nil {
			printAnswer(f, "badPayload", "a payload that breaks its schema", "PayloadFormatInvalid")
			break
		}
	}
	if pr.used["same"] {
		f.Add(doc("same says whether all names of an overlap have the value at a level."))
		f.Func().Id("same").Params(jen.Id("o").Qual(topicPath, "Overlap"), jen.Id("level").Int(), jen.Id("value").String()).Bool().Block(
			jen.List(jen.Id("literal"), jen.Id("ok")).Op(":=").Id("o.Level").Call(jen.Id("level")),
			jen.Return(jen.Id("ok").Op("&&").Id("literal").Op("==").Id("value")),
		)
	}
}

func printAnswer(f *jen.File, name, to, code string) {
	f.Add(doc(name + " is the answer to " + to + "."))
	f.Func().Id(name).Params(jen.Err().Error()).Error().
		Add(oneLiner(jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, code), jen.Lit("%v"), jen.Err()))))
}

// printMessageOf prints where messages come from: a connection has few types of them, and the last is found first.
func printMessageOf(f *jen.File) {
	f.Add(doc("message returns the connection's value of type M, made when the first message of its topic comes."))
	f.Func().Id("message").Types(jen.Id("M").Any()).Params(jen.Id("c").Op("*").Id("connection")).Op("*").Id("M").Block(
		jen.For(jen.List(jen.Id("i"), jen.Id("v")).Op(":=").Range().Id("c.messages")).Block(
			jen.If(jen.List(jen.Id("m"), jen.Id("ok")).Op(":=").Id("v").Assert(jen.Op("*").Id("M")), jen.Id("ok")).Block(
				jen.List(jen.Id("c.messages[0]"), jen.Id("c.messages[i]")).Op("=").List(jen.Id("v"), jen.Id("c.messages[0]")),
				jen.Return(jen.Id("m")),
			),
		),
		jen.Id("m").Op(":=").New(jen.Id("M")),
		jen.Id("c.messages").Op("=").Append(jen.Id("c.messages"), jen.Id("m")),
		jen.Return(jen.Id("m")),
	)
	f.Add(doc("clean lets go of what a message refers to: Raw lies in a buffer that is used again."))
	f.Func().Id("clean").Types(jen.Id("M").Any()).Params(jen.Id("m").Op("*").Id("M")).
		Add(oneLiner(jen.Op("*").Id("m").Op("=").Op("*").New(jen.Id("M"))))
}
