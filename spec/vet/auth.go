package vet

import (
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// auth finds methods that let in clients which may do nothing, or that are not what they seem.
func (v *finder) auth() {
	for i, a := range v.file.Auth {
		v.idle(a)
		v.algorithms(a)
		v.anonymousBound(a)
		if a.Method != spec.MethodJWT || a.In != "password" {
			continue
		}
		for _, other := range v.file.Auth[:i] {
			if other.Method == spec.MethodPassword {
				v.find(a.VetIgnore, "MQX116", a.Pos, "auth method %q decides only on clients without a user name: %q takes every client that has one", a.Name, other.Name).
					Hint("put %q in front of %q", a.Name, other.Name).Also(other.Pos, "%q comes first", other.Name)
			}
		}
	}
}

// Idle finds auth methods whose clients may do nothing, of all that Check finds: who adds a method to a spec shuts those
// of an anonymous one out of all topics that name no methods.
func Idle(f *spec.File) []report.Diagnostic {
	v := &finder{file: f}
	for _, a := range f.Auth {
		v.idle(a)
	}
	return f.Locate(v.list)
}

// idle finds methods that no topic lets in.
func (v *finder) idle(a *spec.Auth) {
	used := slices.ContainsFunc(v.file.Topics, func(t *spec.Topic) bool { return t.Allows(a.Name) })
	if used || len(v.file.Topics) == 0 || v.file.Server.Unmatched != spec.UnmatchedReject {
		return
	}
	what, why := "auth method", "each topic lists the methods that may use it: name this one there, or remove it"
	if a.Method == spec.MethodAnonymous {
		what, why = "the anonymous auth method", "a topic without auth lets in every method but anonymous: name it in auth of a topic, or remove it"
	}
	v.find(a.VetIgnore, "MQX102", a.Pos, "no topic names %s %q: its clients may do nothing", what, a.Name).
		Hint("%s", why)
}

// algorithms finds signatures with a shared secret beside those with a public key.
func (v *finder) algorithms(a *spec.Auth) {
	var shared, public []string
	for _, word := range a.Algorithms {
		if strings.HasPrefix(word, "HS") {
			shared = append(shared, word)
		} else {
			public = append(public, word)
		}
	}
	if len(shared) > 0 && len(public) > 0 {
		v.find(a.VetIgnore, "MQX114", a.Pos, "auth method %q takes tokens signed with a shared secret (%s) and with a public key (%s)", a.Name, strings.Join(shared, ", "), strings.Join(public, ", ")).
			Hint("keep one kind, or make two methods of it")
	}
}

// anonymousBound finds methods whose clients say for themselves what parameters are bound to.
func (v *finder) anonymousBound(a *spec.Auth) {
	if a.Method != spec.MethodAnonymous {
		return
	}
	var topics []string
	for _, t := range v.file.Topics {
		bound := slices.ContainsFunc(t.Params, func(p *spec.Param) bool { return p.Bindings[a.Name] == spec.SourceClientID })
		if bound && t.Allows(a.Name) {
			topics = append(topics, t.Name)
		}
	}
	if len(topics) > 0 {
		v.find(a.VetIgnore, "MQX112", a.Pos, "clients of %q choose their client id freely, and parameters are bound to it in topic %s", a.Name, strings.Join(topics, ", ")).
			Hint("let other methods use these topics, or say that it is meant: x-vet-ignore: {MQX112: reason}")
	}
}
