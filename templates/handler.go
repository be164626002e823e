package templates

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// printHandler prints the interface that the user implements, and the messages that its methods get.
func (pr *printer) printHandler(f *jen.File) {
	f.Add(doc(
		"Handler is what one connection can do. The function given to NewServer makes one value for each connection: "+
			"its fields are that connection's state, and its methods are called one at a time, in the order of the packets.",
		"",
		"An error of mqttx.Refuse or mqttx.Disconnect says what the client is told; any other one is logged, and answered "+
			"with Implementation specific error. ctx ends with the connection.",
		"",
		"A message and its Raw are valid until the method returns; the values of its Topic and Payload may be kept.",
	))
	f.Type().Id("Handler").InterfaceFunc(func(g *jen.Group) {
		for _, m := range Methods(pr.Package) {
			lines := m.Doc
			if m.Topic != "" { // what the topic is for stands at the type of its names
				lines = lines[:1]
			}
			g.Add(doc(lines...))
			g.Add(pr.signature(m))
		}
	})
	for _, m := range Optional(pr.Package) {
		name := optionalInterface(m)
		switch {
		case m.Topic == "":
			f.Add(doc(name + " is a Handler with one more method: " + m.Doc[0]))
		case strings.HasPrefix(m.Name, "Subscribe"):
			f.Add(doc(name + " is a Handler that also decides on filters which reach topic " + oneLine(m.Topic) + "."))
		default:
			f.Add(doc(name + " is a Handler that is also told when retained messages of topic " + oneLine(m.Topic) + " are cleared."))
		}
		f.Type().Id(name).Interface(pr.signature(m))
	}
	for _, t := range pr.Topics {
		for _, c := range t.Publish.cases() {
			printMessage(f, t, c)
		}
		if t.Subscribe != nil {
			printSubscription(f, t)
		}
	}
}

// signature prints a method of an interface.
func (pr *printer) signature(m Method) *jen.Statement {
	s := jen.Id(m.Name).ParamsFunc(func(g *jen.Group) {
		for _, p := range m.Params {
			g.Id(p.Name).Add(p.Type.code())
		}
	})
	switch len(m.Results) {
	case 0:
		return s
	case 1:
		return s.Add(m.Results[0].code())
	}
	return s.ParamsFunc(func(g *jen.Group) {
		for _, r := range m.Results {
			g.Add(r.code())
		}
	})
}

func (t Type) code() *jen.Statement {
	s := jen.Op(t.Prefix)
	if t.Path == "" {
		return s.Id(t.Name)
	}
	return s.Qual(t.Path, t.Name)
}

func printMessage(f *jen.File, t *Topic, c *Case) {
	name, with := t.message(c), ""
	if t.Publish.Choice != nil {
		with = ", with the " + t.Publish.Choice.what() + " " + oneLine(c.Value)
	}
	f.Add(doc(name + " is a message that a client published to topic " + t.Name + with + "."))
	f.Type().Id(name).StructFunc(func(g *jen.Group) {
		g.Qual(mqttxPath, "Message")
		g.Id("Topic").Id(t.GoName + "Topic")
		if c.Payload != nil {
			g.Id("Payload").Add(c.Payload.goType())
		}
	})
}

// printSubscription prints what Subscribe<Topic> gets.
func printSubscription(f *jen.File, t *Topic) {
	name := t.GoName + "Subscription"
	f.Add(doc(name + " is a topic filter that reaches topic " + t.Name + ", with what it says about the parameters."))
	f.Type().Id(name).StructFunc(func(g *jen.Group) {
		g.Qual(mqttxPath, "Subscription")
		var fields []jen.Code
		for _, p := range t.Params {
			fields = append(fields, jen.Id(p.level()))
		}
		if len(fields) > 0 {
			g.List(fields...).Qual(mqttxPath, "Level")
		}
	})
}

// level is the name of a parameter in <Topic>Subscription, which has the fields of mqttx.Subscription too.
func (p *Param) level() string {
	switch p.field() {
	case "Filter", "NoLocal", "QoS", "RetainAsPublished", "Share", "Subscription":
		return p.field() + "Param"
	}
	return p.field()
}

// printSpec prints what the package was generated from. Nothing else in the package depends on the version of the
// generator, so that an upgrade changes this file only.
func (pr *printer) printSpec(f *jen.File) {
	first := "Package " + pr.Name + " is an MQTT server, generated from " + oneLine(pr.Spec)
	if title := oneLine(pr.Title); title != "" {
		first += ": " + title
	}
	for _, line := range comment(about(pr.Description, strings.TrimRight(first, ".")+".")) {
		f.PackageComment(line)
	}
	version := pr.Generator
	if version == "" {
		version = "unknown"
	}
	f.Add(doc(
		"If this line does not compile, the package and the runtime do not fit together. Either generate again, with the " +
			"mqttx-gen of the version in go.mod (go generate), or require the runtime of the mqttx-gen that printed this " +
			"(go get). It was printed by version " + oneLine(version) + ".",
	))
	f.Const().Id("_").Op("=").Qual(mqttxPath, "GeneratedCodeV1")
	f.Add(doc("What this package was generated from."))
	f.Const().Defs(
		jen.Id("SpecVersion").Op("=").Lit(pr.Version).Comment("// info.version of the spec"),
		jen.Id("SpecHash").Op("=").Lit(pr.Hash).Comment("// SHA-256 of the spec"),
	)
}
