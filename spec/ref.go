package spec

import (
	"cmp"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/fileset"
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
	s.RefPos = d.Pos(e.value)
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
		d.Fail("MQX041", r.schema.RefPos, "payload %q has no schema: its encoding is %s", p.Name, p.Encoding)
		r.schema.Kind = KindInvalid
		return
	case p != nil:
	case at.Node == nil: // it is reported
		r.schema.Kind = KindInvalid
		return
	case d.targets[at.Node] != nil:
		p = d.targets[at.Node]
	case owner != nil:
		d.takeOver(owner, at)
		return
	default:
		p = d.define(at)
	}
	r.schema.Ref = p
}

// takeOver gives a payload the schema that it refers to.
func (d *decoder) takeOver(p *Payload, at fileset.Spot) {
	d.targets[at.Node] = p
	beside := p.Schema
	s, goName := d.schema(entryAt(at), p.Name)
	s.Title, s.Description = cmp.Or(beside.Title, s.Title), cmp.Or(beside.Description, s.Description)
	s.Deprecated, s.Nullable = s.Deprecated || beside.Deprecated, s.Nullable || beside.Nullable
	p.Schema, p.GoName = s, cmp.Or(p.GoName, goName)
}

// define makes a payload of a schema that only others refer to.
func (d *decoder) define(at fileset.Spot) *Payload {
	name, owner := wordsOf(at)
	p := &Payload{Name: at.String(), Pos: d.Pos(at.Key), Encoding: EncodingJSON, Definition: true}
	d.targets[at.Node] = p
	d.file.Payloads = append(d.file.Payloads, p)
	d.definitions = append(d.definitions, &definition{p, name, owner})
	p.Schema, p.GoName = d.schema(entryAt(at), name)
	return p
}

// what says in messages what a payload is.
func (p *Payload) what() string {
	if p.Definition {
		return "schema"
	}
	return "payload"
}

// entryAt is what a table is read from.
func entryAt(s fileset.Spot) entry { return entry{s.Key, s.Node, "schema " + s.String(), ""} }

// wordsOf returns the last name on the way to a schema, and that of what it belongs to.
func wordsOf(s fileset.Spot) (name, owner string) {
	if file := s.Source.PosFile(); file != "" {
		owner, _, _ = strings.Cut(path.Base(file), ".")
	}
	if len(s.At) > 1 && s.Source.Spec {
		owner = s.At[1] // of payloads, topics, ...
	}
	at := s.At
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
func (d *decoder) find(r *reference) (fileset.Spot, *Payload) {
	text := r.entry.value.Value
	here := d.SourceOf(r.entry.value)
	file, fragment, cut := strings.Cut(text, "#")
	wrong := func(format string, args ...any) *Diagnostic {
		return d.Fail("MQX041", r.schema.RefPos, format, args...)
	}
	if !cut && here.Spec && (d.payloads[text] != nil || !strings.Contains(text, ".")) {
		wrong("$ref %q is not the place of a payload", text).Hint("write %q", refPrefix+text)
		return fileset.Spot{}, nil
	}
	in := here
	if file != "" {
		name, problem, hint := here.NameFrom(file)
		if problem != "" {
			wrong("$ref %q: %s", text, problem).Hint("%s", hint)
			return fileset.Spot{}, nil
		}
		if in = d.Opened(name); in == nil || in.Root == nil {
			in = d.Open(name, r.schema.RefPos, "referred to from here")
		}
		if in == nil {
			return fileset.Spot{}, nil
		}
	}
	to, ok := fileset.ParsePointer(fragment)
	switch {
	case !ok && in.Spec:
		wrong("$ref %q is not the place of a payload", text).Hint(`write "#/payloads/NAME"`)
		return fileset.Spot{}, nil
	case !ok:
		wrong("$ref %q is not a JSON pointer", text).Hint(`write "#/$defs/NAME"`)
		return fileset.Spot{}, nil
	case len(to) == 0 && in.Spec:
		wrong("$ref %q is a whole spec, not a schema", text).Hint("write %q", file+"#/payloads/NAME")
		return fileset.Spot{}, nil
	case in.Spec && to[0] == "payloads" && (len(to) == 2 || len(to) == 3 && to[2] == "schema"):
		start := strings.Index(text, "/payloads/") + len("/payloads/")
		pos := d.Inside(r.entry.value, start, min(len(text), start+len(to[1])))
		return fileset.Spot{}, d.payloadNamed(to[1], pos, "MQX041")
	}
	return d.follow(r, in, to, file == "" && here.Spec), nil
}

// follow goes where a pointer leads. In the spec, $defs is looked for from the $ref outwards.
func (d *decoder) follow(r *reference, in *fileset.Source, to fileset.Pointer, outwards bool) fileset.Spot {
	at := in.Top()
	if outwards && len(to) > 1 && to[0] == "$defs" {
		if at = d.innerDefs(r, in, to[1]); at.Node == nil {
			return fileset.Spot{}
		}
		to = to[1:]
	}
	for i, token := range to {
		next, ok := at.Step(token)
		switch {
		case ok:
			at = next
			continue
		case outwards && i == 0 && len(at.At) == 0:
			d.Fail("MQX041", r.schema.RefPos, "$ref %q is not the place of a payload", r.entry.value.Value).Hint(`write "#/payloads/NAME"`)
		default:
			d.Fail("MQX041", r.schema.RefPos, "$ref to nothing: there is no %q in %s", token, at.String()).DidYouMean(token, at.Names())
		}
		return fileset.Spot{}
	}
	if schema, ok := at.Step("schema"); ok && len(at.At) == 2 && at.At[0] == "payloads" {
		return schema // a payload of a spec that is not included
	}
	return at
}

// innerDefs returns the innermost $defs around a $ref that has a name.
func (d *decoder) innerDefs(r *reference, in *fileset.Source, name string) fileset.Spot {
	var names []string
	for _, around := range in.Outwards(r.entry.value) {
		if defs, ok := around.Step("$defs"); ok {
			if _, ok := defs.Step(name); ok {
				return defs
			}
			names = append(names, defs.Names()...)
		}
	}
	wrong := d.Fail("MQX041", r.schema.RefPos, "$ref to nothing: no $defs around it has %q", name).DidYouMean(name, names)
	if len(names) == 0 {
		wrong.Hint("add it under $defs of the schema")
	}
	return fileset.Spot{}
}

// defsField keeps the schemas under $defs of the spec, so that those are checked that nothing refers to. In other files
// only what is referred to is read.
func defsField(d *decoder, _ *schemaDraft, e entry) {
	if !d.SourceOf(e.key).Spec {
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
	if d.SourceOf(e.key).Spec {
		d.Fail("MQX044", d.Pos(e.key), "%q has a meaning only in a file that holds schemas", e.name).Hint("%s", foreignKeywords[e.name])
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
