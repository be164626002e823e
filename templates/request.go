package templates

import "github.com/dave/jennifer/jen"

// printRequest prints the method that publishes and waits for the answer.
func (pr *printer) printRequest(f *jen.File, t *Topic, one *Case) {
	reply := t.Reply
	name, topic := "Request"+t.GoName+one.GoName, reply.GoName+"Topic"
	answer, payload := reply.GoName+"Message", reply.Publish.Payload
	f.Add(doc(name + " sends a message of topic " + t.Name + " and waits for its answer, of topic " + reply.Name + ", until ctx ends."))
	f.Func().Params(jen.Id("p").Op("*").Id("publisher")).Id(name).Add(publishParams(t, one)).Params(jen.Op("*").Id(answer), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Id("reply").Op(":=").Id(topic).ValuesFunc(func(g *jen.Group) {
			for _, p := range reply.Params {
				g.Id(p.field()).Op(":").Id("t." + t.named(p.Name).field())
			}
		})
		g.List(jen.Id("in"), jen.Err()).Op(":=").Id("p.request").Call(pr.publishArguments(t, one, jen.Id("reply.String").Call())...)
		g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		g.Id("m").Op(":=").Op("&").Id(answer).Values(jen.Id("Message").Op(":").Op("*").Id("in"), jen.Id("Topic").Op(":").Id("reply"))
		if payload == nil {
			g.Return(jen.Id("m"), jen.Nil())
			return
		}
		g.Return(jen.Id("m"), payload.decode("m.Payload", "in.Raw"))
	})
}

// named returns the parameter of a name.
func (t *Topic) named(name string) *Param {
	for _, p := range t.Params {
		if p.Name == name {
			return p
		}
	}
	panic("templates: topic " + t.Name + " has no parameter " + name)
}

// printRequestShared prints what these methods share.
func printRequestShared(f *jen.File) {
	f.Line()
	f.Func().Params(jen.Id("p").Op("*").Id("publisher")).Id("request").
		Add(sharedParams(true)).Params(jen.Op("*").Qual(mqttxPath, "Message"), jen.Error()).Block(
		jen.List(jen.Id("name"), jen.Id("b"), jen.Id("all"), jen.Err()).Op(":=").Add(packCall()),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Id("p.to.Request").Call(jen.Id("ctx"), jen.Id("name"), jen.Id("b"), jen.Id("reply"), jen.Id("all").Op("..."))),
	)
}
