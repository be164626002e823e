package templates

// Method is one method that a user's handler has, for the writer of stubs.
type Method struct {
	Name    string   // HandleReading
	Topic   string   // the topic's name in the spec; empty for the methods of an auth method and the optional ones
	Auth    string   // the auth method's name in the spec; empty for all others
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
	for _, r := range m.Results {
		s += " " + r.String()
	}
	return s
}

// Methods returns the methods of the generated Handler interface, in its order.
func Methods(p *Package) []Method {
	var methods []Method
	for _, a := range p.Auth {
		methods = append(methods, authMethod(a))
	}
	for _, t := range p.Topics {
		if t.Publish != nil {
			methods = append(methods, topicMethod(p, t))
		}
	}
	if p.Unmatched == UnmatchedHandle {
		methods = append(methods, Method{
			Name:    "HandleUnmatched",
			Doc:     []string{"HandleUnmatched gets what clients publish to names that no topic describes."},
			Params:  []Arg{ctxArg(), {"m", Type{"*", mqttxPath, "mqttx", "Message"}}},
			Results: []Type{errorType()},
		})
	}
	return methods
}

// Optional returns the methods that are called on a handler that has them.
func Optional(*Package) []Method {
	return []Method{
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
			Doc:     []string{"HandleInfo gets what the program sends to this connection with Conn.Send."},
			Params:  []Arg{ctxArg(), {"v", Type{Name: "any"}}},
			Results: []Type{errorType()},
		},
	}
}

func authMethod(a *AuthMethod) Method {
	m := Method{
		Name:    "Authenticate" + a.GoName,
		Auth:    a.Name,
		Params:  []Arg{ctxArg(), {"c", Type{"*", mqttxPath, "mqttx", "Connect"}}},
		Results: []Type{errorType()},
	}
	switch a.Kind {
	case AuthPassword:
		m.Doc = []string{m.Name + " decides on a client that comes with a user name: nil lets it in."}
		m.Params = append(m.Params, Arg{"user", Type{Name: "string"}}, Arg{"password", Type{Prefix: "[]", Name: "byte"}})
	case AuthAnonymous:
		m.Doc = []string{m.Name + " decides on a client that comes without a user name: nil lets it in."}
	}
	m.Doc = append(m.Doc, docLines(a.Description)...)
	return m
}

func topicMethod(p *Package, t *Topic) Method {
	m := Method{
		Name:    "Handle" + t.GoName,
		Topic:   t.Name,
		Params:  []Arg{ctxArg(), {"m", Type{"*", p.Path, p.Name, t.GoName + "Message"}}},
		Results: []Type{errorType()},
	}
	m.Doc = append([]string{m.Name + " gets what clients publish to " + oneLine(t.Pattern) + "."}, docLines(t.Description)...)
	return m
}

func ctxArg() Arg { return Arg{"ctx", Type{"", "context", "context", "Context"}} }

func errorType() Type { return Type{Name: "error"} }
