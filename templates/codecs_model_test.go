package templates

// codecs is a model with every kind of schema, in all places where it can stand.
func codecs() *Package {
	user := &AuthMethod{Name: "user", GoName: "User", Kind: AuthPassword}
	p := &Package{
		Name: "codecs", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/codecs", Spec: "codecs.yaml",
		Auth: []*AuthMethod{user}, Payloads: codecPayloads(),
	}
	t := topicOf("report", "Report", "report")
	t.Publish = &Direction{Auth: p.Auth, Payload: p.Payloads[0]}
	t.Subscribe = &Direction{Auth: p.Auth, Payload: p.Payloads[0]}
	p.Topics = append(p.Topics, t)
	return p
}

// payloadList collects payloads.
type payloadList []*Payload

func (l *payloadList) add(name string, s *Schema) *Payload {
	s.GoType = name
	p := &Payload{Name: name, GoName: name, Schema: s}
	*l = append(*l, p)
	return p
}

func (l *payloadList) define(name string, s *Schema) *Payload {
	p := l.add(name, s)
	p.Name, p.Definition = "common.json#/$defs/"+name, true
	return p
}

func refTo(p *Payload) *Schema { return &Schema{Kind: Ref, Ref: p} }

func listOf(s *Schema) *Schema { return &Schema{Kind: Array, Items: s} }

func mapOf(s *Schema) *Schema { return &Schema{Kind: Object, Additional: s} }

func orNull(s *Schema) *Schema {
	s.Nullable = true
	return s
}

func unique(s *Schema) *Schema {
	s.UniqueItems = true
	return s
}

func withDefault(s *Schema, text string) *Schema {
	s.Default = &Literal{text}
	return s
}

func formatted(f Format) *Schema { return &Schema{Kind: String, Format: f} }

func integer(f Format) *Schema { return &Schema{Kind: Integer, Format: f} }

func always(text string) *Schema { return &Schema{Kind: String, Const: &Literal{text}} }

func enumOfTexts(goType string, texts ...string) *Schema {
	s := &Schema{Kind: String, GoType: goType}
	for _, t := range texts {
		s.Enum = append(s.Enum, &EnumValue{Literal{t}, goType + string(t[0]-'a'+'A') + t[1:]})
	}
	return s
}

func multiple(s *Schema, of string) *Schema {
	s.MultipleOf = of
	return s
}

func codecPayloads() []*Payload {
	var l payloadList
	point := &Payload{Name: "Point", GoName: "Point", Definition: true,
		Schema: objectOf("Point", required("x", "X", between(number(), "-10", "10")), optional("y", "Y", number()))}
	report(&l, point)
	l = append(l, point)
	mode := l.define("Mode", enumOfTexts("Mode", "auto", "manual"))
	maybe := l.define("Maybe", orNull(text()))
	nullables(&l, point, mode, maybe)
	mapPayloads(&l, point)
	tuples(&l, point)
	unions(&l, point, maybe)
	scalars(&l)
	ownTypes(&l)
	l.define("Forgotten", objectOf("Forgotten", required("code", "Code", &Schema{Kind: String, Pattern: "^never[0-9]$"})))
	return l
}

// report is a usual document of some size: see BenchmarkReport.
func report(l *payloadList, point *Payload) {
	sensor := objectOf("ReportSensor",
		required("id", "ID", text()),
		required("kind", "Kind", enumOfTexts("ReportSensorKind", "temperature", "humidity", "pressure")),
		required("value", "Value", number()),
		optional("unit", "Unit", text()),
		required("at", "At", formatted(DateTime)),
		optional("quality", "Quality", between(integer(Int64), "0", "100")),
	)
	l.add("Report", objectOf("Report",
		required("device", "Device", objectOf("ReportDevice",
			required("id", "ID", formatted(UUID)), required("name", "Name", text()), required("firmware", "Firmware", text()),
			optional("tags", "Tags", listOf(text())))),
		required("at", "At", formatted(DateTime)),
		optional("position", "Position", objectOf("ReportPosition",
			required("lat", "Lat", between(number(), "-90", "90")), optional("offset", "Offset", refTo(point)),
			required("lon", "Lon", between(number(), "-180", "180")), optional("accuracy", "Accuracy", number()))),
		required("sensors", "Sensors", listOf(sensor)),
		required("state", "State", enumOfTexts("ReportState", "ok", "degraded", "failed")),
		optional("sequence", "Sequence", integer(Uint64)),
		optional("errors", "Errors", listOf(text())),
	))
}

func nullables(l *payloadList, point, mode, maybe *Payload) {
	l.add("Nulls", objectOf("Nulls",
		required("number", "Number", orNull(between(number(), "0", "5"))),
		optional("count", "Count", orNull(between(integer(Int64), "0", "5"))),
		optional("at", "At", orNull(formatted(DateTime))),
		required("point", "Point", orNull(refTo(point))),
		optional("mode", "Mode", orNull(refTo(mode))),
		optional("maybe", "Maybe", refTo(maybe)),
		required("sure", "Sure", refTo(maybe)),
		optional("items", "Items", listOf(orNull(between(integer(Int32), "1", "3")))),
		optional("points", "Points", listOf(orNull(refTo(point)))),
		optional("lists", "Lists", listOf(orNull(listOf(orNull(text()))))),
		optional("list", "List", orNull(&Schema{Kind: Array, MaxItems: ptr(2), Items: number()})),
		optional("map", "Map", mapOf(orNull(between(number(), "0", "9")))),
		optional("maybes", "Maybes", mapOf(refTo(maybe))),
		optional("raw", "Raw", orNull(formatted(Byte))),
		optional("defaulted", "Defaulted", orNull(withDefault(integer(Int32), "7"))),
		optional("text", "Text", orNull(withDefault(text(), "none"))),
		optional("day", "Day", orNull(withDefault(formatted(Date), "2026-01-02"))),
	))
}

func mapPayloads(l *payloadList, point *Payload) {
	labels := l.add("Labels", mapOf(&Schema{Kind: String, MinLength: ptr(1), MaxLength: ptr(5)}))
	l.add("Bag", &Schema{Kind: Object, AdditionalGoName: "Additional", Additional: between(integer(Int64), "0", "9"), Properties: []*Property{
		optional("name", "Name", text()), required("labels", "Labels", refTo(labels))}})
	l.add("Extras", &Schema{Kind: Object, AdditionalGoName: "Others", Additional: described(listOf(refTo(point)), "everything else"),
		Properties: []*Property{required("id", "ID", integer(Uint32))}})
	tree := l.add("Tree", &Schema{Kind: Object, AdditionalGoName: "Children", Properties: []*Property{optional("leaf", "Leaf", orNull(&Schema{Kind: Boolean}))}})
	tree.Schema.Additional = refTo(tree)
	l.add("Maps", objectOf("Maps",
		optional("lists", "Lists", mapOf(&Schema{Kind: Array, MaxItems: ptr(2), Items: number()})),
		optional("maps", "Maps", mapOf(mapOf(between(integer(Int32), "0", "3")))),
		optional("points", "Points", mapOf(refTo(point))),
		required("plain", "Plain", mapOf(&Schema{Kind: Boolean})),
		optional("times", "Times", mapOf(formatted(DateTime))),
		optional("inList", "InList", listOf(mapOf(text()))),
	))
}

func tuples(l *payloadList, point *Payload) {
	l.add("Pair", &Schema{Kind: Array, MinItems: ptr(2), Closed: true, PrefixItems: []*Property{
		required("0", "X", between(number(), "0", "10")), required("1", "Name", text())}})
	l.add("Line", &Schema{Kind: Array, MinItems: ptr(1), MaxItems: ptr(5), RestGoName: "Rest", Items: between(integer(Int64), "0", "9"), PrefixItems: []*Property{
		required("0", "Kind", enumOfTexts("LineKind", "a", "b")), optional("1", "At", formatted(Date)), optional("2", "Point", orNull(refTo(point)))}})
	l.add("Open", &Schema{Kind: Array, PrefixItems: []*Property{optional("0", "First", text()), optional("1", "Second", &Schema{Kind: Boolean})}})
	l.add("Distinct", unique(&Schema{Kind: Array, MinItems: ptr(1), RestGoName: "Rest", Items: text(), PrefixItems: []*Property{required("0", "First", text()), optional("1", "Second", number())}}))
}

func unions(l *payloadList, point, maybe *Payload) {
	circle := l.define("Circle", objectOf("Circle", required("kind", "Kind", always("circle")), required("radius", "Radius", &Schema{Kind: Number, Format: Double, Minimum: &Bound{Text: "0", Exclusive: true}})))
	square := l.define("Square", objectOf("Square", required("kind", "Kind", enumOfTexts("SquareKind", "square", "quad")), optional("side", "Side", number())))
	blob := l.define("Blob", objectOf("Blob", required("kind", "Kind", text()), optional("points", "Points", listOf(refTo(point)))))
	shape := l.add("Shape", &Schema{Kind: Union, Discriminator: "kind", Variants: []*Variant{
		{refTo(circle), []string{"circle"}}, {refTo(square), []string{"square", "quad"}}, {refTo(blob), []string{"blob", "drop"}}}})
	l.add("Mixed", &Schema{Kind: Union, Variants: []*Variant{
		{Schema: &Schema{Kind: String, GoType: "MixedString", MinLength: ptr(2)}},
		{Schema: &Schema{Kind: Integer, Format: Int64, GoType: "MixedInteger"}},
		{Schema: &Schema{Kind: Boolean, GoType: "MixedBoolean"}},
		{Schema: &Schema{Kind: Array, GoType: "MixedArray", Items: refTo(shape)}},
		{Schema: refTo(point)}}})
	width := objectOf("TrialWidth", required("width", "Width", between(number(), "0", "5")))
	height := objectOf("TrialHeight", required("height", "Height", between(number(), "0", "5")), optional("width", "Width", text()))
	l.add("Trial", &Schema{Kind: Union, Variants: []*Variant{{Schema: width}, {Schema: height},
		{Schema: between(&Schema{Kind: Number, Format: Double, GoType: "TrialSmall"}, "0", "10")},
		{Schema: between(&Schema{Kind: Integer, Format: Int64, GoType: "TrialLarge"}, "8", "100")}}})
	l.add("First", &Schema{Kind: Union, AnyOf: true, Variants: []*Variant{
		{Schema: &Schema{Kind: String, Format: Date, GoType: "FirstDate"}}, {Schema: &Schema{Kind: String, Format: UUID, GoType: "FirstUUID"}},
		{Schema: &Schema{Kind: String, GoType: "FirstText", MaxLength: ptr(4)}}, {Schema: refTo(circle)}, {Schema: refTo(blob)}}})
	l.add("OrNull", &Schema{Kind: Array, Items: &Schema{Kind: Union, GoType: "OrNullItem", Variants: []*Variant{
		{Schema: refTo(maybe)}, {Schema: &Schema{Kind: Number, Format: Double, GoType: "OrNullItemNumber"}}}}})
	value := l.add("Value", &Schema{Kind: Union})
	value.Schema.Variants = []*Variant{{Schema: &Schema{Kind: String, GoType: "ValueText"}}, {Schema: &Schema{Kind: Number, Format: Double, GoType: "ValueNumber"}},
		{Schema: &Schema{Kind: Array, GoType: "ValueList", Items: refTo(value)}}, {Schema: &Schema{Kind: Object, GoType: "ValueMap", Additional: refTo(value)}}}
	expr := l.add("Expr", &Schema{Kind: Union})
	expr.Schema.Variants = []*Variant{{Schema: &Schema{Kind: Integer, Format: Int64, GoType: "ExprLiteral"}},
		{Schema: objectOf("ExprNot", required("not", "Not", refTo(expr)))},
		{Schema: objectOf("ExprAll", required("all", "All", listOf(refTo(expr))))}}
	l.add("Holder", objectOf("Holder", required("shape", "Shape", refTo(shape)), optional("shapes", "Shapes", listOf(refTo(shape))),
		optional("expr", "Expr", orNull(refTo(expr))), optional("values", "Values", mapOf(refTo(value))),
		optional("either", "Either", &Schema{Kind: Union, GoType: "HolderEither", Nullable: true, Variants: []*Variant{
			{Schema: &Schema{Kind: Boolean, GoType: "HolderEitherBoolean"}}, {Schema: refTo(point)}}})))
}

func scalars(l *payloadList) {
	l.add("Formats", objectOf("Formats",
		optional("time", "Time", formatted(Time)), optional("duration", "Duration", formatted(Duration)), optional("byte", "Byte", formatted(Byte)),
		optional("ipv4", "IPv4", formatted(IPv4)), optional("ipv6", "IPv6", formatted(IPv6)), optional("uri", "URI", formatted(URI)),
		optional("email", "Email", &Schema{Kind: String, Format: Email, MaxLength: ptr(20)}), optional("uuid", "UUID", formatted(UUID)),
		optional("date", "Date", formatted(Date)), optional("dateTime", "DateTime", formatted(DateTime)),
		optional("times", "Times", listOf(formatted(Time))), optional("hosts", "Hosts", mapOf(formatted(IPv6))),
	))
	l.add("At", formatted(Time))
	l.add("Wait", formatted(Duration))
	l.add("Host", formatted(IPv4))
	l.add("Link", formatted(URI))
	l.add("Data", formatted(Byte))
	rate := &Schema{Kind: Number, Format: Double, GoType: "NumbersRate", Enum: []*EnumValue{{Literal{"0.5"}, "NumbersRateHalf"}, {Literal{"2"}, "NumbersRateDouble"}}}
	l.add("Numbers", objectOf("Numbers",
		optional("tenth", "Tenth", multiple(number(), "0.1")), optional("five", "Five", multiple(between(integer(Int64), "-100", "100"), "5")),
		optional("cent", "Cent", multiple(&Schema{Kind: Number, Format: Float}, "0.01")), optional("half", "Half", multiple(integer(Int32), "1.5")),
		optional("huge", "Huge", multiple(integer(Int32), "5000000000")), optional("tiny", "Tiny", multiple(number(), "1e-7")),
		optional("rate", "Rate", rate), optional("rates", "Rates", unique(listOf(number()))),
		optional("const", "Const", &Schema{Kind: Integer, Format: Int64, Const: &Literal{"3"}}),
	))
	l.add("Sets", objectOf("Sets",
		optional("texts", "Texts", unique(listOf(text()))), optional("objects", "Objects", unique(listOf(objectOf("SetsObject", optional("a", "A", text()))))),
		optional("lists", "Lists", unique(listOf(listOf(number())))), optional("times", "Times", unique(listOf(formatted(DateTime)))),
		optional("nulls", "Nulls", unique(listOf(orNull(integer(Int64))))), optional("blobs", "Blobs", unique(&Schema{Kind: Array, MaxItems: ptr(4), Items: formatted(Byte)})),
		optional("nested", "Nested", listOf(unique(listOf(text())))),
	))
	l.add("Unique", unique(listOf(objectOf("UniqueItem", required("id", "ID", integer(Int64))))))
	level := &Schema{Kind: Integer, Format: Int32, GoType: "DefaultsLevel", Enum: []*EnumValue{{Literal{"1"}, "DefaultsLevelLow"}, {Literal{"2"}, "DefaultsLevelHigh"}}}
	readOnly, secret, old := withDefault(text(), "a`\"\\"), described(text(), "for the server only"), withDefault(number(), "1e3")
	readOnly.ReadOnly, secret.WriteOnly, old.Deprecated = true, true, true
	l.add("Defaults", objectOf("Defaults",
		optional("text", "Text", readOnly), optional("secret", "Secret", secret), optional("old", "Old", old),
		optional("count", "Count", withDefault(integer(Uint32), "60")), optional("on", "On", withDefault(&Schema{Kind: Boolean}, "true")),
		optional("level", "Level", withDefault(level, "2")), optional("mode", "Mode", withDefault(enumOfTexts("DefaultsMode", "fast", "slow"), "slow")),
		optional("day", "Day", withDefault(formatted(Date), "2024-02-29")), optional("at", "At", withDefault(formatted(DateTime), "2026-01-02T03:04:05+01:00")),
		optional("time", "Time", withDefault(formatted(Time), "12:00:00Z")), optional("wait", "Wait", withDefault(formatted(Duration), "PT5M")),
		optional("key", "Key", withDefault(formatted(UUID), "6ba7b810-9dad-11d1-80b4-00c04fd430c8")), optional("data", "Data", withDefault(formatted(Byte), "AP8=")),
		optional("host", "Host", withDefault(formatted(IPv4), "127.0.0.1")), optional("uri", "URI", withDefault(formatted(URI), "mqtt://a")),
	))
}

func ownTypes(l *payloadList) {
	prefix := func() *Schema { return &Schema{Kind: String, GoOwn: Type{Path: "net/netip", Name: "Prefix"}} }
	raw := func() *Schema { return &Schema{Kind: Any, GoOwn: Type{Path: "encoding/json", Name: "RawMessage"}} }
	l.add("Own", objectOf("Own",
		required("prefix", "Prefix", prefix()), optional("other", "Other", prefix()), optional("null", "Null", orNull(prefix())),
		optional("list", "List", listOf(prefix())), optional("map", "Map", mapOf(prefix())), optional("any", "Any", raw()), optional("anys", "Anys", listOf(raw())),
	))
	l.add("Big", &Schema{Kind: Integer, GoOwn: Type{Path: "math/big", Name: "Int"}})
	l.add("Net", prefix())
}
