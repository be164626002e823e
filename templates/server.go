package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// printServer prints the server, its connections, and the typed methods that publish.
func (pr *printer) printServer(f *jen.File) {
	sends, raw := pr.sends()
	publisher := jen.Null()
	if sends {
		publisher = jen.Id("publisher")
	}
	f.Add(doc(
		"Server is an MQTT server of this package's topics. What it publishes goes to whoever subscribed. " +
			"All methods may be called from any goroutine, also from handlers.",
	))
	f.Type().Id("Server").Struct(jen.Op("*").Qual(mqttxPath, "Server"), publisher)
	f.Add(doc("Options are the settings of a Server. The zero value is good."))
	f.Type().Id("Options").Struct(jen.Qual(mqttxPath, "Options"))
	f.Add(doc(
		"Conn is one connection, as its Handler sees it. What it publishes goes to its client only, subscribed or not. " +
			"All methods may be called from any goroutine.",
	))
	f.Type().Id("Conn").Struct(jen.Op("*").Qual(mqttxPath, "Conn"), publisher.Clone(), jen.Id("server").Op("*").Id("Server"))
	f.Add(doc("Server returns the server of the connection."))
	f.Func().Params(jen.Id("c").Op("*").Id("Conn")).Id("Server").Params().Op("*").Id("Server").Add(oneLiner(jen.Return(jen.Id("c.server"))))
	pr.printNewServer(f, sends)
	if !sends {
		return
	}
	printPublisher(f)
	for _, t := range pr.Topics {
		if t.Subscribe != nil {
			printPublishTo(f, t)
		}
	}
	printSend(f)
	if raw {
		printRaw(f)
	}
}

// sends says whether there is anything that the server publishes, and whether any of it has no schema.
func (pr *printer) sends() (sends, raw bool) {
	for _, t := range pr.Topics {
		if t.Subscribe != nil {
			sends = true
			raw = raw || t.Subscribe.Payload == nil
		}
	}
	return sends, raw
}

func (pr *printer) printNewServer(f *jen.File, sends bool) {
	f.Add(doc(
		"NewServer returns a server that makes a Handler for each connection with newHandler, when its CONNECT has come:",
		"",
		"\tfunc newHandler(c *"+pr.Name+".Conn) "+pr.Name+".Handler { return &handler{conn: c} }",
		"",
		"\tsrv, err := "+pr.Name+".NewServer(newHandler, "+pr.Name+".Options{})",
		"\terr = srv.ListenAndServe(ctx, mqttx.TCP(\":1883\"))",
	))
	handler := func() *jen.Statement {
		return jen.Id("newHandler").Func().Params(jen.Id("c").Op("*").Id("Conn")).Id("Handler")
	}
	f.Func().Id("NewServer").Params(handler(), jen.Id("o").Id("Options")).Params(jen.Op("*").Id("Server"), jen.Error()).Block(
		jen.If(jen.Id("newHandler").Op("==").Nil()).Block(
			jen.Return(jen.Nil(), jen.Qual("errors", "New").Call(
				jen.Lit("new server: newHandler is nil; give a function that returns a Handler for each connection")))),
		jen.Id("s").Op(":=").Op("&").Id("Server").Values(),
		jen.Id("open").Op(":=").Func().Params(jen.Id("c").Op("*").Qual(mqttxPath, "Conn")).Qual(mqttxPath, "Handler").Block(
			jen.Id("conn").Op(":=").Op("&").Id("Conn").ValuesFunc(func(g *jen.Group) {
				g.Id("Conn").Op(":").Id("c")
				if sends {
					g.Id("publisher").Op(":").Id("publisher").Values(jen.Id("c"))
				}
				g.Id("server").Op(":").Id("s")
			}),
			jen.Return(jen.Op("&").Id("connection").Values(jen.Id("handler").Op(":").Id("newHandler").Call(jen.Id("conn"))))),
		jen.List(jen.Id("server"), jen.Err()).Op(":=").Qual(mqttxPath, "NewServer").Call(jen.Id("open"), jen.Id("o.Options")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Id("s.Server").Op("=").Id("server"),
		published(sends),
		jen.Return(jen.Id("s"), jen.Nil()),
	)
}

// published sets where the server's typed methods publish.
func published(sends bool) *jen.Statement {
	if !sends {
		return jen.Null()
	}
	return jen.Id("s.publisher").Op("=").Id("publisher").Values(jen.Id("server"))
}

// printPublisher prints what both a server and a connection have.
func printPublisher(f *jen.File) {
	f.Add(doc("publisher has the typed methods that publish, for a Server and a Conn."))
	f.Type().Id("publisher").Struct(
		jen.Id("to").Interface(
			jen.Id("Publish").Params(ctx(), jen.Id("name").String(), jen.Id("payload").Index().Byte(),
				jen.Id("opts").Op("...").Qual(mqttxPath, "PublishOption")).Error(),
		),
	)
}

// printPublishTo prints the method that publishes to a topic.
func printPublishTo(f *jen.File, t *Topic) {
	name, qos := "Publish"+t.GoName, strconv.Itoa(int(t.Subscribe.QoS))
	payload, value := jen.Index().Byte(), jen.Id("raw").Call(jen.Id("payload"))
	if p := t.Subscribe.Payload; p != nil {
		payload, value = jen.Id(p.GoName), jen.Op("&").Id("payload")
	}
	f.Add(doc(name + " sends a message of topic " + t.Name + ", with QoS " + qos + " if opts do not say otherwise."))
	f.Func().Params(jen.Id("p").Id("publisher")).Id(name).Params(
		ctx(), jen.Id("t").Id(t.GoName+"Topic"), jen.Id("payload").Add(payload),
		jen.Id("opts").Op("...").Qual(mqttxPath, "PublishOption"),
	).Error().Block(jen.Return(jen.Id("publish").Call(
		jen.Id("ctx"), jen.Id("p"), jen.Id(t.constant()), jen.Id("t"), value, jen.Id(qos), jen.Id("opts"),
	)))
}

// printSend prints what all of these methods share.
func printSend(f *jen.File) {
	f.Add(doc("publish checks name and payload, and sends them. The name must read back as the topic that it was made from: a " +
		"parameter may not be empty, nor hold a slash."))
	wrapped := func(format string, args ...jen.Code) jen.Code {
		return jen.Return(jen.Qual("fmt", "Errorf").Call(append([]jen.Code{jen.Lit(format)}, args...)...))
	}
	f.Func().Id("publish").Types(
		jen.Id("T").Interface(jen.Id("comparable"), jen.Id("String").Params().String()),
		jen.Id("P").Id("settable").Types(jen.Id("T")),
	).Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true},
		ctx(), jen.Id("p").Id("publisher"), jen.Id("i").Id("index"), jen.Id("t").Id("T"),
		jen.Id("v").Interface(jen.Id("AppendPayload").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error())),
		jen.Id("qos").Qual(mqttxPath, "QoS"), jen.Id("opts").Index().Qual(mqttxPath, "PublishOption"),
	).Error().Block(
		jen.Id("name").Op(":=").Id("t.String").Call(),
		jen.Switch(jen.List(jen.Id("back"), jen.Err()).Op(":=").Id("parse").Types(jen.Id("T"), jen.Id("P")).Call(jen.Id("name"), jen.Id("i")), jen.Empty()).Block(
			jen.Case(jen.Err().Op("!=").Nil()).Block(wrapped("publish: %w", jen.Err())),
			jen.Case(jen.Id("back").Op("!=").Id("t")).Block(wrapped("publish: a parameter of %q holds a slash", jen.Id("name"))),
		),
		jen.List(jen.Id("b"), jen.Err()).Op(":=").Id("v.AppendPayload").Call(jen.Nil()),
		jen.If(jen.Err().Op("!=").Nil()).Block(wrapped("publish to %q: %w", jen.Id("name"), jen.Err())),
		jen.Id("all").Op(":=").Append(jen.Index().Qual(mqttxPath, "PublishOption").
			Values(jen.Qual(mqttxPath, "WithQoS").Call(jen.Id("qos"))), jen.Id("opts").Op("...")),
		jen.Return(jen.Id("p.to.Publish").Call(jen.Id("ctx"), jen.Id("name"), jen.Id("b"), jen.Id("all").Op("..."))),
	)
}

// printRaw prints the payload of topics that have none of the spec.
func printRaw(f *jen.File) {
	f.Add(doc("raw is a payload without a schema."))
	f.Type().Id("raw").Index().Byte()
	f.Add(doc("AppendPayload appends the bytes as they are."))
	f.Func().Params(jen.Id("v").Id("raw")).Id("AppendPayload").Params(jen.Id("b").Index().Byte()).
		Params(jen.Index().Byte(), jen.Error()).Block(jen.Return(jen.Append(jen.Id("b"), jen.Id("v").Op("...")), jen.Nil()))
}
