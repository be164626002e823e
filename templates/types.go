package templates

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// printTypes prints the types of the payloads and of what is nested in them.
func (pr *printer) printTypes(f *jen.File) {
	for _, p := range pr.Payloads {
		eachSchema(p.Schema, func(s *Schema) {
			if s.GoType != "" {
				pr.printType(f, p, s)
			}
		})
	}
}

func (pr *printer) printType(f *jen.File, p *Payload, s *Schema) {
	sentence, description := s.GoType+" is a part of payload "+p.Name+".", s.Description
	switch {
	case len(s.Enum) > 0:
		sentence = s.GoType + " is one of the values below."
	case s == p.Schema && pr.announces(p):
		sentence = s.GoType + " is what event " + p.Name + " says."
	case s == p.Schema && p.Definition:
		sentence = s.GoType + " is " + p.Name + "."
	case s == p.Schema && pr.Package.claims(p):
		sentence = s.GoType + " are the claims of a token, as the spec names them."
	case s == p.Schema:
		sentence = s.GoType + " is payload " + p.Name + "."
	}
	if s == p.Schema && description == "" {
		description = p.Description
	}
	lines := about(description, sentence)
	if limits := limits(s); limits != "" {
		lines[0] = strings.TrimSuffix(lines[0], ".") + " (" + limits + ")."
	}
	f.Add(doc(deprecated(s, lines)...))
	switch {
	case s.Kind == Ref && s == p.Schema && p.distinct():
		f.Type().Id(s.GoType).Id(s.Ref.GoName)
	case s.Kind == Ref:
		f.Type().Id(s.GoType).Op("=").Id(s.Ref.GoName)
	case s.own():
		f.Type().Id(s.GoType).Struct(jen.Qual(s.GoOwn.Path, s.GoOwn.Name))
	case s.Kind == Union:
		printUnion(f, s)
	case s.tuple():
		f.Type().Id(s.GoType).StructFunc(func(g *jen.Group) { tupleFields(g, s) })
	case s.Kind == Object && !s.mapped():
		f.Type().Id(s.GoType).StructFunc(func(g *jen.Group) { pr.structFields(g, s) })
	default:
		f.Type().Id(s.GoType).Add(plainType(s))
	}
	printEnum(f, s)
	printText(f, s)
}

// announces reports whether a payload is the schema of an event's own.
func (pr *printer) announces(p *Payload) bool {
	return p.Definition && slices.ContainsFunc(pr.Events, func(e *Event) bool { return e.Payload == p && e.Name == p.Name })
}

// printUnion prints a union, and the interface that its variants are.
func printUnion(f *jen.File, s *Schema) {
	var names []string
	for _, v := range s.Variants {
		names = append(names, variantName(v))
	}
	all := strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
	value, is := s.valueType(), "is"+s.GoType
	f.Type().Id(s.GoType).StructFunc(func(g *jen.Group) {
		g.Add(doc("Value is " + all + ", never a pointer."))
		g.Id("Value").Id(value)
	})
	f.Add(doc(value + " is a value of " + s.GoType + ": " + all + "."))
	f.Type().Id(value).Interface(jen.Id(is).Params())
	f.Line()
	for _, v := range s.Variants {
		f.Func().Params(variantType(v)).Id(is).Params().Block()
	}
}

// valueType is the name of the interface that the variants of a union are.
func (s *Schema) valueType() string { return s.GoType + "Value" }

// printText prints the methods that a declared type does not have from the type of its format, so that fmt, log/slog and
// encoding/json show its values as text.
func printText(f *jen.File, s *Schema) {
	if s.Kind != String || s.own() || !parsed(s.Format) {
		return
	}
	value := func() *jen.Statement { return plainType(s).Call(jen.Id("v")) }
	text := value().Dot("String").Call()
	if s.Format == DateTime {
		text = value().Dot("Format").Call(jen.Qual("time", "RFC3339Nano"))
	}
	f.Add(doc("String returns v as text, in the form that a payload has."))
	f.Func().Params(receiver(s)).Id("String").Params().String().Add(oneLiner(jen.Return(text)))
	f.Add(doc("MarshalText returns v as text."))
	f.Func().Params(receiver(s)).Id("MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).
		Add(oneLiner(jen.Return(value().Dot("MarshalText").Call())))
	f.Add(doc("UnmarshalText reads what MarshalText returns."))
	f.Func().Params(jen.Id("v").Op("*").Id(s.GoType)).Id("UnmarshalText").Params(jen.Id("text").Index().Byte()).Error().
		Add(oneLiner(jen.Return(jen.Params(jen.Op("*").Add(plainType(s))).Call(jen.Id("v")).Dot("UnmarshalText").Call(jen.Id("text")))))
}

// writtenIn says in which form the names of an object's fields are seen.
func (pr *printer) writtenIn(s *Schema) string {
	for _, in := range forms {
		if pr.needed[operation{decoding, in, s}] || pr.needed[operation{encoding, in, s}] {
			return in.word
		}
	}
	return "the spec"
}

func (pr *printer) structFields(g *jen.Group, s *Schema) {
	for _, p := range s.Properties {
		structField(g, p, p.GoName+" is "+strconv.Quote(p.Name)+" in "+pr.writtenIn(s)+".")
	}
	if s.Additional != nil {
		g.Add(doc(fieldDoc(s.Additional, s.AdditionalGoName+" has the other fields.")...))
		g.Id(s.AdditionalGoName).Map(jen.String()).Add(goType(s.Additional))
	}
	for _, p := range s.Properties {
		if p.Fixed != nil {
			g.Add(doc(strconv.Quote(p.Name) + " in " + pr.writtenIn(s) + " is no field: it is always " + fixedText(p) + "."))
		}
	}
}

func tupleFields(g *jen.Group, s *Schema) {
	for i, p := range s.PrefixItems {
		structField(g, p, p.GoName+" is item "+strconv.Itoa(i)+" of the array.")
	}
	if s.Items != nil {
		g.Add(doc(fieldDoc(s.Items, s.RestGoName+" has the items that follow.")...))
		g.Id(s.RestGoName).Index().Add(goType(s.Items))
	}
	for i, p := range s.PrefixItems {
		if p.Fixed != nil {
			g.Add(doc("Item " + strconv.Itoa(i) + " of the array is no field: it is always " + fixedText(p) + "."))
		}
	}
}

func structField(g *jen.Group, p *Property, sentence string) {
	if p.Fixed != nil {
		return
	}
	g.Add(doc(fieldDoc(p.Schema, sentence)...))
	field := g.Id(p.GoName)
	if p.Required {
		field.Add(goType(p.Schema))
	} else {
		field.Qual(payloadPath, "Opt").Types(goType(p.Schema))
	}
}

// fieldDoc describes a field: what the spec says, or else a sentence of ours.
func fieldDoc(s *Schema, sentence string) []string {
	lines := docLines(s.Description)
	if len(lines) == 0 {
		lines = []string{sentence}
	}
	var words []string
	if s.GoType == "" {
		if limits := limits(s); limits != "" {
			words = append(words, limits)
		}
	}
	if words = append(words, uses(s)...); len(words) > 0 {
		last := lines[len(lines)-1]
		bare := strings.TrimSuffix(last, ".")
		lines[len(lines)-1] = bare + " (" + strings.Join(words, ", ") + ")" + last[len(bare):]
	}
	return deprecated(s, lines)
}

// uses says in words what a schema says about a field beside its values.
func uses(s *Schema) []string {
	var words []string
	if s.Default != nil {
		words = append(words, oneLine(s.Default.Text)+" if left out")
	}
	if s.ReadOnly {
		words = append(words, "read only")
	}
	if s.WriteOnly {
		words = append(words, "write only")
	}
	return words
}

func deprecated(s *Schema, lines []string) []string {
	if s.Deprecated {
		lines = append(lines, "", "Deprecated: the spec says so.")
	}
	return lines
}

// printEnum prints the constants of an enumeration.
func printEnum(f *jen.File, s *Schema) {
	if len(s.Enum) == 0 {
		return
	}
	f.Add(doc("The values of " + s.GoType + "."))
	f.Const().DefsFunc(func(g *jen.Group) {
		for _, v := range s.Enum {
			g.Id(v.GoName).Id(s.GoType).Op("=").Add(literal(s, v.Text))
		}
	})
}

// literal prints a value of a schema.
func literal(s *Schema, text string) *jen.Statement {
	if s.Kind == String {
		return quote(text)
	}
	return jen.Id(text)
}

// goType is the type of a field of schema s.
func goType(s *Schema) *jen.Statement {
	if nullable(s) {
		return jen.Qual(payloadPath, "Null").Types(bareType(s))
	}
	return bareType(s)
}

// bareType is the type of values of s that are not null.
func bareType(s *Schema) *jen.Statement {
	switch {
	case s.Kind == Ref:
		return jen.Id(s.Ref.GoName)
	case s.GoType != "":
		return jen.Id(s.GoType)
	}
	return plainType(s)
}

// plainType is the type of the language that s has, whatever is declared for it.
func plainType(s *Schema) *jen.Statement {
	switch {
	case s.own():
		return jen.Qual(s.GoOwn.Path, s.GoOwn.Name)
	case s.Kind == Array:
		return jen.Index().Add(goType(s.Items))
	case s.Kind == Object:
		return jen.Map(jen.String()).Add(goType(s.Additional))
	case s.Kind != String:
		return jen.Id(basicType(s))
	}
	switch s.Format {
	case DateTime:
		return jen.Qual("time", "Time")
	case Date, Time, Duration, UUID:
		return jen.Qual(payloadPath, codecName(s))
	case IPv4, IPv6:
		return jen.Qual("net/netip", "Addr")
	case Byte:
		return jen.Index().Byte()
	}
	return jen.Id(basicType(s))
}

// basicType is the predeclared type of a scalar.
func basicType(s *Schema) string {
	switch s.Kind {
	case Boolean:
		return "bool"
	case Number:
		if s.Format == Float {
			return "float32"
		}
		return "float64"
	case Integer:
		switch s.Format {
		case Int32:
			return "int32"
		case Uint32:
			return "uint32"
		case Uint64:
			return "uint64"
		}
		return "int64"
	}
	return "string"
}

// limits says in words what a schema asks of its values, beside the type: "-60 to 125", "1 to 20 characters". It is
// empty for nothing.
func limits(s *Schema) string {
	words := append(numberLimits(s.Minimum, s.Maximum), countLimits(s.MinLength, s.MaxLength, "character")...)
	words = append(words, countLimits(s.MinItems, s.MaxItems, "item")...)
	if s.UniqueItems {
		words = append(words, "all different")
	}
	if s.MultipleOf != "" {
		words = append(words, "a multiple of "+s.MultipleOf)
	}
	if word, ok := formatWords[s.Format]; ok && s.Kind == String {
		words = append(words, word)
	}
	if s.Pattern != "" {
		words = append(words, "matches "+oneLine(s.Pattern))
	}
	if s.Const != nil {
		words = append(words, "always "+oneLine(s.Const.Text))
	}
	if s.GoType == "" && len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, oneLine(v.Text))
		}
		words = append(words, "one of "+strings.Join(values, ", "))
	}
	if s.Nullable {
		words = append(words, "may be null")
	}
	return strings.Join(words, ", ")
}

// formatWords are the formats that the Go type does not tell.
var formatWords = map[Format]string{Byte: "base64 in JSON", IPv4: "IPv4", IPv6: "IPv6", URI: "a URI", Email: "an email address"}

func numberLimits(low, high *Bound) []string {
	if low != nil && high != nil && !low.Exclusive && !high.Exclusive {
		return []string{low.Text + " to " + high.Text}
	}
	var words []string
	for _, b := range []struct {
		*Bound
		inclusive, exclusive string
	}{{low, "at least ", "more than "}, {high, "at most ", "less than "}} {
		switch {
		case b.Bound == nil:
		case b.Exclusive:
			words = append(words, b.exclusive+b.Text)
		default:
			words = append(words, b.inclusive+b.Text)
		}
	}
	return words
}

func countLimits(low, high *int, noun string) []string {
	number := func(n int) string {
		if n == 1 {
			return "1 " + noun
		}
		return strconv.Itoa(n) + " " + noun + "s"
	}
	switch {
	case low != nil && high != nil && *low == *high:
		return []string{number(*low)}
	case low != nil && high != nil:
		return []string{strconv.Itoa(*low) + " to " + number(*high)}
	case low != nil:
		return []string{"at least " + number(*low)}
	case high != nil:
		return []string{"at most " + number(*high)}
	}
	return nil
}
