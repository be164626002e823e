package breaking

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen/internal/gen/proto"
	"github.com/mqttx-gen/mqttx-gen/spec"
)

// Version is a spec at one time.
type Version struct {
	File     *spec.File
	Messages map[*spec.Payload]*proto.Message // what its .proto files say; a payload that is not here is not compared
}

// CompareVersions is Compare, and looks into protobuf messages too. Whoever sends them: a number keeps its type, and one
// that is gone is reserved, so that nobody takes it for something else later.
func CompareVersions(old, now Version, level Level) []Finding {
	c := &comparer{old: old.File, now: now.File, oldMessages: old.Messages, nowMessages: now.Messages}
	return c.compare(level)
}

// messages compares what two payloads look like on the wire.
func (c *comparer) messages(f *flow, old, now *spec.Payload) {
	a, b := c.oldMessages[old], c.nowMessages[now]
	if a == nil || b == nil {
		return
	}
	m := &messageDiffer{seen: map[string]bool{}}
	m.message(a, b)
	for _, diff := range m.list {
		pos := now.MessagePos
		if pos.Line == 0 {
			pos = f.pos()
		}
		c.add(Finding{Code: "MQX237", Pos: pos, Message: diff.message, From: diff.from, To: diff.to, Breaks: f.whom, Hint: diff.hint})
	}
}

type messageDifference struct{ message, from, to, hint string }

type messageDiffer struct {
	seen map[string]bool // messages and enumerations that are compared, by both names
	list []messageDifference
}

func (m *messageDiffer) add(what, from, to, hint string) {
	text := fmt.Sprintf("%s changed from %s to %s", what, from, to)
	switch {
	case to == "":
		text = fmt.Sprintf("%s is gone; it was %s", what, from)
	case from == "":
		text = fmt.Sprintf("%s is new: %s", what, to)
	}
	m.list = append(m.list, messageDifference{text, from, to, hint})
}

func (m *messageDiffer) message(a, b *proto.Message) {
	key := a.Name + " " + b.Name
	if m.seen[key] {
		return
	}
	m.seen[key] = true
	fields := map[int32]*proto.Field{}
	for _, f := range b.Fields {
		fields[f.Number] = f
	}
	for _, was := range a.Fields {
		what := fmt.Sprintf("message %s: field %d", a.Name, was.Number)
		now := fields[was.Number]
		delete(fields, was.Number)
		switch {
		case now == nil && was.Required, now == nil && !b.Reserved(was.Number):
			m.add(what, was.Type+" "+was.Name, "", fmt.Sprintf("write reserved %d; so that the number is not used again", was.Number))
		case now == nil:
		case was.Type != now.Type:
			m.add(what, was.Type+" "+was.Name, now.Type+" "+now.Name, "give the new field a number of its own, and reserve the old one")
		default:
			m.inside(was, now)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(fields)) {
		if f := fields[number]; f.Required {
			m.add(fmt.Sprintf("message %s: field %d", a.Name, number), "", f.Type+" "+f.Name, "make it optional")
		}
	}
}

// inside compares what two fields of one type hold.
func (m *messageDiffer) inside(a, b *proto.Field) {
	if a.Message != nil && b.Message != nil {
		m.message(a.Message, b.Message)
	}
	if a.Enum == nil || b.Enum == nil || m.seen["enum "+a.Enum.Name] {
		return
	}
	m.seen["enum "+a.Enum.Name] = true
	for _, number := range slices.Sorted(maps.Keys(a.Enum.Values)) {
		if _, ok := b.Enum.Values[number]; !ok && !b.Enum.Reserved(number) {
			m.add(fmt.Sprintf("enum %s: value %d", a.Enum.Name, number), a.Enum.Values[number], "", fmt.Sprintf("write reserved %d; so that the number is not used again", number))
		}
	}
}
