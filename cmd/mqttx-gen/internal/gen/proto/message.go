package proto

import (
	"fmt"
	"path"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mqttx-gen/mqttx-gen/spec"
)

// Message is what stands on the wire of a protobuf message.
type Message struct {
	Name     string // full name
	Fields   []*Field
	Reserved func(number int32) bool
}

// Field is a field of a message. What JSON calls it does not matter on the wire.
type Field struct {
	Number   int32
	Name     string
	Type     string // "repeated string", "required int32", "map<string, bool>", "message fleet.v1.Point", "string, one of where"
	Required bool
	Message  *Message // of a field that holds one, or a map of them
	Enum     *Enum
}

// Enum is an enumeration.
type Enum struct {
	Name     string
	Values   map[int32]string
	Reserved func(number int32) bool
}

// Messages reads what the messages of a spec that lies in dir look like on the wire. Those of x-go-type are not known.
func Messages(f *spec.File, dir string) (map[*spec.Payload]*Message, error) {
	names, payloads := ofProto(f)
	if len(payloads) == 0 {
		return nil, nil
	}
	read, err := compile(f, payloads, names, dir)
	if err == nil {
		err = read.find(f, payloads)
	}
	if err != nil {
		return nil, err
	}
	known := map[protoreflect.FullName]*Message{}
	out := map[*spec.Payload]*Message{}
	for _, p := range payloads {
		d := read.files.FindFileByPath(path.Clean(p.File)).FindDescriptorByName(protoreflect.FullName(p.Message))
		out[p] = message(d.(protoreflect.MessageDescriptor), known)
	}
	return out, nil
}

func message(d protoreflect.MessageDescriptor, known map[protoreflect.FullName]*Message) *Message {
	if m := known[d.FullName()]; m != nil {
		return m
	}
	m := &Message{Name: string(d.FullName())}
	known[d.FullName()] = m
	m.Reserved = func(number int32) bool { return d.ReservedRanges().Has(protoreflect.FieldNumber(number)) }
	for i := range d.Fields().Len() {
		m.Fields = append(m.Fields, fieldOf(d.Fields().Get(i), known))
	}
	return m
}

func fieldOf(d protoreflect.FieldDescriptor, known map[protoreflect.FullName]*Message) *Field {
	f := &Field{Number: int32(d.Number()), Name: string(d.Name()), Required: d.Cardinality() == protoreflect.Required}
	value := d
	switch {
	case d.IsMap():
		value = d.MapValue()
		f.Type = fmt.Sprintf("map<%s, %s>", d.MapKey().Kind(), kindOf(value))
	case d.IsList():
		f.Type = "repeated " + kindOf(d)
	case f.Required:
		f.Type = "required " + kindOf(d)
	default:
		f.Type = kindOf(d)
	}
	if one := d.ContainingOneof(); one != nil && !one.IsSynthetic() {
		f.Type += ", one of " + string(one.Name())
	}
	if value.Message() != nil {
		f.Message = message(value.Message(), known)
	}
	if e := value.Enum(); e != nil {
		f.Enum = &Enum{Name: string(e.FullName()), Values: map[int32]string{}}
		f.Enum.Reserved = func(number int32) bool { return e.ReservedRanges().Has(protoreflect.EnumNumber(number)) }
		for i := range e.Values().Len() {
			v := e.Values().Get(i)
			f.Enum.Values[int32(v.Number())] = string(v.Name())
		}
	}
	return f
}

func kindOf(d protoreflect.FieldDescriptor) string {
	switch {
	case d.Message() != nil:
		return d.Kind().String() + " " + string(d.Message().FullName())
	case d.Enum() != nil:
		return "enum " + string(d.Enum().FullName())
	}
	return d.Kind().String()
}
