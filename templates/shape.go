package templates

// What kind of Go value a schema has.

// own says whether the type is one of the user's, which reads and writes itself.
func (s *Schema) own() bool { return s.GoOwn.Name != "" }

// mapped says whether the value is a map.
func (s *Schema) mapped() bool {
	return s.Kind == Object && !s.own() && s.Additional != nil && s.AdditionalGoName == ""
}

// tuple says whether the value is a struct with a field for each item of an array.
func (s *Schema) tuple() bool { return s.Kind == Array && !s.own() && len(s.PrefixItems) > 0 }

// named says whether the type is declared in the generated package, and so has methods.
func (s *Schema) named() bool { return s.Kind == Ref || s.GoType != "" }

// resolve follows references.
func (s *Schema) resolve() *Schema {
	for s.Kind == Ref {
		s = s.Ref.Schema
	}
	return s
}

// structured says whether values are handled by their address: structs, and types of the user.
func structured(s *Schema) bool {
	s = s.resolve()
	return s.own() || s.tuple() || s.Kind == Object && !s.mapped()
}

// addressed says whether the methods of a declared type that write and check it have its address.
func addressed(s *Schema) bool {
	switch s.resolve().Kind {
	case String, Integer, Number, Boolean:
		return true
	}
	return structured(s)
}

// nullable says whether null is a value, of s or of what it refers to.
func nullable(s *Schema) bool {
	if s.Nullable {
		return true
	}
	if s.Kind == Ref {
		return nullable(s.Ref.Schema)
	}
	for _, v := range s.Variants {
		if nullable(v.Schema) {
			return true
		}
	}
	return false
}

// equatable says whether == on values of s is what JSON Schema calls equal.
func equatable(s *Schema) bool {
	if s == nil {
		return false
	}
	s = s.resolve()
	switch s.Kind {
	case Integer, Number, Boolean:
		return !s.own()
	case String:
		return !s.own() && s.Format != DateTime && s.Format != Byte
	}
	return false
}
