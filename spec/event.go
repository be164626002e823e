package spec

import "slices"

// eventDraft is an event while it is read.
type eventDraft struct {
	*Event
	schema, payload *entry
}

func eventObject() *object[eventDraft] {
	under := `it stands under "schema" of the event`
	return &object[eventDraft]{
		write: "{payload: NAME} or {schema: {...}}",
		fields: []field[eventDraft]{
			{"schema", optional, "schema", "JSON Schema of what the event carries; this or payload must stand", func(_ *decoder, x *eventDraft, e entry) { x.schema = &e }},
			{"payload", optional, "name", "the payload that the event carries", func(_ *decoder, x *eventDraft, e entry) { x.payload = &e }},
			{"description", optional, "text", "what it means; becomes the Go comment", textField(func(x *eventDraft) *string { return &x.Description })},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(x *eventDraft) *string { return &x.GoName })},
			{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, x *eventDraft, e entry) { x.VetIgnore = d.vetIgnore(e) }},
		},
		hints: map[string]string{
			"type": under, "properties": under, "required": under, "$ref": under, "items": under, "enum": under,
			"encoding": "events stay in the process: they have no encoding", "pattern": "an event has no topic: to send it to clients, write a topic",
		},
	}
}

// eventSection reads events.
func (d *decoder) eventSection(f *File, e entry) {
	d.decodeMap(e, "event", true, func(name string, ee entry) {
		x := &Event{Name: name, Pos: d.Pos(ee.key)}
		if !d.nameOf(ee, "an event") || slices.ContainsFunc(f.Events, func(o *Event) bool { return o.Name == name }) {
			return
		}
		f.Events = append(f.Events, x)
		draft := &eventDraft{Event: x}
		before := len(d.Found)
		decodeObject(d, ee.value, x.Pos, ee.where, eventObject(), draft)
		switch {
		case draft.schema != nil && draft.payload != nil:
			d.Fail("MQX072", d.Pos(draft.payload.key), "%s has both schema and payload", ee.where).
				Hint("keep one of them").Also(d.Pos(draft.schema.key), "schema is here")
		case draft.schema != nil:
			d.eventSchema(draft)
		case draft.payload != nil:
			d.eventPayload(draft)
		case len(d.Found) == before:
			d.Fail("MQX072", x.Pos, "%s has neither schema nor payload", ee.where).Hint("add schema: {type: ...}, or payload: NAME")
		}
	})
}

// eventSchema makes a payload of the event's own.
func (d *decoder) eventSchema(x *eventDraft) {
	s, goName := d.schema(*x.schema, x.Name)
	x.Own = true
	x.Payload = &Payload{
		Name: x.Name, GoName: goName, Pos: x.Pos, Description: x.Description, Encoding: EncodingJSON, Schema: s, VetIgnore: x.VetIgnore,
	}
}

func (d *decoder) eventPayload(x *eventDraft) {
	if isChoice(*x.payload) {
		d.wrongKind(x.payload.value, d.Pos(x.payload.key), x.payload.what(), "the name of a payload").Hint("an event carries one payload")
		return
	}
	name, ok := d.text(*x.payload)
	if !ok {
		return
	}
	pos := d.Pos(x.payload.value)
	d.after = append(d.after, func() {
		p := d.payloadNamed(name, pos, "MQX040")
		if p != nil && p.Encoding == EncodingRaw {
			d.Fail("MQX072", pos, "event %q cannot carry payload %q: raw bytes have no Go type", x.Name, name).
				Hint("give the event a schema").Also(p.Pos, "payload %q begins here", name)
			return
		}
		x.Payload = p
	})
}
