package vet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/internal/overlap"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// Check finds what is allowed in a spec but probably not meant. Its codes are MQX1xx; a finding is left out where
// x-vet-ignore of the place, or of the file, names its code.
func Check(f *spec.File) []report.Diagnostic {
	v := &finder{file: f, bound: bindings(f)}
	for i, t := range f.Topics {
		v.all.Add(t.Pattern, i)
	}
	v.auth()
	for i, t := range f.Topics {
		v.bindings(t)
		v.boundElsewhere(t)
		v.patterns(t)
		v.likeParams(t)
		v.directions(t)
		v.versions(t)
		v.reply(t)
		v.unreachable(t)
		v.shadows(t, i)
	}
	v.unused()
	v.unions()
	return f.Locate(v.list)
}

// finder collects the findings in one spec.
type finder struct {
	file  *spec.File
	list  report.ErrorList
	bound map[bound]*spec.Topic
	all   overlap.Index // of the topics
}

// find adds a finding, unless it is ignored. The diagnostic that is returned may be filled in further.
func (v *finder) find(ignore map[string]string, code string, pos report.Pos, format string, args ...any) *report.Diagnostic {
	d := report.New(code, pos, format, args...)
	_, here := ignore[code]
	if _, everywhere := v.file.VetIgnore[code]; here || everywhere {
		return d
	}
	v.list = append(v.list, *d)
	return &v.list[len(v.list)-1]
}

// bindings finds parameters that are bound for some of the methods that may use a topic.
func (v *finder) bindings(t *spec.Topic) {
	for _, p := range t.Params {
		var free []string
		for _, a := range v.file.Auth {
			if _, bound := p.Bindings[a.Name]; !bound && t.Allows(a.Name) {
				free = append(free, a.Name)
			}
		}
		if len(p.Bindings) > 0 && len(free) > 0 {
			v.find(t.VetIgnore, "MQX101", p.IsPos, "parameter %q of topic %q is not bound for %s: they may use any value", p.Name, t.Name, strings.Join(free, ", ")).
				Hint("bind it for each method, or take them out of this topic")
		}
		if s := p.Schema; s.Pattern != nil && (!strings.HasPrefix(s.Pattern.Text, "^") || !strings.HasSuffix(s.Pattern.Text, "$")) {
			v.find(t.VetIgnore, "MQX109", s.Pattern.Pos, "the pattern of parameter %q is not anchored: it matches anywhere in the text", p.Name).
				Hint("write ^ in front and $ at the end")
		}
	}
}

// patterns finds levels without text and names that begin with $.
func (v *finder) patterns(t *spec.Topic) {
	levels := t.Pattern.Levels()
	for i, seg := range levels {
		if seg.Kind != topic.Literal || seg.Text != "" {
			continue
		}
		place := "holds // in the middle: a level without text"
		switch i {
		case 0:
			place = "begins with /: its first level has no text"
		case len(levels) - 1:
			place = "ends with /: its last level has no text"
		}
		v.find(t.VetIgnore, "MQX104", t.PatternPos, "the pattern of topic %q %s", t.Name, place).Hint("remove the slash")
	}
	if levels[0].Kind == topic.Literal && strings.HasPrefix(levels[0].Text, "$") {
		v.find(t.VetIgnore, "MQX105", t.PatternPos, "the pattern of topic %q begins with $: such names are for servers", t.Name).
			Hint("begin with a letter")
	}
}

// foreignParam is a parameter as other languages of patterns write it: ":id", "<id>".
var foreignParam = regexp.MustCompile(`^(?::(\w+)|<(\w+)>)$`)

// likeParams finds literal levels that look like a parameter.
func (v *finder) likeParams(t *spec.Topic) {
	for _, seg := range t.Pattern.Levels() {
		if m := foreignParam.FindStringSubmatch(seg.Text); m != nil && seg.Kind == topic.Literal {
			v.find(t.VetIgnore, "MQX110", t.PatternPos, "level %q in the pattern of topic %q is a literal, not a parameter", seg.Text, t.Name).
				Hint("write {%s} for a parameter", m[1]+m[2])
		}
	}
}

func (v *finder) directions(t *spec.Topic) {
	if len(t.Examples) == 0 && slices.ContainsFunc(t.Payload().Payloads(), func(p *spec.Payload) bool { return p != nil && p.Schema != nil }) {
		v.find(t.VetIgnore, "MQX103", t.Pos, "topic %q has no example", t.Name).Hint("add examples: [{params: {...}, payload: {...}}]")
	}
	if t.Publish != nil && t.Publish.Relay && t.Subscribe == nil {
		v.find(t.VetIgnore, "MQX108", t.Publish.Pos, "topic %q is relayed, and no client may subscribe to it", t.Name).
			Hint("add subscribe: {}, or remove relay")
	}
	if t.Publish != nil && t.Publish.Retain != spec.RetainForbidden && t.Subscribe == nil {
		v.find(t.VetIgnore, "MQX115", t.Publish.Pos, "topic %q keeps retained messages, and no client may subscribe to it", t.Name).
			Hint("add subscribe: {}, or remove retain")
	}
}

// shadows finds patterns that take names from others: from those in front of topic number i, and the other way round.
func (v *finder) shadows(t *spec.Topic, i int) {
	for _, number := range v.all.Near(t.Pattern) {
		if number >= i {
			return
		}
		other := v.file.Topics[number]
		narrow, wide := t, other
		switch t.Pattern.Compare(other.Pattern) {
		case topic.MoreSpecific:
		case topic.LessSpecific:
			narrow, wide = other, t
		default:
			continue
		}
		name, _ := t.Pattern.Common(other.Pattern)
		v.find(narrow.VetIgnore, "MQX106", narrow.PatternPos, "topic %q takes names from topic %q, such as %q", narrow.Name, wide.Name, name).
			Hint("if that is meant: x-vet-ignore: {MQX106: reason}").
			Also(wide.PatternPos, "the wider pattern is %s", wide.Pattern)
	}
}
