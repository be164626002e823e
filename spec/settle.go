package spec

import "gopkg.in/yaml.v3"

// settleAll does what needs every reference: it joins allOf, tells the variants of unions apart, and lets those who refer
// to a schema that allows null know it.
func (d *decoder) settleAll() {
	s := settler{decoder: d, state: map[*Schema]uint8{}}
	roots := d.roots()
	for _, root := range roots {
		s.settle(root)
		s.noDefault(root)
	}
	for _, root := range roots {
		root.Each(s.unite)
	}
	for _, root := range roots {
		root.Each(s.finish)
	}
	for _, p := range d.allPayloads() {
		d.neverNull(p)
	}
	for _, t := range d.file.Topics {
		for _, p := range t.Params {
			d.plainParam(p)
		}
	}
}

// roots returns the schemas that stand in no other.
func (d *decoder) roots() []*Schema {
	var list []*Schema
	add := func(s *Schema) {
		if s != nil {
			list = append(list, s)
		}
	}
	for _, p := range d.allPayloads() {
		add(p.Schema)
	}
	for _, t := range d.file.Topics {
		for _, p := range t.Params {
			add(p.Schema)
		}
	}
	return list
}

// allPayloads returns those of the file, the claims of tokens and what events own.
func (d *decoder) allPayloads() []*Payload {
	list := append([]*Payload(nil), d.file.Payloads...)
	for _, a := range d.file.Auth {
		if a.Claims != nil {
			list = append(list, a.Claims)
		}
	}
	for _, e := range d.file.Events {
		if e.Own && e.Payload != nil {
			list = append(list, e.Payload)
		}
	}
	return list
}

// children returns the schemas that stand in s, without what it refers to.
func (s *Schema) children() []*Schema {
	var list []*Schema
	if s.Items != nil {
		list = append(list, s.Items)
	}
	for _, p := range s.PrefixItems {
		list = append(list, p.Schema)
	}
	for _, p := range s.Properties {
		list = append(list, p.Schema)
	}
	if s.Additional != nil {
		list = append(list, s.Additional)
	}
	for _, v := range s.Variants {
		list = append(list, v.Schema)
	}
	return list
}

// Each visits what stands in s, and then s, without what it refers to.
func (s *Schema) Each(visit func(*Schema)) {
	for _, child := range s.children() {
		child.Each(visit)
	}
	visit(s)
}

// maxHops is how many references are followed: a chain that is longer has no end.
const maxHops = 10000

// Follow returns the schema behind references, or nil where they lead to nothing or have no end.
func (s *Schema) Follow() *Schema {
	for hops := 0; s != nil && s.Kind == KindRef; hops++ {
		if s.Ref == nil || hops > maxHops {
			return nil
		}
		s = s.Ref.Schema
	}
	return s
}

type settler struct {
	*decoder
	state map[*Schema]uint8 // 1: on the way, 2: done

	copies int  // schemas that allOf took over from others
	grown  bool // these are too many, which is reported
}

// settle joins every allOf in a schema, from the inside out.
func (d *settler) settle(s *Schema) {
	if s == nil || d.state[s] != 0 {
		return
	}
	d.state[s] = 1
	for _, child := range s.children() {
		d.settle(child)
	}
	if s.draft != nil && len(s.draft.branches) > 0 {
		d.join(s)
	}
	for _, p := range s.Properties {
		if v := p.Schema.Default; v != nil && p.Required {
			d.Fail("MQX055", v.Pos, "property %q has a default and is required: it is never left out", p.Name).
				Hint("take it out of required, or leave out the default").Also(p.Pos, "the property is here")
		}
	}
	for _, child := range s.children() {
		if !s.hasProperty(child) {
			d.noDefault(child)
		}
	}
	d.state[s] = 2
}

func (s *Schema) hasProperty(child *Schema) bool {
	for _, p := range s.Properties {
		if p.Schema == child {
			return true
		}
	}
	return false
}

func (d *settler) noDefault(s *Schema) {
	if s.Default != nil {
		d.Fail("MQX055", s.Default.Pos, "default stands in schema %s, which is no property of an object", s.Path).
			Hint("only a property can be left out")
	}
}

// finish checks what depends on a schema behind a reference.
func (d *settler) finish(s *Schema) {
	target := s.Follow()
	if target == nil {
		return
	}
	if s.Kind == KindRef {
		for at := s; at.Kind == KindRef; {
			at = at.Ref.Schema
			s.Nullable = s.Nullable || at.Nullable
		}
	}
	for _, v := range s.Variants {
		v.Schema.Nullable = false // null is the union's
	}
	if s.Kind == KindArray {
		d.checkUnique(s)
	}
	if s.draft == nil || s.draft.mustBe == nil {
		return
	}
	e := *s.draft.mustBe
	switch {
	case e.value.Kind != yaml.ScalarNode:
		d.Fail("MQX044", d.Pos(e.key), "a list as %s stands beside \"allOf\"", e.what()).Hint("leave out type, or write nullable: true")
	case kinds[e.value.Value] != target.Kind && target.Kind != KindInvalid:
		d.Fail("MQX053", d.Pos(e.value), "%s is %s, and allOf has a schema of type %s", e.what(), e.value.Value, target.Kind).
			Hint("leave out type").Also(s.Pos, "the schema is here")
	}
}

// neverNull takes null from the schema of a payload: those who refer to a definition have it by now, and a message always
// has a value.
func (d *decoder) neverNull(p *Payload) {
	if p.Schema == nil || !p.Schema.Nullable {
		return
	}
	if !p.Definition {
		d.Fail("MQX054", p.Schema.Pos, "payload %q may be null: a message always has a value", p.Name).
			Hint("say that it may be null where another schema refers to it: {$ref: %q, nullable: true}", refPrefix+p.Name)
	}
	p.Schema.Nullable = false
	if p.Schema.draft != nil {
		p.Schema.draft.gaveNull = true
	}
}

// plainParam reports what a parameter of a topic, which is text without quotes, cannot have.
func (d *decoder) plainParam(p *Param) {
	s := p.Schema
	switch {
	case s.Nullable:
		d.Fail("MQX063", s.Pos, "parameter %q cannot be null", p.Name).Hint("a parameter always has a value")
	case s.XGoType != "":
		d.Fail("MQX063", s.Pos, "parameter %q cannot have x-go-type", p.Name).Hint("parse it in the handler")
	case s.draft != nil && s.draft.enumNames != nil:
		d.Fail("MQX063", d.Pos(s.draft.enumNames.key), "parameter %q cannot have x-go-names", p.Name).Hint("leave it out: a parameter has no constants in Go")
	}
}
