package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// bindings reads one source for every auth method, or a map from auth method to source.
func (d *decoder) bindings(t *topicDraft, p *Param, e entry) {
	p.IsPos = d.Pos(e.key)
	if p.Rest {
		d.Fail("MQX064", p.IsPos, "parameter %q takes several levels: it cannot be bound", p.Name).Hint("write {%s} in the pattern for one level", p.Name)
		return
	}
	d.checks = append(d.checks, func() { // what claims refer to is known then
		if e.value.Kind == yaml.MappingNode {
			d.bindEach(p, e)
		} else {
			d.bindAll(t.Topic, p, e)
		}
	})
}

// bindAll binds a parameter to one source, for the methods that have it.
func (d *decoder) bindAll(t *Topic, p *Param, e entry) {
	source, ok := d.Source(e)
	if !ok {
		return
	}
	for _, a := range d.file.Auth {
		if hasSource(a, source) {
			p.Bindings[a.Name] = source
		} else if t.Allows(a.Name) {
			d.lacks(a, source, d.Pos(e.value)).
				Hint("%s; write is: {METHOD: %s} for the methods that have it, or leave %s out of this topic", sourcesText(a), source, a.Name)
		}
	}
}

// bindEach binds a parameter by a map from auth method to source.
func (d *decoder) bindEach(p *Param, e entry) {
	d.decodeMap(e, e.what(), true, func(method string, be entry) {
		be.where = e.what()
		source, ok := d.Source(be)
		a := d.authNamed(method, d.Pos(be.key))
		if a == nil || !ok {
			return
		}
		if hasSource(a, source) {
			p.Bindings[a.Name] = source
			return
		}
		hint := sourcesText(a)
		if _, claim := source.Claim(); claim && a.Method == MethodJWT {
			hint = claimProblem(a, source)
		}
		d.lacks(a, source, d.Pos(be.value)).Hint("%s", hint)
	})
}

// Source reads the words of a source.
func (d *decoder) Source(e entry) (Source, bool) {
	text, ok := d.text(e)
	if !ok {
		return "", false
	}
	source := Source(text)
	if name, ok := source.Claim(); ok && name != "" {
		return source, true
	}
	if name, ok := source.Cert(); ok {
		if slices.Contains(certFields, name) {
			return source, true
		}
		d.Fail("MQX064", d.Pos(e.value), "%s: a certificate has no field %q", e.what(), name).DidYouMean(name, certFields)
		return "", false
	}
	if source == SourceClientID || source == SourceUser {
		return source, true
	}
	wrong := d.Fail("MQX012", d.Pos(e.value), "%s cannot be %q", e.what(), text).Hint("known here: client_id, user, claim.NAME, cert.FIELD")
	switch near := report.Nearest(text, []string{string(SourceClientID), string(SourceUser)}); {
	case slices.Contains(certFields, text):
		wrong.Hint("write cert.%s", text)
	case d.isClaim(text):
		wrong.Hint("write claim.%s", text)
	case near != "":
		wrong.Hint("did you mean %q?", near)
	}
	return "", false
}

// isClaim says whether some method has a claim of this name.
func (d *decoder) isClaim(name string) bool {
	return slices.ContainsFunc(d.file.Auth, func(a *Auth) bool {
		return a.Claims != nil && slices.ContainsFunc(a.Claims.Schema.Properties, func(p *Property) bool { return p.Name == name })
	})
}

// hasSource says whether clients of an auth method have a source. A method that is not known has every one.
func hasSource(a *Auth, s Source) bool {
	if _, ok := s.Claim(); ok {
		return a.Method == "" || a.Method == MethodJWT && claimProblem(a, s) == ""
	}
	if _, ok := s.Cert(); ok {
		return a.Method == "" || a.Method == MethodMTLS
	}
	if s != SourceUser {
		return true
	}
	switch a.Method {
	case MethodAnonymous, MethodMTLS, MethodEnhanced:
		return false
	case MethodJWT:
		return a.In != "user" // the token is there
	}
	return true
}

// sourcesText says which sources the clients of an auth method have.
func sourcesText(a *Auth) string {
	list := []string{string(SourceClientID)}
	if hasSource(a, SourceUser) {
		list = append(list, string(SourceUser))
	}
	if a.Method == MethodMTLS {
		list = append(list, "cert.FIELD")
	}
	if a.Claims != nil {
		for _, p := range a.Claims.Schema.Properties {
			if s := Source("claim." + p.Name); hasSource(a, s) {
				list = append(list, string(s))
			}
		}
	}
	return fmt.Sprintf("%q has %s", a.Name, strings.Join(list, ", "))
}

func (d *decoder) lacks(a *Auth, s Source, pos Pos) *Diagnostic {
	return d.Fail("MQX064", pos, "clients of auth method %q (%s) have no %q", a.Name, a.Method, s).
		Also(a.Pos, "%q is declared here", a.Name)
}

// authNamed resolves the name of an auth method, and reports one that there is not.
func (d *decoder) authNamed(name string, pos Pos) *Auth {
	if a := d.auth[name]; a != nil {
		return a
	}
	var names []string
	for _, a := range d.file.Auth {
		names = append(names, a.Name)
	}
	d.Fail("MQX032", pos, "there is no auth method %q", name).DidYouMean(name, names)
	return nil
}
