package templates

import (
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"
)

// Required names what the runtime must have for a package, beside what every version of it has: "rates". The
// generated NewServer asks the runtime for it.
func Required(p *Package) []string {
	if s := p.Server; s.ConnectRate > 0 || s.PublishRate > 0 || s.ByteRate > 0 {
		return []string{"rates"}
	}
	return nil
}

// defaults are the options that the spec sets; nil for none.
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
	if len(s.Versions) > 0 {
		set("Versions", jen.Index().Qual(mqttxPath, "Version").ValuesFunc(func(g *jen.Group) {
			for _, v := range s.Versions {
				g.Qual(mqttxPath, map[string]string{"3.1": "V31", "3.1.1": "V311", "5": "V5"}[v])
			}
		}))
	}
	number("MaxPacketSize", s.MaxPacketSize)
	number("ReceiveMaximum", s.ReceiveMaximum)
	number("QueueMessages", s.QueueMessages)
	interval("MaxKeepAlive", s.MaxKeepAlive)
	interval("MaxSessionExpiry", s.MaxSessionExpiry)
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
