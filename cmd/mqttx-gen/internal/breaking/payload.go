package breaking

import (
	"fmt"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// directionPayload judges what a direction carries by who sends it.
func (c *comparer) directionPayload(t, u *spec.Topic, old, now *spec.Direction, publish bool) {
	if publish {
		c.flow(&flow{old: old.Payload, now: now.Payload, topic: u, fallback: now.Pos, toServer: true, extra: true, whom: publishers(t)})
		return
	}
	f := &flow{old: old.Payload, now: now.Payload, topic: u, fallback: now.Pos, whom: subscribers(t)}
	relayed := t.Publish != nil && t.Publish.Relay && u.Publish != nil && u.Publish.Relay
	if relayed && sameRef(t.Publish.Payload, old.Payload) && sameRef(u.Publish.Payload, now.Payload) {
		f.extra = true // the bytes of other clients arrive here
		c.flow(f)
		return
	}
	c.flow(f)
	if relayed && sameRef(t.Publish.Payload, old.Payload) {
		relay := *f
		relay.now, relay.extra = u.Publish.Payload, true
		c.flow(&relay)
	}
}

func sameRef(a, b *spec.PayloadRef) bool {
	return a.Payload == b.Payload && (a.Choice == nil) == (b.Choice == nil) && (a.Choice == nil || a.Choice.Pos == b.Choice.Pos)
}

// flow is what goes one way on one topic, before and now.
type flow struct {
	old, now *spec.PayloadRef
	topic    *spec.Topic
	fallback spec.Pos // a place for what has none of its own
	toServer bool     // clients send: everything old has to fit now; otherwise everything now has to fit what was
	extra    bool     // as in differ
	whom     string
}

func (f *flow) pos() spec.Pos {
	if f.now.Pos.Line > 0 {
		return f.now.Pos
	}
	return f.fallback
}

// flow compares what a direction carries.
func (c *comparer) flow(f *flow) {
	a, b := f.old, f.now
	if !f.toServer {
		a, b = b, a
	}
	what := fmt.Sprintf("topic %q: payload", f.topic.Name)
	switch {
	case b.Raw(): // bytes are whatever they are
	case a.Raw(), a.Choice == nil && b.Choice != nil, a.Choice != nil && b.Choice == nil && f.toServer:
		c.changed("MQX220", f.pos(), what, describe(f.old), describe(f.now), f.whom)
	case a.Choice != nil && b.Choice != nil:
		c.choice(f, a.Choice, b.Choice)
	case a.Choice != nil:
		for _, one := range a.Choice.Cases {
			c.payloads(f, one.Payload, b.Payload)
		}
	default:
		c.payloads(f, a.Payload, b.Payload)
	}
}

// describe names what a direction carries.
func describe(r *spec.PayloadRef) string {
	switch {
	case r.Raw():
		return "raw bytes"
	case r.Choice != nil:
		return "a choice by " + choiceBy(r.Choice)
	}
	return fmt.Sprintf("%s (%s)", r.Payload.Name, encoding(r.Payload))
}

func choiceBy(c *spec.Choice) string {
	if c.Key == "" {
		return string(c.By)
	}
	return string(c.By) + "." + c.Key
}

func encoding(p *spec.Payload) string {
	if p.Encoding == spec.EncodingProtobuf {
		return "protobuf " + p.Message
	}
	return orWord(string(p.Encoding), string(spec.EncodingJSON))
}

// choice compares the payloads that messages tell apart.
func (c *comparer) choice(f *flow, a, b *spec.Choice) {
	what := fmt.Sprintf("topic %q: payload: ", f.topic.Name)
	if choiceBy(a) != choiceBy(b) {
		c.changed("MQX232", f.pos(), what+"by", choiceBy(f.old.Choice), choiceBy(f.now.Choice), f.whom)
		return
	}
	for _, one := range a.Cases {
		i := slices.IndexFunc(b.Cases, func(other *spec.Case) bool { return other.Value == one.Value })
		switch {
		case i >= 0:
			c.payloads(f, one.Payload, b.Cases[i].Payload)
		case f.toServer:
			c.changed("MQX232", f.pos(), what+fmt.Sprintf("case %q", one.Value), one.Payload.Name, "", f.whom)
		default:
			c.changed("MQX232", one.Pos, what+fmt.Sprintf("case %q", one.Value), "", one.Payload.Name, f.whom)
		}
	}
}

// payloads wants every document of a to be one of b.
func (c *comparer) payloads(f *flow, a, b *spec.Payload) {
	what := fmt.Sprintf("topic %q: payload", f.topic.Name)
	if encoding(a) != encoding(b) {
		from, to := a, b
		if !f.toServer {
			from, to = b, a
		}
		c.changed("MQX220", f.pos(), what, fmt.Sprintf("%s (%s)", from.Name, encoding(from)), fmt.Sprintf("%s (%s)", to.Name, encoding(to)), f.whom)
		return
	}
	if a.Schema == nil || b.Schema == nil {
		if f.toServer {
			c.messages(f, a, b)
		} else {
			c.messages(f, b, a)
		}
		return
	}
	d := newDiffer(f.extra)
	d.compare(a.Schema, b.Schema)
	for _, diff := range d.out {
		c.difference(f, diff)
	}
}

// difference makes a finding. What a document may be too much goes by what the spec says now.
func (c *comparer) difference(f *flow, diff difference) {
	from, to := diff.aIs, diff.bIs
	if !f.toServer {
		from, to = to, from
	}
	name := diff.place
	if s := nowSchema(diff, !f.toServer); s != nil && s.Path != "" {
		name = s.Path
	}
	if name == "" {
		name = fmt.Sprintf("topic %q: payload", f.topic.Name)
	}
	c.changed(diff.code, place(diff, !f.toServer, f.pos()), name+": "+diff.what, from, to, f.whom)
}

// nowSchema is the schema of the new spec: a where the server sends, b where clients do.
func nowSchema(diff difference, a bool) *spec.Schema {
	if a {
		return diff.a
	}
	return diff.b
}

// place is where the new spec says what is different.
func place(diff difference, a bool, fallback spec.Pos) spec.Pos {
	at := diff.at[1]
	if a {
		at = diff.at[0]
	}
	if s := nowSchema(diff, a); at.Line == 0 && s != nil {
		at = s.Pos
	}
	if at.Line == 0 {
		return fallback
	}
	return at
}
