package spec

import (
	"regexp"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/internal/syntax"
	"gopkg.in/yaml.v3"
)

var entryName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// IsName says whether something may be a topic's name, or that of an auth method, a payload or an event.
func IsName(name string) bool { return entryName.MatchString(name) && len(name) <= 100 }

// nameOf checks the name of an auth method, a payload or a topic.
func (d *decoder) nameOf(e entry, what string) bool {
	name := e.name
	if IsName(name) {
		return true
	}
	wrong := d.Fail("MQX022", d.Pos(e.key), "%q cannot be the name of %s: it has letters, digits, _ and -, and starts with a letter", name, what)
	fixed := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(name, "_"), "_-")
	if IsName(fixed) {
		wrong.Hint("write %s", fixed)
	}
	return false
}

// authSection reads auth.
func (d *decoder) authSection(f *File, e entry) {
	d.decodeMap(e, "auth method", true, func(name string, ae entry) {
		a := &Auth{Name: name, Pos: d.Pos(ae.key)}
		if d.auth[name] != nil {
			return
		}
		d.auth[name] = a
		if !d.nameOf(ae, "an auth method") {
			return
		}
		f.Auth = append(f.Auth, a)
		d.authOf(a, ae)
	})
	if len(d.auth) == 0 && (syntax.IsNull(e.value) || e.value.Kind == yaml.MappingNode) {
		d.Fail("MQX030", d.Pos(e.key), "the spec has no auth method: no client could connect").
			Hint("add anyone: {method: anonymous} to let everybody in")
	}
}

// payloadSection reads payloads: first the names, so that a $ref can be judged where it stands.
func (d *decoder) payloadSection(f *File, e entry) {
	var entries []entry
	d.decodeMap(e, "payload", true, func(name string, pe entry) {
		if d.payloads[name] != nil {
			return
		}
		p := &Payload{Name: name, Pos: d.Pos(pe.key)}
		p.Schema = &Schema{Pos: p.Pos, Path: name}
		d.payloads[name] = p
		f.Payloads = append(f.Payloads, p)
		entries = append(entries, pe)
	})
	for i, pe := range entries {
		p := f.Payloads[i]
		if !d.nameOf(pe, "a payload") {
			continue
		}
		d.payloadOf(p, pe)
	}
}
