package spec

// layouts reports schemas that contain themselves by value: no Go type could hold them. An array breaks the circle, an
// optional field does not. Where it returns false, references cannot be followed to an end.
func (d *decoder) layouts() bool {
	l := layout{d: d, state: map[*Payload]uint8{}, ok: true}
	for _, p := range d.file.Payloads {
		l.payload(p)
	}
	return l.ok
}

type layout struct {
	d     *decoder
	state map[*Payload]uint8 // 1: on the way, 2: done
	ok    bool
}

func (l *layout) payload(p *Payload) {
	l.state[p] = 1
	l.schema(p.Schema)
	l.state[p] = 2
}

func (l *layout) schema(s *Schema) {
	for _, p := range s.Properties {
		l.schema(p.Schema)
	}
	if s.Ref == nil {
		return
	}
	switch l.state[s.Ref] {
	case 0:
		l.payload(s.Ref)
	case 1:
		l.ok = false
		l.d.fail("MQX042", s.RefPos, "payload %q contains itself: a Go value of it would have no end", s.Ref.Name).
			hint("put an array between, or name the other by an id").
			also(s.Ref.Pos, "%q begins here", s.Ref.Name)
	}
}
