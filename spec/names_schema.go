package spec

import (
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// payloadMethods are those of every Go type that is declared for a schema, so that no field may have their names.
var payloadMethods = []string{"AppendPayload", "DecodePayload"}

func (d *decoder) fieldScope() *scope {
	s := &scope{d, map[string]named{}}
	for _, name := range payloadMethods {
		s.add(name, "the method "+name, Pos{})
	}
	return s
}

// schemaNames names the fields of structs, and the types of what stands in a schema that has a name of its own: base.
func (d *decoder) schemaNames(types *scope, s *Schema, base string) {
	switch {
	case s.Kind == KindUnion:
		d.variantNames(types, s, base)
	case len(s.PrefixItems) > 0:
		d.tupleNames(types, s, base)
	case s.Items != nil:
		d.nestedType(types, s.Items, orGiven(s.Items, base+"Item"), s.Items.Pos)
	case s.Kind == KindObject:
		d.fieldNames(types, s, base)
	}
	if len(s.Enum) > 0 && s.GoType != "" {
		d.enumNames(types, s)
	}
}

// orGiven is what x-go-name of a schema says, where it is the name of a type.
func orGiven(s *Schema, name string) string {
	if s.draft != nil && s.draft.goName != "" {
		return s.draft.goName
	}
	return name
}

// fieldNames names the fields of an object, and the types of what they hold.
func (d *decoder) fieldNames(types *scope, s *Schema, base string) {
	if len(s.Properties) == 0 && s.Additional != nil {
		s.AdditionalGoName = ""
		d.nestedType(types, s.Additional, orGiven(s.Additional, base+"Value"), s.Additional.Pos)
		return
	}
	fields := d.fieldScope()
	for _, p := range s.Properties {
		if d.noField(p) {
			continue
		}
		p.GoName = d.goName(p.GoName, p.Name, p.Pos)
		fields.add(p.GoName, "property "+p.Name, p.Pos)
		if p.GoName != "" {
			d.nestedType(types, p.Schema, base+p.GoName, p.Pos)
		}
	}
	if s.Additional != nil {
		s.AdditionalGoName = d.restName(types, fields, s.Additional, s.AdditionalGoName, "Additional", base)
	}
}

// noField says whether a property or an item is none of the struct's fields, because it can have one value only.
func (d *decoder) noField(p *Property) bool {
	only := p.Fixed()
	if only != nil && p.GoName != "" {
		d.Fail("MQX022", p.Pos, "x-go-name of %s names nothing: it is always %s, and no field in Go", p.Name, only.JSON).
			Hint("leave x-go-name out")
	}
	if only != nil {
		p.GoName = ""
	}
	return only != nil
}

// tupleNames names the fields of a tuple: x-go-name or title of each item, or Item0.
func (d *decoder) tupleNames(types *scope, s *Schema, base string) {
	fields := d.fieldScope()
	for _, p := range s.PrefixItems {
		from := "Item" + p.Name
		if title := GoName(p.Schema.Title); title != "" && unicode.IsUpper([]rune(title)[0]) {
			from = title
		}
		if d.noField(p) {
			continue
		}
		p.GoName = d.goName(p.GoName, from, p.Pos)
		fields.add(p.GoName, "item "+p.Name, p.Pos)
		if p.GoName != "" {
			d.nestedType(types, p.Schema, base+p.GoName, p.Pos)
		}
	}
	if s.Items != nil {
		s.RestGoName = d.restName(types, fields, s.Items, s.RestGoName, "Rest", base)
	}
}

// restName names the field of what no property or item of its own describes.
func (d *decoder) restName(types, fields *scope, s *Schema, given, name, base string) string {
	field := d.goName(given, name, s.Pos)
	if field != "" {
		fields.add(field, "the field "+field+" for schema "+s.Path, s.Pos)
		d.nestedType(types, s, base+field, s.Pos)
	}
	return field
}

// variantNames names the alternatives of a union that are no payloads of their own: the union's name and x-go-name, title,
// the value of the discriminator or the word of the type; numbered where that is taken.
func (d *decoder) variantNames(types *scope, s *Schema, base string) {
	types.add(base+"Value", "the alternatives of schema "+s.Path, s.Pos)
	numbers := map[string]int{} // the last one of each name
	for _, v := range s.Variants {
		if v.Schema.Kind == KindRef {
			continue
		}
		name := base + d.variantWord(v)
		for first := name; types.taken(name) && !v.named(); {
			numbers[first] = max(2, numbers[first]+1)
			name = first + strconv.Itoa(numbers[first])
		}
		v.Schema.GoType = name
		types.add(name, "schema "+v.Schema.Path, v.Pos)
		d.schemaNames(types, v.Schema, name)
	}
}

// named says whether the author chose the name of a variant.
func (v *Variant) named() bool { return v.Schema.draft != nil && v.Schema.draft.goName != "" }

func (d *decoder) variantWord(v *Variant) string {
	if v.named() {
		return d.goName(v.Schema.draft.goName, "", v.Pos)
	}
	candidates := []string{v.Schema.Title}
	if len(v.Values) == 1 {
		candidates = append(candidates, v.Values[0])
	}
	for _, text := range candidates {
		if name := identifier(text); name != "" {
			return name
		}
	}
	return GoName(v.Schema.Kind.String())
}

func (s *scope) taken(name string) bool {
	_, taken := s.names[name]
	return taken
}

// nestedType names the type of a schema in another, if one is declared for it.
func (d *decoder) nestedType(types *scope, s *Schema, name string, pos Pos) {
	isMap := s.Kind == KindObject && s.Additional != nil && len(s.Properties) == 0
	if s.XGoType == "" && !isMap && (s.Kind == KindObject || s.Kind == KindUnion || len(s.PrefixItems) > 0 || len(s.Enum) > 0) {
		if name = d.goName(name, "", pos); name == "" {
			return
		}
		s.GoType = name
		types.add(name, "schema "+s.Path, pos)
	}
	d.schemaNames(types, s, name)
}

// identifier is the letters and digits of text as they stand in a Go name, or "".
func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, GoName(text))
}

// enumNames names the constants of an enumeration. Values that would have one name are numbered.
func (d *decoder) enumNames(types *scope, s *Schema) {
	taken := map[string]int{}
	for _, v := range s.Enum {
		name := v.GoName // of x-go-names
		if name == "" {
			name = identifier(v.words())
			if name == "" {
				name = "Value"
			}
			taken[name]++
			if n := taken[name]; n > 1 {
				name += "_" + strconv.Itoa(n)
			}
		}
		v.GoName = s.GoType + name
		types.add(v.GoName, "value "+v.JSON+" of schema "+s.Path, v.Pos)
	}
}

// words is a value in words: -1 is Minus1, 0.5 is 0Point5.
func (v *EnumValue) words() string {
	if v.Kind == KindString {
		return v.Text
	}
	text := strings.Replace(v.JSON, "e-", "e minus ", 1)
	text = strings.Replace(text, "-", "minus ", 1)
	return strings.Replace(text, ".", " point ", 1)
}

// enumNamesKeyword reads the names of constants: what follows the name of the type.
func (d *decoder) enumNamesKeyword(s *schemaDraft) {
	e := *s.enumNames
	if len(s.Enum) == 0 {
		d.Fail("MQX044", d.Pos(e.key), "%q stands without \"enum\", in schema %s", e.name, s.Path).Hint("it names the constants of an enumeration")
		return
	}
	d.decodeMap(e, e.what(), false, func(value string, ne entry) {
		ne.where = e.what()
		v := s.enumValue(value)
		if v == nil {
			var values []string
			for _, one := range s.Enum {
				values = append(values, one.plain())
			}
			d.Fail("MQX012", d.Pos(ne.key), "%q is no value of enum in schema %s", value, s.Path).DidYouMean(value, values)
			return
		}
		if name, ok := d.text(ne); ok {
			v.GoName = d.goNamePart(name, ne.value)
		}
	})
}

// goNamePart checks what follows the type in the name of a constant.
func (d *decoder) goNamePart(name string, n *yaml.Node) string {
	if name != "" && isNamePart(name) {
		return name
	}
	d.Fail("MQX022", d.Pos(n), "%q makes no Go name", name).Hint("write letters, digits and _: what follows the name of the type")
	return ""
}

func isNamePart(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func (s *schemaDraft) enumValue(text string) *EnumValue {
	for _, v := range s.Enum {
		if v.plain() == text {
			return v
		}
	}
	return nil
}

// plain is a value as YAML writes it without quotes.
func (v *EnumValue) plain() string {
	if v.Kind == KindString {
		return v.Text
	}
	return v.JSON
}
