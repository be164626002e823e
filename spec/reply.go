package spec

import "slices"

func (d *decoder) replies(topics []*topicDraft) {
	byName := map[string]*Topic{}
	for _, t := range d.file.Topics {
		byName[t.Name] = t
	}
	for _, t := range topics {
		if t.reply != nil {
			d.reply(t.Topic, *t.reply, byName)
			d.checkReply(t.Topic)
		}
	}
}

// reply resolves the topic of the answers, which must be one that a client can answer on.
func (d *decoder) reply(t *Topic, e entry, byName map[string]*Topic) {
	name, ok := d.text(e)
	if !ok {
		return
	}
	t.ReplyPos = d.Pos(e.value)
	other := byName[name]
	if other == nil {
		var names []string
		for _, other := range d.file.Topics {
			names = append(names, other.Name)
		}
		d.Fail("MQX067", t.ReplyPos, "there is no topic %q to reply on", name).DidYouMean(name, names)
		return
	}
	wrong := func(format string, args ...any) *Diagnostic {
		return d.Fail("MQX067", t.ReplyPos, format, args...).Also(other.Pos, "topic %q is here", other.Name)
	}
	switch {
	case other == t:
		d.Fail("MQX067", t.ReplyPos, "topic %q cannot be its own reply", name).Hint("add a topic for the answers")
	case t.Subscribe == nil && t.Publish == nil || other.Publish == nil && other.Subscribe == nil: // which is reported
	case t.Subscribe == nil:
		wrong("topic %q has a reply, but no subscribe: the server sends nothing that could be answered", t.Name).Hint("add subscribe: {}")
	case other.Publish == nil:
		wrong("topic %q cannot be a reply: clients may not publish there", name).Hint("add publish to topic %q", name)
	case d.replyParams(t, other, wrong):
		t.Reply = other
	}
}

// replyParams reports parameters that the two topics do not share.
func (d *decoder) replyParams(t, other *Topic, wrong func(string, ...any) *Diagnostic) bool {
	if t.Pattern.String() == "" || other.Pattern.String() == "" {
		return false // its pattern is wrong, which is reported
	}
	ok := true
	for _, p := range t.Params {
		q := other.Param(p.Name)
		switch {
		case q == nil:
			ok = false
			wrong("topic %q cannot be the reply of %q: it has no parameter %q", other.Name, t.Name, p.Name).
				Hint("the patterns of both have the same parameters")
		case p.Rest != q.Rest || p.Schema.Kind != q.Schema.Kind || p.Schema.Format != q.Schema.Format:
			if p.Schema.Kind == KindInvalid || q.Schema.Kind == KindInvalid {
				continue
			}
			ok = false
			wrong("topic %q cannot be the reply of %q: parameter %q is of another kind there", other.Name, t.Name, p.Name).
				Hint("give it the same schema in both").Also(q.Pos, "parameter %q of topic %q is here", q.Name, other.Name)
		}
	}
	for _, q := range other.Params {
		if t.Param(q.Name) == nil {
			ok = false
			wrong("topic %q cannot be the reply of %q, which has no parameter %q", other.Name, t.Name, q.Name).
				Hint("the patterns of both have the same parameters").Also(q.Pos, "parameter %q of topic %q is here", q.Name, other.Name)
		}
	}
	return ok
}

// Param returns the parameter of a name, or nil.
func (t *Topic) Param(name string) *Param {
	if i := slices.IndexFunc(t.Params, func(p *Param) bool { return p.Name == name }); i >= 0 {
		return t.Params[i]
	}
	return nil
}

// checkReply reports a reply topic that nobody who gets the request may answer on. Its payloads are known then.
func (d *decoder) checkReply(t *Topic) {
	if t.Reply == nil {
		return
	}
	fail := func(format string, args ...any) *Diagnostic {
		return d.Fail("MQX067", t.ReplyPos, format, args...).Also(t.Reply.Publish.Pos, "publish of topic %q is here", t.Reply.Name)
	}
	if t.Reply.Publish.several() {
		fail("topic %q cannot be a reply: it has several payloads", t.Reply.Name).Hint("an answer is of one type: give the reply one payload")
	}
	able := slices.ContainsFunc(t.Subscribe.Auth, t.Reply.Publish.Allows)
	if !able && len(t.Subscribe.Auth) > 0 && len(t.Reply.Publish.Auth) > 0 {
		fail("nobody who may subscribe to topic %q may publish to its reply %q", t.Name, t.Reply.Name).
			Hint("name the same auth methods in both")
	}
}
