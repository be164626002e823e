package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

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
					s.Op("&&").Add(bound(t, i, "c."+pr.boundField(b.Credential)))
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

// printSubscribe prints the decision on one filter.
func (pr *printer) printSubscribe(f *jen.File) {
	sends, _ := pr.sends()
	f.Add(doc("Subscribe decides on one topic filter."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Subscribe").
		Params(ctx(), jen.Id("s").Op("*").Qual(mqttxPath, "Subscription")).
		Params(jen.Qual(mqttxPath, "QoS"), jen.Error()).BlockFunc(func(g *jen.Group) {
		ask := jen.Nil()
		if sends {
			ask = jen.Id("ask")
			g.Id("ask").Op(":=").Func().Params(jen.Id("i").Int(), jen.Id("o").Qual(topicPath, "Overlap"), jen.Id("granted").Qual(mqttxPath, "QoS")).
				Params(jen.Qual(mqttxPath, "QoS"), jen.Error()).Block(
				jen.Return(jen.Id("c.ask").Call(jen.Id("ctx"), jen.Id("index").Call(jen.Id("i")), jen.Op("*").Id("s"), jen.Id("o"), jen.Id("granted"))))
		}
		grant := jen.Qual(mqttxPath, "Grant")
		if pr.Unmatched != UnmatchedRelay {
			g.Return(grant.Call(jen.Id("patternSet"), jen.Id("s"), jen.Id("c.grant"), ask))
			return
		}
		g.Id("touched").Op(":=").False()
		g.Id("grant").Op(":=").Func().Params(jen.Id("i").Int(), jen.Id("o").Qual(topicPath, "Overlap")).
			Params(jen.Qual(mqttxPath, "QoS"), jen.Bool()).Block(
			jen.Id("touched").Op("=").True(),
			jen.Return(jen.Id("c.grant").Call(jen.Id("i"), jen.Id("o"))),
		)
		g.List(jen.Id("qos"), jen.Err()).Op(":=").Add(grant).Call(jen.Id("patternSet"), jen.Id("s"), jen.Id("grant"), ask)
		g.If(jen.Op("!").Id("touched")).Block(
			doc("Names that no topic describes are open to all."),
			jen.Return(jen.Id("s.QoS"), jen.Nil()))
		g.Return(jen.Id("qos"), jen.Err())
	})
	pr.printGrant(f)
	if sends {
		pr.printAsk(f)
		printDecide(f)
	}
}

// printAsk prints what asks the Handler about a filter, topic by topic.
func (pr *printer) printAsk(f *jen.File) {
	f.Add(doc("ask has a Handler that wants to decide on a filter which was granted for topic i."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("ask").
		Params(ctx(), jen.Id("i").Id("index"), jen.Id("s").Qual(mqttxPath, "Subscription"), jen.Id("o").Qual(topicPath, "Overlap"),
			jen.Id("granted").Qual(mqttxPath, "QoS")).
		Params(jen.Qual(mqttxPath, "QoS"), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Id("s.QoS").Op("=").Min(jen.Id("s.QoS"), jen.Id("granted"))
		g.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				if t.Subscribe == nil {
					continue
				}
				subscription := jen.Op("&").Id(t.GoName + "Subscription").ValuesFunc(func(g *jen.Group) {
					g.Id("Subscription").Op(":").Id("s")
					for _, p := range t.Params {
						method := "o.Param"
						if t.Levels[p.Level].Kind == RestLevel {
							method = "o.Rest"
						}
						g.Id(p.level()).Op(":").Id(method).Call(jen.Id(strconv.Itoa(p.Level)))
					}
				})
				g.Case(jen.Id(t.constant())).Block(jen.Return(jen.Id("decide").Call(
					jen.Id("ctx"), jen.Id("c"), jen.Id(t.GoName+"Subscriber").Dot("Subscribe"+t.GoName), subscription, jen.Id("granted"))))
			}
		})
		g.Return(jen.Id("granted"), jen.Nil())
	})
}

// printDecide prints what calls a method that a Handler may have.
func printDecide(f *jen.File) {
	f.Add(doc("decide calls a method about a filter, if the Handler has it."))
	f.Func().Id("decide").Types(jen.List(jen.Id("H"), jen.Id("S")).Any()).Params(
		ctx(), jen.Id("c").Op("*").Id("connection"),
		jen.Id("method").Func().Params(jen.Id("H"), jen.Qual("context", "Context"), jen.Op("*").Id("S")).Params(jen.Qual(mqttxPath, "QoS"), jen.Error()),
		jen.Id("s").Op("*").Id("S"), jen.Id("granted").Qual(mqttxPath, "QoS"),
	).Params(jen.Qual(mqttxPath, "QoS"), jen.Error()).Block(
		jen.If(jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("c.handler").Assert(jen.Id("H")), jen.Id("ok")).Block(
			jen.Return(jen.Id("method").Call(jen.Id("h"), jen.Id("ctx"), jen.Id("s")))),
		jen.Return(jen.Id("granted"), jen.Nil()),
	)
}

func (pr *printer) printGrant(f *jen.File) {
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
