package templates

import (
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"
)

// defaults are the options that follow from the spec; nil for none.
func (pr *printer) defaults() *jen.Statement {
	var fields []jen.Code
	set := func(name string, value *jen.Statement) { fields = append(fields, jen.Id(name).Op(":").Add(value)) }
	number := func(name string, n int) {
		if n > 0 {
			set(name, jen.Id(strconv.Itoa(n)))
		}
	}
	interval := func(name string, d time.Duration) {
		if d != 0 {
			set(name, duration(d))
		}
	}
	s := &pr.Server
	if len(pr.Auth) > 0 {
		set("AuthMethods", jen.Index().String().ValuesFunc(func(g *jen.Group) {
			for _, a := range pr.Auth {
				g.Id(a.exported())
			}
		}))
	}
	if len(s.Versions) > 0 {
		set("Versions", jen.Index().Qual(mqttxPath, "Version").ValuesFunc(func(g *jen.Group) {
			for _, v := range s.Versions {
				g.Qual(mqttxPath, map[string]string{"3.1": "V31", "3.1.1": "V311", "5": "V5"}[v])
			}
		}))
	}
	number("MaxPacketSize", s.MaxPacketSize)
	number("ReceiveMaximum", s.ReceiveMaximum)
	if s.QueueMessages > 0 {
		set("Queues", jen.Qual(mqttxPath, "Queues").Values(jen.Id("Messages").Op(":").Id(strconv.Itoa(s.QueueMessages))))
	}
	interval("MaxKeepAlive", s.MaxKeepAlive)
	interval("MaxSessionExpiry", s.MaxSessionExpiry)
	if rates := s.rates(); len(rates) > 0 {
		set("Limits", jen.Qual(mqttxPath, "Limits").Values(rates...))
	}
	if s.CloseOnRefusal {
		set("CloseOnRefusal", jen.New(jen.True()))
	}
	if pr.receives() {
		set("Topics", jen.Index().String().ValuesFunc(func(g *jen.Group) {
			for _, t := range pr.Topics {
				g.Add(quote(t.Name))
			}
		}))
	}
	if len(fields) == 0 {
		return nil
	}
	return jen.Qual(mqttxPath, "Options").Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}

// rates are the fields of mqttx.Limits that the spec sets.
func (s *Server) rates() (fields []jen.Code) {
	for _, f := range []struct {
		name string
		rate float64
	}{{"ConnectRate", s.ConnectRate}, {"PublishRate", s.PublishRate}, {"ByteRate", s.ByteRate}} {
		if f.rate > 0 {
			fields = append(fields, jen.Id(f.name).Op(":").Id(strconv.FormatFloat(f.rate, 'g', -1, 64)))
		}
	}
	return fields
}

// duration prints a duration in its largest unit.
func duration(d time.Duration) *jen.Statement {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second}, {"Millisecond", time.Millisecond}, {"Nanosecond", 1}} {
		if d%unit.of == 0 {
			return jen.Id(strconv.FormatInt(int64(d/unit.of), 10)).Op("*").Qual("time", unit.name)
		}
	}
	return jen.Id("0")
}
