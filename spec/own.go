package spec

import "regexp"

// ownTypeText is an import path, a dot and an exported name.
var ownTypeText = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9_.~-]*(/[A-Za-z0-9_.~-]+)*\.[A-Z][A-Za-z0-9_]*$`)

// ownType reads x-go-type: the type checks what it reads by itself, so that only the type stands beside it.
func (d *decoder) ownType(s *schemaDraft, e entry) {
	for _, key := range s.order {
		if key != "x-go-type" && key != "type" {
			d.Fail("MQX056", d.Pos(s.keys[key].key), "%q stands beside \"x-go-type\", in schema %s", key, s.Path).
				Hint("the Go type checks what it reads; beside it stand only type and what is for people").Also(d.Pos(e.key), "x-go-type is here")
		}
	}
	name, ok := d.text(e)
	if !ok {
		return
	}
	if !ownTypeText.MatchString(name) {
		d.Fail("MQX056", d.Pos(e.value), "%s cannot be %q: it is no exported type of a package", e.what(), name).
			Hint("write the import path, a dot and the name: net/netip.Addr")
		return
	}
	s.XGoType = name
	s.Format = FormatNone
}
