package templates

import "time"

// office is a model with requests, events, choices and defaults, whose server runs.
func office() *Package {
	staff := &AuthMethod{Name: "staff", GoName: "Staff", Kind: AuthPassword}
	kiosk := &AuthMethod{Name: "kiosk", GoName: "Kiosk", Kind: AuthAnonymous}
	all := []*AuthMethod{staff, kiosk}
	kind := func(value string) *Property {
		return required("kind", "Kind", &Schema{Kind: String, Const: &Literal{value}})
	}
	add := func(p *Package, name string, properties ...*Property) *Payload {
		one := &Payload{Name: name, GoName: name, Schema: objectOf(name, properties...)}
		p.Payloads = append(p.Payloads, one)
		return one
	}
	p := &Package{
		Name: "office", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/office", Spec: "office.yaml",
		Unmatched: UnmatchedRelay, Auth: all,
		Server: Server{
			Versions: []string{"3.1.1", "5"}, CloseOnRefusal: true, MaxPacketSize: 1 << 16, ReceiveMaximum: 8, QueueMessages: 100,
			MaxKeepAlive: 90 * time.Second, MaxSessionExpiry: 48 * time.Hour,
		},
	}
	order := add(p, "Order", required("item", "Item", &Schema{Kind: String, MinLength: ptr(1)}))
	result := add(p, "OrderDone", required("ok", "OK", &Schema{Kind: Boolean}))
	note := add(p, "Note", kind("note"), required("text", "Text", text()))
	alarm := add(p, "Alarm", kind("alarm"), required("level", "Level", between(&Schema{Kind: Integer, Format: Int64}, "1", "5")))
	door := add(p, "DoorOpened", required("door", "Door", &Schema{Kind: String, MinLength: ptr(1)}))
	door.Definition = true

	choice := func(by ChoiceBy, key, first, second string) *Choice {
		return &Choice{By: by, Key: key, Cases: []*Case{
			{Value: first, GoName: "Note", Payload: note}, {Value: second, GoName: "Alarm", Payload: alarm},
		}}
	}
	both := func(t *Topic, c *Choice, retain Retain, auth ...*AuthMethod) *Topic {
		t.Publish = &Direction{Auth: auth, Choice: c, QoS: 2, Relay: true, Retain: retain}
		t.Subscribe = &Direction{Auth: auth, Choice: c, QoS: 2}
		return t
	}
	desk := func() *Param {
		return &Param{Name: "desk", Bindings: []*Binding{{staff, Credential{Source: FromClientID}}}}
	}
	user := func() *Param {
		return &Param{Name: "user", Bindings: []*Binding{{staff, Credential{Source: FromUser}}}}
	}

	ordered := topicOf("order", "Order", "desk/{desk}/order", desk())
	ordered.Subscribe = &Direction{Auth: []*AuthMethod{staff}, Payload: order, QoS: 1, Expiry: 10 * time.Minute}
	done := topicOf("order_done", "OrderDone", "desk/{desk}/order/done", desk())
	done.Publish = &Direction{Auth: []*AuthMethod{staff}, Payload: result, QoS: 1}
	ordered.Reply = done
	pinged := topicOf("ping", "Ping", "ping/{desk}", desk())
	pinged.Subscribe = both(topicOf("", "", "x"), choice(ByUserProperty, "kind", "n", "a"), RetainForbidden, staff).Subscribe
	pong := topicOf("pong", "Pong", "pong/{desk}", desk())
	pong.Publish = &Direction{Auth: []*AuthMethod{staff}}
	pinged.Reply = pong
	news := both(topicOf("news", "News", "news/{room}"), choice(ByContentType, "", "text/note", "text/alarm"), RetainAllowed, all...)
	logs := both(topicOf("log", "Log", "log/{room}"), choice(ByUserProperty, "kind", "n", `a%"`), RetainForbidden, all...)
	mail := both(topicOf("mail", "Mail", "mail/{user}", user()), choice(ByField, "kind", "note", "alarm"), RetainForbidden, staff)
	asked := topicOf("ask", "Ask", "ask/{user}", user())
	asked.Subscribe = &Direction{Auth: []*AuthMethod{staff}}
	told := topicOf("told", "Told", "told/{user}", user())
	told.Publish = &Direction{Auth: []*AuthMethod{staff}, Payload: note}
	asked.Reply = told
	item := topicOf("item", "Item", "item/{id}/{path...}", &Param{Name: "id", Schema: &Schema{Kind: String, Format: UUID}})
	item.Params[0].GoName = "ID"
	item.Publish = &Direction{Auth: all, QoS: 1, Relay: true, Retain: RetainAllowed}
	item.Subscribe = &Direction{Auth: all, QoS: 1}
	filter := topicOf("filter", "Filter", "filter/{filter}/{qoS}")
	filter.Params[1].GoName = "QoS"
	filter.Subscribe = &Direction{Auth: all, QoS: 2}
	p.Topics = []*Topic{ordered, done, pinged, pong, news, logs, mail, asked, told, item, filter}
	p.Events = []*Event{
		{Name: "door_opened", GoName: "DoorOpened", Description: "A door is open.", Payload: door},
		{Name: "reorder", GoName: "Reorder", Payload: order},
	}
	return p
}

// gate is a model with all kinds of auth methods and bindings.
func gate() *Package {
	device := &AuthMethod{Name: "device", GoName: "Device", Kind: AuthMTLS, ClientID: &Credential{FromCert, "subject.cn"}}
	claims := &Payload{Name: "app", GoName: "AppClaims", Schema: objectOf("AppClaims",
		required("tenant", "Tenant", text()), optional("team-name", "TeamName", text()),
		required("team.name", "TeamName2", text()), optional("level", "Level", &Schema{Kind: Integer, Format: Int64}),
	)}
	app := &AuthMethod{Name: "app", GoName: "App", Kind: AuthJWT, TokenIn: "password", Algorithms: []string{"ES256", "EdDSA"},
		Claims: claims, ClientID: &Credential{FromClaim, "sub"}}
	bare := &AuthMethod{Name: "bare", GoName: "Bare", Kind: AuthJWT, TokenIn: "user", Algorithms: []string{"ES256"}}
	meter := &AuthMethod{Name: "meter", GoName: "Meter", Kind: AuthScram, Exchange: "SCRAM-SHA-256"}
	sso := &AuthMethod{Name: "sso", GoName: "SSO", Kind: AuthEnhanced, Exchange: "GS2-KRB5", Description: "The company's."}
	operator := &AuthMethod{Name: "operator", GoName: "Operator", Kind: AuthPassword, ClientID: &Credential{Source: FromUser}}
	second := &AuthMethod{Name: "second", GoName: "Second", Kind: AuthPassword}
	lab := &AuthMethod{Name: "lab", GoName: "Lab", Kind: AuthAnonymous}
	p := &Package{
		Name: "gate", Path: "github.com/mqttx-gen/mqttx-gen/templates/testdata/gate", Spec: "gate.yaml",
		Auth: []*AuthMethod{lab, device, app, bare, meter, sso, operator, second}, Payloads: []*Payload{claims},
	}
	tenant := &Param{Name: "tenant", Bindings: []*Binding{
		{app, Credential{FromClaim, "tenant"}}, {device, Credential{FromCert, "subject.o"}}, {operator, Credential{Source: FromClientID}},
	}}
	name := &Param{Name: "name", Bindings: []*Binding{
		{device, Credential{FromCert, "san.dns"}}, {app, Credential{Source: FromUser}}, {operator, Credential{Source: FromUser}},
		{meter, Credential{Source: FromUser}}, {sso, Credential{Source: FromClientID}}, {bare, Credential{Source: FromUser}},
	}}
	data := topicOf("data", "Data", "t/{tenant}/{name}/data", tenant, name)
	data.Publish = &Direction{Auth: p.Auth[1:], QoS: 1, Relay: true}
	data.Subscribe = &Direction{Auth: p.Auth[1:], QoS: 1}
	team := topicOf("team", "Team", "team/{a}/{b}",
		&Param{Name: "a", Bindings: []*Binding{{app, Credential{FromClaim, "team.name"}}}},
		&Param{Name: "b", Bindings: []*Binding{{app, Credential{FromClaim, "team-name"}}, {device, Credential{FromCert, "subject.cn"}}}})
	team.Publish = &Direction{Auth: []*AuthMethod{app, device}}
	team.Subscribe = &Direction{Auth: []*AuthMethod{app, device, lab}, QoS: 2}
	open := topicOf("open", "Open", "open/{x...}")
	open.Publish = &Direction{Auth: []*AuthMethod{lab}}
	open.Subscribe = &Direction{Auth: p.Auth, QoS: 0}
	p.Topics = []*Topic{data, team, open}
	return p
}
