package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

type exampleDraft struct {
	params, payload *entry
}

func exampleObject() *object[exampleDraft] {
	return &object[exampleDraft]{fields: []field[exampleDraft]{
		{"params", optional, "map of text", "a value for each parameter of the pattern", func(_ *decoder, x *exampleDraft, e entry) { x.params = &e }},
		{"payload", optional, "any", "a payload that fits", func(_ *decoder, x *exampleDraft, e entry) { x.payload = &e }},
		{"description", optional, "text", "what the example shows", func(d *decoder, _ *exampleDraft, e entry) { d.text(e) }},
	}}
}

// examplesAfter checks the examples when everything else is resolved.
func (d *decoder) examplesAfter(drafts []*topicDraft) {
	d.examples = func() {
		for _, t := range drafts {
			if t.examples == nil || !t.ok {
				continue
			}
			items, ok := d.items(*t.examples, t.examples.what())
			if !ok {
				continue
			}
			for _, item := range items {
				d.example(t, entry{t.examples.key, item, "example of " + t.entry.where, ""})
			}
		}
	}
}

func (d *decoder) example(t *topicDraft, e entry) {
	x := exampleDraft{}
	if !decodeObject(d, e.value, d.Pos(e.value), e.where, d.tables.example, &x) {
		return
	}
	example := &Example{Pos: d.Pos(e.value), Params: make([]string, len(t.Params))}
	d.exampleParams(t, e, &x, example)
	if x.payload != nil {
		example.Payload = d.examplePayload(t, *x.payload)
	}
	t.Examples = append(t.Examples, example)
}

func (d *decoder) exampleParams(t *topicDraft, e entry, x *exampleDraft, example *Example) {
	given := map[string]entry{}
	if x.params != nil {
		d.decodeMap(*x.params, x.params.what(), false, func(name string, pe entry) {
			if !slices.ContainsFunc(t.Params, func(p *Param) bool { return p.Name == name }) {
				d.Fail("MQX062", d.Pos(pe.key), "the pattern of topic %q has no parameter %q", t.Name, name).
					DidYouMean(name, t.Pattern.Params()).Also(t.PatternPos, "the pattern is %s", t.Pattern)
				name = report.Nearest(name, t.Pattern.Params()) // so that nothing is reported for want of it
			}
			if _, twice := given[name]; !twice || name == pe.name {
				given[name] = pe
			}
		})
	}
	levels := make([]string, 0, len(t.Pattern.Levels()))
	next := 0
	for _, seg := range t.Pattern.Levels() {
		if seg.Kind == topic.Literal {
			levels = append(levels, seg.Text)
			continue
		}
		p := t.Params[next]
		if pe, ok := given[p.Name]; ok {
			example.Params[next] = d.exampleParam(p, pe)
		} else {
			d.Fail("MQX066", example.Pos, "%s has no value for parameter %q", e.where, p.Name)
		}
		levels = append(levels, example.Params[next])
		next++
	}
	example.Name = strings.Join(levels, "/")
}

// exampleParam checks the value of one parameter: as text of a topic name, and by its schema.
func (d *decoder) exampleParam(p *Param, e entry) string {
	text, ok := d.text(e)
	if !ok {
		return ""
	}
	bad := func(problem string) string {
		d.Fail("MQX066", d.Pos(e.value), "parameter %q of the example: %s", p.Name, problem)
		return ""
	}
	if strings.ContainsAny(text, "+#\x00") || !p.Rest && strings.Contains(text, "/") {
		return bad(fmt.Sprintf("%q holds / + # or NUL", text))
	}
	if slices.Contains(strings.Split(text, "/"), "") {
		return bad(fmt.Sprintf("%q has an empty level", text))
	}
	node := *e.value
	if p.Schema.Kind == KindString {
		node.Tag = "!!str" // t: 17 is the level "17"
	}
	l, problem, _ := parseLiteral(p.Schema.Kind, &node)
	if problem == "" {
		problem = fitsLiteral(p.Schema, l)
	}
	if problem != "" {
		return bad(problem)
	}
	return text
}

// examplePayload checks a payload by the payloads of publish and of subscribe. Where there are several, any will do.
func (d *decoder) examplePayload(t *topicDraft, e entry) []byte {
	list, raw := d.examplePayloads(t, e)
	before := len(d.Found)
	for i := len(list) - 1; i >= 0; i-- { // what the first has to say is kept
		v := valueChecker{d: d}
		d.Found = d.Found[:before]
		if v.value(list[i].Schema, e.value, ""); len(d.Found) == before {
			return []byte(v.json.String())
		}
	}
	if !raw {
		return nil
	}
	d.Found = d.Found[:before]
	text, _ := d.text(e)
	return []byte(text)
}

// examplePayloads returns the payloads of a topic that a value can be written for, and whether bytes will do.
func (d *decoder) examplePayloads(t *topicDraft, e entry) (list []*Payload, raw bool) {
	other := false // a payload that is not known, which is reported
	for _, r := range []*Direction{t.Publish, t.Subscribe} {
		if r == nil {
			continue
		}
		for _, p := range chosen(r.Payload, e.value) {
			switch {
			case p == nil && r.Payload.Pos.Line > 0:
				other = true
			case p == nil || p.Encoding == EncodingRaw:
				raw = true
			case p.Encoding == EncodingProtobuf:
				d.Fail("MQX066", d.Pos(e.key), "an example of topic %q has no payload: protobuf payload %q has no form in YAML", t.Name, p.Name).
					Hint("leave payload out of the example")
				return nil, false
			case !slices.Contains(list, p):
				list = append(list, p)
			}
		}
	}
	return list, raw && !other
}

// schemaExamples checks the examples of schemas.
func (d *decoder) schemaExamples() {
	for _, root := range d.roots() {
		root.Each(func(s *Schema) {
			if s.draft == nil { // the string that a parameter is without a schema
				return
			}
			d.checkExamples(s)
			for _, branch := range s.draft.branches {
				d.checkExamples(branch)
			}
		})
	}
}

func (d *decoder) checkExamples(s *Schema) {
	for _, n := range s.draft.examples {
		if s.draft.gaveNull && syntax.IsNull(n) {
			continue
		}
		v := valueChecker{d: d, label: "schema " + s.Path}
		v.value(s, n, "")
	}
}
