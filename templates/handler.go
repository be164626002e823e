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
			g.Add(doc(m.Doc...))
			g.Add(pr.signature(m))
		}
	})
	for _, m := range Optional(pr.Package) {
		name := m.Name + "Handler"
		if m.Name == "HandleInfo" {
			name = "InfoHandler"
		}
		f.Add(doc(name + " is implemented by a Handler that has this method too."))
		f.Type().Id(name).Interface(doc(m.Doc...), pr.signature(m))
	}
	for _, t := range pr.Topics {
		if t.Publish != nil {
			printMessage(f, t)
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
	for _, r := range m.Results {
		s.Add(r.code())
	}
	return s
}

func (t Type) code() *jen.Statement {
	s := jen.Op(t.Prefix)
	if t.Path == "" {
		return s.Id(t.Name)
	}
	return s.Qual(t.Path, t.Name)
}

func printMessage(f *jen.File, t *Topic) {
	name := t.GoName + "Message"
	f.Add(doc(name + " is a message that a client published to topic " + t.Name + "."))
	f.Type().Id(name).StructFunc(func(g *jen.Group) {
		g.Qual(mqttxPath, "Message")
		g.Id("Topic").Id(t.GoName + "Topic")
		if p := t.Publish.Payload; p != nil {
			g.Id("Payload").Id(p.GoName)
		}
	})
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
