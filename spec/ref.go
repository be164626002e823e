package spec

import (
	"cmp"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// reference is a $ref that waits for all files to be joined.
type reference struct {
	schema *Schema // of KindRef
	entry  entry
}

// definition is a schema that only others refer to, and the words of which its Go name is made.
type definition struct {
	payload     *Payload
	name, owner string
}

const refPrefix = "#/payloads/"

// refKeyword keeps a $ref. It is resolved before anything that is in d.after runs; Schema.Ref is set then, or the kind is
// KindInvalid, and the reason reported.
func (d *decoder) refKeyword(s *Schema, e entry) {
	s.RefPos = d.pos(e.value)
	if _, ok := d.text(e); !ok {
		s.Kind = KindInvalid
		return
	}
	d.refs = append(d.refs, &reference{s, e})
}

// resolveRefs resolves what waits. Payloads whose whole schema is a $ref come first: each takes what it refers to over.
func (d *decoder) resolveRefs() {
	var rest []*reference
	for len(d.refs) > 0 {
		owners := map[*Schema]*Payload{}
		for _, p := range d.file.Payloads {
			if p.Schema != nil && !p.Definition {
				owners[p.Schema] = p
			}
		}
		refs := d.refs
		d.refs = nil
		for _, r := range refs {
			if owner := owners[r.schema]; owner != nil {
				d.resolveRef(r, owner)
			} else {
				rest = append(rest, r)
			}
		}
		if len(d.refs) == 0 {
			d.resolveRest(rest)
			rest = nil
		}
	}
}

func (d *decoder) resolveRest(refs []*reference) {
	for _, r := range refs {
		d.resolveRef(r, nil)
	}
}

// resolveRef sets what a schema refers to. The owner is the payload whose whole schema it is, or nil.
func (d *decoder) resolveRef(r *reference, owner *Payload) {
	at, p := d.find(r)
	switch {
	case p != nil && p.Schema == nil:
		d.fail("MQX041", r.schema.RefPos, "payload %q has no schema: its encoding is %s", p.Name, p.Encoding)
		r.schema.Kind = KindInvalid
		return
	case p != nil:
	case at.node == nil: // it is reported
		r.schema.Kind = KindInvalid
		return
	case d.targets[at.node] != nil:
		p = d.targets[at.node]
	case owner != nil:
		d.takeOver(owner, at)
		return
	default:
		p = d.define(at)
	}
	r.schema.Ref = p
}

// takeOver gives a payload the schema that it refers to.
func (d *decoder) takeOver(p *Payload, at spot) {
	d.targets[at.node] = p
	beside := p.Schema
	s, goName := d.schema(at.entry(), p.Name)
	s.Title, s.Description = cmp.Or(beside.Title, s.Title), cmp.Or(beside.Description, s.Description)
	s.Deprecated, s.Nullable = s.Deprecated || beside.Deprecated, s.Nullable || beside.Nullable
	p.Schema, p.GoName = s, cmp.Or(p.GoName, goName)
}

// define makes a payload of a schema that only others refer to.
func (d *decoder) define(at spot) *Payload {
	name, owner := at.words()
	p := &Payload{Name: at.String(), Pos: d.pos(at.key), Encoding: EncodingJSON, Definition: true}
	d.targets[at.node] = p
	d.file.Payloads = append(d.file.Payloads, p)
	d.definitions = append(d.definitions, &definition{p, name, owner})
	p.Schema, p.GoName = d.schema(at.entry(), name)
	return p
}

// what says in messages what a payload is.
func (p *Payload) what() string {
	if p.Definition {
		return "schema"
	}
	return "payload"
}

func (s spot) entry() entry { return entry{s.key, s.node, "schema " + s.String(), ""} }

// String is the place for messages: "schemas/command.json#/$defs/Point".
func (s spot) String() string {
	if len(s.at) == 0 {
		return s.source.file()
	}
	return s.source.file() + s.at.String()
}

// words returns the last name on the way to a schema, and that of what it belongs to.
func (s spot) words() (name, owner string) {
	if file := s.source.file(); file != "" {
		owner, _, _ = strings.Cut(path.Base(file), ".")
	}
	if len(s.at) > 1 && s.source.spec {
		owner = s.at[1] // of payloads, topics, ...
	}
	at := s.at
	if len(at) == 3 && at[0] == "payloads" {
		at = at[:2] // of a spec that is not included
	}
	for _, token := range at {
		if _, err := strconv.Atoi(token); err != nil {
			name = token
		}
	}
	return cmp.Or(name, owner), owner
}

// find returns the payload that a $ref names, or the spot that it points to. Neither: it is reported.
func (d *decoder) find(r *reference) (spot, *Payload) {
	text := r.entry.value.Value
	here := d.sourceOf(r.entry.value)
	file, fragment, cut := strings.Cut(text, "#")
	wrong := func(format string, args ...any) *Diagnostic {
		return d.fail("MQX041", r.schema.RefPos, format, args...)
	}
	if !cut && here.spec && (d.payloads[text] != nil || !strings.Contains(text, ".")) {
		wrong("$ref %q is not the place of a payload", text).Hint("write %q", refPrefix+text)
		return spot{}, nil
	}
	in := here
	if file != "" {
		name, problem, hint := here.nameFrom(file)
		if problem != "" {
			wrong("$ref %q: %s", text, problem).Hint("%s", hint)
			return spot{}, nil
		}
		if in = d.opened(name); in == nil || in.root == nil {
			in = d.open(name, r.schema.RefPos, "referred to from here")
		}
		if in == nil {
			return spot{}, nil
		}
	}
	to, ok := parsePointer(fragment)
	switch {
	case !ok && in.spec:
		wrong("$ref %q is not the place of a payload", text).Hint(`write "#/payloads/NAME"`)
		return spot{}, nil
	case !ok:
		wrong("$ref %q is not a JSON pointer", text).Hint(`write "#/$defs/NAME"`)
		return spot{}, nil
	case len(to) == 0 && in.spec:
		wrong("$ref %q is a whole spec, not a schema", text).Hint("write %q", file+"#/payloads/NAME")
		return spot{}, nil
	case in.spec && to[0] == "payloads" && (len(to) == 2 || len(to) == 3 && to[2] == "schema"):
		start := strings.Index(text, "/payloads/") + len("/payloads/")
		pos := d.inside(r.entry.value, start, min(len(text), start+len(to[1])))
		return spot{}, d.payloadNamed(to[1], pos, "MQX041")
	}
	return d.follow(r, in, to, file == "" && here.spec), nil
}

// follow goes where a pointer leads. In the spec, $defs is looked for from the $ref outwards.
func (d *decoder) follow(r *reference, in *source, to pointer, outwards bool) spot {
	at := in.top()
	if outwards && len(to) > 1 && to[0] == "$defs" {
		if at = d.innerDefs(r, in, to[1]); at.node == nil {
			return spot{}
		}
		to = to[1:]
	}
	for i, token := range to {
		next, ok := at.step(token)
		switch {
		case ok:
			at = next
			continue
		case outwards && i == 0 && len(at.at) == 0:
			d.fail("MQX041", r.schema.RefPos, "$ref %q is not the place of a payload", r.entry.value.Value).Hint(`write "#/payloads/NAME"`)
		default:
			d.fail("MQX041", r.schema.RefPos, "$ref to nothing: there is no %q in %s", token, at.String()).DidYouMean(token, at.names())
		}
		return spot{}
	}
	if schema, ok := at.step("schema"); ok && len(at.at) == 2 && at.at[0] == "payloads" {
		return schema // a payload of a spec that is not included
	}
	return at
}

// innerDefs returns the innermost $defs around a $ref that has a name.
func (d *decoder) innerDefs(r *reference, in *source, name string) spot {
	var names []string
	for _, around := range in.outwards(r.entry.value) {
		if defs, ok := around.step("$defs"); ok {
			if _, ok := defs.step(name); ok {
				return defs
			}
			names = append(names, defs.names()...)
		}
	}
	wrong := d.fail("MQX041", r.schema.RefPos, "$ref to nothing: no $defs around it has %q", name).DidYouMean(name, names)
	if len(names) == 0 {
		wrong.Hint("add it under $defs of the schema")
	}
	return spot{}
}

// defsField keeps the schemas under $defs of the spec, so that those are checked that nothing refers to. In other files
// only what is referred to is read.
func defsField(d *decoder, _ *schemaDraft, e entry) {
	if !d.sourceOf(e.key).spec {
		return
	}
	d.decodeMap(e, "schema", false, func(_ string, de entry) { d.defs = append(d.defs, de) })
}

// checkDefs reads the schemas under $defs that nothing refers to, for what is wrong with them.
func (d *decoder) checkDefs() {
	payloads, definitions := d.file.Payloads, d.definitions
	for len(d.defs) > 0 {
		defs := d.defs
		d.defs = nil
		for _, e := range defs {
			if d.targets[e.value] == nil {
				d.schema(e, e.name)
			}
		}
		d.resolve()
	}
	d.file.Payloads, d.definitions = payloads, definitions
}

// fileOnlyField reads a keyword that is ignored in a file which holds schemas, and that has no place in a spec.
func fileOnlyField(d *decoder, _ *schemaDraft, e entry) {
	if d.sourceOf(e.key).spec {
		d.fail("MQX044", d.pos(e.key), "%q has a meaning only in a file that holds schemas", e.name).Hint("%s", foreignKeywords[e.name])
	}
}

var startsUpper = regexp.MustCompile(`^\p{Lu}`)

// definitionNames gives definitions their Go names: the last name on the way there, with that of the owner in front, and
// then a number, where it is taken.
func (d *decoder) definitionNames(types *scope) {
	for _, def := range d.definitions {
		p := def.payload
		switch {
		case p.GoName != "":
			p.GoName = d.goName(p.GoName, p.GoName, p.Pos)
		default:
			p.GoName = d.freeName(types, def)
		}
		p.Schema.GoType = p.GoName
		types.add(p.GoName, "schema "+p.Name, p.Pos)
	}
}

func (d *decoder) freeName(types *scope, def *definition) string {
	name, owner := GoName(def.name), GoName(def.owner)
	if !startsUpper.MatchString(owner) {
		owner = "Schema" + owner
	}
	usable := func(s string) bool {
		_, taken := types.names[s]
		return !taken && startsUpper.MatchString(s)
	}
	if usable(name) {
		return name
	}
	name = owner + name
	for n := 2; !usable(name); n++ {
		name = owner + GoName(def.name) + strconv.Itoa(n)
	}
	return name
}
