package templates

import (
	"fmt"
	"go/token"
)

// Reserved returns the exported names that every generated package declares.
func Reserved() []string {
	return []string{
		"AcknowledgedHandler", "Conn", "ConnectedHandler", "DisconnectedHandler", "Handler", "InfoHandler", "NewServer", "Options",
		"Server", "SpecHash", "SpecVersion", "UnsubscribedHandler",
	}
}

// Name is an exported name of a generated package, with what it is declared for.
type Name struct {
	Name string // "ReadingTopic"
	For  string // "topic reading"
}

// Names returns the names that a package declares because of its payloads, auth methods and topics. No two may be the same, nor one
// of them Reserved.
func Names(p *Package) []Name {
	var names []Name
	for _, payload := range p.Payloads {
		of := "payload " + payload.Name
		if payload.Schema != nil { // the type of a message in Protobuf is declared elsewhere
			names = append(names, Name{payload.GoName, of})
		}
		eachSchema(payload.Schema, func(s *Schema) {
			if s.GoType != "" && s != payload.Schema {
				names = append(names, Name{s.GoType, of})
			}
			if s.Kind == Union {
				names = append(names, Name{s.valueType(), of})
			}
			for _, v := range s.Enum {
				if s.GoType != "" {
					names = append(names, Name{v.GoName, of})
				}
			}
		})
	}
	for _, a := range p.Auth {
		names = append(names, Name{a.exported(), "auth method " + a.Name})
	}
	for _, t := range p.Topics {
		of := "topic " + t.Name
		names = append(names, Name{t.GoName + "Topic", of}, Name{"Parse" + t.GoName + "Topic", of})
		for _, c := range t.Publish.cases() {
			names = append(names, Name{t.message(c), of})
		}
		if t.Subscribe != nil {
			names = append(names, Name{t.GoName + "Subscription", of}, Name{t.GoName + "Subscriber", of})
		}
		if t.clears() {
			names = append(names, Name{t.GoName + "Clearer", of})
		}
	}
	return names
}

// checkNames refuses a model whose names would not compile.
func checkNames(p *Package) error {
	seen := map[string]string{}
	for _, name := range Reserved() {
		seen[name] = "every package"
	}
	for _, n := range Names(p) {
		if err := addName(seen, n.Name, n.For); err != nil {
			return err
		}
	}
	for _, payload := range p.Payloads {
		if payload.codec() && nullable(payload.Schema) {
			return fmt.Errorf("print: payload %s as a whole may be null, which no Go value of type %s can be", payload.Name, payload.GoName)
		}
	}
	methods := map[string]string{}
	for _, m := range Methods(p) {
		of := "topics without a pattern"
		switch {
		case m.Topic != "":
			of = "topic " + m.Topic
		case m.Auth != "":
			of = "auth method " + m.Auth
		case m.Event != "":
			of = "event " + m.Event
		}
		if err := addName(methods, m.Name, of); err != nil {
			return err
		}
	}
	for _, m := range Optional(p) {
		of := "every handler"
		if m.Topic != "" {
			of = "topic " + m.Topic
		}
		if err := addName(methods, m.Name, of); err != nil {
			return err
		}
	}
	options := map[string]string{"Options": "every package"}
	for _, a := range p.Auth {
		if a.Needs() == "" {
			continue
		}
		if err := addName(options, a.GoName, "auth method "+a.Name); err != nil {
			return err
		}
	}
	if err := checkSends(p); err != nil {
		return err
	}
	return checkFields(p)
}

// checkSends does so for the methods of Server and Conn.
func checkSends(p *Package) error {
	methods := map[string]string{}
	for _, t := range p.Topics {
		for _, c := range t.Subscribe.cases() {
			if err := addName(methods, "Publish"+t.GoName+c.GoName, "topic "+t.Name); err != nil {
				return err
			}
			if t.Reply == nil {
				continue
			}
			if err := addName(methods, "Request"+t.GoName+c.GoName, "topic "+t.Name); err != nil {
				return err
			}
		}
	}
	for _, e := range p.Events {
		if err := addName(methods, "Send"+e.GoName, "event "+e.Name); err != nil {
			return err
		}
	}
	return nil
}

// checkFields does so for the fields of structs.
func checkFields(p *Package) error {
	for _, payload := range p.Payloads {
		var failed error
		eachSchema(payload.Schema, func(s *Schema) {
			if err := checkStruct(s); err != nil && failed == nil {
				failed = err
			}
		})
		if failed != nil {
			return failed
		}
	}
	for _, t := range p.Topics {
		fields, levels := map[string]string{}, map[string]string{}
		for _, param := range t.Params {
			of := "parameter " + t.Name + "." + param.Name
			if err := addName(fields, param.field(), of); err != nil {
				return err
			}
			if err := addName(levels, param.level(), of); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkStruct(s *Schema) error {
	fields := map[string]string{"DecodePayload": "its method", "AppendPayload": "its method"}
	all := append(append([]*Property(nil), s.Properties...), s.PrefixItems...)
	if s.AdditionalGoName != "" {
		all = append(all, &Property{Name: "additionalProperties", GoName: s.AdditionalGoName})
	}
	if s.RestGoName != "" {
		all = append(all, &Property{Name: "items", GoName: s.RestGoName})
	}
	for _, f := range all {
		if f.Fixed != nil {
			continue
		}
		if err := addName(fields, f.GoName, s.GoType+"."+f.Name); err != nil {
			return err
		}
	}
	return nil
}

func addName(seen map[string]string, name, of string) error {
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		return fmt.Errorf("print: %q of %s is not an exported name of Go", name, of)
	}
	if other, ok := seen[name]; ok {
		return fmt.Errorf("print: %s is declared for %s and for %s", name, other, of)
	}
	seen[name] = of
	return nil
}

// field is the name of a parameter in the topic's struct, which has methods too.
func (p *Param) field() string {
	if p.GoName == "String" {
		return p.GoName + "Param"
	}
	return p.GoName
}

// eachSchema visits s and what lies in it, but not what it refers to, in order. Nil is none.
func eachSchema(s *Schema, visit func(*Schema)) {
	if s == nil {
		return
	}
	visit(s)
	for _, child := range s.children() {
		eachSchema(child, visit)
	}
}

// declared returns the schemas that get a type of their own.
func declared(p *Package) []*Schema {
	var list []*Schema
	for _, payload := range p.Payloads {
		eachSchema(payload.Schema, func(s *Schema) {
			if s.GoType != "" {
				list = append(list, s)
			}
		})
	}
	return list
}

// patterns returns all regular expressions that are checked, each once.
func patterns(p *Package, needed map[operation]bool) []string {
	var list []string
	seen := map[string]bool{"": true}
	note := func(s *Schema) {
		if !seen[s.Pattern] {
			seen[s.Pattern] = true
			list = append(list, s.Pattern)
		}
	}
	for _, payload := range p.Payloads {
		eachSchema(payload.Schema, func(s *Schema) {
			if needed[operation{checking, nil, s}] {
				note(s)
			}
		})
	}
	for _, t := range p.Topics {
		for _, param := range t.Params {
			note(param.Schema)
		}
	}
	return list
}
