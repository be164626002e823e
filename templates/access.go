package templates

import (
	"strconv"

	"github.com/dave/jennifer/jen"
)

// printAccess prints the types of the tables that say who may do what.
func (pr *printer) printAccess(f *jen.File) {
	if sends, _ := pr.sends(); !sends && !pr.receives() {
		return
	}
	if len(pr.bounds()) == 0 {
		f.Add(doc("access lets the clients of one auth method in."))
		f.Type().Id("access").Op("=").Id("method")
		return
	}
	f.Add(doc("access lets the clients of one auth method in, if the parameters that are bound are their own."))
	f.Type().Id("access").Struct(jen.Id("method").Id("method"), jen.Id("bound").Index().Id("binding"))
	f.Add(doc("binding ties a parameter, at a level of the name, to what the client has authenticated with."))
	f.Type().Id("binding").Struct(jen.List(jen.Id("param"), jen.Id("level")).Int(), jen.Id("to").Id("credential"))
	f.Add(doc("credential numbers what parameters are bound to."))
	f.Type().Id("credential").Int()
	f.Add(doc("The credentials that parameters are bound to."))
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, b := range pr.bounds() {
			c := g.Id(b.constant)
			if i == 0 {
				c.Id("credential").Op("=").Iota()
			}
		}
		g.Id("credentials").Comment("// how many there are")
	})
}

// accessOf prints who may use a topic in one direction. Methods without a binding come first.
func (pr *printer) accessOf(g *jen.Group, field string, t *Topic, auth []*AuthMethod) {
	var free, tied []jen.Code
	for _, a := range auth {
		var bound []jen.Code
		for i, p := range t.Params {
			for _, b := range p.Bindings {
				if b.Auth == a {
					bound = append(bound, jen.Values(
						jen.Id(strconv.Itoa(i)), jen.Id(strconv.Itoa(p.Level)), jen.Id(pr.boundConstant(b.Credential))))
				}
			}
		}
		switch {
		case len(pr.bounds()) == 0:
			free = append(free, jen.Id(a.constant()))
		case bound == nil:
			free = append(free, jen.Values(jen.Id("method").Op(":").Id(a.constant())))
		default:
			tied = append(tied, jen.Values(jen.Id(a.constant()), jen.Index().Id("binding").Values(bound...)))
		}
	}
	g.Id(field).Op(":").Index().Id("access").Values(append(free, tied...)...)
}

// allows prints whether the client is let in by a list: own is the condition under which binding b is not kept.
func (pr *printer) allows(list string, broken *jen.Statement) *jen.Statement {
	if len(pr.bounds()) == 0 {
		return jen.Qual("slices", "Contains").Call(jen.Id(list), jen.Id("c.method"))
	}
	return jen.Qual("slices", "ContainsFunc").Call(jen.Id(list), jen.Func().Params(jen.Id("a").Id("access")).Bool().Block(
		jen.For(jen.List(jen.Id("_"), jen.Id("b")).Op(":=").Range().Id("a.bound")).Block(
			jen.If(broken).Block(jen.Return(jen.False()))),
		jen.Return(jen.Id("a.method").Op("==").Id("c.method")),
	))
}

// printMayPublish prints who may publish what.
func (pr *printer) printMayPublish(f *jen.File) {
	params := jen.Id("_").Op("*").Id("params")
	if len(pr.bounds()) > 0 {
		params = jen.Id("p").Op("*").Id("params")
	}
	f.Add(doc("mayPublish says whether the client may publish to a name of topic i."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("mayPublish").
		Params(jen.Id("i").Id("index"), params).Bool().Block(
		jen.Return(pr.allows("rules[i].publish", jen.Id("p[b.param]").Op("!=").Id("c.bound[b.to]"))))
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
				if t.Subscribe != nil {
					g.Case(jen.Id(t.constant())).Block(
						jen.If(jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("c.handler").Assert(jen.Id(t.GoName+"Subscriber")), jen.Id("ok")).Block(
							jen.Return(jen.Id("h.Subscribe"+t.GoName).Call(jen.Id("ctx"), subscription(t)))))
				}
			}
		})
		g.Return(jen.Id("granted"), jen.Nil())
	})
}

// subscription is what a Handler is asked about.
func subscription(t *Topic) *jen.Statement {
	return jen.Op("&").Id(t.GoName + "Subscription").ValuesFunc(func(g *jen.Group) {
		g.Id("Subscription").Op(":").Id("s")
		for _, p := range t.Params {
			method := "o.Param"
			if t.Levels[p.Level].Kind == RestLevel {
				method = "o.Rest"
			}
			g.Id(p.level()).Op(":").Id(method).Call(jen.Id(strconv.Itoa(p.Level)))
		}
	})
}

func (pr *printer) printGrant(f *jen.File) {
	f.Add(doc("grant returns the highest QoS for what a filter and topic i have in common, if the client may have it."))
	grant := f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("grant")
	results := jen.Params(jen.Qual(mqttxPath, "QoS"), jen.Bool())
	if sends, _ := pr.sends(); !sends {
		grant.Params(jen.Int(), jen.Qual(topicPath, "Overlap")).Add(results).Block(jen.Return(jen.Id("0"), jen.False()))
		return
	}
	overlap := jen.Id("_").Qual(topicPath, "Overlap")
	if len(pr.bounds()) > 0 {
		overlap = jen.Id("o").Qual(topicPath, "Overlap")
	}
	broken := jen.List(jen.Id("literal"), jen.Id("ok")).Op(":=").Id("o.Level").Call(jen.Id("b.level")).Op(";").
		Op("!").Id("ok").Op("||").Id("literal").Op("!=").Id("c.bound[b.to]")
	grant.Params(jen.Id("i").Int(), overlap).Add(results).Block(
		jen.Return(jen.Id("rules[i].qos"), pr.allows("rules[i].subscribe", broken)))
}
