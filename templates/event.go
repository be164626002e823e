package templates

import "github.com/dave/jennifer/jen"

// printEvents prints the methods that send events to connections.
func (pr *printer) printEvents(f *jen.File) {
	if len(pr.Events) == 0 {
		return
	}
	f.Add(doc("event is an event on its way to the Handler of a connection."))
	f.Type().Id("event").Func().Params(ctx(), jen.Id("h").Id("Handler")).Error()
	for _, e := range pr.Events {
		printEvent(f, e)
	}
}

func printEvent(f *jen.File, e *Event) {
	name, kind := "Send"+e.GoName, "event"+e.GoName
	value := func() *jen.Statement { return jen.Id("e").Id(e.Payload.GoName) }
	send := func(to *jen.Statement) []jen.Code {
		return []jen.Code{
			jen.List(jen.Id("v"), jen.Err()).Op(":=").Id(kind).Call(jen.Id("ctx"), jen.Op("&").Id("e")),
			jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
			jen.Return(to),
		}
	}
	f.Add(doc(name + " sends event " + e.Name + " to the connection of a client, whose Handler gets it in turn with the packets. It " +
		"returns at once: mqttx.ErrNotConnected where the client is away, mqttx.ErrBusy where too much waits. What e refers to must not be changed any more."))
	f.Func().Params(jen.Id("s").Op("*").Id("Server")).Id(name).Params(ctx(), jen.Id("clientID").String(), value()).Error().
		Block(send(jen.Id("s.Send").Call(jen.Id("clientID"), jen.Id("v")))...)
	f.Add(doc(name + " is that of Server, to this connection."))
	f.Func().Params(jen.Id("c").Op("*").Id("Conn")).Id(name).Params(ctx(), value()).Error().
		Block(send(jen.Id("c.Send").Call(jen.Id("v")))...)
	f.Line()
	f.Func().Id(kind).Params(ctx(), jen.Id("e").Op("*").Id(e.Payload.GoName)).Params(jen.Id("event"), jen.Error()).BlockFunc(func(g *jen.Group) {
		failed := func() *jen.Statement {
			return jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(jen.Lit("send event %s: %w"), quote(e.Name), jen.Err()))
		}
		g.If(jen.Err().Op(":=").Id("ctx.Err").Call(), jen.Err().Op("!=").Nil()).Block(failed())
		if e.Payload.Schema != nil && needsCheck(e.Payload.Schema) {
			g.If(jen.Err().Op(":=").Id("e.check").Call(), jen.Err().Op("!=").Nil()).Block(failed())
		}
		g.Return(jen.Func().Params(ctx(), jen.Id("h").Id("Handler")).Error().Block(
			jen.Return(jen.Id("h.On"+e.GoName).Call(jen.Id("ctx"), jen.Id("e")))), jen.Nil())
	})
}
