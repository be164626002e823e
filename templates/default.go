package templates

import (
	"encoding/base64"
	"time"

	"github.com/dave/jennifer/jen"
)

// setDefault gives an optional field that was left out its default.
func setDefault(g *jen.Group, p *Property) {
	field := "v." + p.GoName
	g.If(jen.Op("!").Id(field).Dot(opt.flag)).BlockFunc(func(g *jen.Group) {
		to := opt.boxed(field, field)
		s := p.Schema.resolve()
		text := p.Schema.Default.Text
		switch {
		case s.Kind == String && parsed(s.Format):
			g.Add(to.mark())
			target := to.call()
			if nullable(p.Schema) {
				inner := null.boxed(field+".Value", "")
				g.Add(inner.mark())
				target = inner.call()
			}
			g.Id("_").Op("=").Add(target).Dot("UnmarshalText").Call(jen.Index().Byte().Call(quote(inUTC(s, text))))
		default:
			value := defaultValue(s, text)
			if s.GoType != "" || s.Kind != String && s.Kind != Boolean {
				value = bareType(p.Schema).Call(value)
			}
			if nullable(p.Schema) {
				value = jen.Qual(payloadPath, null.some).Call(value)
			}
			g.Add(to.set(value))
		}
	})
}

// parsed says whether values of a format have a method UnmarshalText.
func parsed(f Format) bool {
	switch f {
	case DateTime, Date, Time, Duration, UUID, IPv4, IPv6:
		return true
	}
	return false
}

// inUTC returns a default as decoding would: date-times are in UTC.
func inUTC(s *Schema, text string) string {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && s.Format == DateTime {
		return t.UTC().Format(time.RFC3339Nano)
	}
	return text
}

func defaultValue(s *Schema, text string) *jen.Statement {
	for _, v := range s.Enum {
		if v.Text == text && s.GoType != "" {
			return jen.Id(v.GoName)
		}
	}
	if s.Kind == String && s.Format == Byte {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err == nil {
			return jen.Index().Byte().Call(quote(string(raw)))
		}
	}
	return literal(s, text)
}
