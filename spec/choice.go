package spec

import (
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// choiceDraft is a choice while it is read.
type choiceDraft struct {
	*Choice
	cases *entry
	bad   bool // by is wrong, which is reported
}

func choiceObject() *object[choiceDraft] {
	named := `a payload has a name: put it under "payloads", and write the name here`
	return &object[choiceDraft]{
		fields: []field[choiceDraft]{
			{"by", required, "content_type | user_property.NAME | field.NAME", "what tells the payloads apart: the Content Type, a User Property, or a field of all payloads", (*decoder).choiceBy},
			{"map", required, "map of name", "the value that stands there, and its payload", func(_ *decoder, c *choiceDraft, e entry) { c.cases = &e }},
		},
		hints: map[string]string{"schema": named, "encoding": named, "type": named, "properties": named, "oneOf": named},
	}
}

func (d *decoder) choiceBy(c *choiceDraft, e entry) {
	text, ok := d.text(e)
	c.bad = !ok
	if !ok {
		return
	}
	by, key, dotted := strings.Cut(text, ".")
	switch {
	case text == string(ByContentType):
		c.By = ByContentType
	case dotted && key != "" && (by == string(ByUserProperty) || by == string(ByField)):
		c.By, c.Key = ChoiceBy(by), key
	default:
		c.bad = true
		wrong := d.Fail("MQX012", d.Pos(e.value), "%s cannot be %q", e.what(), text).Hint("known here: content_type, user_property.NAME, field.NAME")
		if meant := report.Nearest(by, []string{string(ByContentType), string(ByUserProperty), string(ByField)}); meant == string(ByContentType) {
			wrong.Hint("write content_type")
		} else if meant != "" {
			wrong.Hint("write %s.%s", meant, map[bool]string{true: "kind", false: key}[key == ""])
		}
	}
}

// choice reads several payloads of a direction.
func (d *decoder) choice(r *directionDraft, e entry) {
	c := &choiceDraft{Choice: &Choice{Pos: d.Pos(e.value)}}
	r.Payload = &PayloadRef{Pos: c.Pos, Choice: c.Choice}
	decodeObject(d, e.value, d.Pos(e.key), e.what(), choiceObject(), c)
	if c.cases == nil {
		return
	}
	before := len(d.Found)
	d.decodeMap(*c.cases, "value", false, func(value string, ce entry) {
		ce.where = e.what()
		one := &Case{Value: value, Pos: d.Pos(ce.key)}
		if value == "" {
			d.Fail("MQX068", one.Pos, "a value in %s has no characters", ce.where).Hint("name the value that tells the payload")
		}
		if name, ok := d.text(ce); ok {
			one.Payload = d.payloadNamed(name, d.Pos(ce.value), "MQX040")
		}
		c.Cases = append(c.Cases, one)
		if c.By == ByField && !c.bad {
			d.checks = append(d.checks, func() { d.checkCase(c.Choice, one, d.Pos(ce.value)) })
		}
	})
	if len(c.Cases) == 0 && len(d.Found) == before {
		d.Fail("MQX068", d.Pos(c.cases.key), "%s has no payload", e.what()).Hint("write map: {VALUE: PAYLOAD}")
	}
}

// checkCase reports a payload that a field cannot tell.
func (d *decoder) checkCase(c *Choice, one *Case, pos Pos) {
	if one.Payload == nil {
		return
	}
	fail := func(format string, args ...any) *Diagnostic {
		return d.Fail("MQX068", pos, format, args...).Also(one.Payload.Pos, "payload %q begins here", one.Payload.Name)
	}
	name := one.Payload.Name
	if one.Payload.Encoding != EncodingJSON {
		fail("payload %q is not JSON: field %q cannot tell it", name, c.Key).Hint("tell the payloads by content_type or user_property.NAME")
		return
	}
	s := followed(one.Payload.Schema)
	if s == nil || s.Kind == KindInvalid {
		return // reported
	}
	if s.Kind != KindObject || s.Nullable {
		fail("payload %q is not an object: field %q cannot tell it", name, c.Key).Hint("tell the payloads by content_type or user_property.NAME")
		return
	}
	i := slices.IndexFunc(s.Properties, func(p *Property) bool { return p.Name == c.Key })
	if i < 0 {
		fail("payload %q has no property %q, which tells the payloads", name, c.Key).Hint("add it to properties and required")
		return
	}
	d.checkCaseField(s.Properties[i], one, fail)
}

// checkCaseField checks the property that tells payloads apart against the value of one of them.
func (d *decoder) checkCaseField(p *Property, one *Case, fail func(string, ...any) *Diagnostic) {
	s := followed(p.Schema)
	switch {
	case s == nil || s.Kind == KindInvalid:
		return
	case !p.Required:
		fail("property %q of payload %q is optional, but it tells the payloads", p.Name, one.Payload.Name).Hint("add it to required")
		return
	case !plainText(s) || p.Schema.Nullable:
		fail("property %q of payload %q is not plain text, but it tells the payloads", p.Name, one.Payload.Name).Hint("write {type: string}, or a const")
		return
	}
	l := &Literal{Kind: KindString, Text: one.Value, JSON: syntax.Quote(one.Value)}
	problem := fits(s, l)
	if problem == "" {
		problem = inEnum(s, l)
	}
	if problem == "" && s.Const != nil && s.Const.JSON != l.JSON {
		problem = l.JSON + " is not " + s.Const.JSON
	}
	if problem != "" {
		d.Fail("MQX068", one.Pos, "property %q of payload %q is never %s: %s", p.Name, one.Payload.Name, l.JSON, problem).
			Also(p.Pos, "the property is here")
	}
}

// isChoice says whether what stands under payload is more than a name.
func isChoice(e entry) bool { return e.value.Kind == yaml.MappingNode }

// Payloads returns every payload that may be carried, in order, each once; nil stands for bytes without a schema.
func (r *PayloadRef) Payloads() []*Payload {
	if r.Choice == nil {
		return []*Payload{r.Payload}
	}
	var list []*Payload
	for _, c := range r.Choice.Cases {
		if !slices.Contains(list, c.Payload) {
			list = append(list, c.Payload)
		}
	}
	return list
}

// chosen returns the payloads that a value may be one of: the one that its field tells, if there is such a field.
func chosen(r *PayloadRef, n *yaml.Node) []*Payload {
	if c := r.Choice; c != nil && c.By == ByField && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := syntax.Target(n.Content[i+1]).Value
			j := slices.IndexFunc(c.Cases, func(one *Case) bool { return one.Value == value })
			if syntax.Target(n.Content[i]).Value == c.Key && j >= 0 {
				return []*Payload{c.Cases[j].Payload}
			}
		}
	}
	return r.Payloads()
}
