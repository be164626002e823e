package spec

import (
	"go/token"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]bool{
	"api": true, "cpu": true, "dns": true, "gps": true, "html": true, "http": true, "https": true, "id": true, "ip": true,
	"json": true, "mac": true, "mqtt": true, "ok": true, "ram": true, "tcp": true, "tls": true, "udp": true, "uri": true, "url": true,
	"utc": true, "utf8": true, "uuid": true, "vin": true, "xml": true, "yaml": true,
}

// GoName makes an exported Go name from a name of the spec: "command_result" is CommandResult, "device-id" DeviceID.
// It returns "" if nothing in it can be one; a name that would start with a digit is returned as it is.
func GoName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if initialisms[strings.ToLower(word)] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		runes := []rune(word)
		b.WriteRune(unicode.ToUpper(runes[0]))
		b.WriteString(string(runes[1:]))
	}
	return b.String()
}

// words splits at everything that is no letter or digit, and where a small letter meets a capital.
func words(s string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, string(word))
		}
		word = nil
	}
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && len(word) > 0 && !unicode.IsUpper(word[len(word)-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return list
}

func goKeyword(s string) bool { return token.IsKeyword(s) }

// goName settles the Go name of something: what x-go-name says, or what follows from its name.
func (d *decoder) goName(given, name string, pos Pos) string {
	from, result := name, given
	if given == "" {
		result = GoName(name)
	} else {
		from = given
	}
	if token.IsIdentifier(result) && token.IsExported(result) {
		return result
	}
	wrong := d.Fail("MQX022", pos, "%q makes no exported Go name", from)
	if given == "" {
		wrong.Hint("add x-go-name: with a name that starts with a capital")
	} else {
		wrong.Hint("write a name that starts with a capital and has letters, digits and _")
	}
	return ""
}

// scope is a set of Go names that must be distinct.
type scope struct {
	d     *decoder
	names map[string]named
}

type named struct {
	what string
	pos  Pos
}

// add reports a name that is taken.
func (s *scope) add(name, what string, pos Pos) {
	if name == "" {
		return
	}
	other, taken := s.names[name]
	if !taken {
		s.names[name] = named{what, pos}
		return
	}
	clash := s.d.Fail("MQX023", pos, "%s and %s would both be %s in Go", other.what, what, name)
	if other.pos.Line == 0 {
		clash.Hint("%s is always there: rename %s, or add x-go-name", other.what, what)
		return
	}
	clash.Hint("rename one of them, or add x-go-name").Also(other.pos, "%s is here", other.what)
}

// goNames gives everything its Go name and reports those that clash.
func (d *decoder) goNames() {
	g := d.newScopes()
	d.topicNames(g)
	d.authNames(g)
	for _, p := range d.file.Payloads {
		if p.Definition {
			continue
		}
		p.GoName = d.goName(p.GoName, p.Name, p.Pos)
		if p.Schema != nil {
			p.Schema.GoType = p.GoName
			g.types.add(p.GoName, "payload "+p.Name, p.Pos)
		}
	}
	d.definitionNames(g.types)
	d.caseNames(g)
	for _, p := range d.file.Payloads {
		if p.Schema != nil {
			d.schemaNames(g.types, p.Schema, p.GoName)
		}
	}
	for _, a := range d.file.Auth {
		if a.Claims != nil {
			d.schemaNames(g.types, a.Claims.Schema, a.Claims.GoName)
		}
	}
	d.eventNames(g)
}
