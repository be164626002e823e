package spec

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// directionDraft is publish or subscribe while it is read. Names wait until the whole file is read.
type directionDraft struct {
	*Direction
	where   string
	auth    *entry
	payload *entry
}

var retainWords = []string{string(RetainForbidden), string(RetainAllowed), string(RetainRequired)}

// bothFields is what publish and subscribe have in common.
func bothFields() []field[directionDraft] {
	return []field[directionDraft]{
		{"auth", optional, "list of name", "the auth methods whose clients may; every one but anonymous if left out", func(_ *decoder, r *directionDraft, e entry) { r.auth = &e }},
		{"payload", optional, "name | choice", "a payload, or several with by and map; that of the other direction if left out, or raw bytes where there is none", func(_ *decoder, r *directionDraft, e entry) { r.payload = &e }},
		{"qos", optional, "0 | 1 | 2", "publish: the highest that is sent on; subscribe: the highest that is granted; 1 by default", func(d *decoder, r *directionDraft, e entry) {
			if v, ok := d.whole(e, 0, 2); ok {
				r.QoS = byte(v)
			}
		}},
	}
}

func publishObject() *object[directionDraft] {
	return &object[directionDraft]{hints: map[string]string{"expiry": `it stands under "subscribe"`}, fields: append(bothFields(),
		field[directionDraft]{"retain", optional, "forbidden | allowed | required", "whether a publish may be retained; forbidden by default", func(d *decoder, r *directionDraft, e entry) {
			if e.value.ShortTag() == "!!bool" {
				d.Fail("MQX012", d.Pos(e.value), "%s cannot be %s", e.what(), e.value.Value).Hint("write allowed, required or forbidden")
			} else if word, ok := d.oneOf(e, retainWords); ok {
				r.Retain = Retain(word)
			}
		}},
		field[directionDraft]{"relay", optional, "boolean", "whether an accepted publish is sent on to subscribers; false by default", boolField(func(r *directionDraft) *bool { return &r.Relay })},
	)}
}

func subscribeObject() *object[directionDraft] {
	return &object[directionDraft]{
		fields: append(bothFields(),
			field[directionDraft]{"expiry", optional, "duration", "how long a message of the server waits for a client, such as 10m; for ever by default", func(d *decoder, r *directionDraft, e entry) {
				r.Expiry, _ = d.duration(e, time.Second, maxInterval)
			}},
		),
		hints: map[string]string{"retain": `it stands under "publish"`, "relay": `it stands under "publish"`},
	}
}

// direction reads publish or subscribe, and resolves its names when the whole file is read.
func (d *decoder) direction(e entry, table *object[directionDraft]) *Direction {
	r := &directionDraft{
		Direction: &Direction{Pos: d.Pos(e.key), QoS: 1, Retain: RetainForbidden},
		where:     e.name + " of " + e.where,
	}
	decodeObject(d, e.value, r.Pos, r.where, table, r)
	d.after = append(d.after, func() {
		d.directionAuth(r)
		d.directionPayload(r)
	})
	return r.Direction
}

// directionAuth resolves the list of auth methods.
func (d *decoder) directionAuth(r *directionDraft) {
	if r.auth == nil {
		r.Auth = d.everyAuth()
		return
	}
	items, ok := d.items(*r.auth, r.auth.what())
	if !ok {
		return
	}
	if len(items) == 0 {
		d.Fail("MQX033", d.Pos(r.auth.value), "%s has an empty list: nobody may use it", r.where).
			Hint("leave out the direction, or leave out auth to let in every method but anonymous")
	}
	named := map[string]bool{}
	for _, item := range items {
		if item.Kind != yaml.ScalarNode {
			d.wrongKind(item, d.Pos(item), "each item of "+r.auth.what(), "text")
			continue
		}
		if named[item.Value] {
			d.Fail("MQX033", d.Pos(item), "auth method %q stands twice in %s", item.Value, r.where)
		}
		if d.authNamed(item.Value, d.Pos(item)) != nil {
			named[item.Value] = true
		}
	}
	for _, a := range d.file.Auth {
		if named[a.Name] {
			r.Auth = append(r.Auth, a.Name)
		}
	}
}

// everyAuth is what a list that is left out means: every method but anonymous, unless there is no other.
func (d *decoder) everyAuth() []string {
	var all, named []string
	for _, a := range d.file.Auth {
		all = append(all, a.Name)
		if a.Method != MethodAnonymous {
			named = append(named, a.Name)
		}
	}
	if len(named) == 0 {
		return all
	}
	return named
}

func (d *decoder) directionPayload(r *directionDraft) {
	if r.payload == nil {
		return
	}
	e := *r.payload
	if isChoice(e) {
		d.choice(r, e)
		return
	}
	if e.value.Kind == yaml.SequenceNode {
		d.wrongKind(e.value, d.Pos(e.key), e.what(), "the name of a payload").Hint("several payloads are written as {by: content_type, map: {VALUE: PAYLOAD}}")
		return
	}
	name, ok := d.text(e)
	if !ok {
		return
	}
	r.Payload = &PayloadRef{Pos: d.Pos(e.value)}
	if name == "raw" && d.payloads[name] == nil {
		d.Fail("MQX040", r.Payload.Pos, "there is no payload %q", name).Hint("leave payload out of both directions for raw bytes")
		return
	}
	r.Payload.Payload = d.payloadNamed(name, r.Payload.Pos, "MQX040")
}

// directions fills in what one direction takes from the other.
func (d *decoder) directions(t *Topic) {
	pair := []*Direction{t.Publish, t.Subscribe}
	for i, r := range pair {
		if r == nil || r.Payload != nil {
			continue
		}
		r.Payload = &PayloadRef{}
		if other := pair[1-i]; other != nil && other.Payload != nil {
			r.Payload.Payload, r.Payload.Choice = other.Payload.Payload, other.Payload.Choice
		}
	}
}

// Allows says whether clients of an auth method may use a topic at all.
func (t *Topic) Allows(method string) bool {
	return slices.ContainsFunc([]*Direction{t.Publish, t.Subscribe}, func(r *Direction) bool { return r != nil && r.Allows(method) })
}
