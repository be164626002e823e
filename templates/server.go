package templates

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// printServer prints the server, its connections, and the typed methods that publish.
func (pr *printer) printServer(f *jen.File) {
	sends, raw := pr.sends()
	pr.printServerTypes(f, sends)
	pr.printClaims(f)
	pr.printNewServer(f, sends)
	pr.printEvents(f)
	if !sends {
		return
	}
	pr.printPublisher(f)
	for _, t := range pr.Topics {
		for _, c := range t.Subscribe.cases() {
			pr.printPublishTo(f, t, c)
			if t.Reply != nil && t.Reply.Publish != nil {
				pr.printRequest(f, t, c)
			}
		}
	}
	pr.printSend(f)
	if pr.requests() {
		printRequestShared(f)
	}
	if raw {
		printRaw(f)
	}
	if pr.used["cased"] {
		printCased(f)
	}
}

// printServerTypes prints Server, Options and Conn.
func (pr *printer) printServerTypes(f *jen.File, sends bool) {
	publisher := jen.Null()
	if sends {
		publisher = jen.Id("publisher")
	}
	f.Add(doc(
		"Server is an MQTT server of this package's topics. What it publishes goes to whoever subscribed. " +
			"All methods may be called from any goroutine, also from handlers.",
	))
	f.Type().Id("Server").StructFunc(func(g *jen.Group) {
		g.Op("*").Qual(mqttxPath, "Server")
		g.Add(publisher.Clone())
		for _, a := range pr.verified() {
			g.Id(a.verifier()).Op("*").Qual(a.leaf())
		}
	})
	pr.printOptions(f)
	f.Add(doc(
		"Conn is one connection, as its Handler sees it. What it publishes goes to its client only, subscribed or not. " +
			"All methods may be called from any goroutine.",
	))
	f.Type().Id("Conn").StructFunc(func(g *jen.Group) {
		g.Op("*").Qual(mqttxPath, "Conn")
		g.Add(publisher.Clone())
		g.Id("server").Op("*").Id("Server")
		for _, a := range pr.claims() {
			g.Id(a.claimsField()).Qual("sync/atomic", "Pointer").Types(jen.Id(a.Claims.GoName))
		}
	})
	f.Add(doc("Server returns the server of the connection."))
	f.Func().Params(jen.Id("c").Op("*").Id("Conn")).Id("Server").Params().Op("*").Id("Server").Add(oneLiner(jen.Return(jen.Id("c.server"))))
}

// printOptions prints Options, with a field for each auth method that needs more than the spec says.
func (pr *printer) printOptions(f *jen.File) {
	about := "The zero value is good: it stands for what the spec says, and for the defaults of mqttx.Options."
	for _, a := range pr.verified() {
		if a.Kind == AuthJWT {
			about = "What is left out stands for what the spec says, and for the defaults of mqttx.Options. Keys of tokens must be given."
		}
	}
	f.Add(doc("Options are the settings of a Server. " + about))
	f.Type().Id("Options").StructFunc(func(g *jen.Group) {
		g.Qual(mqttxPath, "Options")
		for _, a := range pr.verified() {
			path, _ := a.leaf()
			what := "the keys of tokens, their issuers and audiences"
			if a.Kind == AuthScram {
				what = "settings of " + a.Exchange
			}
			g.Add(doc(a.GoName + " is for auth method " + a.Name + ": " + what + "."))
			g.Id(a.GoName).Qual(path, "Config")
		}
	})
}

// printVerifiers prints how NewServer makes what verifies tokens and exchanges.
func (pr *printer) printVerifiers(g *jen.Group) {
	for _, a := range pr.verified() {
		path, _ := a.leaf()
		arguments := []jen.Code{quote(a.Name), jen.Id("o").Dot(a.GoName)}
		if a.Kind == AuthScram {
			arguments = append(arguments, quote(a.Exchange))
		}
		for _, name := range a.Algorithms {
			arguments = append(arguments, quote(name))
		}
		g.List(jen.Id(a.verifier()), jen.Err()).Op(":=").Qual(path, "New").Call(arguments...)
		g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(),
			jen.Qual("fmt", "Errorf").Call(quote("new server: option "+a.GoName+": %w"), jen.Err())))
	}
}

// printClaims prints the methods of Conn that return the claims of tokens.
func (pr *printer) printClaims(f *jen.File) {
	for _, a := range pr.claims() {
		name := a.GoName + "Claims"
		f.Add(doc(name + " returns the claims of a client that auth method " + a.Name + " has let in."))
		f.Func().Params(jen.Id("c").Op("*").Id("Conn")).Id(name).Params().Params(jen.Id(a.Claims.GoName), jen.Bool()).Block(
			jen.If(jen.Id("claims").Op(":=").Id("c").Dot(a.claimsField()).Dot("Load").Call(), jen.Id("claims").Op("!=").Nil()).Block(
				jen.Return(jen.Op("*").Id("claims"), jen.True())),
			jen.Return(jen.Id(a.Claims.GoName).Values(), jen.False()),
		)
	}
}

// sends says whether there is anything that the server publishes, and whether any of it has no schema.
func (pr *printer) sends() (sends, raw bool) {
	for _, t := range pr.Topics {
		if t.Subscribe != nil {
			sends = true
			raw = raw || slices.ContainsFunc(t.Subscribe.cases(), func(c *Case) bool { return c.Payload == nil })
		}
	}
	return sends, raw
}

// exampleOptions are the Options that a server starts with: those without keys of tokens are an error.
func (pr *printer) exampleOptions() string {
	var keys []string
	for _, a := range pr.verified() {
		if a.Kind == AuthJWT {
			keys = append(keys, a.GoName+`: jwt.Config{Files: []string{"keys.pem"}}`)
		}
	}
	return pr.Name + ".Options{" + strings.Join(keys, ", ") + "}"
}

func (pr *printer) printNewServer(f *jen.File, sends bool) {
	f.Add(doc(
		"NewServer returns a server that makes a Handler for each connection with newHandler, when its CONNECT has come:",
		"",
		"\tfunc newHandler(c *"+pr.Name+".Conn) "+pr.Name+".Handler { return &handler{conn: c} }",
		"",
		"\tsrv, err := "+pr.Name+".NewServer(newHandler, "+pr.exampleOptions()+")",
		"\terr = srv.ListenAndServe(ctx, mqttx.TCP(\":1883\"))",
	))
	handler := func() *jen.Statement {
		return jen.Id("newHandler").Func().Params(jen.Id("c").Op("*").Id("Conn")).Id("Handler")
	}
	f.Func().Id("NewServer").Params(handler(), jen.Id("o").Id("Options")).Params(jen.Op("*").Id("Server"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("newHandler").Op("==").Nil()).Block(
			jen.Return(jen.Nil(), jen.Qual("errors", "New").Call(
				jen.Lit("new server: newHandler is nil; give a function that returns a Handler for each connection"))))
		pr.printVerifiers(g)
		g.Id("s").Op(":=").Op("&").Id("Server").ValuesFunc(func(g *jen.Group) {
			for _, a := range pr.verified() {
				g.Id(a.verifier()).Op(":").Id(a.verifier())
			}
		})
		g.Id("open").Op(":=").Func().Params(jen.Id("c").Op("*").Qual(mqttxPath, "Conn")).Qual(mqttxPath, "Handler").Block(
			jen.Id("conn").Op(":=").Op("&").Id("Conn").ValuesFunc(func(g *jen.Group) {
				g.Id("Conn").Op(":").Id("c")
				if sends {
					g.Id("publisher").Op(":").Id("publisher").Values(jen.Id("c"))
				}
				g.Id("server").Op(":").Id("s")
			}),
			jen.Return(jen.Op("&").Id("connection").ValuesFunc(func(g *jen.Group) {
				g.Id("handler").Op(":").Id("newHandler").Call(jen.Id("conn"))
				if pr.needsConn() {
					g.Id("conn").Op(":").Id("conn")
				}
			})))
		options := jen.Id("o.Options")
		if d := pr.defaults(); d != nil {
			options.Dot("Or").Call(d)
		}
		g.List(jen.Id("server"), jen.Err()).Op(":=").Qual(mqttxPath, "NewServer").Call(jen.Id("open"), options)
		g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		g.Id("s.Server").Op("=").Id("server")
		g.Add(published(sends))
		g.Return(jen.Id("s"), jen.Nil())
	})
}

// published sets where the server's typed methods publish.
func published(sends bool) *jen.Statement {
	if !sends {
		return jen.Null()
	}
	return jen.Id("s.publisher").Op("=").Id("publisher").Values(jen.Id("server"))
}

// printPublisher prints what both a server and a connection have.
func (pr *printer) printPublisher(f *jen.File) {
	about := "publisher has the typed methods that publish, for a Server and a Conn. They are not inlined: each would be compiled three " +
		"times, for those two embed it."
	if pr.requests() {
		about += " Those that wait for an answer return the errors of Request of mqttx.Server and mqttx.Conn."
	}
	f.Add(doc(about))
	f.Type().Id("publisher").Struct(
		jen.Id("to").InterfaceFunc(func(g *jen.Group) {
			g.Id("Publish").Params(ctx(), jen.Id("name").String(), jen.Id("payload").Index().Byte(),
				jen.Id("opts").Op("...").Qual(mqttxPath, "PublishOption")).Error()
			if pr.requests() {
				g.Id("Request").Params(ctx(), jen.Id("name").String(), jen.Id("payload").Index().Byte(), jen.Id("reply").String(),
					jen.Id("opts").Op("...").Qual(mqttxPath, "PublishOption")).Params(jen.Op("*").Qual(mqttxPath, "Message"), jen.Error())
			}
		}),
	)
}

// printPublishTo prints the method that publishes to a topic, or a case of it.
func (pr *printer) printPublishTo(f *jen.File, t *Topic, one *Case) {
	name, with := "Publish"+t.GoName+one.GoName, ""
	if c := t.Subscribe.Choice; c != nil {
		with = ", with the " + c.what() + " " + oneLine(one.Value)
	}
	f.Add(doc(name + " sends a message of topic " + t.Name + with + ", with QoS " + strconv.Itoa(int(t.Subscribe.QoS)) +
		" if opts do not say otherwise."))
	f.Comment("//\n//go:noinline")
	f.Func().Params(jen.Id("p").Op("*").Id("publisher")).Id(name).Add(publishParams(t, one)).Error().Block(
		jen.Return(jen.Id("p.publish").Call(pr.publishArguments(t, one, nil)...)))
}

// publishParams are the parameters of a method that publishes.
func publishParams(t *Topic, one *Case) *jen.Statement {
	return jen.Params(ctx(), jen.Id("t").Id(t.GoName+"Topic"), jen.Id("payload").Add(one.Payload.goType()),
		jen.Id("opts").Op("...").Qual(mqttxPath, "PublishOption"))
}

// publishArguments are those of the function that all of them share; reply is what it gets behind the topic.
func (pr *printer) publishArguments(t *Topic, one *Case, reply jen.Code) []jen.Code {
	value := one.Payload.appender()
	if c := t.Subscribe.Choice; c != nil && c.By == ByField {
		value = pr.use("cased").Values(value, quote(c.Key), quote(one.Value))
	}
	list := []jen.Code{jen.Id("ctx"), jen.Id(t.constant()), jen.Id("&t"), value}
	if reply != nil {
		list = append(list, reply)
	}
	list = append(list, jen.Id("opts"))
	if option := t.Subscribe.Choice.choosing(one); option != nil {
		list = append(list, option)
	}
	return list
}

// printSend prints what all of these methods share.
func (pr *printer) printSend(f *jen.File) {
	wrapped := func(format string, args ...jen.Code) jen.Code {
		return jen.Return(append(noResults(), jen.Qual("fmt", "Errorf").Call(append([]jen.Code{jen.Lit(format)}, args...)...))...)
	}
	f.Add(doc("appender is a payload that is written."))
	f.Type().Id("appender").Interface(
		jen.Id("AppendPayload").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error()))
	if pr.slashes() {
		f.Add(doc("slasher is a name that would read as another one of its topic, if a parameter held a slash."))
		f.Type().Id("slasher").Interface(jen.Id("slashed").Params().Bool())
	}
	f.Add(doc("pack checks name and payload, and puts the options together: those of the spec, the caller's, and what is fixed. The " +
		"name must read back as the topic that it was made from: a parameter may not be empty, nor hold a slash."))
	f.Func().Id("pack").Params(
		jen.Id("i").Id("index"), jen.Id("t").Id("namer"), jen.Id("v").Id("appender"), jen.List(jen.Id("opts"), jen.Id("fixed")).Index().Qual(mqttxPath, "PublishOption"),
	).Params(jen.Id("name").String(), jen.Id("b").Index().Byte(), jen.Id("all").Index().Qual(mqttxPath, "PublishOption"), jen.Err().Error()).BlockFunc(func(g *jen.Group) {
		g.Id("name").Op("=").Id("t.String").Call()
		if pr.slashes() {
			g.If(jen.List(jen.Id("s"), jen.Id("ok")).Op(":=").Id("t").Assert(jen.Id("slasher")), jen.Id("ok").Op("&&").Id("s.slashed").Call()).Block(
				wrapped("publish: a parameter of %q holds a slash", jen.Id("name")))
		}
		g.If(jen.Err().Op("=").Id("parse").Call(jen.Id("name"), jen.Id("i"), jen.Id("t")), jen.Err().Op("!=").Nil()).Block(
			wrapped("publish: %w", jen.Err()))
		g.If(jen.List(jen.Id("b"), jen.Err()).Op("=").Id("v.AppendPayload").Call(jen.Nil()), jen.Err().Op("!=").Nil()).Block(
			wrapped("publish to %q: %w", jen.Id("name"), jen.Err()))
		g.Id("all").Op("=").Index().Qual(mqttxPath, "PublishOption").Values(jen.Qual(mqttxPath, "WithQoS").Call(jen.Id("rules[i].qos")))
		if pr.expires() {
			g.If(jen.Id("expiry").Op(":=").Id("rules[i].expiry"), jen.Id("expiry").Op(">").Id("0")).Block(
				jen.Id("all").Op("=").Append(jen.Id("all"), jen.Qual(mqttxPath, "WithExpiry").Call(jen.Id("expiry"))))
		}
		g.Return(jen.Id("name"), jen.Id("b"), jen.Qual("slices", "Concat").Call(jen.Id("all"), jen.Id("opts"), jen.Id("fixed")), jen.Nil())
	})
	f.Line()
	f.Func().Params(jen.Id("p").Op("*").Id("publisher")).Id("publish").
		Add(sharedParams(false)).Error().Block(
		jen.List(jen.Id("name"), jen.Id("b"), jen.Id("all"), jen.Err()).Op(":=").Add(packCall()),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.Return(jen.Id("p.to.Publish").Call(jen.Id("ctx"), jen.Id("name"), jen.Id("b"), jen.Id("all").Op("..."))),
	)
}

func noResults() []jen.Code { return []jen.Code{jen.Lit(""), jen.Nil(), jen.Nil()} }

func packCall() *jen.Statement {
	return jen.Id("pack").Call(jen.Id("i"), jen.Id("t"), jen.Id("v"), jen.Id("opts"), jen.Id("fixed"))
}

// sharedParams are the parameters of publish and request.
func sharedParams(reply bool) *jen.Statement {
	list := []jen.Code{ctx(), jen.Id("i").Id("index"), jen.Id("t").Id("namer"), jen.Id("v").Id("appender")}
	if reply {
		list = append(list, jen.Id("reply").String())
	}
	list = append(list, jen.Id("opts").Index().Qual(mqttxPath, "PublishOption"), jen.Id("fixed").Op("...").Qual(mqttxPath, "PublishOption"))
	return jen.Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, list...)
}

// printRaw prints the payload of topics that have none of the spec.
func printRaw(f *jen.File) {
	f.Add(doc("raw is a payload without a schema."))
	f.Type().Id("raw").Index().Byte()
	f.Add(doc("AppendPayload appends the bytes as they are."))
	f.Func().Params(jen.Id("v").Id("raw")).Id("AppendPayload").Params(jen.Id("b").Index().Byte()).
		Params(jen.Index().Byte(), jen.Error()).Block(jen.Return(jen.Append(jen.Id("b"), jen.Id("v").Op("...")), jen.Nil()))
}
