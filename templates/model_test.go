package templates

// The models that the tests print.

func ptr(n int) *int { return &n }

func objectOf(goType string, properties ...*Property) *Schema {
	return &Schema{Kind: Object, GoType: goType, Properties: properties}
}

func required(name, goName string, s *Schema) *Property {
	p := &Property{Name: name, GoName: goName, Required: true, Schema: s}
	switch of := s.resolve(); {
	case nullable(s):
	case of.Const != nil:
		p.Fixed = of.Const
	case len(of.Enum) == 1:
		p.Fixed = &of.Enum[0].Literal
	}
	return p
}

func optional(name, goName string, s *Schema) *Property {
	return &Property{Name: name, GoName: goName, Schema: s}
}

func number() *Schema { return &Schema{Kind: Number, Format: Double} }

func text() *Schema { return &Schema{Kind: String} }

func between(s *Schema, low, high string) *Schema {
	s.Minimum, s.Maximum = &Bound{Text: low}, &Bound{Text: high}
	return s
}

func described(s *Schema, text string) *Schema {
	s.Description = text
	return s
}

// topicOf makes the levels and parameters of a pattern; all parameters are strings.
func topicOf(name, goName, pattern string, params ...*Param) *Topic {
	t := &Topic{Name: name, GoName: goName, Pattern: pattern}
	for i, level := range splitLevels(pattern) {
		l := &Level{Text: level}
		if level != "" && level[0] == '{' {
			l.Kind, l.Text = ParamLevel, level[1:len(level)-1]
			if n := len(l.Text); n > 3 && l.Text[n-3:] == "..." {
				l.Kind, l.Text = RestLevel, l.Text[:n-3]
			}
			param := &Param{Name: l.Text, GoName: string(l.Text[0]-'a'+'A') + l.Text[1:], Schema: text()}
			for _, given := range params {
				if given.Name == l.Text {
					given.GoName = param.GoName
					param = given
				}
			}
			if param.Schema == nil {
				param.Schema = text()
			}
			param.Level = i
			t.Params = append(t.Params, param)
		}
		t.Levels = append(t.Levels, l)
	}
	return t
}

func splitLevels(pattern string) []string {
	var levels []string
	start := 0
	for i := range len(pattern) + 1 {
		if i == len(pattern) || pattern[i] == '/' {
			levels = append(levels, pattern[start:i])
			start = i + 1
		}
	}
	return levels
}

// fleet is a model with something of everything that a usual spec has.
func fleet() *Package {
	device := &AuthMethod{Name: "device", GoName: "Device", Kind: AuthPassword, Description: "Trackers."}
	lab := &AuthMethod{Name: "lab", GoName: "Lab", Kind: AuthAnonymous}

	position := &Payload{Name: "Position", GoName: "Position", Schema: objectOf("Position",
		required("lat", "Lat", between(number(), "-90", "90")), required("lon", "Lon", between(number(), "-180", "180")),
	)}
	reading := &Payload{Name: "Reading", GoName: "Reading", Description: "One measurement of a tracker."}
	reading.Schema = objectOf("Reading",
		required("temperature", "Temperature", described(between(number(), "-60", "125"), "degrees Celsius")),
		optional("humidity", "Humidity", number()),
		optional("battery", "Battery", between(&Schema{Kind: Integer, Format: Int64}, "0", "100")),
		optional("at", "At", &Schema{Kind: String, Format: DateTime}),
		optional("state", "State", &Schema{Kind: String, GoType: "ReadingState", Enum: []*EnumValue{
			{Literal{"ok"}, "ReadingStateOK"}, {Literal{"low_battery"}, "ReadingStateLowBattery"}, {Literal{"fault"}, "ReadingStateFault"},
		}}),
		optional("position", "Position", &Schema{Kind: Ref, Ref: position}),
	)
	command := &Payload{Name: "Command", GoName: "Command"}
	command.Schema = objectOf("Command",
		required("id", "ID", &Schema{Kind: String, Format: UUID}),
		required("name", "Name", &Schema{Kind: String, MinLength: ptr(1), MaxLength: ptr(20), Pattern: "^[a-z_]+$"}),
		optional("args", "Args", &Schema{Kind: Array, MaxItems: ptr(10), Items: text()}),
		optional("steps", "Steps", &Schema{Kind: Array, Items: objectOf("CommandStepsItem",
			required("wait", "Wait", &Schema{Kind: Integer, Format: Uint32, Maximum: &Bound{Text: "3600"}}),
			optional("then", "Then", &Schema{Kind: Array, Items: &Schema{Kind: Ref, Ref: command}}),
		)}),
	)
	command.Schema.Closed = true

	mine := func() *Param {
		return &Param{Name: "device", Bindings: []*Binding{{device, Credential{Source: FromClientID}}}}
	}
	tenant := func() *Param {
		return &Param{Name: "tenant", Schema: &Schema{Kind: String, Pattern: "^[a-z0-9-]+$"}, Bindings: []*Binding{{device, Credential{Source: FromUser}}}}
	}
	readingTopic := topicOf("reading", "Reading", "fleet/{tenant}/{device}/reading", tenant(), mine())
	readingTopic.Description = "Measurements, once a minute."
	readingTopic.Publish = &Direction{Auth: []*AuthMethod{device, lab}, Payload: reading, QoS: 1, Relay: true}
	readingTopic.Subscribe = &Direction{Auth: []*AuthMethod{lab}, Payload: reading, QoS: 1}
	commandTopic := topicOf("command", "Command", "fleet/{tenant}/{device}/command", mine())
	commandTopic.Subscribe = &Direction{Auth: []*AuthMethod{device}, Payload: command, QoS: 1}
	logs := topicOf("logs", "Logs", "fleet/{tenant}/{device}/log/{path...}", mine())
	logs.Publish = &Direction{Auth: []*AuthMethod{device}}
	status := topicOf("status", "Status", "status")
	status.Publish = &Direction{Auth: []*AuthMethod{device, lab}, Payload: position, Retain: RetainAllowed, QoS: 2}
	status.Subscribe = &Direction{Auth: []*AuthMethod{device, lab}, QoS: 2}

	return &Package{
		Name: "fleet", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/fleet",
		Title: "Fleet telemetry", Version: "1.2.0", Description: "Trackers report readings; the back office sends commands.",
		Spec: "mqttx.yaml", Hash: "0123456789abcdef", Generator: "v0.1.0",
		Auth: []*AuthMethod{device, lab}, Payloads: []*Payload{reading, position, command},
		Topics: []*Topic{readingTopic, commandTopic, logs, status},
	}
}

// zoo is a model with one of each kind, and of each thing that is easily printed wrong.
func zoo() *Package {
	user := &AuthMethod{Name: "user", GoName: "User", Kind: AuthPassword}
	p := &Package{
		Name: "zoo", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/zoo", Spec: "zoo.yaml",
		Unmatched: UnmatchedHandle, Auth: []*AuthMethod{user}, Payloads: zooPayloads(),
	}
	free := &Direction{Auth: p.Auth, QoS: 1, Relay: true}
	for i, pattern := range []string{
		"r/a/b", "r/{x}/b", "r/{x}/{y}", "r/{x}/{y...}", "r/a", "w/{any}/only", "w/{any}/{b}/{c...}", "$SYS/{x}", "a//b", "{one}",
		"deep/l1/l2/{x}/l3/l4", "deep/l1/l2/{x}/l3/{y}", "deep/l1/{z}", "deep/l1/{z}/end", "e/{x}/{y}/f/{z...}", "deep/l1/l2/{x}/{w}/{v}/{u}",
	} {
		t := topicOf("p"+string(rune('a'+i)), "P"+string(rune('a'+i)), pattern)
		t.Publish = free
		p.Topics = append(p.Topics, t)
	}
	typed := topicOf("type", "Type", "typed/{count}/{small}/{on}/{key}/{func}/{string}/{big}/{short}",
		&Param{Name: "count", Schema: between(&Schema{Kind: Integer, Format: Int64}, "-5", "1000")},
		&Param{Name: "small", Schema: &Schema{Kind: Integer, Format: Uint32}},
		&Param{Name: "on", Schema: &Schema{Kind: Boolean}},
		&Param{Name: "key", Schema: &Schema{Kind: String, Format: UUID}},
		&Param{Name: "func", Schema: &Schema{Kind: String, Enum: []*EnumValue{{Literal{"go"}, ""}, {Literal{"rust"}, ""}}}},
		&Param{Name: "big", Schema: &Schema{Kind: Integer, Format: Uint64}},
		&Param{Name: "short", Schema: &Schema{Kind: String, MaxLength: ptr(3), Pattern: "^(x|y)"}},
	)
	typed.Publish = &Direction{Auth: p.Auth, Payload: p.Payloads[0], Retain: RetainRequired}
	typed.Subscribe = &Direction{Auth: p.Auth, Payload: p.Payloads[0], QoS: 2}
	p.Topics = append(p.Topics, typed)
	return p
}

func zooPayloads() []*Payload {
	var list []*Payload
	add := func(name string, s *Schema) *Payload {
		s.GoType = name
		p := &Payload{Name: name, GoName: name, Schema: s}
		list = append(list, p)
		return p
	}
	add("Everything", &Schema{Kind: Object, Description: "Everything at once."})
	track := add("Track", &Schema{Kind: Array, MinItems: ptr(1), MaxItems: ptr(3), Items: objectOf("TrackItem",
		required("x", "X", &Schema{Kind: Integer, Format: Int32}), optional("y", "Y", between(number(), "0", "1")))})
	add("Level", between(&Schema{Kind: Integer, Format: Int64}, "1", "9223372036854775807"))
	add("Ratio", &Schema{Kind: Number, Format: Double, Minimum: &Bound{Text: "0", Exclusive: true}, Maximum: &Bound{Text: "1", Exclusive: true}})
	add("Flag", &Schema{Kind: Boolean})
	add("Note", &Schema{Kind: String, MinLength: ptr(1), MaxLength: ptr(4), Pattern: "^[a-zä]+`?$"})
	add("When", &Schema{Kind: String, Format: DateTime})
	add("Day", &Schema{Kind: String, Format: Date})
	add("Key", &Schema{Kind: String, Format: UUID})
	mode := add("Mode", &Schema{Kind: String, Enum: []*EnumValue{{Literal{"on"}, "ModeOn"}, {Literal{`o"f`}, "ModeOff"}}})
	add("Same", &Schema{Kind: Ref, Ref: track})
	empty := add("Empty", &Schema{Kind: Object})
	add("Closed", &Schema{Kind: Object, Closed: true, Deprecated: true})
	node := add("Node", &Schema{Kind: Object})
	node.Schema.Properties = []*Property{required("name", "Name", text()),
		required("children", "Children", &Schema{Kind: Array, Items: &Schema{Kind: Ref, Ref: node}})}
	wide := &Schema{Kind: Object}
	for i := range 70 {
		name := string(rune('a'+i/10)) + string(rune('0'+i%10))
		wide.Properties = append(wide.Properties, &Property{Name: name, GoName: string(name[0]-'a'+'A') + name[1:],
			Required: i != 3 && i < 67, Schema: &Schema{Kind: Boolean}})
	}
	add("Wide", wide)
	list[0].Schema.Properties = everything(track, mode, empty)
	return list
}

func everything(track, mode, empty *Payload) []*Property {
	ref := func(p *Payload) *Schema { return &Schema{Kind: Ref, Ref: p} }
	array := func(s *Schema) *Schema { return &Schema{Kind: Array, Items: s} }
	matrix := array(&Schema{Kind: Array, MinItems: ptr(2), MaxItems: ptr(2), Items: between(number(), "-1", "1")})
	matrix.MaxItems = ptr(2)
	level := &Schema{Kind: Integer, Format: Int64, GoType: "EverythingLevel",
		Enum: []*EnumValue{{Literal{"1"}, "EverythingLevelOne"}, {Literal{"-2"}, "EverythingLevelMinusTwo"}}}
	return []*Property{
		optional("version", "Version", &Schema{Kind: String, Const: &Literal{`v"1`}}),
		required("type", "Type", &Schema{Kind: Boolean, Const: &Literal{"true"}}),
		optional("range", "Range", &Schema{Kind: Boolean, Const: &Literal{"false"}}),
		optional("pi", "Pi", &Schema{Kind: Number, Format: Double, Const: &Literal{"3.14"}}),
		optional("func", "Func", &Schema{Kind: Number, Format: Float, Minimum: &Bound{Text: "0.1"}, Maximum: &Bound{Text: "1e300"}}),
		optional("int32", "Int32", between(&Schema{Kind: Integer, Format: Int32}, "-2147483648", "2147483646")),
		optional("uint32", "Uint32", between(&Schema{Kind: Integer, Format: Uint32}, "0", "4294967295")),
		optional("uint64", "Uint64", between(&Schema{Kind: Integer, Format: Uint64}, "1", "18446744073709551614")),
		optional("level", "Level", level),
		optional("when", "When", &Schema{Kind: String, Format: DateTime}),
		optional("day", "Day", &Schema{Kind: String, Format: Date}),
		optional("key", "Key", &Schema{Kind: String, Format: UUID}),
		optional("matrix", "Matrix", matrix),
		optional("words", "Words", &Schema{Kind: Array, MaxItems: ptr(3),
			Items: &Schema{Kind: String, MinLength: ptr(2), MaxLength: ptr(3), Pattern: "^[a-f]{0,5}$"}}),
		optional("days", "Days", array(&Schema{Kind: String, Format: Date})),
		optional("modes", "Modes", array(ref(mode))),
		optional("mode", "Mode", ref(mode)),
		optional("track", "Track", ref(track)),
		optional("tracks", "Tracks", array(ref(track))),
		optional("empty", "Empty", ref(empty)),
		optional("a.b \"c\"\n`", "ABC", between(&Schema{Kind: Integer, Format: Int64}, "0", "9")),
		optional("nested", "Nested", objectOf("EverythingNested", optional("deep", "Deep", objectOf("EverythingNestedDeep",
			required("check", "Check", number()), required("decode", "Decode", text()))))),
	}
}
