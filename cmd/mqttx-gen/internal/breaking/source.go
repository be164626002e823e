package breaking

import (
	"fmt"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

const goCode = "Go code that uses it"

// symbol is something of the generated package that Go code can use.
type symbol struct {
	key    string // "Reading.Temperature"
	parent string // key of the symbol that it goes with
	what   string // "field Temperature of Reading"
	sig    string // its Go type, or what else it is told by
	gone   string // code if it is gone
	other  string // code if its type is another
	pos    spec.Pos
	same   string // what it is called in the spec, to find it under another name
}

// symbols lists what Go code can use of the package of a spec. A new method of Handler is not missed in it: generate
// appends it.
type symbols struct {
	list  []symbol
	byKey map[string]*symbol
	same  map[string]*symbol
}

func (s *symbols) add(one symbol) {
	if s.byKey[one.key] == nil {
		s.list = append(s.list, one)
		s.byKey[one.key] = &one
		s.same[one.parent+" "+one.same] = &one
	}
}

// source compares Go names and types.
func (c *comparer) source() {
	for _, one := range []struct{ what, from, to string }{
		{"go.package", c.old.Go.Package, c.now.Go.Package}, {"go.out", c.old.Go.Out, c.now.Go.Out},
	} {
		if one.from != one.to {
			c.changed("MQX250", c.now.Go.Pos, one.what, one.from, one.to, "Go code that imports the package")
		}
	}
	old, now := goSymbols(c.old), goSymbols(c.now)
	for _, a := range old.list {
		b := now.byKey[a.key]
		switch {
		case a.parent != "" && now.byKey[a.parent] == nil: // told of
		case b == nil:
			c.goneSymbol(&a, now)
		case a.sig != b.sig:
			c.changedSymbol(&a, b)
		}
	}
}

func (c *comparer) goneSymbol(a *symbol, now *symbols) {
	f := Finding{Code: a.gone, Pos: a.pos, Gone: true, From: a.sig, Breaks: goCode, Message: a.what + " is gone"}
	if b := now.same[a.parent+" "+a.same]; a.same != "" && b != nil {
		f.Pos, f.Gone, f.To = b.pos, false, b.sig
		f.Hint = "it is " + b.key + " now"
	} else if t := topicNamed(c.old, a.same); strings.HasPrefix(a.key, "topic ") && t != nil {
		if u := c.sameNames(t); u != nil {
			f.Pos, f.Gone = u.Pos, false
			f.Hint = fmt.Sprintf("topic %q has the same pattern; `mqttx-gen rename topic %s %s` takes your methods along", u.Name, t.Name, u.Name)
		}
	}
	c.add(f)
}

func (c *comparer) changedSymbol(a, b *symbol) {
	code := a.other
	if code == "MQX254" && bare(a.sig) == bare(b.sig) {
		code = "MQX255"
	}
	c.changed(code, b.pos, a.what, a.sig, b.sig, goCode)
}

// bare is a Go type without what says that a value may be left out or null.
func bare(sig string) string {
	for _, wrap := range []string{"payload.Opt[", "payload.Null["} {
		if inner, ok := strings.CutPrefix(sig, wrap); ok {
			sig = strings.TrimSuffix(inner, "]")
		}
	}
	return sig
}

func goSymbols(f *spec.File) *symbols {
	s := &symbols{byKey: map[string]*symbol{}, same: map[string]*symbol{}}
	for _, p := range f.Payloads {
		s.payload(p)
	}
	for _, a := range f.Auth {
		s.auth(a)
		if a.Claims != nil {
			s.payload(a.Claims)
		}
	}
	for _, t := range f.Topics {
		s.topic(t)
	}
	for _, e := range f.Events {
		s.event(e)
		if e.Own {
			s.payload(e.Payload)
		}
	}
	if f.Server.Unmatched == spec.UnmatchedHandle {
		s.method("Handler", "HandleUnmatched", "(*mqttx.Message)", "", f.Server.Pos)
	}
	return s
}

func (s *symbols) payload(p *spec.Payload) {
	switch {
	case p.Schema != nil:
		s.schema(p.Schema, p.Name, p.Pos)
	case p.Encoding == spec.EncodingProtobuf:
		s.add(symbol{key: p.GoName, what: "type " + p.GoName, sig: "protobuf message " + p.Message, gone: "MQX251", other: "MQX252", pos: p.Pos, same: p.Name})
	}
}

// schema lists the types that are declared for a schema and what it holds.
func (s *symbols) schema(sc *spec.Schema, name string, pos spec.Pos) {
	if sc == nil || sc.Kind == spec.KindRef && sc.GoType == "" {
		return
	}
	if sc.GoType != "" {
		s.add(symbol{key: sc.GoType, what: "type " + sc.GoType, sig: underlying(sc), gone: "MQX251", other: "MQX252", pos: pos, same: name})
	}
	for _, v := range sc.Enum {
		if sc.GoType != "" && v.GoName != "" {
			s.add(symbol{key: v.GoName, parent: sc.GoType, what: "constant " + v.GoName, sig: sc.GoType, gone: "MQX256", other: "MQX258", pos: v.Pos, same: v.JSON})
		}
	}
	for _, p := range sc.Properties {
		if p.Fixed() != nil {
			continue
		}
		s.field(sc.GoType, p.GoName, p.Name, fieldType(p), p.Pos)
		s.schema(p.Schema, "", p.Schema.Pos)
	}
	for i, p := range sc.PrefixItems {
		if p.Fixed() != nil {
			continue
		}
		typ := goType(p.Schema)
		if i >= count(sc.MinItems) {
			typ = "payload.Opt[" + typ + "]"
		}
		s.field(sc.GoType, p.GoName, p.Name, typ, p.Pos)
		s.schema(p.Schema, "", p.Schema.Pos)
	}
	if sc.AdditionalGoName != "" {
		s.field(sc.GoType, sc.AdditionalGoName, "", "map[string]"+goType(sc.Additional), sc.Pos)
	}
	if len(sc.PrefixItems) > 0 && sc.Items != nil {
		s.field(sc.GoType, sc.RestGoName, "", "[]"+goType(sc.Items), sc.Pos)
	}
	s.schema(sc.Additional, "", sc.Pos)
	s.schema(sc.Items, "", sc.Pos)
	for _, v := range sc.Variants {
		s.schema(v.Schema, "", v.Pos)
	}
}

func (s *symbols) field(typ, goName, name, sig string, pos spec.Pos) {
	s.add(symbol{key: typ + "." + goName, parent: typ, what: "field " + goName + " of " + typ, sig: sig, gone: "MQX253", other: "MQX254", pos: pos, same: name})
}

// method adds a method, or a function where typ is empty.
func (s *symbols) method(typ, name, sig, parent string, pos spec.Pos) {
	key, what := typ+"."+name, "method "+name+" of "+typ
	if typ == "" {
		key, what = name, "function "+name
	}
	s.add(symbol{key: key, parent: parent, what: what, sig: sig, gone: "MQX257", other: "MQX258", pos: pos})
}

func (s *symbols) topic(t *spec.Topic) {
	all, of := "topic "+t.GoName, t.GoName+"Topic"
	s.add(symbol{key: all, what: fmt.Sprintf("all that topic %q declares, such as %s,", t.Name, of), gone: "MQX251", other: "MQX252", pos: t.Pos, same: t.Name})
	s.add(symbol{key: of, parent: all, what: "type " + of, sig: "struct", gone: "MQX251", other: "MQX252", pos: t.Pos})
	for _, p := range t.Params {
		s.field(of, p.GoName, p.Name, goType(p.Schema), p.Pos)
	}
	s.method("", "Parse"+of, "(string)", all, t.Pos)
	if d := t.Publish; d != nil {
		eachPayload(d, func(suffix, typ string) {
			message := t.GoName + suffix + "Message"
			s.add(symbol{key: message, parent: all, what: "type " + message, sig: "struct", gone: "MQX251", other: "MQX252", pos: d.Pos})
			if typ != "" {
				s.add(symbol{key: message + ".Payload", parent: message, what: "field Payload of " + message, sig: typ, gone: "MQX253", other: "MQX254", pos: d.Pos})
			}
			s.method("Handler", "Handle"+t.GoName+suffix, "(*"+message+")", all, d.Pos)
		})
	}
	if d := t.Subscribe; d != nil {
		eachPayload(d, func(suffix, typ string) {
			sig := "(" + of + ", " + orWord(typ, "[]byte") + ")"
			s.method("Server", "Publish"+t.GoName+suffix, sig, all, d.Pos)
			s.method("Conn", "Publish"+t.GoName+suffix, sig, all, d.Pos)
			if t.Reply != nil {
				s.method("Server", "Request"+t.GoName+suffix, sig+" *"+t.Reply.GoName+"Message", all, d.Pos)
			}
		})
	}
}

// eachPayload calls f for each payload that a direction carries; typ is empty for raw bytes.
func eachPayload(d *spec.Direction, f func(suffix, typ string)) {
	switch ref := d.Payload; {
	case ref.Choice != nil:
		for _, one := range ref.Choice.Cases {
			f(one.GoName, one.Payload.GoName)
		}
	case ref.Raw():
		f("", "")
	default:
		f("", ref.Payload.GoName)
	}
}

func (s *symbols) auth(a *spec.Auth) {
	name, sig := "Authenticate"+a.GoName, "(*mqttx.Connect"
	switch a.Method {
	case spec.MethodPassword:
		sig += ", string, []byte"
	case spec.MethodMTLS:
		sig += ", mqttx.Certificate"
	case spec.MethodJWT:
		if a.Claims != nil {
			sig += ", " + a.Claims.GoName
		}
	case spec.MethodScramSHA256, spec.MethodScramSHA512:
		name, sig = "Scram"+a.GoName, sig+", string"
	case spec.MethodEnhanced:
		name, sig = "Auth"+a.GoName, sig+", []byte"
	}
	s.method("Handler", name, sig+")", "", a.Pos)
	if a.Claims != nil {
		s.method("Conn", a.GoName+"Claims", a.Claims.GoName, "", a.Pos)
	}
}

func (s *symbols) event(e *spec.Event) {
	s.method("Handler", "On"+e.GoName, "(*"+e.Payload.GoName+")", "", e.Pos)
	s.method("Server", "Send"+e.GoName, "("+e.Payload.GoName+")", "", e.Pos)
	s.method("Conn", "Send"+e.GoName, "("+e.Payload.GoName+")", "", e.Pos)
}

// fieldType is the Go type of a struct's field.
func fieldType(p *spec.Property) string {
	if p.Required {
		return goType(p.Schema)
	}
	return "payload.Opt[" + goType(p.Schema) + "]"
}

// goType is the Go type of a value.
func goType(s *spec.Schema) string {
	typ := s.GoType
	switch {
	case s.Kind == spec.KindRef && s.Ref != nil:
		typ = s.Ref.GoName
	case s.XGoType != "":
		typ = s.XGoType
	case typ == "":
		typ = underlying(s)
	}
	if s.Nullable {
		return "payload.Null[" + typ + "]"
	}
	return typ
}

// underlying is the Go type that a declared type is made of.
func underlying(s *spec.Schema) string {
	switch s.Kind {
	case spec.KindRef:
		return s.Ref.GoName
	case spec.KindObject:
		if len(s.Properties) == 0 && s.Additional != nil {
			return "map[string]" + goType(s.Additional)
		}
		return "struct"
	case spec.KindUnion:
		return "union"
	case spec.KindArray:
		if len(s.PrefixItems) > 0 {
			return "struct"
		}
		if s.Items == nil {
			return "[]any"
		}
		return "[]" + goType(s.Items)
	case spec.KindBoolean:
		return "bool"
	}
	return scalarType(s)
}

// scalarTypes are the Go types of formats; what is not here is a string.
var scalarTypes = map[spec.Format]string{
	spec.FormatDateTime: "time.Time", spec.FormatDate: "payload.Date", spec.FormatTime: "payload.Time", spec.FormatDuration: "payload.Duration",
	spec.FormatUUID: "payload.UUID", spec.FormatByte: "[]byte", spec.FormatIPv4: "netip.Addr", spec.FormatIPv6: "netip.Addr",
	spec.FormatInt32: "int32", spec.FormatInt64: "int64", spec.FormatUint32: "uint32", spec.FormatUint64: "uint64",
	spec.FormatFloat: "float32", spec.FormatDouble: "float64",
}

func scalarType(s *spec.Schema) string {
	if typ := scalarTypes[s.Format]; typ != "" {
		return typ
	}
	switch s.Kind {
	case spec.KindInteger:
		return "int64"
	case spec.KindNumber:
		return "float64"
	case spec.KindAny:
		return "any"
	}
	return "string"
}
