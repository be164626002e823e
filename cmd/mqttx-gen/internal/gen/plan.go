package gen

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/topic"
	"github.com/mqttx-gen/mqttx-gen/spec"
	"github.com/mqttx-gen/mqttx-gen/templates"
)

// planner turns a checked spec into the model that templates print. Names were given by package spec; here only
// references are followed.
type planner struct {
	auth     map[string]*templates.AuthMethod
	payloads map[*spec.Payload]*templates.Payload
}

// plan makes the model of a spec whose package has the given import path.
func plan(f *spec.File, path string) *templates.Package {
	p := &planner{auth: map[string]*templates.AuthMethod{}, payloads: map[*spec.Payload]*templates.Payload{}}
	out := &templates.Package{
		Name: f.Go.Package, Path: path,
		Title: f.Info.Title, Version: f.Info.Version, Description: f.Info.Description,
		Spec: filepath.Base(f.Name), Hash: f.Hash, Generator: Version(),
		Unmatched: unmatched[f.Server.Unmatched],
	}
	for _, a := range f.Auth {
		m := &templates.AuthMethod{Name: a.Name, GoName: a.GoName, Kind: authKinds[a.Method], Description: a.Description}
		p.auth[a.Name] = m
		out.Auth = append(out.Auth, m)
	}
	for _, pl := range f.Payloads {
		t := &templates.Payload{Name: pl.Name, GoName: pl.GoName, Description: pl.Description}
		p.payloads[pl] = t
		out.Payloads = append(out.Payloads, t)
	}
	for i, pl := range f.Payloads {
		out.Payloads[i].Schema = p.schema(pl.Schema)
	}
	for _, t := range f.Topics {
		out.Topics = append(out.Topics, p.topic(t))
	}
	return out
}

func (p *planner) topic(t *spec.Topic) *templates.Topic {
	out := &templates.Topic{
		Name: t.Name, GoName: t.GoName, Description: t.Description, Pattern: t.Pattern.String(),
		Publish: p.direction(t.Publish), Subscribe: p.direction(t.Subscribe),
	}
	for _, s := range t.Pattern.Levels() {
		out.Levels = append(out.Levels, &templates.Level{Kind: levelKinds[s.Kind], Text: s.Text})
	}
	for _, param := range t.Params {
		out.Params = append(out.Params, p.param(param))
	}
	return out
}

func (p *planner) param(s *spec.Param) *templates.Param {
	out := &templates.Param{Name: s.Name, GoName: s.GoName, Level: s.Level, Schema: p.schema(s.Schema)}
	for _, name := range sortedKeys(s.Bindings) {
		out.Bindings = append(out.Bindings, &templates.Binding{Auth: p.auth[name], Source: sources[s.Bindings[name]]})
	}
	return out
}

func (p *planner) direction(d *spec.Direction) *templates.Direction {
	if d == nil {
		return nil
	}
	out := &templates.Direction{QoS: d.QoS, Retain: retains[d.Retain], Relay: d.Relay, Payload: p.payloads[d.Payload.Payload]}
	for _, name := range d.Auth {
		out.Auth = append(out.Auth, p.auth[name])
	}
	return out
}

// schema turns one schema over. Schemas are trees: what they refer to is a payload.
func (p *planner) schema(s *spec.Schema) *templates.Schema {
	if s == nil {
		return nil
	}
	out := &templates.Schema{
		Kind: kinds[s.Kind], Format: formats[s.Format], GoType: s.GoType,
		Description: s.Description, Deprecated: s.Deprecated,
		Closed: s.Closed, Items: p.schema(s.Items),
		MinItems: count(s.MinItems), MaxItems: count(s.MaxItems),
		MinLength: count(s.MinLength), MaxLength: count(s.MaxLength),
		Minimum: bound(s, s.Minimum, s.ExclusiveMinimum), Maximum: bound(s, s.Maximum, s.ExclusiveMaximum),
		Const: literal(s, s.Const), Ref: p.payloads[s.Ref],
	}
	if out.Description == "" {
		out.Description = s.Title
	}
	if s.Pattern != nil {
		out.Pattern = s.Pattern.Text
	}
	for _, prop := range s.Properties {
		out.Properties = append(out.Properties, &templates.Property{
			Name: prop.Name, GoName: prop.GoName, Required: prop.Required, Schema: p.schema(prop.Schema),
		})
	}
	for _, v := range s.Enum {
		out.Enum = append(out.Enum, &templates.EnumValue{Literal: *literal(s, &v.Literal), GoName: v.GoName})
	}
	return out
}

func count(c *spec.Count) *int {
	if c == nil {
		return nil
	}
	return &c.Value
}

func bound(s *spec.Schema, inclusive, exclusive *spec.Number) *templates.Bound {
	switch {
	case inclusive != nil:
		return &templates.Bound{Text: goNumber(s, inclusive)}
	case exclusive != nil:
		return &templates.Bound{Text: goNumber(s, exclusive), Exclusive: true}
	}
	return nil
}

// goNumber writes a number as Go does: an integer in digits only, even where the spec says 1e3 or 1.0.
func goNumber(s *spec.Schema, n *spec.Number) string {
	if s.Kind == spec.KindInteger && n.Rat.IsInt() {
		return n.Rat.Num().String()
	}
	return n.Text
}

func literal(s *spec.Schema, l *spec.Literal) *templates.Literal {
	switch {
	case l == nil:
		return nil
	case l.Kind == spec.KindString:
		return &templates.Literal{Text: l.Text}
	case l.Num != nil:
		return &templates.Literal{Text: goNumber(s, l.Num)}
	}
	return &templates.Literal{Text: l.JSON}
}

// The words of the spec and those of the model.
var (
	unmatched = map[spec.Unmatched]templates.Unmatched{
		spec.UnmatchedReject: templates.UnmatchedReject,
		spec.UnmatchedRelay:  templates.UnmatchedRelay,
		spec.UnmatchedHandle: templates.UnmatchedHandle,
	}
	authKinds = map[spec.Method]templates.AuthKind{
		spec.MethodPassword:  templates.AuthPassword,
		spec.MethodAnonymous: templates.AuthAnonymous,
	}
	retains = map[spec.Retain]templates.Retain{
		spec.RetainForbidden: templates.RetainForbidden,
		spec.RetainAllowed:   templates.RetainAllowed,
		spec.RetainRequired:  templates.RetainRequired,
	}
	sources = map[spec.Source]templates.Source{
		spec.SourceClientID: templates.FromClientID,
		spec.SourceUser:     templates.FromUser,
	}
	levelKinds = map[topic.Kind]templates.LevelKind{
		topic.Literal: templates.LiteralLevel,
		topic.Param:   templates.ParamLevel,
		topic.Rest:    templates.RestLevel,
	}
	kinds = map[spec.Kind]templates.Kind{
		spec.KindObject: templates.Object, spec.KindArray: templates.Array, spec.KindString: templates.String,
		spec.KindInteger: templates.Integer, spec.KindNumber: templates.Number, spec.KindBoolean: templates.Boolean,
		spec.KindRef: templates.Ref,
	}
	formats = map[spec.Format]templates.Format{
		spec.FormatNone: templates.NoFormat, spec.FormatDateTime: templates.DateTime, spec.FormatDate: templates.Date,
		spec.FormatUUID: templates.UUID, spec.FormatInt32: templates.Int32, spec.FormatInt64: templates.Int64,
		spec.FormatUint32: templates.Uint32, spec.FormatUint64: templates.Uint64,
		spec.FormatFloat: templates.Float, spec.FormatDouble: templates.Double,
	}
)

// render prints the model. As a check on ourselves every file has to begin with the header.
func render(f *spec.File, p *place) (map[string][]byte, error) {
	printed, err := templates.Print(p.model)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n") // the whole file may follow
		return nil, fmt.Errorf("package %s: %s", f.Go.Package, first)
	}
	files := map[string][]byte{}
	for _, file := range printed {
		if !generated(file.Source) {
			return nil, fmt.Errorf("print %s: internal error, please report it: the first line is not %q", file.Name, Header)
		}
		files[filepath.Join(p.out, file.Name)] = file.Source
	}
	return files, nil
}
