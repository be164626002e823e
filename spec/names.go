package spec

import (
	"go/token"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]bool{
	"api": true, "cpu": true, "dns": true, "gps": true, "html": true, "http": true, "https": true, "id": true, "ip": true,
	"json": true, "mac": true, "mqtt": true, "ok": true, "ram": true, "tcp": true, "tls": true, "udp": true, "uri": true, "url": true,
	"utc": true, "utf8": true, "uuid": true, "vin": true, "xml": true, "yaml": true,
}

// GoName makes an exported Go name from a name of the spec: "command_result" is CommandResult, "device-id" DeviceID.
// It returns "" if nothing in it can be one; a name that would start with a digit is returned as it is.
func GoName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if initialisms[strings.ToLower(word)] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		runes := []rune(word)
		b.WriteRune(unicode.ToUpper(runes[0]))
		b.WriteString(string(runes[1:]))
	}
	return b.String()
}

// words splits at everything that is no letter or digit, and where a small letter meets a capital.
func words(s string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, string(word))
		}
		word = nil
	}
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && len(word) > 0 && !unicode.IsUpper(word[len(word)-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return list
}

func goKeyword(s string) bool { return token.IsKeyword(s) }

// goName settles the Go name of something: what x-go-name says, or what follows from its name.
func (d *decoder) goName(given, name string, pos Pos) string {
	from, result := name, given
	if given == "" {
		result = GoName(name)
	} else {
		from = given
	}
	if token.IsIdentifier(result) && token.IsExported(result) {
		return result
	}
	wrong := d.fail("MQX022", pos, "%q makes no exported Go name", from)
	if given == "" {
		wrong.hint("add x-go-name: with a name that starts with a capital")
	} else {
		wrong.hint("write a name that starts with a capital and has letters, digits and _")
	}
	return ""
}

// scope is a set of Go names that must be distinct.
type scope struct {
	d     *decoder
	names map[string]named
}

type named struct {
	what string
	pos  Pos
}

// add reports a name that is taken.
func (s *scope) add(name, what string, pos Pos) {
	if name == "" {
		return
	}
	other, taken := s.names[name]
	if !taken {
		s.names[name] = named{what, pos}
		return
	}
	clash := s.d.fail("MQX023", pos, "%s and %s would both be %s in Go", other.what, what, name)
	if other.pos.Line == 0 {
		clash.hint("%s is always there: rename %s, or add x-go-name", other.what, what)
		return
	}
	clash.hint("rename one of them, or add x-go-name").also(other.pos, "%s is here", other.what)
}

// generatedNames is what every generated package declares, also where a spec has no use for it.
var generatedNames = []string{
	"AcknowledgedHandler", "Conn", "ConnectedHandler", "DisconnectedHandler", "Handler", "InfoHandler", "NewServer", "Options",
	"Server", "SpecHash", "SpecVersion", "UnmatchedHandler", "UnsubscribedHandler",
}

func newScope(d *decoder) *scope { return &scope{d, map[string]named{}} }

// generated takes names that are always there.
func (s *scope) generated(what string, names ...string) *scope {
	for _, name := range names {
		s.names[name] = named{what: what + " " + name}
	}
	return s
}

// goNames gives everything its Go name and reports those that clash. Payloads come first: what stands in them, and what
// topics declare, follows from their names.
func (d *decoder) goNames() {
	types := newScope(d).generated("the generated", generatedNames...)
	d.authNames()
	d.topicNames(types)
	d.eventNames()
	all := d.allPayloads()
	for _, p := range all {
		d.payloadName(types, p)
	}
	d.caseNames(types)
	d.methodNames()
	for _, p := range all {
		if p.Schema != nil && p.GoName != "" {
			d.schemaNames(types, p.Schema, p.GoName)
		}
	}
}

// payloadName names a payload. The name of a protobuf message comes from its file.
func (d *decoder) payloadName(types *scope, p *Payload) {
	if p.GoName == "" || p.Schema != nil {
		p.GoName = d.goName(p.GoName, p.Name, p.Pos)
	}
	if p.Schema == nil {
		return
	}
	p.Schema.GoType = p.GoName
	types.add(p.GoName, "payload "+p.Name, p.Pos)
	if p.Schema.Kind == KindUnion && p.GoName != "" {
		types.add(p.GoName+"Value", "the alternatives of payload "+p.Name, p.Pos)
	}
}

func (d *decoder) topicNames(types *scope) {
	topics := newScope(d)
	for _, t := range d.file.Topics {
		t.GoName = d.goName(t.GoName, t.Name, t.Pos)
		what := "topic " + t.Name
		topics.add(t.GoName, what, t.Pos)
		if t.GoName != "" {
			for _, name := range []string{t.GoName + "Topic", "Parse" + t.GoName + "Topic", t.GoName + "Message", t.GoName + "Subscription", t.GoName + "Subscriber", t.GoName + "Clearer"} {
				if other, taken := types.names[name]; !taken || other.what != what && topics.names[t.GoName].what == what {
					types.add(name, what, t.Pos)
				}
			}
		}
		params := newScope(d).generated("the method", "String", "AppendTopic")
		for _, p := range t.Params {
			p.GoName = d.goName(p.GoName, p.Name, p.Pos)
			params.add(p.GoName, "parameter "+p.Name, p.Pos)
		}
	}
}

// authNames names the methods, and the claims of tokens.
func (d *decoder) authNames() {
	methods := newScope(d).generated("the field of Options", "Options")
	for _, a := range d.file.Auth {
		a.GoName = d.goName(a.GoName, a.Name, a.Pos)
		methods.add(a.GoName, "auth method "+a.Name, a.Pos)
		if a.Claims != nil && a.GoName != "" {
			a.Claims.GoName = a.GoName + "Claims"
		}
	}
}

// eventNames names the events, and the payloads that are their own.
func (d *decoder) eventNames() {
	events := newScope(d)
	for _, e := range d.file.Events {
		e.GoName = d.goName(e.GoName, e.Name, e.Pos)
		events.add(e.GoName, "event "+e.Name, e.Pos)
		if e.Own && e.Payload != nil && e.GoName != "" {
			e.Payload.GoName = e.GoName
		}
	}
}

// caseNames names the payloads of a topic that has several: by the payload, or by the value where one stands twice.
func (d *decoder) caseNames(types *scope) {
	for _, t := range d.file.Topics {
		for _, c := range t.choices() {
			times := map[*Payload]int{}
			for _, one := range c.Cases {
				times[one.Payload]++
			}
			cases := newScope(d)
			for _, one := range c.Cases {
				if one.GoName == "" && one.Payload != nil && times[one.Payload] == 1 {
					one.GoName = one.Payload.GoName
				} else {
					one.GoName = d.goName(one.GoName, one.Value, one.Pos)
				}
				cases.add(one.GoName, "value "+one.Value, one.Pos)
			}
		}
		if t.Publish == nil || t.Publish.Payload == nil || t.Publish.Payload.Choice == nil || t.GoName == "" {
			continue
		}
		for _, one := range t.Publish.Payload.Choice.Cases {
			types.add(t.GoName+one.GoName+"Message", "value "+one.Value+" of topic "+t.Name, one.Pos)
		}
	}
}

// choices returns those of publish and subscribe, each once.
func (t *Topic) choices() []*Choice {
	var list []*Choice
	for _, r := range []*Direction{t.Publish, t.Subscribe} {
		if r == nil || r.Payload == nil || r.Payload.Choice == nil {
			continue
		}
		if len(list) == 0 || list[0] != r.Payload.Choice {
			list = append(list, r.Payload.Choice)
		}
	}
	return list
}

// methodNames reports methods of the handler, of Server and of Conn that would have one name.
func (d *decoder) methodNames() {
	handler := newScope(d).generated("the method", "HandleInfo", "HandleUnmatched", "Connected", "Disconnected", "Unsubscribed", "Acknowledged")
	conn := newScope(d).generated("the method", "Server")
	seen := map[string]bool{"": true}
	for _, t := range d.file.Topics {
		if seen[t.GoName] { // which is reported
			continue
		}
		seen[t.GoName] = true
		what := "topic " + t.Name
		each := func(r *Direction, add func(suffix string, what string, pos Pos)) {
			switch {
			case r == nil:
			case r.Payload == nil || r.Payload.Choice == nil:
				add("", what, t.Pos)
			default:
				for _, one := range r.Payload.Choice.Cases {
					add(one.GoName, "value "+one.Value+" of "+what, one.Pos)
				}
			}
		}
		each(t.Publish, func(suffix, what string, pos Pos) { handler.add("Handle"+t.GoName+suffix, what, pos) })
		each(t.Subscribe, func(suffix, what string, pos Pos) {
			conn.add("Publish"+t.GoName+suffix, what, pos)
			if t.Reply != nil {
				conn.add("Request"+t.GoName+suffix, what, pos)
			}
		})
	}
	for _, e := range d.file.Events {
		if e.GoName != "" {
			conn.add("Send"+e.GoName, "event "+e.Name, e.Pos)
		}
	}
	for _, a := range d.file.Auth {
		if a.Claims != nil && a.GoName != "" {
			conn.add(a.GoName+"Claims", "auth method "+a.Name, a.Pos)
		}
	}
}
