package spec

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
)

type exampleDraft struct {
	params, payload *entry
}

func exampleObject() *object[exampleDraft] {
	return &object[exampleDraft]{fields: []field[exampleDraft]{
		{"params", optional, "map", "a value for each parameter of the pattern", func(_ *decoder, x *exampleDraft, e entry) { x.params = &e }},
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
	if !decodeObject(d, e.value, d.pos(e.value), e.where, d.tables.example, &x) {
		return
	}
	example := &Example{Pos: d.pos(e.value), Params: make([]string, len(t.Params))}
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
				d.fail("MQX062", d.pos(pe.key), "the pattern of topic %q has no parameter %q", t.Name, name).
					didYouMean(name, t.Pattern.Params()).also(t.PatternPos, "the pattern is %s", t.Pattern)
				name = nearest(name, t.Pattern.Params()) // so that nothing is reported for want of it
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
			d.fail("MQX066", example.Pos, "%s has no value for parameter %q", e.where, p.Name)
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
		d.fail("MQX066", d.pos(e.value), "parameter %q of the example: %s", p.Name, problem)
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
		problem = fits(p.Schema, l)
	}
	if problem == "" {
		problem = inEnum(p.Schema, l)
	}
	if problem == "" && p.Schema.Const != nil && p.Schema.Const.JSON != l.JSON {
		problem = fmt.Sprintf("it must be %s", p.Schema.Const.JSON)
	}
	if problem != "" {
		return bad(problem)
	}
	return text
}

// examplePayload checks a payload by the payloads of publish and of subscribe. Where there are several, any will do.
func (d *decoder) examplePayload(t *topicDraft, e entry) []byte {
	list, raw := d.examplePayloads(t, e)
	before := len(d.list)
	for i := len(list) - 1; i >= 0; i-- { // what the first has to say is kept
		v := valueChecker{d: d}
		d.list = d.list[:before]
		if v.value(list[i].Schema, e.value, ""); len(d.list) == before {
			return []byte(v.json.String())
		}
	}
	if !raw {
		return nil
	}
	d.list = d.list[:before]
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
				d.fail("MQX066", d.pos(e.key), "an example of topic %q has no payload: protobuf payload %q has no form in YAML", t.Name, p.Name).
					hint("leave payload out of the example")
				return nil, false
			case !slices.Contains(list, p):
				list = append(list, p)
			}
		}
	}
	return list, raw && !other
}

// valueChecker checks a value written in YAML by a schema, and writes it as JSON.
type valueChecker struct {
	d    *decoder
	json strings.Builder
}

func (v *valueChecker) fail(n *yaml.Node, path, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if path != "" {
		message = strings.TrimPrefix(path, ".") + ": " + message
	}
	v.d.fail("MQX066", v.d.pos(n), "the example does not fit its payload: %s", message)
}

func (v *valueChecker) value(s *Schema, n *yaml.Node, path string) {
	n = target(n)
	for s.Kind == KindRef && s.Ref != nil {
		s = s.Ref.Schema
	}
	switch s.Kind {
	case KindInvalid, KindRef:
		v.json.WriteString("null") // the schema is wrong, which is reported
	case KindObject:
		v.object(s, n, path)
	case KindArray:
		v.array(s, n, path)
	default:
		l, problem, hint := parseLiteral(s.Kind, n)
		if problem == "" {
			problem = fits(s, l)
		}
		if problem == "" {
			problem = inEnum(s, l)
		}
		if problem == "" && s.Const != nil && s.Const.JSON != l.JSON {
			problem = fmt.Sprintf("%s is not %s", l.JSON, s.Const.JSON)
		}
		if problem != "" {
			v.fail(n, path, "%s", problem)
			v.d.list[len(v.d.list)-1].Suggestion = hint
			return
		}
		v.json.WriteString(l.JSON)
	}
}

func (v *valueChecker) object(s *Schema, n *yaml.Node, path string) {
	if n.Kind != yaml.MappingNode {
		v.fail(n, path, "%s is not an object", kindOf(n))
		return
	}
	seen := map[string]bool{}
	var names []string
	for _, p := range s.Properties {
		names = append(names, p.Name)
	}
	v.json.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := target(n.Content[i])
		seen[key.Value] = true
		if i > 0 {
			v.json.WriteByte(',')
		}
		v.json.WriteString(quoteJSON(key.Value) + ":")
		j := slices.Index(names, key.Value)
		switch {
		case j >= 0:
			v.value(s.Properties[j].Schema, n.Content[i+1], path+"."+key.Value)
		case s.Closed:
			v.fail(key, path, "there is no field %q", key.Value)
			v.d.list[len(v.d.list)-1].didYouMean(key.Value, names)
			seen[nearest(key.Value, names)] = true
		default:
			v.any(n.Content[i+1])
		}
	}
	v.json.WriteByte('}')
	for _, p := range s.Properties {
		if p.Required && !seen[p.Name] {
			v.fail(n, path, "field %q is missing", p.Name)
		}
	}
}

func (v *valueChecker) array(s *Schema, n *yaml.Node, path string) {
	switch {
	case n.Kind != yaml.SequenceNode:
		v.fail(n, path, "%s is not a list", kindOf(n))
		return
	case s.MinItems != nil && len(n.Content) < s.MinItems.Value:
		v.fail(n, path, "%d items are less than %d", len(n.Content), s.MinItems.Value)
	case s.MaxItems != nil && len(n.Content) > s.MaxItems.Value:
		v.fail(n, path, "%d items are more than %d", len(n.Content), s.MaxItems.Value)
	}
	v.json.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			v.json.WriteByte(',')
		}
		if s.Items == nil {
			v.any(item)
		} else {
			v.value(s.Items, item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
	v.json.WriteByte(']')
}

// any writes a value that no schema describes.
func (v *valueChecker) any(n *yaml.Node) {
	n = target(n)
	switch n.Kind {
	case yaml.MappingNode:
		v.object(&Schema{Kind: KindObject}, n, "")
	case yaml.SequenceNode:
		v.array(&Schema{Kind: KindArray}, n, "")
	default:
		l, problem, _ := parseLiteral(scalarKind(n), n)
		if problem == "" && l.JSON != "" {
			v.json.WriteString(l.JSON)
			return
		}
		v.json.WriteString("null")
	}
}
