package templates

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// printRoute prints the numbers of the topics and the router.
func (pr *printer) printRoute(f *jen.File) {
	f.Add(doc("index numbers the topics in the order of the spec."))
	f.Type().Id("index").Int()
	f.Const().DefsFunc(func(g *jen.Group) {
		g.Id("noTopic").Id("index").Op("=").Iota().Op("-").Id("1")
		for _, t := range pr.Topics {
			g.Id(t.constant())
		}
	})
	pr.printMethods(f)
	pr.printAccess(f)
	pr.printRules(f)
	most, root := 0, &node{}
	for _, t := range pr.Topics {
		most = max(most, len(t.Params))
		root.add(t, t.Levels)
	}
	f.Add(doc("params are the values of a name's parameters, in the order of its pattern. They share the name's memory."))
	f.Type().Id("params").Index(jen.Id(strconv.Itoa(most))).String()
	f.Add(doc("route returns the topic that name belongs to, that of the most specific pattern, and fills in p."))
	f.Func().Id("route").Params(jen.Id("name").String(), jen.Id("p").Op("*").Id("params")).Id("index").
		BlockFunc(func(g *jen.Group) {
			root.print(g, "name", 0, 1)
			g.Return(jen.Id("noTopic"))
		})
	if root.anyRest() {
		printFilled(f)
	}
}

// printRules prints what the spec says about the topics, beside their names.
func (pr *printer) printRules(f *jen.File) {
	f.Add(doc("rule is what the spec says about a topic."))
	f.Type().Id("rule").StructFunc(func(g *jen.Group) {
		g.Id("pattern").String()
		if pr.receives() {
			g.Id("mayRetain").Bool().Comment("// a message may be retained")
			g.Id("mustRetain").Bool().Comment("// and one that is not is refused")
			g.Id("route").Qual(mqttxPath, "Route").Comment("// what becomes of an accepted message")
			g.Id("publish").Index().Id("access").Comment("// who may publish")
		}
		if pr.requests() {
			g.Id("answers").Bool().Comment("// its messages answer requests")
		}
		if pr.chooses() {
			g.Id("choice").Op("*").Id("choice").Comment("// what tells its payloads apart; nil for one")
		}
		if sends, _ := pr.sends(); sends {
			g.Id("subscribe").Index().Id("access").Comment("// who may subscribe")
			g.Id("qos").Qual(mqttxPath, "QoS").Comment("// the highest that is granted, and that of what the server publishes")
		}
		if pr.expires() {
			g.Id("expiry").Qual("time", "Duration").Comment("// of what the server publishes; 0 for none")
		}
	})
	f.Add(doc("rules are those of all topics."))
	f.Var().Id("rules").Op("=").Index(jen.Op("...")).Id("rule").CustomFunc(
		jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true},
		func(g *jen.Group) {
			for _, t := range pr.Topics {
				g.Id(t.constant()).Op(":").CustomFunc(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, func(g *jen.Group) { pr.ruleOf(g, t) })
			}
		})
	f.Add(doc("patternSet knows which patterns a filter reaches."))
	f.Var().Id("patternSet").Op("=").Func().Params().Op("*").Qual(topicPath, "Set").Block(
		jen.Id("patterns").Op(":=").Make(jen.Index().String(), jen.Len(jen.Id("rules"))),
		jen.For(jen.Id("i").Op(":=").Range().Id("rules")).Block(
			jen.Id("patterns[i]").Op("=").Id("rules[i].pattern"),
		),
		jen.Return(jen.Qual(topicPath, "MustSet").Call(jen.Id("patterns").Op("..."))),
	).Call()
}

func (pr *printer) ruleOf(g *jen.Group, t *Topic) {
	g.Id("pattern").Op(":").Add(quote(t.Pattern))
	if t.Subscribe != nil {
		pr.accessOf(g, "subscribe", t, t.Subscribe.Auth)
		if t.Subscribe.QoS > 0 {
			g.Id("qos").Op(":").Id(strconv.Itoa(int(t.Subscribe.QoS)))
		}
		if t.Subscribe.Expiry > 0 {
			g.Id("expiry").Op(":").Add(duration(t.Subscribe.Expiry))
		}
	}
	if t.Publish == nil {
		return
	}
	pr.accessOf(g, "publish", t, t.Publish.Auth)
	if answers(pr.Package, t) {
		g.Id("answers").Op(":").True()
	}
	if t.Publish.Choice != nil {
		g.Id("choice").Op(":").Add(t.Publish.Choice.rule())
	}
	if t.Publish.Retain != RetainForbidden {
		g.Id("mayRetain").Op(":").True()
	}
	if t.Publish.Retain == RetainRequired {
		g.Id("mustRetain").Op(":").True()
	}
	if t.Publish.Relay {
		g.Id("route").Op(":").Qual(mqttxPath, "Route").
			Values(jen.Id("Relay").Op(":").True(), jen.Id("MaxQoS").Op(":").Id(strconv.Itoa(int(t.Publish.QoS))))
	}
}

// constant is the topic's index.
func (t *Topic) constant() string { return "topic" + t.GoName }

// printFilled prints what decides about the value of {name...}.
func printFilled(f *jen.File) {
	f.Add(doc("filled says whether rest is one or more levels, none of them empty."))
	f.Func().Id("filled").Params(jen.Id("rest").String()).Bool().Block(
		jen.Return(jen.Id("rest").Op("!=").Lit("").Op("&&").Id("rest[0]").Op("!=").LitRune('/').Op("&&").
			Id("rest[len(rest)-1]").Op("!=").LitRune('/').Op("&&").
			Op("!").Qual("strings", "Contains").Call(jen.Id("rest"), jen.Lit("//"))),
	)
}

// node is a place in the tree of all patterns: what may follow the levels that lead to it.
type node struct {
	tails   []tail   // topics all of whose other levels are literal
	literal []branch // literal levels before a parameter
	end     *Topic   // one that ends with {name}
	param   *node    // what follows {name}
	rest    *Topic   // one that ends with {name...}
}

type tail struct {
	text  string
	topic *Topic
}

type branch struct {
	text string
	node *node
}

// add enters a topic whose levels from here on are given.
func (n *node) add(t *Topic, levels []*Level) {
	var literals []string
	for _, l := range levels {
		if l.Kind != LiteralLevel {
			break
		}
		literals = append(literals, l.Text)
	}
	switch {
	case len(literals) == len(levels):
		n.tails = append(n.tails, tail{strings.Join(literals, "/"), t})
	case len(literals) > 0:
		n.child(literals[0]).add(t, levels[1:])
	case levels[0].Kind == RestLevel:
		n.rest = t
	case len(levels) == 1:
		n.end = t
	default:
		if n.param == nil {
			n.param = &node{}
		}
		n.param.add(t, levels[1:])
	}
}

// child returns the node behind a literal level.
func (n *node) child(text string) *node {
	for _, b := range n.literal {
		if b.text == text {
			return b.node
		}
	}
	b := branch{text, &node{}}
	n.literal = append(n.literal, b)
	return b.node
}

// alone returns the only literal branch of n, with the levels behind it that leave no choice either.
func (n *node) alone() branch {
	b := n.literal[0]
	for m := b.node; len(m.literal) == 1 && len(m.tails) == 0 && m.end == nil && m.param == nil && m.rest == nil; m = b.node {
		b = branch{b.text + "/" + m.literal[0].text, m.literal[0].node}
	}
	return b
}

func (n *node) anyRest() bool {
	if n.rest != nil || n.param != nil && n.param.anyRest() {
		return true
	}
	for _, b := range n.literal {
		if b.node.anyRest() {
			return true
		}
	}
	return false
}

// print prints the search below n, in the variable rest. params of them were found so far. It falls through where
// nothing fits. What is most specific comes first: so the first topic found is the right one.
func (n *node) print(g *jen.Group, rest string, params, depth int) {
	n.printTails(g, rest)
	n.printLiterals(g, rest, params, depth)
	n.printParam(g, rest, params, depth)
	if n.rest != nil {
		g.If(jen.Id("filled").Call(jen.Id(rest))).Block(
			jen.Id("p").Index(jen.Id(strconv.Itoa(params))).Op("=").Id(rest),
			jen.Return(jen.Id(n.rest.constant())),
		)
	}
}

func (n *node) printTails(g *jen.Group, rest string) {
	switch len(n.tails) {
	case 0:
	case 1:
		g.If(jen.Id(rest).Op("==").Add(quote(n.tails[0].text))).Block(jen.Return(jen.Id(n.tails[0].topic.constant())))
	default:
		g.Switch(jen.Id(rest)).BlockFunc(func(g *jen.Group) {
			for _, t := range n.tails {
				g.Case(quote(t.text)).Block(jen.Return(jen.Id(t.topic.constant())))
			}
		})
	}
}

func (n *node) printLiterals(g *jen.Group, rest string, params, depth int) {
	after := numbered("rest", depth)
	switch len(n.literal) {
	case 0:
	case 1:
		b := n.alone()
		g.If(jen.List(jen.Id(after), jen.Id("ok")).Op(":=").Qual("strings", "CutPrefix").
			Call(jen.Id(rest), quote(b.text+"/")), jen.Id("ok")).
			BlockFunc(func(g *jen.Group) { b.node.print(g, after, params, depth+1) })
	default:
		level := numbered("level", depth)
		g.If(jen.List(jen.Id(level), jen.Id(after), jen.Id("ok")).Op(":=").Qual("strings", "Cut").
			Call(jen.Id(rest), jen.Lit("/")), jen.Id("ok")).BlockFunc(func(g *jen.Group) {
			g.Switch(jen.Id(level)).BlockFunc(func(g *jen.Group) {
				for _, b := range n.literal {
					g.Case(quote(b.text)).BlockFunc(func(g *jen.Group) { b.node.print(g, after, params, depth+1) })
				}
			})
		})
	}
}

// printParam prints what a level that is {name} leads to.
func (n *node) printParam(g *jen.Group, rest string, params, depth int) {
	if n.param == nil && n.end == nil {
		return
	}
	level, after := numbered("level", depth), numbered("rest", depth)
	cut := jen.List(jen.Id(level), jen.Id(after), jen.Id("more")).Op(":=").
		Qual("strings", "Cut").Call(jen.Id(rest), jen.Lit("/"))
	filled := jen.Id(level).Op("!=").Lit("")
	switch {
	case n.param == nil: // the last level: there is nothing to cut
		filled = jen.Id(rest).Op("!=").Lit("").Op("&&").Op("!").Qual("strings", "Contains").Call(jen.Id(rest), jen.Lit("/"))
		g.If(filled).Block(
			jen.Id("p").Index(jen.Id(strconv.Itoa(params))).Op("=").Id(rest),
			jen.Return(jen.Id(n.end.constant())),
		)
		return
	case n.end == nil:
		filled.Op("&&").Id("more")
	}
	g.If(cut, filled).BlockFunc(func(g *jen.Group) {
		g.Id("p").Index(jen.Id(strconv.Itoa(params))).Op("=").Id(level)
		if n.end != nil {
			g.If(jen.Op("!").Id("more")).Block(jen.Return(jen.Id(n.end.constant())))
		}
		n.param.print(g, after, params+1, depth+1)
	})
}
