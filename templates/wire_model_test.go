package templates

// wire is a package with every encoding, and with types that are written in several of them.
func wire() *Package {
	user := &AuthMethod{Name: "user", GoName: "User", Kind: AuthPassword}
	p := &Package{
		Name: "wire", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/wire", Spec: "wire.yaml", Auth: []*AuthMethod{user},
	}
	part := &Payload{Name: "Part", GoName: "Part", Definition: true, Schema: objectOf("Part", required("n", "N", between(integer(Int32), "0", "9")))}
	sample := &Payload{Name: "Sample", GoName: "Sample", Encoding: Msgpack, Schema: sampleSchema(part)}
	p.Payloads = []*Payload{
		sample,
		{Name: "Packed", GoName: "Packed", Encoding: CBOR, Schema: &Schema{Kind: Ref, Ref: sample, GoType: "Packed"}},
		{Name: "Plain", GoName: "Plain", Encoding: JSON, Schema: &Schema{Kind: Ref, Ref: sample, GoType: "Plain"}},
		{Name: "Alias", GoName: "Alias", Encoding: Msgpack, Schema: &Schema{Kind: Ref, Ref: sample, GoType: "Alias"}},
		part,
		{Name: "Level", GoName: "Level", Encoding: Text, Schema: typed("Level", between(number(), "-60", "125"))},
		{Name: "Mode", GoName: "Mode", Encoding: Text, Schema: enumOfTexts("Mode", "auto", "manual")},
		{Name: "Note", GoName: "Note", Encoding: Text, Schema: typed("Note", &Schema{Kind: String, MaxLength: ptr(5)})},
		{Name: "Day", GoName: "Day", Encoding: Text, Schema: typed("Day", formatted(Date))},
		{Name: "Count", GoName: "Count", Encoding: CBOR, Schema: typed("Count", integer(Uint32))},
		{Name: "Words", GoName: "Words", Encoding: CBOR, Schema: typed("Words", listOf(text()))},
		{Name: "Rates", GoName: "Rates", Encoding: Msgpack, Schema: typed("Rates", mapOf(number()))},
		{Name: "Frame", GoName: "StringValue", Encoding: Protobuf,
			Message: Type{"*", "google.golang.org/protobuf/types/known/wrapperspb", "wrapperspb", "StringValue"}},
	}
	for _, payload := range p.Payloads {
		if payload.Definition {
			continue
		}
		t := topicOf(payload.Name, payload.Name, payload.Name+"/{id}")
		t.Publish = &Direction{Auth: p.Auth, Payload: payload}
		t.Subscribe = &Direction{Auth: p.Auth, Payload: payload, QoS: 1}
		t.Params = []*Param{{Name: "id", GoName: "ID", Level: 1, Schema: text()}}
		p.Topics = append(p.Topics, t)
	}
	return p
}

func typed(name string, s *Schema) *Schema {
	s.GoType = name
	return s
}

func sampleSchema(part *Payload) *Schema {
	s := objectOf("Sample",
		required("level", "Level", between(number(), "-60", "125")),
		optional("count", "Count", integer(Uint32)),
		optional("small", "Small", &Schema{Kind: Number, Format: Float}),
		optional("on", "On", &Schema{Kind: Boolean}),
		optional("state", "State", enumOfTexts("SampleState", "ok", "fault")),
		optional("grade", "Grade", &Schema{Kind: Integer, Format: Int64, GoType: "SampleGrade",
			Enum: []*EnumValue{{Literal{"1"}, "SampleGradeOne"}, {Literal{"-2"}, "SampleGradeTwo"}}}),
		optional("at", "At", formatted(DateTime)),
		optional("day", "Day", formatted(Date)),
		optional("time", "Time", formatted(Time)),
		optional("every", "Every", formatted(Duration)),
		optional("id", "ID", formatted(UUID)),
		optional("blob", "Blob", formatted(Byte)),
		optional("from", "From", formatted(IPv4)),
		optional("to", "To", formatted(IPv6)),
		optional("note", "Note", orNull(text())),
		required("null", "Null", orNull(integer(Int64))),
		optional("step", "Step", withDefault(integer(Int32), "7")),
		optional("tags", "Tags", &Schema{Kind: Array, MaxItems: ptr(3), UniqueItems: true, Items: text()}),
		optional("grid", "Grid", listOf(listOf(orNull(integer(Int32))))),
		optional("labels", "Labels", mapOf(integer(Int64))),
		optional("parts", "Parts", listOf(refTo(part))),
		optional("pair", "Pair", &Schema{Kind: Array, GoType: "SamplePair", RestGoName: "Rest", Items: text(), PrefixItems: []*Property{
			required("0", "First", integer(Int64)), optional("1", "Second", &Schema{Kind: Boolean})}}),
		optional("either", "Either", &Schema{Kind: Union, GoType: "SampleEither", Variants: []*Variant{
			{Schema: typed("SampleEitherText", text())}, {Schema: refTo(part)}}}),
		optional("tried", "Tried", &Schema{Kind: Union, GoType: "SampleTried", Variants: []*Variant{
			{Schema: typed("SampleTriedLow", between(integer(Int64), "0", "5"))}, {Schema: typed("SampleTriedHigh", between(integer(Int64), "5", "9"))}}}),
		optional("kind", "Kind", &Schema{Kind: Union, GoType: "SampleKind", Discriminator: "type", Variants: []*Variant{
			{Schema: objectOf("SampleKindA", required("type", "Type", always("a")), required("x", "X", integer(Int64))), Values: []string{"a"}},
			{Schema: objectOf("SampleKindB", required("type", "Type", always("b")),
				required("n", "N", &Schema{Kind: Integer, Format: Int64, Const: &Literal{"-2"}}),
				required("u", "U", &Schema{Kind: Integer, Format: Uint32, Const: &Literal{"7"}}),
				required("f", "F", &Schema{Kind: Number, Format: Float, Const: &Literal{"0.1"}}),
				required("yes", "Yes", &Schema{Kind: Boolean, Const: &Literal{"true"}}),
				required("no", "No", &Schema{Kind: Boolean, Const: &Literal{"false"}}),
				required("pair", "Pair", &Schema{Kind: Array, GoType: "SampleKindBPair", PrefixItems: []*Property{
					required("0", "First", always("first")), required("1", "Second", integer(Int64))}})), Values: []string{"b"}}}}),
		optional("own", "Own", &Schema{Kind: String, GoOwn: Type{Path: "net/netip", Name: "Prefix"}}),
		optional("any", "Any", &Schema{Kind: Any, GoOwn: Type{Path: "encoding/json", Name: "RawMessage"}}),
	)
	s.Additional, s.AdditionalGoName = integer(Int64), "Additional"
	return s
}
