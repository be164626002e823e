package templates

import "strings"

// Method is one method that a user's handler has, for the writer of stubs.
type Method struct {
	Name    string   // HandleReading
	Topic   string   // the topic's name in the spec; empty for the methods of an auth method and the optional ones
	Auth    string   // the auth method's name in the spec; empty for all others
	Event   string   // the event's name in the spec; empty for all others
	Doc     []string // lines of the doc comment, without slashes
	Params  []Arg
	Results []Type
}

// Arg is one parameter of a Method.
type Arg struct {
	Name string
	Type Type
}

// Type is a named type, as a file outside the generated package writes it.
type Type struct {
	Prefix  string // "*", "[]" or ""
	Path    string // import path; empty for a predeclared type
	Package string // name of the package at Path
	Name    string
}

// String returns the type with its qualifier: "*fleet.ReadingMessage".
func (t Type) String() string {
	if t.Package == "" {
		return t.Prefix + t.Name
	}
	return t.Prefix + t.Package + "." + t.Name
}

// String returns the method as an interface has it.
func (m Method) String() string {
	s := m.Name + "("
	for i, p := range m.Params {
		if i > 0 {
			s += ", "
		}
		s += p.Name + " " + p.Type.String()
	}
	s += ")"
	var results []string
	for _, r := range m.Results {
		results = append(results, r.String())
	}
	switch len(results) {
	case 0:
		return s
	case 1:
		return s + " " + results[0]
	}
	return s + " (" + strings.Join(results, ", ") + ")"
}

// Methods returns the methods of the generated Handler interface, in its order.
func Methods(p *Package) []Method {
	var methods []Method
	for _, a := range p.Auth {
		methods = append(methods, authMethod(p, a))
	}
	for _, t := range p.Topics {
		for _, c := range t.Publish.cases() {
			methods = append(methods, topicMethod(p, t, c))
		}
	}
	for _, e := range p.Events {
		methods = append(methods, eventMethod(p, e))
	}
	if p.Unmatched == UnmatchedHandle {
		methods = append(methods, Method{
			Name:    "HandleUnmatched",
			Doc:     []string{"HandleUnmatched gets what clients publish to names that no topic describes."},
			Params:  []Arg{ctxArg(), {"m", mqttxType("*", "Message")}},
			Results: []Type{errorType()},
		})
	}
	return methods
}

// Optional returns the methods that are called on a handler that has them.
func Optional(p *Package) []Method {
	methods := []Method{
		{
			Name:    "Connected",
			Doc:     []string{"Connected is called when a client has been let in. An error disconnects it."},
			Params:  []Arg{ctxArg()},
			Results: []Type{errorType()},
		},
		{
			Name:   "Disconnected",
			Doc:    []string{"Disconnected is called once, when a connection that was let in has ended."},
			Params: []Arg{ctxArg(), {"reason", errorType()}},
		},
		{
			Name:    "HandleInfo",
			Doc:     []string{"HandleInfo gets what the program sends to this connection with Send, of Server or Conn."},
			Params:  []Arg{ctxArg(), {"v", Type{Name: "any"}}},
			Results: []Type{errorType()},
		},
		{
			Name:   "Unsubscribed",
			Doc:    []string{"Unsubscribed is called when the client has ended its subscription to a filter."},
			Params: []Arg{ctxArg(), {"filter", Type{Name: "string"}}},
		},
		{
			Name:   "Acknowledged",
			Doc:    []string{"Acknowledged is called when the client has acknowledged a message of QoS 1 or 2."},
			Params: []Arg{ctxArg(), {"d", mqttxType("", "Delivery")}},
		},
	}
	for _, t := range p.Topics {
		if t.Subscribe != nil {
			methods = append(methods, subscribeMethod(p, t))
		}
		if t.clears() {
			methods = append(methods, clearedMethod(p, t))
		}
	}
	return methods
}

// optionalInterface is the name of the interface of an optional method.
func optionalInterface(m Method) string {
	switch {
	case m.Name == "HandleInfo":
		return "InfoHandler"
	case m.Topic == "":
		return m.Name + "Handler"
	}
	if of, ok := strings.CutPrefix(m.Name, "Subscribe"); ok {
		return of + "Subscriber"
	}
	return strings.TrimPrefix(m.Name, "Cleared") + "Clearer"
}

func authMethod(p *Package, a *AuthMethod) Method {
	m := Method{
		Name:    "Authenticate" + a.GoName,
		Auth:    a.Name,
		Params:  []Arg{ctxArg(), {"c", mqttxType("*", "Connect")}},
		Results: []Type{errorType()},
	}
	text := Type{Name: "string"}
	switch a.Kind {
	case AuthPassword:
		m.Doc = []string{m.Name + " decides on a client that comes with a user name: nil lets it in."}
		m.Params = append(m.Params, Arg{"user", text}, Arg{"password", Type{Prefix: "[]", Name: "byte"}})
	case AuthAnonymous:
		m.Doc = []string{m.Name + " decides on a client that comes without a user name: nil lets it in."}
	case AuthMTLS:
		m.Doc = []string{m.Name + " decides on a client with a verified certificate: nil lets it in."}
		m.Params = append(m.Params, Arg{"cert", mqttxType("", "Certificate")})
	case AuthJWT:
		m.Doc = []string{m.Name + " decides on a client with a verified JSON Web Token: nil lets it in."}
		if a.Claims != nil {
			m.Params = append(m.Params, Arg{"claims", Type{"", p.Path, p.Name, a.Claims.GoName}})
		}
	case AuthScram:
		m.Name = "Scram" + a.GoName
		m.Doc = []string{m.Name + " returns the credentials of a user, for " + oneLine(a.Exchange) + ". An error refuses the client."}
		m.Params = append(m.Params, Arg{"user", text})
		m.Results = []Type{mqttxType("", "ScramCredentials"), errorType()}
	case AuthEnhanced:
		m.Name = "Auth" + a.GoName
		m.Doc = []string{
			m.Name + " takes the data of a client that authenticates with " + oneLine(a.Exchange) + " to the next step: mqttx.Continue " +
				"asks it for more, mqttx.Done lets it in, an error refuses it. The user of c.Identity is this method's to set.",
		}
		m.Params = append(m.Params, Arg{"data", Type{Prefix: "[]", Name: "byte"}})
		m.Results = []Type{mqttxType("", "AuthStep"), errorType()}
	}
	m.Doc = append(m.Doc, docLines(a.Description)...)
	return m
}

func topicMethod(p *Package, t *Topic, c *Case) Method {
	m := Method{
		Name:    "Handle" + t.GoName + c.GoName,
		Topic:   t.Name,
		Params:  []Arg{ctxArg(), {"m", Type{"*", p.Path, p.Name, t.message(c)}}},
		Results: []Type{errorType()},
	}
	about := m.Name + " gets what clients publish to " + oneLine(t.Pattern)
	if choice := t.Publish.Choice; choice != nil {
		about += ", with the " + choice.what() + " " + oneLine(c.Value)
	}
	if answers(p, t) {
		about += ", but for the answers that requests wait for"
	}
	m.Doc = append([]string{about + "."}, docLines(t.Description)...)
	return m
}

func eventMethod(p *Package, e *Event) Method {
	m := Method{
		Name:    "On" + e.GoName,
		Event:   e.Name,
		Params:  []Arg{ctxArg(), {"e", Type{"*", p.Path, p.Name, e.Payload.GoName}}},
		Results: []Type{errorType()},
	}
	m.Doc = append([]string{m.Name + " gets event " + oneLine(e.Name) + ", which the program sends to this connection."}, docLines(e.Description)...)
	return m
}

func subscribeMethod(p *Package, t *Topic) Method {
	m := Method{
		Name:    "Subscribe" + t.GoName,
		Topic:   t.Name,
		Params:  []Arg{ctxArg(), {"s", Type{"*", p.Path, p.Name, t.GoName + "Subscription"}}},
		Results: []Type{mqttxType("", "QoS"), errorType()},
	}
	m.Doc = []string{m.Name + " decides on a filter that reaches " + oneLine(t.Pattern) + " and was granted: it may lower the QoS, or refuse."}
	return m
}

func clearedMethod(p *Package, t *Topic) Method {
	m := Method{
		Name:    "Cleared" + t.GoName,
		Topic:   t.Name,
		Params:  []Arg{ctxArg(), {"t", Type{"", p.Path, p.Name, t.GoName + "Topic"}}},
		Results: []Type{errorType()},
	}
	m.Doc = []string{m.Name + " is called when a client clears the retained message of a name of " + oneLine(t.Pattern) + "."}
	return m
}

func ctxArg() Arg { return Arg{"ctx", Type{"", "context", "context", "Context"}} }

func errorType() Type { return Type{Name: "error"} }

func mqttxType(prefix, name string) Type { return Type{prefix, mqttxPath, "mqttx", name} }
