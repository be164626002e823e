package spec

import (
	"strconv"
	"strings"
	"unicode"
)

// scopes are the sets of Go names of a generated package: names that stand in one of them must be distinct.
type scopes struct {
	types   *scope // what the package declares
	handler *scope // methods of the handler, also those that it may have
	server  *scope // methods of Server and Conn, also those that they have from package mqttx
	options *scope // fields of Options, also those that it has from package mqttx
	topics  *scope
	auth    *scope
	events  *scope
}

// The names that are always there. Those of the last two are the exported methods of mqttx.Server and mqttx.Conn, and the
// fields of mqttx.Options, which a test compares.
var (
	reservedTypes = []string{
		"Handler", "Conn", "Server", "Options", "NewServer", "SpecHash", "SpecVersion",
		"ConnectedHandler", "DisconnectedHandler", "InfoHandler", "UnmatchedHandler", "UnsubscribedHandler", "AcknowledgedHandler",
	}
	optionalMethods = []string{"Connected", "Disconnected", "HandleInfo", "HandleUnmatched", "Unsubscribed", "Acknowledged"}
	runtimeMethods  = []string{
		"Addrs", "Answer", "ClientID", "ClientIDs", "Disconnect", "DisconnectWith", "EndAt", "Identity",
		"ListenAndServe", "Publish", "Ready", "Recheck", "RemoteAddr", "Request", "Revoke", "Send", "Serve",
		"ServeConn", "Server", "Shutdown", "Stats", "Version",
	}
	runtimeOptions = []string{
		"AuthMethods", "Capabilities", "CloseOnRefusal", "HandlerTimes", "Limits", "Logger", "MaxKeepAlive",
		"MaxPacketSize", "MaxSessionExpiry", "Options", "Queues", "ReceiveMaximum", "SessionExpired", "Sys",
		"Timeouts", "TopicAliasMaximum", "Topics", "Trace", "Use", "Versions",
	}
)

func (d *decoder) newScopes() *scopes {
	reserve := func(what string, names ...string) *scope {
		s := &scope{d, map[string]named{}}
		for _, name := range names {
			s.add(name, what+" "+name, Pos{})
		}
		return s
	}
	return &scopes{
		types: reserve("the generated", reservedTypes...), handler: reserve("the handler's method", optionalMethods...),
		server: reserve("the method", runtimeMethods...), options: reserve("the option", runtimeOptions...),
		topics: reserve(""), auth: reserve(""), events: reserve(""),
	}
}

// addAll adds names that follow from one thing, and stops at the first that is taken: one mistake is one error.
func (s *scope) addAll(what string, pos Pos, names ...string) bool {
	for _, name := range names {
		before := len(s.d.Found)
		if s.add(name, what, pos); len(s.d.Found) > before {
			return false
		}
	}
	return true
}

// topicNames names topics and their parameters, and takes the names that follow from them. Those of the cases of a
// choice wait until payloads have names.
func (d *decoder) topicNames(g *scopes) {
	for _, t := range d.file.Topics {
		t.GoName = d.goName(t.GoName, t.Name, t.Pos)
		d.paramNames(t)
		if t.GoName == "" || !g.topics.addAll("topic "+t.Name, t.Pos, t.GoName) {
			continue
		}
		types := []string{t.GoName + "Topic", "Parse" + t.GoName + "Topic"}
		var handler, server []string
		if r := t.Publish; r != nil {
			if !r.several() {
				types = append(types, t.GoName+"Message")
				handler = append(handler, "Handle"+t.GoName)
			}
			if r.Retain != RetainForbidden {
				types = append(types, t.GoName+"Clearer")
				handler = append(handler, "Cleared"+t.GoName)
			}
		}
		if r := t.Subscribe; r != nil {
			types = append(types, t.GoName+"Subscriber", t.GoName+"Subscription")
			handler = append(handler, "Subscribe"+t.GoName)
			if !r.several() {
				server = append(server, "Publish"+t.GoName)
				if t.Reply != nil {
					server = append(server, "Request"+t.GoName)
				}
			}
		}
		what := "topic " + t.Name
		_ = g.types.addAll(what, t.Pos, types...) && g.handler.addAll(what, t.Pos, handler...) && g.server.addAll(what, t.Pos, server...)
	}
}

// several says whether a direction carries several payloads.
func (d *Direction) several() bool { return d.Payload != nil && d.Payload.Choice != nil }

// paramNames names the fields of a topic's struct, which has methods too.
func (d *decoder) paramNames(t *Topic) {
	params := &scope{d, map[string]named{}}
	for _, name := range []string{"String", "AppendTopic"} {
		params.add(name, "the method "+name, Pos{})
	}
	for _, p := range t.Params {
		given := p.GoName
		p.GoName = d.goName(given, p.Name, p.Pos)
		if given == "" && (p.GoName == "String" || p.GoName == "AppendTopic") {
			p.GoName += "Param"
		}
		params.add(p.GoName, "parameter "+p.Name, p.Pos)
	}
}

// caseNames names the cases of choices, and takes the names that follow from them.
func (d *decoder) caseNames(g *scopes) {
	for _, t := range d.file.Topics {
		if t.GoName == "" {
			continue
		}
		clash := map[*Case]bool{} // of a choice that both directions share
		for _, r := range []*Direction{t.Publish, t.Subscribe} {
			if r == nil || !r.several() {
				continue
			}
			nameCases(r.Payload.Choice)
			for _, c := range r.Payload.Choice.Cases {
				if !clash[c] {
					clash[c] = !g.caseName(t, r, c)
				}
			}
		}
	}
}

// caseName takes the names that follow from a case, and says whether they were free.
func (g *scopes) caseName(t *Topic, r *Direction, c *Case) bool {
	what, name := "value "+c.Value+" of topic "+t.Name, t.GoName+c.GoName
	if r == t.Publish {
		return g.types.addAll(what, c.Pos, name+"Message") && g.handler.addAll(what, c.Pos, "Handle"+name)
	}
	return g.server.addAll(what, c.Pos, "Publish"+name) && (t.Reply == nil || g.server.addAll(what, c.Pos, "Request"+name))
}

// nameCases gives each case the Go name of its payload, or, where several cases have one name, that of its value.
// What would have one name even so is numbered.
func nameCases(c *Choice) {
	count := map[string]int{}
	for _, one := range c.Cases {
		if one.Payload != nil {
			count[one.Payload.GoName]++
		}
	}
	taken := map[string]bool{}
	for _, one := range c.Cases { // names of payloads first: they stay as they are
		if one.GoName = ""; one.Payload != nil && count[one.Payload.GoName] == 1 {
			one.GoName = one.Payload.GoName
			taken[one.GoName] = true
		}
	}
	for _, one := range c.Cases {
		if one.GoName != "" {
			continue
		}
		base := suffixName(one.Value)
		name := base
		for n := 2; taken[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		one.GoName, taken[name] = name, true
	}
}

// suffixName makes the end of a Go name from any text.
func suffixName(text string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, GoName(text))
	if name == "" {
		return "Value"
	}
	return name
}

// authNames names auth methods and their claims, and takes the names that follow from them.
func (d *decoder) authNames(g *scopes) {
	for _, a := range d.file.Auth {
		a.GoName = d.goName(a.GoName, a.Name, a.Pos)
		what := "auth method " + a.Name
		if a.GoName == "" || !g.auth.addAll(what, a.Pos, a.GoName) || !g.handler.addAll(what, a.Pos, authMethodName(a)) {
			continue
		}
		g.types.add("Method"+a.GoName, what, a.Pos)
		switch a.Method {
		case MethodJWT, MethodScramSHA256, MethodScramSHA512:
			g.options.addAll(what, a.Pos, a.GoName)
		}
		if a.Claims != nil {
			a.Claims.GoName = a.GoName + "Claims"
			a.Claims.Schema.GoType = a.Claims.GoName
			_ = g.types.addAll(what, a.Pos, a.Claims.GoName) && g.server.addAll(what, a.Pos, a.Claims.GoName)
		}
	}
}

// authMethodName is the name of the Go method that decides.
func authMethodName(a *Auth) string {
	switch a.Method {
	case MethodScramSHA256, MethodScramSHA512:
		return "Scram" + a.GoName
	case MethodEnhanced:
		return "Auth" + a.GoName
	}
	return "Authenticate" + a.GoName
}

// eventNames names events and the types of their own. Such a type has the name of its event, and Event behind it where
// something else has that name already.
func (d *decoder) eventNames(g *scopes) {
	for _, e := range d.file.Events {
		e.GoName = d.goName(e.GoName, e.Name, e.Pos)
		what := "event " + e.Name
		if e.GoName == "" || !g.events.addAll(what, e.Pos, e.GoName) || !g.handler.addAll(what, e.Pos, "On"+e.GoName) ||
			!g.server.addAll(what, e.Pos, "Send"+e.GoName) || !e.Own {
			continue
		}
		name := e.GoName
		switch _, taken := g.types.names[name]; {
		case e.Payload.GoName != "": // x-go-name of the schema
			name = d.goName(e.Payload.GoName, e.Name, e.Pos)
		case taken:
			name += "Event"
		}
		e.Payload.GoName, e.Payload.Schema.GoType = name, name
		g.types.add(name, what, e.Pos)
	}
	for _, e := range d.file.Events {
		if e.Own && e.Payload.GoName != "" && e.Payload.Schema.GoType != "" {
			d.schemaNames(g.types, e.Payload.Schema, e.Payload.GoName)
		}
	}
}
