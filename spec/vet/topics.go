package vet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/spec/report"
)

// versions finds settings that need MQTT 5 where the server does not speak it.
func (v *finder) versions(t *spec.Topic) {
	if v.file.Server.Speaks("5") {
		return
	}
	find := func(pos report.Pos, what string) {
		v.find(t.VetIgnore, "MQX111", pos, "%s of topic %q is of MQTT 5, which the server does not speak", what, t.Name).
			Hint(`add "5" to versions of server, or remove it`)
	}
	if t.Reply != nil {
		find(t.ReplyPos, "reply")
	}
	if t.Subscribe != nil && t.Subscribe.Expiry > 0 {
		find(t.Subscribe.Pos, "expiry")
	}
	for _, r := range []*spec.Direction{t.Publish, t.Subscribe} {
		if r != nil && r.Payload.Choice != nil && r.Payload.Choice.By != spec.ByField && r.Payload.Pos.Line > 0 {
			find(r.Payload.Choice.Pos, "the choice by "+string(r.Payload.Choice.By))
		}
	}
}

// reply finds auth methods whose clients get requests and may not answer.
func (v *finder) reply(t *spec.Topic) {
	if t.Reply == nil {
		return
	}
	var mute []string
	for _, name := range t.Subscribe.Auth {
		if !t.Reply.Publish.Allows(name) || boundApart(t, t.Reply, name) {
			mute = append(mute, name)
		}
	}
	if len(mute) > 0 {
		v.find(t.VetIgnore, "MQX117", t.ReplyPos, "clients of %s may subscribe to topic %q, and not publish to the same place of its reply %q", strings.Join(mute, ", "), t.Name, t.Reply.Name).
			Hint("name the same auth methods in both, and bind parameters to the same").Also(t.Reply.Publish.Pos, "publish of topic %q is here", t.Reply.Name)
	}
}

// boundApart says whether a parameter that two topics share must equal different things in them.
func boundApart(t, other *spec.Topic, method string) bool {
	return slices.ContainsFunc(t.Params, func(p *spec.Param) bool {
		q := other.Param(p.Name)
		return p.Bindings[method] != "" && q.Bindings[method] != "" && p.Bindings[method] != q.Bindings[method]
	})
}

// boundElsewhere finds parameters that are bound in another topic for a method, and for none in this one.
func (v *finder) boundElsewhere(t *spec.Topic) {
	for _, p := range t.Params {
		if len(p.Bindings) > 0 || p.Rest {
			continue
		}
		for _, a := range v.file.Auth {
			if other := v.bound[bound{p.Name, a.Name}]; other != nil && t.Allows(a.Name) {
				v.find(t.VetIgnore, "MQX118", p.Pos, "parameter %q is bound for clients of %q in topic %q, and not in topic %q: any value will do there", p.Name, a.Name, other.Name, t.Name).
					Hint("bind it here too: params: {%s: {is: {%s: %s}}}", p.Name, a.Name, other.Param(p.Name).Bindings[a.Name]).
					Also(other.Param(p.Name).IsPos, "it is bound here")
				break
			}
		}
	}
}

// bound is a parameter's name and the name of an auth method.
type bound struct{ param, method string }

// bindings returns the first topic that binds parameters of a name for a method which may use the topic.
func bindings(f *spec.File) map[bound]*spec.Topic {
	first := map[bound]*spec.Topic{}
	for _, t := range f.Topics {
		for _, p := range t.Params {
			for method := range p.Bindings {
				if at := (bound{p.Name, method}); first[at] == nil && t.Allows(method) {
					first[at] = t
				}
			}
		}
	}
	return first
}

// maxNames bounds how many names of a topic are looked at.
const maxNames = 1000

// unreachable finds topics all of whose names belong to more specific patterns.
func (v *finder) unreachable(t *spec.Topic) {
	names := allNames(t)
	if len(names) == 0 {
		return
	}
	var others []*spec.Topic
	for _, number := range v.all.Near(t.Pattern) {
		if other := v.file.Topics[number]; other != t && other.Pattern.Compare(t.Pattern) == topic.MoreSpecific {
			others = append(others, other)
		}
	}
	takers := map[*spec.Topic]bool{}
	for _, name := range names {
		i := slices.IndexFunc(others, func(other *spec.Topic) bool { return takes(other, name) })
		if i < 0 {
			return
		}
		takers[others[i]] = true
	}
	var list []string
	for _, other := range others {
		if takers[other] {
			list = append(list, other.Name)
		}
	}
	v.find(t.VetIgnore, "MQX113", t.PatternPos, "topic %q gets nothing: all of its names belong to more specific patterns, of %s", t.Name, strings.Join(list, ", ")).
		Hint("remove it, or allow more values of its parameters")
}

// takes says whether a topic, which is more specific, takes a name.
func takes(other *spec.Topic, name string) bool {
	_, ok := other.Pattern.Match(name)
	return ok
}

// allNames returns every name that a topic describes, if its parameters have few values; else none.
func allNames(t *spec.Topic) []string {
	if len(t.Params) == 0 {
		return nil // two topics of one name are an error
	}
	names, next := []string{""}, 0
	for i, seg := range t.Pattern.Levels() {
		values := []string{seg.Text}
		if seg.Kind != topic.Literal {
			values = allValues(t.Params[next])
			next++
		}
		if len(values) == 0 || len(names)*len(values) > maxNames {
			return nil
		}
		var longer []string
		for _, name := range names {
			for _, value := range values {
				if i > 0 {
					value = name + "/" + value
				}
				longer = append(longer, value)
			}
		}
		names = longer
	}
	return names
}

// allValues returns every value of a parameter, if they are few; else none.
func allValues(p *spec.Param) []string {
	s := p.Schema
	var values []string
	switch {
	case p.Rest:
	case s.Const != nil:
		values = append(values, literalText(s.Const))
	case len(s.Enum) > 0:
		for _, one := range s.Enum {
			values = append(values, literalText(&one.Literal))
		}
	case s.Kind == spec.KindBoolean:
		values = append(values, "true", "false")
	case s.Kind == spec.KindInteger && s.Minimum != nil && s.Maximum != nil:
		low, lowOK := s.Minimum.Int64()
		high, highOK := s.Maximum.Int64()
		for n := low; lowOK && highOK && high-low >= 0 && high-low < maxNames && n <= high; n++ {
			values = append(values, fmt.Sprint(n))
		}
	}
	return values
}

// literalText is a constant as a level of a topic name.
func literalText(l *spec.Literal) string {
	if l.Kind == spec.KindString {
		return l.Text
	}
	return l.JSON
}

// unused finds payloads that no topic, no event and no other payload reaches.
func (v *finder) unused() {
	used := map[*spec.Payload]bool{}
	var visit func(p *spec.Payload)
	visit = func(p *spec.Payload) {
		if p != nil && !used[p] {
			used[p] = true
			if p.Schema == nil {
				return
			}
			p.Schema.Each(func(s *spec.Schema) {
				visit(s.Ref)
				for _, from := range s.MadeOf() {
					visit(from)
				}
			})
		}
	}
	for _, t := range v.file.Topics {
		for _, p := range t.Params {
			visit(p.Payload)
		}
		for _, r := range []*spec.Direction{t.Publish, t.Subscribe} {
			if r != nil {
				for _, p := range r.Payload.Payloads() {
					visit(p)
				}
			}
		}
	}
	for _, e := range v.file.Events {
		visit(e.Payload)
	}
	for _, a := range v.file.Auth {
		visit(a.Claims)
	}
	for _, p := range v.file.Payloads {
		if !used[p] && !p.Definition {
			v.find(p.VetIgnore, "MQX107", p.Pos, "nothing carries payload %q, and none that is carried refers to it", p.Name).
				Hint("name it in a topic or an event, or remove it")
		}
	}
}
