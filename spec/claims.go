package spec

import (
	"fmt"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// scalarTypes are the words for a claim that has no schema.
var scalarTypes = []string{"string", "integer", "number", "boolean"}

// authClaims reads the claims of a token: a type word or a schema for each. Together they are an object, which skips
// other claims.
func (d *decoder) authClaims(a *Auth, e entry) {
	s := &Schema{Pos: d.Pos(e.value), Path: "of the claims of " + a.Name, Kind: KindObject}
	d.decodeMap(e, "claim", false, func(name string, ce entry) {
		ce.where = fmt.Sprintf("claim %q of auth method %q", name, a.Name)
		if name == "" {
			d.Fail("MQX022", d.Pos(ce.key), "a claim of auth method %q has no name", a.Name)
			return
		}
		p := &Property{Name: name, Pos: d.Pos(ce.key)}
		p.Schema, p.GoName = d.claimSchema(name, ce)
		s.Properties = append(s.Properties, p)
		d.checks = append(d.checks, func() {
			p.Required = p.Schema.Default == nil
			d.checkClaim(p, ce)
		})
	})
	if len(s.Properties) > 0 {
		a.Claims = &Payload{Name: "claims of " + a.Name, Pos: d.Pos(e.key), Encoding: EncodingJSON, Schema: s}
	}
}

// claimSchema reads one claim.
func (d *decoder) claimSchema(name string, e entry) (s *Schema, goName string) {
	path := "of claim " + name
	if e.value.Kind != yaml.ScalarNode {
		return d.schema(e, path)
	}
	s = &Schema{Pos: d.Pos(e.value), Path: path}
	if syntax.IsNull(e.value) {
		d.wrongKind(e.value, d.Pos(e.key), e.where, "a type or a schema").Hint("write %s: string", name)
		return s, ""
	}
	kind := kinds[e.value.Value]
	switch kind {
	case KindString, KindBoolean:
		s.Kind = kind
	case KindInteger:
		s.Kind, s.Format = kind, FormatInt64
	case KindNumber:
		s.Kind, s.Format = kind, FormatDouble
	default:
		wrong := d.Fail("MQX036", s.Pos, "%s cannot be %q", e.where, e.value.Value).DidYouMean(e.value.Value, scalarTypes)
		if meant, _, _ := strings.Cut(typeWords[strings.ToLower(e.value.Value)], ","); meant != "" {
			wrong.Hint("write %s", meant)
		}
		if e.value.Value == "array" || e.value.Value == "list" {
			wrong.Hint("write {type: array, items: {type: string}}")
		}
	}
	return s, ""
}

// checkClaim reports a claim that is neither a scalar nor a list of scalars.
func (d *decoder) checkClaim(p *Property, e entry) {
	s := followed(p.Schema)
	if s != nil && s.Kind == KindArray && s.Items != nil && len(s.PrefixItems) == 0 {
		s = followed(s.Items)
	}
	if s == nil || s.Kind == KindInvalid || isScalar(s.Kind) {
		return
	}
	d.Fail("MQX036", p.Schema.Pos, "%s is neither a scalar nor a list of scalars", e.where).
		Hint("read the token's other parts in the Go method")
}

func isScalar(k Kind) bool {
	return k == KindString || k == KindInteger || k == KindNumber || k == KindBoolean
}

// followed follows references as Resolve does, and returns nil where one leads nowhere, which is reported.
func followed(s *Schema) *Schema {
	for range 1000 { // a circle of references is reported later
		if s == nil || s.Kind != KindRef {
			return s
		}
		if s.Ref == nil {
			return nil
		}
		s = s.Ref.Schema
	}
	return nil
}

// plainText says whether a schema is that of text which is compared as it is written.
func plainText(s *Schema) bool {
	return s != nil && s.Kind == KindString && s.Format == FormatNone && s.XGoType == "" && !s.Nullable
}

// claimProblem says how a claim could become a source for a token's clients, or "" if it is one.
func claimProblem(a *Auth, s Source) string {
	name, _ := s.Claim()
	add := fmt.Sprintf("add it to claims of %q: {%s: string}", a.Name, name)
	if a.Claims == nil {
		return add
	}
	var names []string
	for _, p := range a.Claims.Schema.Properties {
		resolved := followed(p.Schema)
		if p.Name == name && (resolved == nil || resolved.Kind == KindInvalid) {
			return "" // its schema is wrong, which is reported
		}
		if usable := p.Schema.Default == nil && plainText(resolved); usable {
			names = append(names, "claim."+p.Name)
		} else if p.Name == name {
			return "a source is a required claim of type string, without a format"
		}
	}
	for _, n := range names {
		if n == string(s) {
			return ""
		}
	}
	if near := report.Nearest(string(s), names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return add
}
