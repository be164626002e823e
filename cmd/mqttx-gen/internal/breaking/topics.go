package breaking

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// topics compares what may be published and subscribed to, by the names that patterns describe: a topic's own name is
// not seen on the wire.
func (c *comparer) topics() {
	matched := map[*spec.Topic]bool{}
	for _, t := range c.old.Topics {
		u := c.sameNames(t)
		if u == nil {
			u = topicNamed(c.now, t.Name)
			if u != nil && slices.ContainsFunc(c.old.Topics, func(o *spec.Topic) bool { return shape(o.Pattern) == shape(u.Pattern) }) {
				u = nil // its name has gone to another one
			}
		}
		if u == nil {
			c.add(Finding{
				Code: "MQX201", Pos: t.Pos, Gone: true, From: t.Pattern.String(), Breaks: fmt.Sprintf("clients that use topic %q", t.Name),
				Message: fmt.Sprintf("topic %q is gone; its pattern was %s", t.Name, t.Pattern), Hint: c.renamed(t),
			})
			continue
		}
		matched[u] = true
		if at, ok := misses(u.Pattern, t.Pattern); !ok {
			c.changed("MQX202", u.PatternPos, fmt.Sprintf("topic %q: pattern", u.Name), t.Pattern.String(), u.Pattern.String(),
				fmt.Sprintf("clients that use names such as %s", at))
		}
		c.topic(t, u)
	}
	for _, u := range c.now.Topics {
		if !matched[u] {
			c.taken(u)
		}
	}
}

// shape is a pattern without the names of its parameters.
func shape(p topic.Pattern) string {
	var b strings.Builder
	for _, s := range p.Levels() {
		switch s.Kind {
		case topic.Literal:
			b.WriteString("/" + s.Text)
		case topic.Param:
			b.WriteString("/{}")
		case topic.Rest:
			b.WriteString("/{...}")
		}
	}
	return b.String()
}

func topicNamed(f *spec.File, name string) *spec.Topic {
	i := slices.IndexFunc(f.Topics, func(t *spec.Topic) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return f.Topics[i]
}

// sameNames finds the new topic that describes the same names as an old one.
func (c *comparer) sameNames(t *spec.Topic) *spec.Topic {
	i := slices.IndexFunc(c.now.Topics, func(u *spec.Topic) bool { return shape(u.Pattern) == shape(t.Pattern) })
	if i < 0 {
		return nil
	}
	return c.now.Topics[i]
}

// misses returns a name of old that a pattern does not describe; ok if it describes them all.
func misses(p, old topic.Pattern) (name string, ok bool) {
	levels, was := p.Levels(), old.Levels()
	for i, s := range was {
		if i >= len(levels) {
			return example(old), false
		}
		q := levels[i]
		switch {
		case q.Kind == topic.Rest: // one or more levels that are not empty
			empty := slices.ContainsFunc(was[i:], func(s topic.Segment) bool { return s.Kind == topic.Literal && s.Text == "" })
			return example(old), !empty
		case q.Kind == topic.Literal && (s.Kind != topic.Literal || s.Text != q.Text), q.Kind == topic.Param && (s.Kind == topic.Rest || s == topic.Segment{}):
			return example(old), false
		}
	}
	return example(old), len(levels) == len(was)
}

// example is a name of a pattern, with the parameters' own names for their values.
func example(p topic.Pattern) string {
	var levels []string
	for _, s := range p.Levels() {
		levels = append(levels, s.Text)
	}
	return strings.Join(levels, "/")
}

// renamed suggests which new topic a topic that is gone may be.
func (c *comparer) renamed(t *spec.Topic) string {
	var best *spec.Topic
	score := 0.5
	for _, u := range c.now.Topics {
		if topicNamed(c.old, u.Name) != nil || (t.Publish == nil) != (u.Publish == nil) {
			continue
		}
		s := max(alike(t.Name, u.Name), alike(shape(t.Pattern), shape(u.Pattern)))
		if s > score {
			best, score = u, s
		}
	}
	if best == nil {
		return ""
	}
	return fmt.Sprintf("topic %q (%s) looks like it: devices would have to move there too", best.Name, best.Pattern)
}

// taken tells of a new topic that takes names away from an older one, where that breaks those who use them.
func (c *comparer) taken(u *spec.Topic) {
	for _, t := range c.old.Topics {
		if t.Pattern.Compare(u.Pattern) != topic.LessSpecific {
			continue
		}
		try := &comparer{old: c.old, now: c.now, methods: c.methods}
		try.topic(t, u)
		if len(try.list) == 0 {
			continue
		}
		name, _ := t.Pattern.Common(u.Pattern)
		c.add(Finding{
			Code: "MQX203", Pos: u.PatternPos, From: t.Name, To: u.Name, Breaks: fmt.Sprintf("clients that use names such as %s", name),
			Message: fmt.Sprintf("new topic %q takes names from topic %q: %s", u.Name, t.Name, try.list[0].Message),
		})
	}
}

// topic compares two topics that share names.
func (c *comparer) topic(t, u *spec.Topic) {
	c.direction(t, u, t.Publish, u.Publish, true)
	c.direction(t, u, t.Subscribe, u.Subscribe, false)
	c.params(t, u)
	if t.Reply != nil && (u.Reply == nil || shape(u.Reply.Pattern) != shape(t.Reply.Pattern)) {
		to := ""
		if u.Reply != nil {
			to = u.Reply.Name
		}
		c.changed("MQX218", u.Pos, fmt.Sprintf("topic %q: reply", u.Name), t.Reply.Name, to, fmt.Sprintf("clients that answer to topic %q", u.Name))
	}
}

func publishers(t *spec.Topic) string { return fmt.Sprintf("clients that publish to topic %q", t.Name) }
func subscribers(t *spec.Topic) string {
	return fmt.Sprintf("clients that subscribe to topic %q", t.Name)
}

func (c *comparer) direction(t, u *spec.Topic, old, now *spec.Direction, publish bool) {
	word, whom := "subscribe", subscribers(t)
	if publish {
		word, whom = "publish", publishers(t)
	}
	what := fmt.Sprintf("topic %q: %s: ", u.Name, word)
	switch {
	case old == nil:
		return
	case now == nil:
		c.add(Finding{Code: "MQX204", Pos: u.Pos, From: word, Breaks: whom, Message: fmt.Sprintf("topic %q: %s is gone", u.Name, word)})
		return
	}
	for _, name := range old.Auth {
		if to, ok := c.methods[name]; ok && !now.Allows(to) {
			c.add(Finding{
				Code: "MQX205", Pos: now.Pos, From: "let in", Breaks: fmt.Sprintf("clients of auth method %q", name),
				Message: what + fmt.Sprintf("auth method %q is no longer let in", name), Hint: fmt.Sprintf("name %s in auth here", to),
			})
		}
	}
	if now.QoS < old.QoS && (!publish || old.Relay) {
		c.changed("MQX207", now.Pos, what+"qos", number(int64(old.QoS)), number(int64(now.QoS)), subscribers(t))
	}
	if publish {
		c.retain(what, old, now, whom)
		if old.Relay && !now.Relay {
			c.changed("MQX209", now.Pos, what+"relay", "true", "false", subscribers(t))
		}
	} else if now.Expiry > 0 && (old.Expiry == 0 || now.Expiry < old.Expiry) {
		was := "none"
		if old.Expiry > 0 {
			was = duration(int64(old.Expiry))
		}
		c.changed("MQX219", now.Pos, what+"expiry", was, duration(int64(now.Expiry)), whom)
	}
	c.directionPayload(t, u, old, now, publish)
}

func (c *comparer) retain(what string, old, now *spec.Direction, whom string) {
	required := now.Retain == spec.RetainRequired && old.Retain != spec.RetainRequired
	forbidden := now.Retain == spec.RetainForbidden && old.Retain != spec.RetainForbidden
	if required || forbidden {
		c.changed("MQX208", now.Pos, what+"retain", string(old.Retain), string(now.Retain), whom)
	}
}

// params compares parameters level by level.
func (c *comparer) params(t, u *spec.Topic) {
	for _, p := range u.Params {
		q := paramAt(t, p.Level)
		if q == nil || q.Rest != p.Rest {
			c.literalParam(t, u, p)
			continue
		}
		what := fmt.Sprintf("topic %q: parameter %q", u.Name, p.Name)
		if t.Publish != nil && u.Publish != nil {
			c.paramSchema(q, p, what, true, publishers(t))
		}
		if t.Subscribe != nil && u.Subscribe != nil {
			c.paramSchema(q, p, what, false, subscribers(t))
		}
		c.bindings(t, u, q, p, what)
	}
}

func paramAt(t *spec.Topic, level int) *spec.Param {
	i := slices.IndexFunc(t.Params, func(p *spec.Param) bool { return p.Level == level })
	if i < 0 {
		return nil
	}
	return t.Params[i]
}

// literalParam compares a parameter that takes the place of what was a literal, or of another kind of parameter.
func (c *comparer) literalParam(t, u *spec.Topic, p *spec.Param) {
	was := t.Pattern.Levels()
	if p.Level >= len(was) || t.Publish == nil || u.Publish == nil || plainText(p.Schema) {
		return
	}
	l := &spec.Literal{Kind: spec.KindString, Text: was[p.Level].Text, JSON: was[p.Level].Text}
	if was[p.Level].Kind != topic.Literal || p.Rest || !accepts(p.Schema, l, spec.FormatNone) {
		c.changed("MQX206", p.Pos, fmt.Sprintf("topic %q: level %d", u.Name, p.Level+1), was[p.Level].Text,
			fmt.Sprintf("{%s}, a parameter with a schema", p.Name), publishers(t))
	}
}

// paramSchema compares the values of a parameter: what clients publish to may only grow, what the server sends to only
// shrink. Values are text: a string without a bound takes them all.
func (c *comparer) paramSchema(q, p *spec.Param, what string, publish bool, whom string) {
	from, to := q.Schema, p.Schema
	if !publish {
		from, to = to, from
	}
	if plainText(to) {
		return
	}
	d := newDiffer(true)
	d.compare(from, to)
	for _, diff := range d.out {
		if !publish {
			diff.aIs, diff.bIs = diff.bIs, diff.aIs
		}
		c.changed("MQX206", p.Pos, what+": "+diff.what, orWord(diff.aIs, "none"), orWord(diff.bIs, "none"), whom)
	}
}

// plainText says whether a schema takes every text.
func plainText(s *spec.Schema) bool {
	return s.Kind == spec.KindString && s.Format == spec.FormatNone && s.MinLength == nil && s.MaxLength == nil && s.Pattern == nil && constants(s) == nil
}

// bindings compares whose clients may use any value of a parameter.
func (c *comparer) bindings(t, u *spec.Topic, q, p *spec.Param, what string) {
	for _, a := range c.old.Auth {
		name, ok := c.methods[a.Name]
		to := p.Bindings[name]
		from := q.Bindings[a.Name]
		if !ok || to == "" || from == to || !reaches(t, a.Name) || !reaches(u, name) {
			continue
		}
		pos := p.IsPos
		if pos.Line == 0 {
			pos = p.Pos
		}
		c.changed("MQX236", pos, what+": is", orWord(string(from), "anything"), string(to), clientsOf(a))
	}
}

// reaches says whether clients of an auth method may use a topic.
func reaches(t *spec.Topic, method string) bool {
	return t.Publish != nil && t.Publish.Allows(method) || t.Subscribe != nil && t.Subscribe.Allows(method)
}
