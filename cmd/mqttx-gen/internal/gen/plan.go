package gen

import (
	"path/filepath"
	"slices"
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
	messages map[*spec.Payload]templates.Type // the Go types of protobuf messages
}

// plan makes the model of a spec whose package has the given import path.
func plan(f *spec.File, path string, messages map[*spec.Payload]templates.Type) *templates.Package {
	p := &planner{auth: map[string]*templates.AuthMethod{}, payloads: map[*spec.Payload]*templates.Payload{}, messages: messages}
	out := &templates.Package{
		Name: f.Go.Package, Path: path,
		Title: f.Info.Title, Version: f.Info.Version, Description: f.Info.Description,
		Spec: filepath.Base(f.Name), Hash: f.Hash, Generator: Version(),
		Unmatched: unmatched[f.Server.Unmatched], Server: server(&f.Server),
	}
	out.Payloads = p.allPayloads(f)
	for _, a := range f.Auth {
		m := p.authMethod(a)
		p.auth[a.Name] = m
		out.Auth = append(out.Auth, m)
	}
	topics := map[*spec.Topic]*templates.Topic{}
	for _, t := range f.Topics {
		topics[t] = p.topic(t)
		out.Topics = append(out.Topics, topics[t])
	}
	for _, t := range f.Topics {
		topics[t].Reply = topics[t.Reply]
	}
	for _, e := range f.Events {
		out.Events = append(out.Events, &templates.Event{
			Name: e.Name, GoName: e.GoName, Description: e.Description, Payload: p.payloads[e.Payload],
		})
	}
	return out
}

// allPayloads plans everything that becomes a Go type: the payloads, the claims of tokens, and what events own. Bytes
// without a schema become none.
func (p *planner) allPayloads(f *spec.File) []*templates.Payload {
	list := slices.Clone(f.Payloads)
	for _, a := range f.Auth {
		if a.Claims != nil {
			list = append(list, a.Claims)
		}
	}
	definition := map[*spec.Payload]bool{}
	for _, e := range f.Events {
		if e.Own {
			definition[e.Payload] = true
			list = append(list, e.Payload)
		}
	}
	list = slices.DeleteFunc(list, func(pl *spec.Payload) bool { return pl.Encoding == spec.EncodingRaw })
	out := make([]*templates.Payload, len(list))
	for i, pl := range list {
		out[i] = &templates.Payload{
			Name: pl.Name, GoName: pl.GoName, Description: pl.Description, Encoding: encodings[pl.Encoding],
			Definition: pl.Definition || definition[pl],
		}
		p.payloads[pl] = out[i]
	}
	for i, pl := range list {
		out[i].Schema = p.schema(pl.Schema)
		if pl.XGoType != "" {
			out[i].Message = messageType(pl.XGoType)
		} else {
			out[i].Message = p.messages[pl]
		}
	}
	return out
}

func (p *planner) authMethod(a *spec.Auth) *templates.AuthMethod {
	m := &templates.AuthMethod{
		Name: a.Name, GoName: a.GoName, Kind: authKinds[a.Method], Description: a.Description,
		Exchange: a.Exchange, TokenIn: a.In, Algorithms: a.Algorithms, Claims: p.payloads[a.Claims],
	}
	if a.ClientID != "" {
		c := credential(a.ClientID)
		m.ClientID = &c
	}
	return m
}

func credential(s spec.Source) templates.Credential {
	if name, ok := s.Claim(); ok {
		return templates.Credential{Source: templates.FromClaim, Field: name}
	}
	if field, ok := s.Cert(); ok {
		return templates.Credential{Source: templates.FromCert, Field: field}
	}
	return templates.Credential{Source: sources[s]}
}

func server(s *spec.Server) templates.Server {
	return templates.Server{
		Versions: s.Versions, CloseOnRefusal: s.RefusedV3 == spec.RefusedClose,
		MaxPacketSize: int(s.Limits.Packet), ReceiveMaximum: s.Limits.Inflight, QueueMessages: s.Limits.Queue,
		MaxKeepAlive: s.Limits.KeepAlive, MaxSessionExpiry: s.Limits.SessionExpiry,
		ConnectRate: s.Rates.Connect, PublishRate: s.Rates.Publish, ByteRate: s.Rates.Bytes,
	}
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
		out.Params = append(out.Params, p.param(t, param))
	}
	return out
}

// param plans a parameter of a topic. What it is bound to matters for methods that may use the topic: clients of others
// need no such value to be let in.
func (p *planner) param(t *spec.Topic, s *spec.Param) *templates.Param {
	out := &templates.Param{Name: s.Name, GoName: s.GoName, Level: s.Level, Schema: p.schema(s.Schema)}
	for _, name := range sortedKeys(s.Bindings) {
		if !t.Allows(name) {
			continue
		}
		out.Bindings = append(out.Bindings, &templates.Binding{Auth: p.auth[name], Credential: credential(s.Bindings[name])})
	}
	return out
}

func (p *planner) direction(d *spec.Direction) *templates.Direction {
	if d == nil {
		return nil
	}
	out := &templates.Direction{
		QoS: d.QoS, Retain: retains[d.Retain], Relay: d.Relay, Expiry: d.Expiry, Payload: p.payloads[d.Payload.Payload],
	}
	if c := d.Payload.Choice; c != nil {
		out.Choice = &templates.Choice{By: choices[c.By], Key: c.Key}
		for _, one := range c.Cases {
			out.Choice.Cases = append(out.Choice.Cases, &templates.Case{
				Value: one.Value, GoName: one.GoName, Payload: p.payloads[one.Payload],
			})
		}
	}
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
		Description: s.Description, Deprecated: s.Deprecated, ReadOnly: s.ReadOnly, WriteOnly: s.WriteOnly, Nullable: s.Nullable,
		Closed: s.Closed, Additional: p.schema(s.Additional), AdditionalGoName: s.AdditionalGoName,
		Items: p.schema(s.Items), UniqueItems: s.UniqueItems, RestGoName: s.RestGoName,
		AnyOf: s.AnyOf, Discriminator: s.Discriminator, GoOwn: goOwn(s.XGoType),
		MinItems: count(s.MinItems), MaxItems: count(s.MaxItems),
		MinLength: count(s.MinLength), MaxLength: count(s.MaxLength),
		Minimum: bound(s, s.Minimum, s.ExclusiveMinimum), Maximum: bound(s, s.Maximum, s.ExclusiveMaximum),
		Const: literal(s, s.Const), Default: literal(s, s.Default), Ref: p.payloads[s.Ref],
		Properties: p.properties(s.Properties), PrefixItems: p.properties(s.PrefixItems),
	}
	if s.MultipleOf != nil {
		out.MultipleOf = goNumber(s, s.MultipleOf)
	}
	for _, v := range s.Variants {
		out.Variants = append(out.Variants, &templates.Variant{Schema: p.schema(v.Schema), Values: v.Values})
	}
	if out.Description == "" {
		out.Description = s.Title
	}
	if s.Pattern != nil {
		out.Pattern = s.Pattern.Text
	}
	for _, v := range s.Enum {
		out.Enum = append(out.Enum, &templates.EnumValue{Literal: *literal(s, &v.Literal), GoName: v.GoName})
	}
	return out
}

func (p *planner) properties(list []*spec.Property) []*templates.Property {
	var out []*templates.Property
	for _, prop := range list {
		out = append(out, &templates.Property{
			Name: prop.Name, GoName: prop.GoName, Required: prop.Required, Schema: p.schema(prop.Schema),
			Fixed: literal(prop.Schema.Resolve(), prop.Fixed()),
		})
	}
	return out
}

// goOwn takes "net/netip.Addr" apart.
func goOwn(name string) templates.Type {
	i := strings.LastIndex(name, ".")
	if i < 0 {
		return templates.Type{}
	}
	return templates.Type{Path: name[:i], Name: name[i+1:]}
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
		spec.MethodPassword:    templates.AuthPassword,
		spec.MethodAnonymous:   templates.AuthAnonymous,
		spec.MethodMTLS:        templates.AuthMTLS,
		spec.MethodJWT:         templates.AuthJWT,
		spec.MethodScramSHA256: templates.AuthScram,
		spec.MethodScramSHA512: templates.AuthScram,
		spec.MethodEnhanced:    templates.AuthEnhanced,
	}
	encodings = map[spec.Encoding]templates.Encoding{
		spec.EncodingJSON: templates.JSON, spec.EncodingProtobuf: templates.Protobuf, spec.EncodingMsgpack: templates.Msgpack,
		spec.EncodingCBOR: templates.CBOR, spec.EncodingText: templates.Text,
	}
	choices = map[spec.ChoiceBy]templates.ChoiceBy{
		spec.ByContentType: templates.ByContentType, spec.ByUserProperty: templates.ByUserProperty, spec.ByField: templates.ByField,
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
		spec.KindRef: templates.Ref, spec.KindUnion: templates.Union, spec.KindAny: templates.Any,
	}
	formats = map[spec.Format]templates.Format{
		spec.FormatNone: templates.NoFormat, spec.FormatDateTime: templates.DateTime, spec.FormatDate: templates.Date,
		spec.FormatTime: templates.Time, spec.FormatDuration: templates.Duration, spec.FormatByte: templates.Byte,
		spec.FormatIPv4: templates.IPv4, spec.FormatIPv6: templates.IPv6, spec.FormatURI: templates.URI, spec.FormatEmail: templates.Email,
		spec.FormatUUID: templates.UUID, spec.FormatInt32: templates.Int32, spec.FormatInt64: templates.Int64,
		spec.FormatUint32: templates.Uint32, spec.FormatUint64: templates.Uint64,
		spec.FormatFloat: templates.Float, spec.FormatDouble: templates.Double,
	}
)
