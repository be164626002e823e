package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/overlap"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

// topicDraft is a topic while it is read: what depends on its pattern waits for it.
type topicDraft struct {
	*Topic
	entry    entry
	ok       bool // the pattern is right
	params   *entry
	examples *entry
	reply    *entry
}

func topicObject() *object[topicDraft] {
	side := `it stands under "publish" or "subscribe" of the topic`
	return &object[topicDraft]{
		fields: []field[topicDraft]{
			{"pattern", required, `text, "a/{name}/{name...}"`, "the topic names: literal levels, {name} for one level, {name...} for the rest", (*decoder).pattern},
			{"description", optional, "text", "what it is for; becomes the Go comment", textField(func(t *topicDraft) *string { return &t.Description })},
			{"params", optional, "map of param", "more about the parameters of the pattern", func(_ *decoder, t *topicDraft, e entry) { t.params = &e }},
			{"publish", optional, "publish", "clients may publish here, and the server's method gets it", func(d *decoder, t *topicDraft, e entry) {
				t.Publish = d.direction(e, d.tables.publish)
			}},
			{"subscribe", optional, "subscribe", "clients may subscribe here, and the server sends", func(d *decoder, t *topicDraft, e entry) {
				t.Subscribe = d.direction(e, d.tables.subscribe)
			}},
			{"examples", optional, "list of example", "messages that fit", func(_ *decoder, t *topicDraft, e entry) { t.examples = &e }},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(t *topicDraft) *string { return &t.GoName })},
			{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, t *topicDraft, e entry) { t.VetIgnore = d.vetIgnore(e) }},
			{"reply", optional, "name", "the topic of the answers to what the server sends here", func(_ *decoder, t *topicDraft, e entry) { t.reply = &e }},
		},
		hints: map[string]string{
			"auth": side, "payload": side, "qos": side, "retain": side, "relay": side, "expiry": `it stands under "subscribe" of the topic`,
			"is":      `it stands under a parameter in "params"`,
			"example": `did you mean "examples", a list?`,
			"topic":   `did you mean "pattern"?`, "filter": `did you mean "pattern"?`,
		},
	}
}

func (d *decoder) topicSection(f *File, e entry) {
	var drafts []*topicDraft
	known := map[string]bool{}
	for _, t := range f.Topics {
		known[t.Name] = true
	}
	d.decodeMap(e, "topic", true, func(name string, te entry) {
		t := &topicDraft{Topic: &Topic{Name: name, Pos: d.Pos(te.key)}, entry: te}
		if !d.nameOf(te, "a topic") || known[name] {
			return
		}
		known[name] = true
		f.Topics = append(f.Topics, t.Topic)
		before := len(d.Found)
		if !decodeObject(d, te.value, t.Pos, te.where, d.tables.topic, t) {
			return
		}
		if t.Publish == nil && t.Subscribe == nil && len(d.Found) == before && !t.tooDeep("publish") && !t.tooDeep("subscribe") {
			d.Fail("MQX065", t.Pos, "%s has neither publish nor subscribe: nobody may use it", te.where).Hint("add publish: {} to let clients publish here")
		}
		drafts = append(drafts, t)
	})
	d.after = append(d.after, func() {
		for _, t := range drafts {
			d.params(t)
			d.directions(t.Topic)
		}
		d.checks = append(d.checks, func() { d.replies(drafts) })
		d.overlaps(drafts)
	})
	d.examplesAfter(drafts)
}

// tooDeep says whether a field of the topic stands under params, which is reported there.
func (t *topicDraft) tooDeep(field string) bool {
	if t.params == nil || t.params.value.Kind != yaml.MappingNode {
		return false
	}
	content := t.params.value.Content
	for i := 0; i+1 < len(content); i += 2 {
		if syntax.Target(content[i]).Value == field {
			return !slices.Contains(t.Pattern.Params(), field)
		}
	}
	return false
}

// pattern reads the pattern, which must be in quotes if it begins with {.
func (d *decoder) pattern(t *topicDraft, e entry) {
	if e.value.Kind == yaml.MappingNode {
		wrong := d.Fail("MQX007", d.Pos(e.value), "%s must be text, not an object", e.what()).Hint("quote a pattern that starts with {")
		if len(e.value.Content) == 2 && syntax.IsNull(e.value.Content[1]) {
			wrong.Hint("write %q in quotes", "{"+e.value.Content[0].Value+"}")
		}
		return
	}
	text, ok := d.text(e)
	if !ok {
		return
	}
	t.PatternPos = d.Pos(e.value)
	p, err := topic.ParsePattern(text)
	var wrong *topic.PatternError
	if errors.As(err, &wrong) {
		diagnostic := d.Fail("MQX060", d.Inside(e.value, wrong.Start, wrong.End), "pattern of %s: %s", e.where, wrong.Reason)
		if wrong.Hint != "" {
			diagnostic.Hint("%s", wrong.Hint)
		}
		return
	}
	t.Pattern, t.ok = p, true
	level := 0
	for i, seg := range p.Levels() {
		if i > 0 {
			level++ // the slash
		}
		length := len(seg.Text)
		if seg.Kind != topic.Literal {
			length += map[topic.Kind]int{topic.Param: 2, topic.Rest: 5}[seg.Kind]
			t.Params = append(t.Params, &Param{
				Name: seg.Text, Level: i, Rest: seg.Kind == topic.Rest, Bindings: map[string]Source{},
				Pos:    d.Inside(e.value, level, level+length),
				Schema: &Schema{Pos: t.PatternPos, Path: "of parameter " + seg.Text, Kind: KindString},
			})
		}
		level += length
	}
}

// paramDraft is a parameter under params.
type paramDraft struct {
	*Param
	schema, is *entry
}

func paramObject() *object[paramDraft] {
	under := `it stands under "schema" of the parameter`
	beside := "it stands beside params of the topic: is it indented too far?"
	return &object[paramDraft]{
		fields: []field[paramDraft]{
			{"schema", optional, "schema", "string, integer or boolean; a string without bounds if left out", func(_ *decoder, p *paramDraft, e entry) { p.schema = &e }},
			{"is", optional, "client_id | user | claim.NAME | cert.FIELD | map of client_id | user | claim.NAME | cert.FIELD", "what of the client the parameter must equal", func(_ *decoder, p *paramDraft, e entry) { p.is = &e }},
			{"description", optional, "text", "what it means", textField(func(p *paramDraft) *string { return &p.Description })},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(p *paramDraft) *string { return &p.GoName })},
		},
		hints: map[string]string{"type": under, "pattern": under, "enum": under, "format": under, "minimum": under, "maximum": under, "minLength": under, "maxLength": under,
			"publish": beside, "subscribe": beside, "examples": beside, "reply": beside},
	}
}

// params reads what stands under params, by the pattern.
func (d *decoder) params(t *topicDraft) {
	if t.params == nil || !t.ok {
		return
	}
	d.decodeMap(*t.params, "parameter", true, func(name string, pe entry) {
		pe.where = fmt.Sprintf("parameter %q of topic %q", name, t.Name)
		i := slices.IndexFunc(t.Params, func(p *Param) bool { return p.Name == name })
		if i < 0 {
			wrong := d.Fail("MQX062", d.Pos(pe.key), "the pattern of topic %q has no parameter %q", t.Name, name).
				DidYouMean(name, t.Pattern.Params()).Also(t.PatternPos, "the pattern is %s", t.Pattern)
			if d.tables.topic.field(name) != nil {
				wrong.Hint("%q of a topic stands beside params, not in it: is it indented too far?", name)
			}
			return
		}
		p := t.Params[i]
		p.Pos = d.Pos(pe.key)
		draft := paramDraft{Param: p}
		decodeObject(d, pe.value, p.Pos, pe.where, d.tables.param, &draft)
		if draft.schema != nil {
			d.paramSchema(p, *draft.schema)
		}
		if draft.is != nil {
			d.bindings(t, p, *draft.is)
		}
	})
}

func (d *decoder) paramSchema(p *Param, e entry) {
	p.Schema, _ = d.schema(e, "of parameter "+p.Name)
	d.checks = append(d.checks, func() { d.checkParam(p) })
}

// checkParam reports what no level of a topic name could be read as.
func (d *decoder) checkParam(p *Param) {
	if p.Schema.Kind == KindRef && !d.ownParam(p) {
		return
	}
	s := p.Schema
	switch {
	case s.Kind == KindInvalid:
	case s.Kind != KindString && s.Kind != KindInteger && s.Kind != KindBoolean:
		d.Fail("MQX063", s.Pos, "a parameter cannot be of type %s", s.Kind).Hint("a parameter is a string, an integer or a boolean")
	case s.Kind == KindString && s.Format != FormatNone && s.Format != FormatUUID:
		d.Fail("MQX063", s.Pos, "a parameter cannot have the format %s", s.Format).Hint("a parameter that is a string may have the format uuid")
	case p.Rest && s.Kind != KindString:
		d.Fail("MQX063", s.Pos, "parameter %q takes several levels: it cannot be of type %s", p.Name, s.Kind).Hint("write {%s} in the pattern for one level", p.Name)
	case p.Rest && s.Format != FormatNone:
		d.Fail("MQX063", s.Pos, "parameter %q takes several levels: it cannot have the format %s", p.Name, s.Format).Hint("write {%s} in the pattern for one level", p.Name)
	}
	for _, v := range s.Enum {
		d.checkLevel(p, &v.Literal)
	}
	if s.Const != nil {
		d.checkLevel(p, s.Const)
	}
}

// ownParam gives a parameter a schema of its own where it refers to one: it has no Go type. It returns false where the $ref
// leads nowhere, which is reported.
func (d *decoder) ownParam(p *Param) bool {
	ref := p.Schema
	target := followed(ref)
	if target == nil {
		return false
	}
	s := *target
	s.Pos, s.Path, s.GoType = ref.RefPos, ref.Path, ""
	s.Enum = nil
	for _, v := range target.Enum {
		s.Enum = append(s.Enum, &EnumValue{Literal: v.Literal})
	}
	if ref.Description != "" {
		s.Description = ref.Description
	}
	p.Schema, p.Payload = &s, ref.Ref
	if s.XGoType != "" {
		d.Fail("MQX063", s.Pos, "parameter %q cannot have x-go-type", p.Name).Hint("parse it in the handler").Also(target.Pos, "the schema is here")
	}
	return true
}

// checkLevel reports a constant that is no level of a topic name.
func (d *decoder) checkLevel(p *Param, l *Literal) {
	if l.Kind == KindString && (l.Text == "" || strings.ContainsAny(l.Text, "+#\x00") || !p.Rest && strings.Contains(l.Text, "/")) {
		d.Fail("MQX063", l.Pos, "parameter %q is never %s: no level of a topic name is", p.Name, l.JSON).Hint("a level is not empty, and has no / + # or NUL")
	}
}

// maxOverlaps is how many overlaps are reported: a few thousand topics can have millions, which fill the memory.
const maxOverlaps = 1000

// overlaps reports patterns that both describe some names with neither more specific.
func (d *decoder) overlaps(topics []*topicDraft) {
	before := len(d.Found)
	var index overlap.Index
	for i, t := range topics {
		if len(d.Found)-before >= maxOverlaps {
			return
		}
		if !t.ok {
			continue
		}
		near := index.Near(t.Pattern)
		index.Add(t.Pattern, i)
		for _, number := range near {
			other := topics[number]
			relation := t.Pattern.Compare(other.Pattern)
			if relation != topic.Conflict && relation != topic.Same {
				continue
			}
			name, _ := t.Pattern.Common(other.Pattern)
			switch relation {
			case topic.Conflict:
				d.Fail("MQX061", t.PatternPos, "topics %q and %q overlap and neither is more specific: both describe %q", other.Name, t.Name, name).
					Hint("make a level of one of them a literal that the other does not have").
					Also(other.PatternPos, "the other pattern is %s", other.Pattern)
			case topic.Same:
				d.Fail("MQX061", t.PatternPos, "topics %q and %q describe the same names, such as %q", other.Name, t.Name, name).
					Hint("make one topic of them, with publish and subscribe").
					Also(other.PatternPos, "the other pattern is %s", other.Pattern)
			}
		}
	}
}
